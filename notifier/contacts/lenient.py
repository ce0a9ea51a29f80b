"""What another service says of a customer, brought into the forms in which contacts are kept.

The strict counterpart is `notifier.contacts.registered`: a shop can mend what it
registers, but nobody can mend another service's answer. Nothing is refused here:
what cannot be used is left out, and noted where it was meant as an address.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping

from notifier.contacts.checks import check_country, check_email, check_locale, check_phone, check_timezone
from notifier.contacts.registered import LARGEST_ATTRIBUTES, LONGEST_TEXT, MOST_ITEMS
from notifier.core import strictjson
from notifier.core.contact import Contact, Item
from notifier.core.link import safe_link
from notifier.errors import RequestError

LONGEST_ADDRESS = 320
"""Characters of an address: 64 before the @ and 255 after it (RFC 5321, 4.5.3.1); more is not looked at."""

_NOTHING: tuple[object, ...] = (None, "", [], {}, False)  # 0 equals False
_YES = ("1", "true", "yes", "on")
_NO = ("0", "false", "no", "off")


def contact(given: Mapping[str, object]) -> Contact:
    """Return the contact that raw values make.

    Args:
        given: JSON values by the names of the contact's fields, `name` to
            `do_not_contact`; any may be missing. A phone number is read as one of `country`.
    """
    country = _checked(given.get("country"), check_country)
    addresses = {
        "email": _checked(given.get("email"), check_email),
        "phone": _checked(given.get("phone"), lambda number: check_phone(number, country)),
    }
    return Contact(
        name=line(given.get("name")) or None,
        email=addresses["email"],
        phone=addresses["phone"],
        locale=locale(given.get("locale")),
        country=country,
        timezone=_checked(given.get("timezone"), check_timezone),
        marketing=_consent(given.get("marketing")),
        do_not_contact=_wishes_silence(given.get("do_not_contact")),
        unusable=frozenset(n for n, usable in addresses.items() if not usable and is_given(given.get(n))),
    )


def is_given(value: object) -> bool:
    """Tell whether a JSON value says anything; PHP writes false, 0, [] and "" for nothing."""
    return value not in _NOTHING and not (isinstance(value, str) and not value.strip())


def text(value: object) -> str:
    """Return text, or a whole number as text, without white space around it; empty for all else."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    return str(value).strip()


def line(value: object) -> str:
    """Return text as one printable line of at most LONGEST_TEXT characters; empty for all else."""
    words = " ".join(text(value)[: 4 * LONGEST_TEXT].split())
    return "".join(c for c in words if c.isprintable())[:LONGEST_TEXT].strip()


def rows(value: object) -> list[dict[str, object]]:
    """Return the objects in a list; of an object its values: PHP writes a list with gaps so."""
    found = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [row for row in found if isinstance(row, dict)]


def row(value: object) -> dict[str, object]:
    """Return an object; an empty one for all else, as for PHP's empty list."""
    return value if isinstance(value, dict) else {}


def items(given: Iterable[Item]) -> tuple[Item, ...]:
    """Return the first MOST_ITEMS lines of an order that name anything."""
    return tuple(one for one in given if one.name)[:MOST_ITEMS]


def item(name: object, sku: object = None, quantity: object = None, *images: object) -> Item:
    """Return one line of an order; its image is the first of `images` that can be shown."""
    code = line(sku)
    pictures = (link(image) for image in images)
    return Item(line(name) or code, code, _count(quantity), next(filter(None, pictures), ""))


def link(value: object) -> str:
    """Return an http(s) address that can safely stand in a customer's mail; empty for all else."""
    return safe_link(text(value))


def attributes(given: Mapping[str, object]) -> dict[str, object]:
    """Return the values that every database can hold, up to LARGEST_ATTRIBUTES; null is no value."""
    kept: dict[str, object] = {}
    room = LARGEST_ATTRIBUTES
    for name, value in given.items():
        try:
            raw = json.dumps({name: value}).encode()
            strictjson.parse(raw)
        except (RequestError, TypeError, ValueError, RecursionError):
            continue
        if value is not None and len(raw) <= room:
            kept[name] = value
            room -= len(raw)
    return kept


def _checked(value: object, check: Callable[[str], str]) -> str | None:
    given = text(value)
    if not given or len(given) > LONGEST_ADDRESS:
        return None
    try:
        return check(given)
    except ValueError:
        return None


def locale(value: object) -> str | None:
    """Return a language tag (BCP 47) if there is one, also out of a longer one.

    WordPress has locales such as de_DE_formal, operating systems such as nl_NL.UTF-8.
    """
    parts = re.split(r"[-_.@]", text(value)[:LONGEST_TEXT])
    for count in (3, 2, 1):
        if found := _checked("-".join(parts[:count]), check_locale):
            return found
    return None


def _consent(value: object) -> bool | None:
    """Read an agreement: only a plain yes is one."""
    word = _word(value)
    return word in _YES if word or is_given(value) else None


def _wishes_silence(value: object) -> bool:
    """Read a wish to hear nothing: whatever is not a plain no may be one, such as the day it was said."""
    return is_given(value) and _word(value) not in _NO


def _word(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else text(value).lower()


def _count(value: object) -> int:
    try:
        number = int(float(value)) if isinstance(value, str | int | float) else 1
    except (ValueError, OverflowError):
        return 1
    return number if 1 <= number <= 1_000_000 else 1
