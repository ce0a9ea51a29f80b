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
from notifier.contacts.values import is_shortened
from notifier.core.flaw import Flaw, Flawed, Unusable
from notifier.errors import RequestError

_FOLDED = {field.casefold(): field for field in FIELDS}
_ATTRIBUTE = re.compile(r"attributes\.[^:]{1,100}(:number)?")
_NUMBER = re.compile(r"-?[0-9]{1,15}(?:\.[0-9]{1,15}|,[0-9]{1,2})?")  # 1,000 could be either
_GROUPED = re.compile(r"-?[0-9]{1,3}(?:(?:\.[0-9]{3}){1,4},[0-9]{1,2}|(?:,[0-9]{3}){1,4}\.[0-9]{1,2})")
_GUARDED = re.compile(r"^'(?=[-+=@0-9])")
"""What shops put before a cell so that no spreadsheet calculates it, or drops its first zero."""

_GUARDS = ("'", "=")
_FORMULA = re.compile(r'="([^"]*)"')
"""A text as a formula, for the same reason: `="00123"`."""

SHORTENED = (
    "the spreadsheet has shortened this number, and its last digits are lost; format the column as text \
there, fill in the numbers again, and save the file anew"
)
"""What to say of 2.02611E+14 where a reference, an id or a code belongs."""

_MISFIT = re.compile(r"has ([0-9]{1,9}) cells, and the heading has ([0-9]{1,9})")


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


def document(heading: Sequence[Column], cells: Sequence[str], flaws: list[Unusable]) -> dict[str, Any]:
    """Return what a row says, as `POST /orders` takes it; empty cells say nothing.

    Args:
        flaws: to this is added which cells are not what their columns hold; they are left out.

    Raises:
        RequestError: the row does not fit the heading, or its reference was shortened.
    """
    if len(cells) != len(heading):
        raise RequestError("", f"has {len(cells)} cells, and the heading has {len(heading)}")
    contact: dict[str, Any] = {}
    attributes: dict[str, Any] = {}
    given: dict[str, Any] = {"contact": contact, "attributes": attributes}
    for column, cell in zip(heading, cells, strict=True):
        text = cell.strip()
        if text[:1] in _GUARDS:
            text = unguarded(text)
        if not text or column.field == IGNORED:
            continue
        part, _, name = column.field.partition(".")
        if part == "attributes":
            name, _, kind = name.partition(":")
            try:
                attributes[name] = _number(text) if kind else _words(text)
            except Flawed as flaw:
                flaws.append(Unusable(f"attributes.{name}", flaw.kind, str(flaw)))
        elif part == "contact":
            contact[name] = text
        elif not is_shortened(text):
            given[part] = text
        elif part == "ref":
            raise RequestError(part, SHORTENED)
        else:
            flaws.append(Unusable(part, Flaw.SHORTENED, SHORTENED))
    names = [contact.pop(n) for n in ("first_name", "last_name") if n in contact]
    if names:
        contact["name"] = " ".join(names)
    return given


def unguarded(text: str) -> str:
    """Return a cell without what guards it against a spreadsheet: `'+31612345678` and `="0612"`."""
    if formula := _FORMULA.fullmatch(text):
        return formula[1].strip()
    return _GUARDED.sub("", text, count=1)


def misfit(reason: str) -> tuple[int, int] | None:
    """Return how many cells a row had and how many the heading, from what `document` said of the row."""
    match = _MISFIT.fullmatch(reason)
    return (int(match[1]), int(match[2])) if match else None


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


def _number(text: str) -> int | float:
    if _GROUPED.fullmatch(text):
        thousands = "." if text.find(".") < text.find(",") else ","
        text = text.replace(thousands, "")
    elif not _NUMBER.fullmatch(text):
        raise Flawed(
            Flaw.MALFORMED, "must be a number such as 1249, 1249.90, 1249,90 or 1.249,90, without a currency"
        )
    plain = text.replace(",", ".")
    return float(plain) if "." in plain else int(plain)


def _words(text: str) -> str:
    if is_shortened(text):
        raise Flawed(Flaw.SHORTENED, SHORTENED)
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
