"""The contact of an order that has two addresses: to whom it goes, and who pays."""

from __future__ import annotations

from dataclasses import replace

from notifier.core.contact import Contact


def choose(shipping: Contact, billing: Contact) -> Contact:
    """Return the first of the two with a usable e-mail address; where neither has one, with a phone number.

    A mail reaches nearly everybody, so an address that can be mailed to goes before
    one that can only be phoned. A phone number that the chosen one lacks is taken
    from the other only where both are the same person's: their names are the same, or
    one has none. Each number was read with the country of its own address. Name and
    country are the order's as much as the person's, and fill what is empty.
    """
    both = (shipping, billing)
    taken = next((a for a in both if a.email), None) or next((a for a in both if a.phone), shipping)
    other = billing if taken is shipping else shipping
    chosen = replace(
        taken,
        name=taken.name or other.name,
        phone=taken.phone or (other.phone if _are_one(taken, other) else None),
        country=taken.country or other.country,
    )
    # What either should have been reached by, and cannot: operators are told so.
    flaws = {**other.unusable, **taken.unusable}
    return replace(chosen, unusable={f: why for f, why in flaws.items() if not getattr(chosen, f)})


def _are_one(a: Contact, b: Contact) -> bool:
    return not (a.name and b.name) or a.name.casefold() == b.name.casefold()
