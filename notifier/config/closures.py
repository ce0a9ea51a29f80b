"""The days on which a calendar does not open: a country's public holidays, dates, files of dates."""

from __future__ import annotations

import re
from collections.abc import Container
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import holidays
from holidays.registry import COUNTRIES

from notifier.config.dates import parse_date, read_dates
from notifier.config.mistake import Mistake, kind, nearest, quoted

_CODE = re.compile(r"([A-Z]{2})(?:-(\S(?:.*\S)?))?")
_DIGITS = re.compile(r"\d+\D\d+(\D\d+)?\.?", re.ASCII)
"""A date in whatever form; 25.12.2026 is no name of a file."""
_FORMS = "write a country such as NL or DE-BY, a date such as 2026-12-25, or the name of a file of dates"


def _names() -> dict[str, str]:
    """Return everything that a country is called, in small letters, to its two letters."""
    names: dict[str, str] = {}
    for class_name, code, *others in COUNTRIES.values():
        words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", class_name)
        names |= {name.lower(): code for name in (words, class_name, *others)}
    return names


_NAMES = _names()
_CODES = frozenset(_NAMES.values())


@dataclass(frozen=True, slots=True)
class Country:
    """The public holidays of a country, or of a part of it, as the `holidays` package knows them.

    A year is worked out when it is first asked for, and put in its place whole, so
    that threads may ask at the same time.
    """

    code: str
    part: str | None = None
    _years: dict[int, frozenset[date]] = field(default_factory=dict, compare=False, repr=False)

    def __contains__(self, day: object) -> bool:
        if not isinstance(day, date):
            return False
        known = self._years.get(day.year)
        if known is None:
            known = self._years[day.year] = frozenset(
                holidays.country_holidays(self.code, subdiv=self.part, years=day.year)
            )
        return day in known


@dataclass(frozen=True, slots=True)
class Closures:
    """Single days, and the holidays of countries."""

    days: frozenset[date] = frozenset()
    countries: tuple[Country, ...] = ()

    def __contains__(self, day: object) -> bool:
        return day in self.days or any(day in country for country in self.countries)


def closures(form: str | list[str], folder: Path) -> Container[date]:
    """Return the days that `holidays` of rules.yaml names.

    Args:
        form: a country (`NL`), a part of one (`DE-BY`), a date, the path of a file
            with a date on each line, or a list of these.
        folder: where paths begin, that of rules.yaml.

    Raises:
        Mistake: something is not known, no date, or a file that cannot be read.
    """
    if isinstance(form, str):
        return _together([_one(form, folder)])
    if not isinstance(form, list):
        raise Mistake(f"must be text or a list, not {kind(form)}", _FORMS)
    found = []
    for entry in form:
        if not isinstance(entry, str):
            raise Mistake(f"has an entry that is {kind(entry)}", _FORMS)
        try:
            found.append(_one(entry, folder))
        except Mistake as mistake:
            raise Mistake(f"has an entry that {mistake.text}", mistake.hint) from None
    return _together(found)


def _together(found: list[Country | frozenset[date]]) -> Closures:
    countries = [each for each in found if isinstance(each, Country)]
    days = [each for each in found if not isinstance(each, Country)]
    return Closures(frozenset().union(*days), tuple(dict.fromkeys(countries)))


def _one(text: str, folder: Path) -> Country | frozenset[date]:
    if _DIGITS.fullmatch(text.strip()):
        return frozenset({parse_date(text)})
    if code := _CODE.fullmatch(text):
        return _country(code[1], code[2])
    if re.search(r"[./\\]", text) or _is_file(folder / text):
        return read_dates(text, folder)
    if text[:1].isdigit():
        return frozenset({parse_date(text)})
    meant = _meant(text)
    hint = f"did you mean `{meant}`?" if meant else _FORMS
    raise Mistake(f"is no country that is known: {quoted(text)}" if text else "is empty", hint)


def _country(code: str, part: str | None) -> Country:
    if code not in _CODES:
        meant = _meant(code)
        hint = f"did you mean `{meant}`?" if meant else "write the two letters of ISO 3166, such as NL"
        raise Mistake(f"is no country that is known: {quoted(code)}", hint)
    if part is not None:
        kept = holidays.country_holidays(code)
        aliases = dict(kept.subdivisions_aliases)
        if part not in kept.subdivisions:
            raise Mistake(
                f"is no part of {code} whose holidays are known: {quoted(part)}",
                _part_hint(code, part, kept.subdivisions, aliases),
            )
    return Country(code, part)


def _meant(text: str) -> str | None:
    """Return the code that was meant by a name, or by a code in small letters, with or without a part."""
    plain = text.strip().lower()
    whole = _code_of(plain) or _code_of(re.sub("[- ]", "", plain))  # Guinea-Bissau has no part
    country, sign, part = plain.partition("-")
    if whole is None and sign and (code := _code_of(country)):
        return f"{code}-{part.upper()}"
    near = nearest(plain, _NAMES, cutoff=0.75) if len(plain) > 3 else None
    return whole or (_NAMES[near] if near else None)


def _code_of(name: str) -> str | None:
    return name.upper() if name.upper() in _CODES else _NAMES.get(name)


def _part_hint(code: str, part: str, known: tuple[str, ...], aliases: dict[str, str]) -> str:
    if not known:
        return f"write `{code}` alone"
    near = nearest(part, [*known, *aliases])
    if near is not None:
        return f"did you mean `{code}-{aliases.get(near, near)}`?"
    if len(known) <= 24:
        return f"known are {', '.join(known)}; {code} alone has what all have in common"
    return f"{code} alone has what all parts have in common"


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False
