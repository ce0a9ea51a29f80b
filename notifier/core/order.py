"""An order: what is known of one `ref`, put together from its sources and its updates."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from notifier.core import status
from notifier.core.contact import REGISTERED, Contact, Finding, Item, combine
from notifier.core.course import Parcel, mover, parcels, sequence
from notifier.core.update import RecordedUpdate


@dataclass(frozen=True, slots=True)
class Order:
    """One order with everything that rules and templates may ask about it.

    `source` names where the contact is from, `contact_at` is when it was found
    there, in Unix seconds UTC. `registered` tells whether the shop registered the
    order itself, `forgotten` that its personal data was erased. `moved_at` is when it came to
    its status, event time, Unix seconds UTC, `moved_by` the update that brought it there.
    """

    ref: str
    id: str = ""
    contact: Contact | None = None
    attributes: Mapping[str, object] = field(default_factory=dict)
    items: tuple[Item, ...] = ()
    code: str = ""
    reached: frozenset[str] = frozenset()
    shipments: tuple[Parcel, ...] = ()
    source: str = ""
    contact_at: float | None = None
    registered: bool = False
    forgotten: bool = False
    moved_at: float | None = None
    moved_by: int = field(default=0, compare=False)

    @property
    def current(self) -> tuple[Parcel, ...]:
        """The parcels that count: those whose label was not replaced by another."""
        return tuple(parcel for parcel in self.shipments if parcel.replaced_at is None)

    @property
    def replaced(self) -> tuple[Parcel, ...]:
        """The parcels whose label was replaced."""
        return tuple(parcel for parcel in self.shipments if parcel.replaced_at is not None)

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


def assemble(
    ref: str,
    updates: Iterable[RecordedUpdate],
    findings: Sequence[Finding] = (),
    *,
    forgotten: bool = False,
) -> Order:
    """Put together what is known of one order.

    Args:
        findings: what the sources say of it, the first in precedence first. Of the
            order's id the sender's own word, in its updates, wins over theirs.
    """
    known, told = combine(findings), sequence(updates)
    moved = mover(told)
    return Order(
        ref=ref,
        id=next((u.order_id for u in reversed(told) if u.order_id), known.order_id),
        contact=known.contact,
        attributes=known.attributes,
        items=known.items,
        code=moved.code if moved else "",
        reached=frozenset(u.code for u in told),
        shipments=parcels(told),
        source=known.source,
        contact_at=known.at,
        registered=any(f.source == REGISTERED for f in findings),
        forgotten=forgotten,
        moved_at=moved.happened_at if moved else None,
        moved_by=moved.id if moved else 0,
    )
