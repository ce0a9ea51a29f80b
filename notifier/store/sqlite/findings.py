"""What the sources say of an order, as it stands in `orders` (registered) and in `lookups` (looked up)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from notifier.core.contact import REGISTERED, Contact, Finding, Item
from notifier.core.flaw import Flaw
from notifier.core.lookup import Lookup, LookupState
from notifier.store.sqlite.rows import Row, encode

_KNOWN = (
    "SELECT o.*, l.*, o.ref AS registered_ref, l.ref AS lookup_ref, l.order_id AS asked_id, wanted"
    " FROM ({wanted}) LEFT JOIN orders o ON o.ref = wanted LEFT JOIN lookups l ON l.ref = wanted"
)
KNOWN = _KNOWN.format(wanted="SELECT ? AS wanted")
"""The one row with the registration and the lookup of a reference, if there are any."""

KNOWN_OF_ALL = _KNOWN.format(wanted="SELECT value AS wanted FROM json_each(?)")
"""A row like KNOWN's for each of a JSON list of references."""

LOOKUP = "*, ref AS lookup_ref, order_id AS asked_id"
"""The columns of `lookups` by the names in KNOWN."""

REGISTER = (
    "INSERT INTO orders(ref, order_id, name, email, phone, locale, country, timezone, channels, marketing,"
    " do_not_contact, unusable, attributes, items, created_at, updated_at)"
    " VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?) ON CONFLICT(ref) DO UPDATE SET order_id = excluded.order_id,"
    " name = excluded.name, email = excluded.email, phone = excluded.phone, locale = excluded.locale,"
    " country = excluded.country, timezone = excluded.timezone, channels = excluded.channels,"
    " marketing = excluded.marketing, do_not_contact = excluded.do_not_contact,"
    " unusable = excluded.unusable, attributes = excluded.attributes, items = excluded.items,"
    " updated_at = excluded.updated_at, forgotten_at = NULL"
)
"""Write what `registered_values` gives."""


def registered_values(ref: str, finding: Finding, now: float) -> tuple[object, ...]:
    """Return the row of `orders` for what the shop registered."""
    contact = finding.contact
    return (
        ref, finding.order_id, contact.name, contact.email, contact.phone, contact.locale, contact.country,
        contact.timezone, None if contact.channels is None else encode(sorted(contact.channels)),
        contact.marketing, contact.do_not_contact, _flaws_text(contact.unusable),
        encode(dict(finding.attributes)), _items_text(finding.items), now, now,
    )  # fmt: skip


def findings_from(row: Row) -> list[Finding]:
    """Return what is known by a row of KNOWN, the first in precedence first; nothing if it was forgotten."""
    found = [] if row["finding"] is None else [_looked_up(row)]
    registered = [_registered(row)] if is_registered(row) else []
    return found + registered if row["before_registered"] else registered + found


def is_registered(row: Row) -> bool:
    """Tell of a row of KNOWN whether the shop registered the order, and it was not forgotten since."""
    return row["registered_ref"] is not None and row["forgotten_at"] is None


def lookup_from(row: Row) -> Lookup | None:
    """Return the lookup in a row of KNOWN or of LOOKUP columns, None if there never was one."""
    if row["lookup_ref"] is None:
        return None
    return Lookup(
        ref=row["lookup_ref"],
        order_id=row["asked_id"],
        state=LookupState(row["state"]),
        due_at=row["due_at"],
        started_at=row["started_at"],
        attempts=row["attempts"],
        fence=row["fence"],
        ended_at=row["ended_at"],
        found_at=row["found_at"],
        source=json.loads(row["finding"])["source"] if row["finding"] else "",
        detail=row["detail"],
    )


def finding_text(finding: Finding) -> str:
    """Return a finding as it stands in `lookups.finding`."""
    contact = finding.contact
    return encode(
        {
            "source": finding.source,
            "at": finding.at,
            "order_id": finding.order_id,
            "contact": {
                "name": contact.name,
                "email": contact.email,
                "phone": contact.phone,
                "locale": contact.locale,
                "country": contact.country,
                "timezone": contact.timezone,
                "channels": None if contact.channels is None else sorted(contact.channels),
                "marketing": contact.marketing,
                "do_not_contact": contact.do_not_contact,
                "unusable": sorted(contact.unusable.items()),
            },
            "attributes": dict(finding.attributes),
            "items": [_item_fields(item) for item in finding.items],
        }
    )


def _looked_up(row: Row) -> Finding:
    said = json.loads(row["finding"])
    told = said["contact"]
    contact = Contact(
        **told
        | {
            "channels": None if told["channels"] is None else frozenset(told["channels"]),
            "unusable": _flaws(told["unusable"]),
        }
    )
    items = tuple(Item(*fields) for fields in said["items"])
    return Finding(said["source"], contact, said["at"], said["order_id"], said["attributes"], items)


def _registered(row: Row) -> Finding:
    contact = Contact(
        name=row["name"],
        email=row["email"],
        phone=row["phone"],
        locale=row["locale"],
        country=row["country"],
        timezone=row["timezone"],
        channels=None if row["channels"] is None else frozenset(json.loads(row["channels"])),
        marketing=None if row["marketing"] is None else bool(row["marketing"]),
        do_not_contact=bool(row["do_not_contact"]),
        unusable=_flaws(json.loads(row["unusable"])),
    )
    attributes: dict[str, object] = json.loads(row["attributes"])
    items = tuple(Item(*fields) for fields in json.loads(row["items"]))
    return Finding(REGISTERED, contact, row["updated_at"], row["order_id"], attributes, items)


def _flaws_text(unusable: Mapping[str, Flaw]) -> str:
    return encode(sorted(unusable.items())) if unusable else "[]"


def _flaws(pairs: Iterable[tuple[str, str]]) -> dict[str, Flaw]:
    return {field: Flaw(kind) for field, kind in pairs}


def _items_text(items: Iterable[Item]) -> str:
    return encode([_item_fields(item) for item in items])


def _item_fields(item: Item) -> list[object]:
    return [item.name, item.sku, item.quantity, item.image]
