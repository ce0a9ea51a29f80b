"""Orders that the shop registers itself: the body of `PUT /orders/{ref}`, checked field by field.

Many orders at once, in a body or in a file, are the same with their `ref` in it.
Pure: addresses are checked by their form, never looked up.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from difflib import get_close_matches
from typing import Any

from notifier.contacts.checks import check_country, check_email, check_locale, check_phone, check_timezone
from notifier.core import strictjson
from notifier.core.contact import REGISTERED, Contact, Finding, Item
from notifier.core.link import LONGEST_LINK
from notifier.errors import RequestError

LONGEST_TEXT = 200
"""Characters of a reference, a name or an order id, at most."""

LARGEST_ATTRIBUTES = 16_384
"""Bytes of all attributes as JSON, at most."""

MOST_ITEMS = 200
"""Items of an order, at most."""

CONTACT_FIELDS = (
    "name", "email", "phone", "locale", "country", "timezone", "channels", "marketing", "do_not_contact",
)  # fmt: skip
"""What may be said of a contact."""

_FIELDS = ("orderID", "contact", "attributes", "items")
_ITEM_FIELDS = ("name", "sku", "quantity", "image")
_QUANTITIES = range(1, 1_000_001)
_CHANNEL = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")  # a channel's name in rules.yaml
_IMAGE = re.compile(r"https?://[^\s\"'<>\\`]+", re.IGNORECASE)


def parse(body: bytes, now: float) -> Finding:
    """Return what the raw body of a registration says; `now` is Unix seconds UTC.

    Raises:
        RequestError: naming the field and what is wrong with it.
    """
    document = _object(strictjson.parse(body), "")
    _refuse_unknown(document, _FIELDS, "")
    return _finding(document, now)


def parse_value(document: Any, now: float) -> tuple[str, Finding]:
    """Return the reference and what is said of it, from a JSON value that holds both.

    Args:
        document: as `notifier.core.strictjson` reads it.
        now: Unix seconds UTC.

    Raises:
        RequestError: naming the field and what is wrong with it.
    """
    given = _object(document, "")
    _refuse_unknown(given, ("ref", *_FIELDS), "")
    return ref_of(given), _finding(given, now)


def ref_of(document: Any) -> str:
    """Return the reference that an order has in it. Raises RequestError."""
    given = _object(document, "").get("ref")
    ref = _text_or_number(given, "ref")
    if ref is None:
        raise RequestError("ref", "is missing" if given is None else "is empty")
    return check_ref(ref)


def check_ref(ref: str) -> str:
    """Return the reference of an order if it can be one. Raises RequestError."""
    if not 0 < len(ref) <= LONGEST_TEXT:
        raise RequestError("ref", f"must have 1 to {LONGEST_TEXT} characters")
    if not ref.isprintable() or any("\ud800" <= c <= "\udfff" for c in ref):
        raise RequestError("ref", "holds a control character")
    return ref


def _finding(given: dict[str, Any], now: float) -> Finding:
    return Finding(
        source=REGISTERED,
        contact=_contact(_object(given.get("contact"), "contact")),
        at=now,
        order_id=_text_or_number(given.get("orderID"), "orderID") or "",
        attributes=_attributes(_object(given.get("attributes"), "attributes")),
        items=_items(given.get("items")),
    )


def _contact(given: dict[str, Any]) -> Contact:
    _refuse_unknown(given, CONTACT_FIELDS, "contact.")
    country = _checked(given, "country", check_country)
    return Contact(
        name=_text(given.get("name"), "contact.name"),
        email=_checked(given, "email", check_email),
        phone=_checked(given, "phone", lambda number: check_phone(number, country)),
        locale=_checked(given, "locale", check_locale),
        country=country,
        timezone=_checked(given, "timezone", check_timezone),
        channels=_channels(given.get("channels")),
        marketing=_truth(given.get("marketing"), "contact.marketing"),
        do_not_contact=_truth(given.get("do_not_contact"), "contact.do_not_contact") or False,
    )


def _checked(given: dict[str, Any], name: str, check: Callable[[str], str]) -> str | None:
    field = f"contact.{name}"
    text = _text(given.get(name), field)
    if text is None:
        return None
    try:
        return check(text)
    except ValueError as error:
        raise RequestError(field, str(error)) from None


def _channels(value: Any) -> frozenset[str] | None:
    if value is None:
        return None
    if not isinstance(value, list):
        raise RequestError("contact.channels", "must be a list of channels' names, or null for any")
    for index, name in enumerate(value):
        if not isinstance(name, str) or not _CHANNEL.fullmatch(name):
            raise RequestError(f"contact.channels[{index}]", "must be a channel's name, such as email")
    return frozenset(value)


def _attributes(given: dict[str, Any]) -> Mapping[str, object]:
    if not given:
        return given
    size = len(json.dumps(given, ensure_ascii=False).encode())
    if size > LARGEST_ATTRIBUTES:
        raise RequestError("attributes", f"are {size} bytes; at most {LARGEST_ATTRIBUTES} are accepted")
    return given


def _items(value: Any) -> tuple[Item, ...]:
    if value is None:
        return ()
    if not isinstance(value, list):
        raise RequestError("items", "must be a list")
    if len(value) > MOST_ITEMS:
        raise RequestError("items", f"are {len(value)}; at most {MOST_ITEMS} are accepted")
    return tuple(_item(given, f"items[{index}]") for index, given in enumerate(value))


def _item(value: Any, field: str) -> Item:
    given = _object(value, field)
    _refuse_unknown(given, _ITEM_FIELDS, f"{field}.")
    name = _text(given.get("name"), f"{field}.name")
    if name is None:
        raise RequestError(f"{field}.name", "is missing")
    quantity = given.get("quantity")
    if quantity is not None and (type(quantity) is not int or quantity not in _QUANTITIES):
        raise RequestError(f"{field}.quantity", "must be a whole number from 1 on")
    image = _text(given.get("image"), f"{field}.image", LONGEST_LINK)
    if image is not None and not _IMAGE.fullmatch(image):
        raise RequestError(f"{field}.image", "must be an http or https address")
    sku = _text_or_number(given.get("sku"), f"{field}.sku")
    return Item(name, sku or "", 1 if quantity is None else quantity, image or "")


def _object(value: Any, field: str) -> dict[str, Any]:
    if value is None or value == []:  # PHP writes an empty object as an empty list
        return {}
    if not isinstance(value, dict):
        raise RequestError(field, "must be a JSON object")
    return value


def _truth(value: Any, field: str) -> bool | None:
    if value is None or isinstance(value, bool):
        return value
    raise RequestError(field, "must be true or false")


def _text_or_number(value: Any, field: str) -> str | None:
    return _text(str(value) if type(value) is int else value, field)


def _text(value: Any, field: str, longest: int = LONGEST_TEXT) -> str | None:
    """Return text without surrounding white space, None for null and for nothing but white space."""
    if value is None:
        return None
    if not isinstance(value, str):
        raise RequestError(field, "must be text")
    text = value.strip()
    if len(text) > longest:
        raise RequestError(field, f"is {len(text)} characters long; at most {longest} are accepted")
    if not text.isprintable():
        raise RequestError(field, "holds a control character")
    return text or None


def _refuse_unknown(given: Iterable[str], known: tuple[str, ...], prefix: str) -> None:
    for key in given:
        if key not in known:
            near = get_close_matches(key, known, n=1)
            hint = f"; did you mean {near[0]}?" if near else ""
            raise RequestError(f"{prefix}{key}", f"is not a field{hint}")
