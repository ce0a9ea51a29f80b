"""Orders as a table: which column is which field, and what a row says.

A row becomes the JSON value that `notifier.contacts.registered.parse_value`
takes, so that a file and the API are checked by the same rules. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from notifier.contacts.columnnames import FIELDS, IGNORED, known, near, plain
from notifier.errors import RequestError

_FOLDED = {field.casefold(): field for field in FIELDS}
_ATTRIBUTE = re.compile(r"attributes\.[^:]{1,100}(:number)?")
_NUMBER = re.compile(r"-?[0-9]{1,15}(?:\.[0-9]{1,15}|,[0-9]{1,2})?")  # 1,000 could be either
_TRUTHS = dict.fromkeys(("yes", "ja", "oui", "true", "1"), True) | dict.fromkeys(
    ("no", "nee", "nein", "non", "false", "0"), False
)


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


def document(heading: Sequence[Column], cells: Sequence[str]) -> dict[str, Any]:
    """Return what a row says, as `POST /orders` takes it; empty cells say nothing.

    Raises:
        RequestError: the row does not fit the heading, or a cell is not what its column holds.
    """
    if len(cells) != len(heading):
        raise RequestError("", f"has {len(cells)} cells, and the heading has {len(heading)}")
    contact: dict[str, Any] = {}
    attributes: dict[str, Any] = {}
    given: dict[str, Any] = {"contact": contact, "attributes": attributes}
    for column, cell in zip(heading, cells, strict=True):
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


def reason(heading: Sequence[Column], error: RequestError) -> str:
    """Return why a row was refused, with its column's own name beside the field if they differ."""
    field = error.field.partition("[")[0]
    same = [c.name for c in heading if _target(c.field) == field]
    if not same or _target(same[0]) == field or field.endswith(f".{same[0]}"):
        return str(error)
    return f"{error.field} ({' and '.join(same)}){str(error).removeprefix(error.field)}"


def _target(field: str) -> str:
    """Return the field of an order that a column fills: both parts of a name fill the name."""
    if field in ("contact.first_name", "contact.last_name"):
        return "contact.name"
    return field.removesuffix(":number")


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
        raise RequestError(
            _target(field),
            "must be a number such as 1249, 1249.90 or 1249,90: no sign between thousands, no currency",
        )
    plain = text.replace(",", ".")
    return float(plain) if "." in plain else int(plain)


def _words(text: str, field: str) -> str:
    if "\x00" in text:
        raise RequestError(field, "a NUL character is not allowed")
    return text


def _by_name(name: str) -> str | None:
    if name in FIELDS or _ATTRIBUTE.fullmatch(name):
        return name
    return known(name) if name else IGNORED


def _mapped(names: Sequence[str], mapping: Mapping[str, str]) -> tuple[dict[int, str], list[str]]:
    """Return the fields of the columns that the mapping speaks of, by place, and what is wrong with it."""
    found: dict[int, str] = {}
    problems = []
    for name, field in mapping.items():
        places = [i for i, n in enumerate(names) if n == name.strip()]
        places = places or [i for i, n in enumerate(names) if n and plain(n) == plain(name)]
        if not places:
            problems.append(
                f'--map "{name}={field}": there is no column {name}; there are {", ".join(names)}'
            )
        full = f"contact.{field}" if f"contact.{field}" in FIELDS else field
        if full != IGNORED and full not in FIELDS and not _ATTRIBUTE.fullmatch(full):
            meant = _FOLDED.get(full.casefold()) or near(field.removeprefix("contact."))
            hint = (
                f"did you mean {meant}?" if meant else f"there are {', '.join(FIELDS)}, attributes.NAME and -"
            )
            problems.append(f'--map "{name}={field}": {field} is not a field; {hint}')
        found |= dict.fromkeys(places, full)
    return found, problems


def _not_understood(name: str) -> str:
    guess = near(name) or "attributes." + (re.sub(r"\W+", "_", name.lower()).strip("_") or "x")
    return f'column {name} is not understood: add --map "{name}={guess}", or --map "{name}=-" to leave it out'


def _conflicts(found: Sequence[Column]) -> list[str]:
    problems = []
    by_field: dict[str, list[str]] = {}
    for column in found:
        by_field.setdefault(column.field.removesuffix(":number"), []).append(column.name)
    by_field.pop(IGNORED, None)
    names, first, last = (by_field.get(f"contact.{n}", []) for n in ("name", "first_name", "last_name"))
    if names and (first or last):
        by_field["contact.name"] = names + first + last
    for field, same in by_field.items():
        if len(same) > 1:
            hint = f'leave out all but one with --map "{same[-1]}=-"'
            if field == "contact.name" and first and not last:
                hint += f', or say --map "{names[0]}=contact.last_name"'
            problems.append(f"columns {' and '.join(same)} are all {field}: {hint}")
    if "ref" not in by_field:
        problems.append('no column is the reference of the order: add --map "COLUMN=ref"')
    return problems
