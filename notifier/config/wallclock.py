"""Moments as people write them: 2026-03-03 23:10, on the clocks of the shop."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from notifier.config.mistake import Mistake
from notifier.core.walltime import moment

PATTERN = "[0-9]{4}-[0-9]{2}-[0-9]{2}( [0-9]{2}:[0-9]{2}(:[0-9]{2})?)?"
"""The shape of a moment or a day as a regular expression."""

_EXAMPLES = "write for example 2026-03-03 23:10"
_SHAPE = re.compile(PATTERN)
_FORMS = {10: ("%Y-%m-%d", timedelta(days=1)), 16: ("%Y-%m-%d %H:%M", timedelta(minutes=1))}
_FULL = ("%Y-%m-%d %H:%M:%S", timedelta(seconds=1))


@dataclass(frozen=True, slots=True)
class Moment:
    """What the shop's clocks show; it was written to the second, to the minute, or as a whole day."""

    wall: datetime
    exact_to: timedelta

    def begin(self, zone: str) -> float:
        """Return when it begins, Unix seconds UTC; `zone` is the shop's."""
        return moment(self.wall, ZoneInfo(zone))

    def end(self, zone: str) -> float:
        """Return when it is over."""
        if self.exact_to < timedelta(days=1):
            return self.begin(zone) + self.exact_to.total_seconds()
        return moment(self.wall + self.exact_to, ZoneInfo(zone))

    def __str__(self) -> str:
        form = next((form for form, exact in _FORMS.values() if exact == self.exact_to), _FULL[0])
        return self.wall.strftime(form)


def parse(value: object) -> Moment:
    """Return the moment that `value`, text such as "2026-03-03 23:10", stands for.

    Raises:
        Mistake: it is none.
    """
    found = _parse_day_or_moment(value)
    if found.exact_to >= timedelta(days=1):
        raise Mistake("has no time of the day", f"{_EXAMPLES}; the shop's clocks count")
    return found


def parse_day(value: object) -> Moment:
    """Return a moment, or a whole day. Raises Mistake."""
    return _parse_day_or_moment(value)


def parse_unless_false(value: object) -> Moment | bool:
    """Return a moment, or False. Raises Mistake."""
    return False if value is False else parse(value)


def _parse_day_or_moment(value: object) -> Moment:
    if not isinstance(value, str) or not _SHAPE.fullmatch(value):
        hint = f"{_EXAMPLES}; the shop's clocks count"
        raise Mistake("is not a time", hint if isinstance(value, str) else _EXAMPLES)
    form, exact_to = _FORMS.get(len(value), _FULL)
    try:
        return Moment(datetime.strptime(value, form), exact_to)  # noqa: DTZ007  the shop's zone is added later
    except ValueError:
        raise Mistake("is a time that there never is", "look at the day, the month and the hour") from None
