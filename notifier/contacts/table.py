"""Orders as a table: which column is which field, and what a row says.

A row becomes the JSON value that `notifier.contacts.registered.parse_value`
takes, so that a file and the API are checked by the same rules. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from notifier.contacts.registered import CONTACT_FIELDS
from notifier.errors import RequestError

IGNORED = "-"
"""The field of a column that is left out."""

REASON = "refused"
"""The column in which refused rows carry the reason; left out when they are imported again."""

FIELDS = ("ref", "orderID", *(f"contact.{n}" for n in ("first_name", "last_name", *CONTACT_FIELDS)))
"""What a column may be, besides `attributes.NAME`, `attributes.NAME:number` and IGNORED."""

_ALIASES = {
    "ref": "order, order id, order ref, order reference, order number, order no, reference, number",
    "orderID": "cottoncast id, cottoncast order id",
    "contact.name": "name, full name, customer, customer name",
    "contact.first_name": "first name, given name",
    "contact.last_name": "last name, surname, family name",
    "contact.email": "email, e-mail, mail, email address, e-mail address, customer email",
    "contact.phone": "phone, phone number, telephone, telephone number, tel, mobile, mobile phone",
    "contact.locale": "locale, language, lang",
    "contact.country": "country, country code",
    "contact.timezone": "timezone, time zone",
    "contact.channels": "channels, channel",
    "contact.marketing": "marketing, accepts marketing",
    "contact.do_not_contact": "do not contact",
    IGNORED: REASON,
}
_ATTRIBUTE = re.compile(r"attributes\.[^:]{1,100}(:number)?")
_NUMBER = re.compile(r"-?[0-9]{1,15}(?:\.[0-9]{1,15}|,[0-9]{1,2})?")  # 1,000 could be either
_TRUTHS = dict.fromkeys(("yes", "true", "1"), True) | dict.fromkeys(("no", "false", "0"), False)


def _plain(name: str) -> str:
    return "".join(c for c in name.casefold() if c.isalnum())


_KNOWN = {_plain(alias): field for field, names in _ALIASES.items() for alias in names.split(",")} | {
    "ref": "ref"
}


@dataclass(frozen=True, slots=True)
class Column:
    """A column by its name in the heading (empty if it has none), and the field that it is."""

    name: str
    field: str


def columns(heading: Sequence[str], mapping: Mapping[str, str]) -> tuple[Column, ...]:
    """Return what each column is: as mapped, else by its name without regard to case, spaces and signs.

    Args:
        mapping: column to field, for those that a name does not tell.

    Raises:
        ValueError: with a line of text for each thing that is wrong, and what to do about it.
    """
    names = [name.strip() for name in heading]
    mapped, problems = _mapped(names, mapping)
    found = []
    for place, name in enumerate(names):
        field = mapped.get(place) or _by_name(name)
        if field is None:
            problems.append(_not_understood(name))
        found.append(Column(name, field or IGNORED))
    problems += _conflicts(found)
    if problems:
        raise ValueError("\n".join(problems))
    return tuple(found)


def document(known: Sequence[Column], cells: Sequence[str]) -> dict[str, Any]:
    """Return what a row says, as `POST /orders` takes it; empty cells say nothing.

    Raises:
        RequestError: the row does not fit the heading, or a cell is not what its column holds.
    """
    if len(cells) != len(known):
        raise RequestError("", f"has {len(cells)} cells, and the heading has {len(known)}")
    contact: dict[str, Any] = {}
    attributes: dict[str, Any] = {}
    given: dict[str, Any] = {"contact": contact, "attributes": attributes}
    for column, cell in zip(known, cells, strict=True):
        text = cell.strip()
        if not text or column.field == IGNORED:
            continue
        part, _, name = column.field.partition(".")
        if part == "attributes":
            name, _, kind = name.partition(":")
            attributes[name] = _number(text, column.field) if kind else _words(text, column.field)
        elif part == "contact":
            contact[name] = _contact_value(name, text)
        else:
            given[part] = text
    names = [contact.pop(n) for n in ("first_name", "last_name") if n in contact]
    if names:
        contact["name"] = " ".join(names)
    return given


def _contact_value(name: str, text: str) -> object:
    if name == "channels":
        return [n for n in re.split(r"[\s;,]+", text) if n]
    if name in ("marketing", "do_not_contact"):
        if text.casefold() not in _TRUTHS:
            raise RequestError(f"contact.{name}", "must be yes or no, true or false, 1 or 0")
        return _TRUTHS[text.casefold()]
    return text


def _number(text: str, field: str) -> int | float:
    if not _NUMBER.fullmatch(text):
        raise RequestError(field.removesuffix(":number"), "must be a number such as 1000, 49.90 or 49,90")
    plain = text.replace(",", ".")
    return float(plain) if "." in plain else int(plain)


def _words(text: str, field: str) -> str:
    if "\x00" in text:
        raise RequestError(field, "a NUL character is not allowed")
    return text


def _by_name(name: str) -> str | None:
    if name in FIELDS or _ATTRIBUTE.fullmatch(name):
        return name
    return _KNOWN.get(_plain(name)) if name else IGNORED


def _mapped(names: Sequence[str], mapping: Mapping[str, str]) -> tuple[dict[int, str], list[str]]:
    """Return the fields of the columns that the mapping speaks of, by place, and what is wrong with it."""
    found: dict[int, str] = {}
    problems = []
    for name, field in mapping.items():
        places = [i for i, n in enumerate(names) if n == name.strip()]
        places = places or [i for i, n in enumerate(names) if n and _plain(n) == _plain(name)]
        if not places:
            problems.append(
                f'--map "{name}={field}": there is no column {name}; there are {", ".join(names)}'
            )
        full = f"contact.{field}" if f"contact.{field}" in FIELDS else field
        if full != IGNORED and full not in FIELDS and not _ATTRIBUTE.fullmatch(full):
            near = get_close_matches(full, FIELDS, n=1)
            hint = (
                f"did you mean {near[0]}?"
                if near
                else f"there are {', '.join(FIELDS)}, attributes.NAME and -"
            )
            problems.append(f'--map "{name}={field}": {field} is not a field; {hint}')
        found |= dict.fromkeys(places, full)
    return found, problems


def _not_understood(name: str) -> str:
    near = get_close_matches(_plain(name), _KNOWN, n=1, cutoff=0.75)
    guess = _KNOWN[near[0]] if near else "attributes." + (re.sub(r"\W+", "_", name.lower()).strip("_") or "x")
    return f'column {name} is not understood: add --map "{name}={guess}", or --map "{name}=-" to leave it out'


def _conflicts(found: Sequence[Column]) -> list[str]:
    problems = []
    by_field: dict[str, list[str]] = {}
    for column in found:
        by_field.setdefault(column.field.removesuffix(":number"), []).append(column.name)
    by_field.pop(IGNORED, None)
    names = by_field.get("contact.name", [])
    if names and (parts := by_field.get("contact.first_name", []) + by_field.get("contact.last_name", [])):
        by_field["contact.name"] = names + parts
    for field, same in by_field.items():
        if len(same) > 1:
            hint = f'leave out all but one with --map "{same[-1]}=-"'
            problems.append(f"columns {' and '.join(same)} are all {field}: {hint}")
    if "ref" not in by_field:
        problems.append('no column is the reference of the order: add --map "COLUMN=ref"')
    return problems
