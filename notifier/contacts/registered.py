"""Orders that the shop registers itself: the body of `PUT /orders/{ref}`, checked field by field.

Pure: addresses are checked by their form, never looked up.
"""

from __future__ import annotations

import json
import re
import zoneinfo
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from difflib import get_close_matches
from typing import Any

import phonenumbers
from email_validator import EmailNotValidError, validate_email

from notifier.core import strictjson
from notifier.core.order import Contact
from notifier.errors import RequestError

LONGEST_TEXT = 200
"""Characters of a name or an order id, at most."""

LARGEST_ATTRIBUTES = 16_384
"""Bytes of all attributes as JSON, at most."""

_LOCALE = re.compile(r"([A-Za-z]{2,3})(?:[-_]([A-Za-z]{4}))?(?:[-_]([A-Za-z]{2}|[0-9]{3}))?")


@dataclass(frozen=True, slots=True)
class Registration:
    """What the shop says of one order."""

    order_id: str
    contact: Contact
    attributes: Mapping[str, object]


def parse(body: bytes) -> Registration:
    """Return what the raw body of a registration says.

    Raises:
        RequestError: naming the field and what is wrong with it.
    """
    document = _object(strictjson.parse(body), "")
    _refuse_unknown(document, ("orderID", "contact", "attributes"), "")
    order_id = document.get("orderID")
    return Registration(
        order_id=_text(str(order_id) if type(order_id) is int else order_id, "orderID") or "",
        contact=_contact(_object(document.get("contact"), "contact")),
        attributes=_attributes(_object(document.get("attributes"), "attributes")),
    )


def check_email(address: str) -> str:
    """Return the address in the ASCII form that every mail server takes (RFC 5321, IDNA 2008).

    Raises:
        ValueError: it is no address that mail can be sent to; the text says why.
    """
    try:
        checked = validate_email(address, check_deliverability=False, allow_smtputf8=False, strict=True)
    except EmailNotValidError as error:
        raise ValueError(str(error)) from None
    return checked.ascii_email or checked.normalized


def check_phone(number: str, country: str | None) -> str:
    """Return the number as E.164, read as one of `country` if it has no +.

    Raises:
        ValueError: it is no number that can be called there; the text says why.
    """
    if not number.strip().startswith("+") and country is None:
        raise ValueError("give it with + and the country code, or give contact.country")
    try:
        parsed = phonenumbers.parse(number, country)
    except phonenumbers.NumberParseException:
        raise ValueError("it is not a phone number") from None
    if not phonenumbers.is_valid_number(parsed):
        raise ValueError("there is no such number" + (f" in {country}" if country else ""))
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


def _contact(given: dict[str, Any]) -> Contact:
    _refuse_unknown(given, [f.name for f in fields(Contact)], "contact.")
    country = _checked(given, "country", _country)
    return Contact(
        name=_text(given.get("name"), "contact.name"),
        email=_checked(given, "email", check_email),
        phone=_checked(given, "phone", lambda number: check_phone(number, country)),
        locale=_checked(given, "locale", _locale),
        country=country,
        timezone=_checked(given, "timezone", _timezone),
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


def _country(text: str) -> str:
    code = text.upper()
    if code not in phonenumbers.SUPPORTED_REGIONS:
        raise ValueError("must be a country code of two letters (ISO 3166), such as NL")
    return code


def _locale(text: str) -> str:
    match = _LOCALE.fullmatch(text)
    if match is None:
        raise ValueError("must be a language tag (BCP 47), such as nl or nl-BE")
    language, script, region = match.groups()
    return "-".join(
        part for part in (language.lower(), script and script.title(), region and region.upper()) if part
    )


def _timezone(text: str) -> str:
    try:
        zoneinfo.ZoneInfo(text)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("must be a time zone's name, such as Europe/Amsterdam") from None
    return text


def _attributes(given: dict[str, Any]) -> Mapping[str, object]:
    size = len(json.dumps(given, ensure_ascii=False).encode())
    if size > LARGEST_ATTRIBUTES:
        raise RequestError("attributes", f"are {size} bytes; at most {LARGEST_ATTRIBUTES} are accepted")
    return given


def _object(value: Any, field: str) -> dict[str, Any]:
    if value is None or value == []:  # PHP writes an empty object as an empty list
        return {}
    if not isinstance(value, dict):
        raise RequestError(field, "must be a JSON object")
    return value


def _text(value: Any, field: str) -> str | None:
    """Return text without surrounding white space, None for null and for nothing but white space."""
    if value is None:
        return None
    if not isinstance(value, str):
        raise RequestError(field, "must be text")
    text = value.strip()
    if len(text) > LONGEST_TEXT:
        raise RequestError(field, f"is {len(text)} characters long; at most {LONGEST_TEXT} are accepted")
    if not text.isprintable():
        raise RequestError(field, "holds a control character")
    return text or None


def _refuse_unknown(given: dict[str, Any], known: Any, prefix: str) -> None:
    for key in given:
        if key not in known:
            near = get_close_matches(key, list(known), n=1)
            hint = f"; did you mean {near[0]}?" if near else ""
            raise RequestError(f"{prefix}{key}", f"is not a field{hint}")
