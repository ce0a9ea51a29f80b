"""What is said of a customer and an order, brought into the forms in which contacts are kept.

The one reader of contacts, items and attributes, whoever says them: a shop by the API
or in a file, or another service. Nothing is refused here: one odd field must not lose a
customer. What cannot be used is left out and named, so that whoever wants a refusal
instead can have one (`notifier.contacts.registered`).

In `flaws`, a list that each function takes, it puts what it left out; None: nobody asks.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from urllib.parse import unquote

from notifier import addresses
from notifier.contacts import places, values
from notifier.core import strictjson
from notifier.core.contact import Contact, Item
from notifier.core.flaw import Flaw, Flawed, Unusable
from notifier.errors import RequestError

LARGEST_ATTRIBUTES = 16_384
"""Bytes of all attributes as JSON, at most."""

MOST_ITEMS = 200
"""Items of an order, at most."""

LONGEST_ADDRESS = 320
"""Characters of an address: 64 before the @ and 255 after it (RFC 5321, 4.5.3.1); more is not looked at."""

Flaws = list[Unusable] | None

_CHANNEL = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")  # a channel's name in rules.yaml
_NAMED = re.compile(r'(?:"[^"<>@]*"\s*|[^"<>@,;]*)<([^<>]+)>')
_MAILTO = re.compile(r"mailto:([^?]*).*", re.IGNORECASE)
_MOST = 1_000_000
_SUSPECT = re.compile(rb"\\u0000|[0-9]{19}")
"""In JSON without NaN: what may be a NUL character, or an integer beyond 64 bits."""

# Made once: json.dumps with options makes a new encoder at every call.
_encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False).encode


def contact(given: Mapping[str, object], flaws: Flaws = None) -> Contact:
    """Return the contact that raw values make.

    A preference that is unclear is read as the wish to hear less: it is no consent to
    marketing, it is a wish to hear nothing, and it allows no channel.

    Args:
        given: JSON values by the names of the contact's fields, `name` to
            `do_not_contact`; any may be missing. A phone number is read as one of `country`.
    """
    found: list[Unusable] = []
    country = _read(given, "country", places.country, found)
    read = Contact(
        name=_name(given.get("name"), found),
        email=_read(given, "email", _email, found),
        phone=_read(given, "phone", lambda said: _phone(said, country), found),
        locale=_read(given, "locale", places.locale, found),
        country=country,
        timezone=_read(given, "timezone", places.timezone, found),
        channels=_channels(given.get("channels"), found),
        marketing=_consent(given.get("marketing"), found),
        do_not_contact=_wishes_silence(given.get("do_not_contact"), found),
        unusable={flaw.field.partition("[")[0]: flaw.reason for flaw in found} if found else {},
    )
    _add(flaws, found, "contact.")
    return read


def items(given: Iterable[Item]) -> tuple[Item, ...]:
    """Return the first MOST_ITEMS lines of an order that name anything."""
    return tuple(one for one in given if one.name)[:MOST_ITEMS]


def item(
    name: object, sku: object = None, quantity: object = None, *images: object, flaws: Flaws = None
) -> Item:
    """Return one line of an order; its image is the first of `images` that can be shown."""
    found: list[Unusable] = []
    code = values.line(sku)
    pictures = (values.link(image) for image in images)
    picture = next(filter(None, pictures), "")
    if not picture and any(map(values.is_given, images)):
        found.append(Unusable("image", Flaw.MALFORMED, "must be an http or https address"))
    read = Item(_name(name, found) or code, code, _count(quantity, found), picture)
    if not code and values.is_given(sku):
        found.append(Unusable("sku", Flaw.WRONG_TYPE, "must be text"))
    if not read.name:
        found.append(Unusable("name", Flaw.MISSING, "is missing"))
    _add(flaws, found, "")
    return read


def attributes(given: Mapping[str, object], flaws: Flaws = None) -> dict[str, object]:
    """Return the values that every database can hold, up to LARGEST_ATTRIBUTES."""
    whole = _size(given) if given else 0
    if whole is not None and whole <= LARGEST_ATTRIBUTES:
        return dict(given)
    kept: dict[str, object] = {}
    found: list[Unusable] = []
    room = LARGEST_ATTRIBUTES
    for name, value in given.items():
        size = _size({name: value})
        if size is None:
            found.append(Unusable(values.line(name), Flaw.UNPRINTABLE, "holds what cannot be stored"))
        elif size <= room:
            kept[name] = value
            room -= size
        else:
            words = f"all together are more than {LARGEST_ATTRIBUTES} bytes"
            found.append(Unusable(values.line(name), Flaw.TOO_LONG, words))
    _add(flaws, found, "attributes.")
    return kept


def _add(flaws: Flaws, found: Iterable[Unusable], prefix: str) -> None:
    if flaws is not None:
        flaws += [Unusable(prefix + flaw.field, flaw.reason, flaw.message) for flaw in found]


def _read(
    given: Mapping[str, object], name: str, check: Callable[[str], str], found: list[Unusable]
) -> str | None:
    value = given.get(name)
    said = values.text(value)
    if not said:
        if values.is_given(value):
            found.append(Unusable(name, Flaw.WRONG_TYPE, "must be text"))
        return None
    try:
        if len(said) > LONGEST_ADDRESS:
            raise Flawed(Flaw.TOO_LONG, f"is too long: {len(said)} characters")
        return check(said)
    except Flawed as flaw:
        found.append(Unusable(name, flaw.kind, str(flaw)))
        return None


def _name(value: object, found: list[Unusable]) -> str | None:
    name = values.line(value)
    said = values.text(value)
    if name != said:
        if len(said) > values.LONGEST_TEXT:
            words = f"is {len(said)} characters long; at most {values.LONGEST_TEXT} are accepted"
            found.append(Unusable("name", Flaw.TOO_LONG, words))
        elif name != " ".join(said.split()):
            found.append(Unusable("name", Flaw.UNPRINTABLE, "holds a control character"))
    elif not said and values.is_given(value):
        found.append(Unusable("name", Flaw.WRONG_TYPE, "must be text"))
    return name or None


def _email(said: str) -> str:
    """Read an address, also out of `Jane <jane@example.org>` and out of a mailto link (RFC 6068).

    What ends a sentence or an entry of a list is no part of it.
    """
    said = said.rstrip(".,; ")
    if "<" in said and (named := _NAMED.fullmatch(said)):
        said = values.trimmed(named[1])
    if ":" in said and (link := _MAILTO.fullmatch(said)):
        said = values.trimmed(unquote(link[1]))
    return addresses.email(said)


def _phone(said: str, country: str | None) -> str:
    if values.is_shortened(said):
        raise Flawed(Flaw.SHORTENED, "a spreadsheet has shortened this number")
    return addresses.phone(said, country)


def _channels(value: object, found: list[Unusable]) -> frozenset[str] | None:
    """Read the only channels that are wanted; null is any, a list without a usable name is none."""
    if value is None or value == "":
        return None
    names = re.split(r"[\s;,]+", value.strip()) if isinstance(value, str) else value
    if not isinstance(names, list):
        words = "must be a list of channels' names, or null for any"
        found.append(Unusable("channels", Flaw.UNCLEAR, words))
        return frozenset()
    usable = set()
    for place, name in enumerate(names):
        said = values.text(name).lower()
        if _CHANNEL.fullmatch(said):
            usable.add(said)
        else:
            words = "must be a channel's name, such as email"
            found.append(Unusable(f"channels[{place}]", Flaw.UNCLEAR, words))
    return frozenset(usable)


def _consent(value: object, found: list[Unusable]) -> bool | None:
    """Read an agreement: only a plain yes is one."""
    said = values.truth(value)
    if said is None and values.is_given(value):
        found.append(Unusable("marketing", Flaw.UNCLEAR, "must be true or false"))
        return False
    return said


def _wishes_silence(value: object, found: list[Unusable]) -> bool:
    """Read a wish to hear nothing: whatever is not a plain no may be one, such as the day it was said."""
    said = values.truth(value)
    if said is None and values.is_given(value):
        found.append(Unusable("do_not_contact", Flaw.UNCLEAR, "must be true or false"))
        return True
    return said or False


def _count(value: object, found: list[Unusable]) -> int:
    if type(value) is int and 1 <= value <= _MOST:
        return value
    try:
        number = float(value) if isinstance(value, str | int | float) else 0.0
        whole = int(number)
    except (ValueError, OverflowError):
        number, whole = 0.0, 0
    given = values.is_given(value) or type(value) is int
    if given and (number != whole or not 1 <= whole <= _MOST or value is True):
        found.append(Unusable("quantity", Flaw.MALFORMED, "must be a whole number from 1 on"))
    return whole if 1 <= whole <= _MOST else 1


def _size(given: Mapping[str, object]) -> int | None:
    """Return the bytes of an object as JSON, None if no database can hold it."""
    try:
        raw = _encode(given).encode()
        if _SUSPECT.search(raw) or raw.count(b"{") + raw.count(b"[") > strictjson.MAX_DEPTH:
            strictjson.parse(raw)
    except (RequestError, TypeError, ValueError, RecursionError):
        return None
    return len(raw)
