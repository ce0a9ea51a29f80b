"""Days of the week, times of the day and hours as operators write them: [mon-fri], 08:30, 08:00-18:00."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TypeVar

from notifier.config.mistake import Mistake, kind, nearest, quoted

_T = TypeVar("_T")

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
"""The words for the days; the place is the number, Monday is 0."""

_DAY = f"({'|'.join(DAYS)})"
_TIME = "([01][0-9]|2[0-3]):[0-5][0-9]"

DAYS_PATTERN = f"{_DAY}(-{_DAY})?"
"""The shape of one entry of `days` as a regular expression."""

TIME_PATTERN = _TIME
"""The shape of a time of the day."""

HOURS_PATTERN = f"{_TIME}-({_TIME}|24:00)"
"""The shape of one entry of `hours`."""

_DAY_EXAMPLES = "write for example mon, or mon-fri"
_DAY_WORDS = {
    "weekday": "mon-fri",
    "weekdays": "mon-fri",
    "workdays": "mon-fri",
    "weekend": "sat-sun",
    "weekends": "sat-sun",
    "daily": "mon-sun",
    "everyday": "mon-sun",
    "all": "mon-sun",
}
"""What people also say, and how it is written here."""

_TIME_EXAMPLE = "write for example 08:30"
_HOURS_EXAMPLE = "write for example 08:00-18:00"
_ROUGH_TIME = re.compile(r"([0-9]{1,2})(?:[:.h]?([0-9]{2}))?\s*(am|pm|h)?", re.ASCII | re.IGNORECASE)
_OTHER_DASH = re.compile("[\u2010-\u2015\u2212\ufe58\ufe63\uff0d~]")
"""Signs that look like a hyphen: dashes, a minus; and one that some use for it."""


def parse_days(value: object) -> frozenset[int]:
    """Return the days (Monday is 0) that a list such as [mon-fri, sun], or one entry without a list, names.

    Raises:
        Mistake: an entry is no day, or there is none.
    """
    entries = _entries(value, parse_day, "must be days", "write for example [mon-fri]")
    return frozenset().union(*entries)


def parse_day(value: object) -> frozenset[int]:
    """Return the days that one entry names: `mon`, or `fri-mon`, which goes round the end of the week."""
    if not isinstance(value, str):
        raise Mistake(f"must be a day, not {kind(value)}", _DAY_EXAMPLES)
    if re.fullmatch(DAYS_PATTERN, value) is None:
        raise Mistake("is no day", _day_hint(value))
    first, _, last = value.partition("-")
    if first == last:
        raise Mistake("begins and ends with the same day", f"write {first}, or mon-sun for every day")
    begin = DAYS.index(first)
    count = (DAYS.index(last or first) - begin) % 7 + 1
    return frozenset((begin + n) % 7 for n in range(count))


def parse_time(value: object) -> int:
    """Return the minute of the day, from 0, that text such as "08:30" stands for.

    Raises:
        Mistake: it is no time of the day.
    """
    if not isinstance(value, str):
        raise Mistake(f"must be a time, not {kind(value)}", _TIME_EXAMPLE)
    if value == "24:00":
        raise Mistake("is the end of the day", "write 00:00, the begin of the next one")
    if re.fullmatch(TIME_PATTERN, value) is None:
        near = _time_meant(value)
        raise Mistake("is no time of the day", f"did you mean `{near}`?" if near else _TIME_EXAMPLE)
    return _minute(value)


def parse_hours(value: object) -> tuple[tuple[int, int], ...]:
    """Return the spans in minutes of the day of text such as "08:00-18:00", or of a list of such.

    Raises:
        Mistake: an entry is no span of hours, or there is none.
    """
    return tuple(_entries(value, parse_hours_entry, "must be hours", _HOURS_EXAMPLE))


def parse_hours_entry(value: object) -> tuple[int, int]:
    """Return begin and end in minutes of the day; an end before its begin is meant for the next day."""
    if not isinstance(value, str):
        raise Mistake(f"must be hours, not {kind(value)}", f"{_HOURS_EXAMPLE}, in quotes")
    if re.fullmatch(HOURS_PATTERN, value) is None:
        raise _no_hours(value)
    begin, end = map(_minute, value.split("-"))
    if begin == end:
        raise Mistake("begins and ends at the same time", "for the whole day write 00:00-24:00")
    return begin, end


def _entries(value: object, parse_entry: Callable[[object], _T], text: str, hint: str) -> list[_T]:
    """Return what each entry of a list means, or the one that stands without a list."""
    if isinstance(value, str):
        return [parse_entry(value)]
    if not isinstance(value, list):
        raise Mistake(f"{text}, not {kind(value)}", hint)
    if not value:
        raise Mistake("is empty", hint)
    found = []
    for entry in value:
        try:
            found.append(parse_entry(entry))
        except Mistake as mistake:
            what = (
                quoted(entry) if isinstance(entry, str | int | float) else f"an entry that is {kind(entry)}"
            )
            raise Mistake(f"has {what}, which {mistake.text}", mistake.hint) from None
    return found


def _minute(time: str) -> int:
    hours, minutes = time.split(":")
    return int(hours) * 60 + int(minutes)


def _no_hours(value: str) -> Mistake:
    """Return the words about text that is no span of hours."""
    plain = _OTHER_DASH.sub("-", value)
    sides = [side.strip() for side in plain.split("-")]
    meant = [_time_meant(side) for side in sides]
    near = "-".join(filter(None, meant)) if len(meant) == 2 and all(meant) else ""
    if re.fullmatch(HOURS_PATTERN, near) is None:
        near = ""
    if plain != value and near:
        sign = _OTHER_DASH.findall(value)[0]
        return Mistake(f"has the sign {quoted(sign)} where a `-` belongs", f"write {near}")
    if sides[0] == "24:00" and len(sides) == 2:
        return Mistake("cannot begin at 24:00", f"write 00:00-{sides[1]}")
    for side in sides:
        if len(sides) == 2 and re.fullmatch("[0-9]{2}:[0-9]{2}", side) and _time_meant(side) is None:
            return Mistake(f"has {quoted(side)}, which is no time of the day", "times go from 00:00 to 24:00")
    return Mistake("is no span of hours", f"did you mean `{near}`?" if near else _HOURS_EXAMPLE)


def _time_meant(text: str) -> str | None:
    """Return the time that `text` means in our form: 8, 8:30, 8.30, 830, 8am; None if it means none."""
    found = _ROUGH_TIME.fullmatch(text.strip())
    if found is None:
        return None
    hours, minutes, half = int(found[1]), int(found[2] or 0), (found[3] or "").lower()
    if half in ("am", "pm"):
        if not 1 <= hours <= 12:
            return None
        hours = hours % 12 + (12 if half == "pm" else 0)
    if hours * 60 + minutes > 1440 or minutes > 59:
        return None
    return f"{hours:02}:{minutes:02}"


def _day_hint(value: str) -> str:
    plain = _OTHER_DASH.sub("-", value.lower())
    if word := _DAY_WORDS.get(plain.strip().replace(" ", "")):
        return f"did you mean `{word}`?"
    if "," in plain:
        return "write a list: [mon, wed, fri]"
    meant = [_day_meant(part.strip()) for part in plain.split("-")]
    if len(meant) > 2 or not all(meant):
        return f"days are {', '.join(DAYS)}"
    return f"did you mean `{'-'.join(filter(None, meant))}`?"


def _day_meant(word: str) -> str | None:
    return word[:3] if word[:3] in DAYS else nearest(word, DAYS)
