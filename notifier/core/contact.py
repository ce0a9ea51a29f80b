"""Who a customer is, and what one source says of an order: its contact, attributes and items."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import TypeVar

from notifier.core.flaw import Flaw

_T = TypeVar("_T")

REGISTERED = "registered"
"""The name of the source that is our own: what the shop registered."""


@dataclass(frozen=True, slots=True)
class Contact:
    """Who the customer is; None where it is not known.

    `email` is an ASCII address, `phone` E.164, `locale` BCP 47, `country` ISO
    3166 alpha-2, `timezone` an IANA name. All were checked when they came in.

    `channels` names the only channels that the customer wants to be told on
    (None: any), `marketing` whether she agreed to more than news of her order
    (None: nobody asked), `do_not_contact` that she wants to hear nothing.
    `unusable` names the fields that were given and cannot be used, with the kind
    of flaw; `refused` holds those of her addresses that a server refused for
    good; `unsubscribed` tells that she ended marketing herself.
    """

    name: str | None = None
    email: str | None = None
    phone: str | None = None
    locale: str | None = None
    country: str | None = None
    timezone: str | None = None
    channels: frozenset[str] | None = None
    marketing: bool | None = None
    do_not_contact: bool = False
    unusable: Mapping[str, Flaw] = field(default_factory=dict)
    refused: frozenset[str] = frozenset()
    unsubscribed: bool = False

    @property
    def reachable(self) -> bool:
        """Tell whether there is any address at all."""
        return bool(self.email or self.phone)

    def document(self) -> dict[str, object]:
        """Return it as JSON has it: sets become lists in the order of the alphabet."""
        plain = {
            name: sorted(value) if isinstance(value, frozenset) else value
            for name, value in asdict(self).items()
        }
        return plain | {"unusable": [{"field": f, "reason": why} for f, why in sorted(self.unusable.items())]}


@dataclass(frozen=True, slots=True)
class Item:
    """One line of an order; `image` is an http(s) address or empty."""

    name: str
    sku: str = ""
    quantity: int = 1
    image: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """What one source says of an order; `at` is when it said so, in Unix seconds UTC."""

    source: str
    contact: Contact
    at: float
    order_id: str = ""
    attributes: Mapping[str, object] = field(default_factory=dict)
    items: tuple[Item, ...] = ()


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of an order from all its sources; `source` names the one that the addresses are from."""

    contact: Contact | None = None
    source: str = ""
    at: float | None = None
    order_id: str = ""
    attributes: Mapping[str, object] = field(default_factory=dict)
    items: tuple[Item, ...] = ()


def combine(findings: Sequence[Finding]) -> Known:
    """Put together what the sources say, the first in precedence first.

    The first one with an address wins whole: addresses of two sources are never
    mixed, they may be of two people. Only what it leaves open of language, zone
    and wishes is taken from the next. A wish to hear nothing counts from anywhere.
    """
    if not findings:
        return Known()
    if len(findings) == 1:
        (only,) = findings
        return Known(only.contact, only.source, only.at, only.order_id, only.attributes, only.items)
    hit = next((f for f in findings if f.contact.reachable), findings[0])
    others = [hit.contact, *(f.contact for f in findings if f is not hit)]
    contact = replace(
        hit.contact,
        locale=_first(c.locale for c in others),
        timezone=_first(c.timezone for c in others),
        channels=_first(f.contact.channels for f in findings),
        marketing=_first(f.contact.marketing for f in findings),
        do_not_contact=any(c.do_not_contact for c in others),
    )
    attributes: dict[str, object] = {}
    for finding in reversed(findings):
        attributes |= finding.attributes
    return Known(
        contact=contact,
        source=hit.source,
        at=hit.at,
        order_id=_first(f.order_id or None for f in findings) or "",
        attributes=attributes,
        items=_first(f.items or None for f in findings) or (),
    )


def _first(values: Iterable[_T | None]) -> _T | None:
    return next((v for v in values if v is not None), None)
