"""An order: what is known of one `ref`, and its course as told by all its updates.

State follows from event time and the natural course N L R C E D, never from
arrival: any permutation of the same updates gives the same order.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from notifier.core import status
from notifier.core.status import Rank
from notifier.core.update import RecordedUpdate, Shipment


@dataclass(frozen=True, slots=True)
class Contact:
    """Who the customer is; None where it is not known.

    `email` is an ASCII address, `phone` E.164, `locale` BCP 47, `country` ISO
    3166 alpha-2, `timezone` an IANA name. All were checked when they came in.
    """

    name: str | None = None
    email: str | None = None
    phone: str | None = None
    locale: str | None = None
    country: str | None = None
    timezone: str | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """One order with everything that rules and templates may ask about it."""

    ref: str
    id: str = ""
    contact: Contact | None = None
    attributes: Mapping[str, object] = field(default_factory=dict)
    code: str = ""
    reached: frozenset[str] = frozenset()
    shipments: tuple[Shipment, ...] = ()

    @property
    def status(self) -> str:
        """The furthest status by name, empty if there was no update yet."""
        return status.name(self.code)

    @property
    def status_label(self) -> str:
        """The furthest status in words for people."""
        return status.label(self.code) if self.code else ""

    @property
    def country(self) -> str | None:
        """The contact's country, ISO 3166 alpha-2."""
        return self.contact.country if self.contact else None


def is_late(news: RecordedUpdate, others: Iterable[RecordedUpdate]) -> bool:
    """Tell whether the order had already reached something beyond `news` at its time or after it.

    A problem or a loss is also late when anything else is known to have
    happened after it: it was resolved. Unknown letters are never late and make
    nothing late.
    """
    own = status.rank(news.code)
    if own is None:
        return False
    for other in others:
        rank = status.rank(other.code)
        if rank is None or other.id == news.id:
            continue
        if rank > own and other.happened_at >= news.happened_at:
            return True
        if own in (Rank.I, Rank.X) and rank != own and other.happened_at > news.happened_at:
            return True
    return False


def furthest(updates: Iterable[RecordedUpdate]) -> str:
    """Return the code of the furthest status that still holds, empty without known news."""
    known = list(updates)
    standing = [
        (rank, u.code) for u in known if (rank := status.rank(u.code)) is not None and not is_late(u, known)
    ]
    return max(standing)[1] if standing else ""


def parcels(updates: Iterable[RecordedUpdate]) -> tuple[Shipment, ...]:
    """Merge the parcels of all updates by tracking code: none is lost when a later update lists fewer.

    What the latest event says of a parcel wins; parcels stand in the order in
    which they were first named, in event time.
    """
    merged: dict[str, Shipment] = {}
    for update in sorted(updates, key=lambda u: (u.happened_at, u.update.identity)):
        for shipment in update.shipments:
            merged[shipment.key] = shipment
    return tuple(merged.values())


def assemble(
    ref: str,
    updates: Iterable[RecordedUpdate],
    contact: Contact | None,
    attributes: Mapping[str, object],
    order_id: str = "",
) -> Order:
    """Put together what is known of one order from its updates and its registration.

    `order_id` is the one that the shop registered; the sender's own word wins.
    """
    known = sorted(updates, key=lambda u: (u.happened_at, u.update.identity))
    return Order(
        ref=ref,
        id=next((u.order_id for u in reversed(known) if u.order_id), order_id),
        contact=contact,
        attributes=attributes,
        code=furthest(known),
        reached=frozenset(u.code for u in known),
        shipments=parcels(known),
    )
