"""Limits as operators write them: 10/s, 600/min, 1000/h, 150/day."""

from __future__ import annotations

import re

from notifier.config.mistake import Mistake, suggestion
from notifier.core.quota import Quota

UNITS: dict[str, int] = {"s": 1, "min": 60, "h": 3_600, "day": 86_400}
"""Unit to seconds."""

PATTERN = "[1-9][0-9]{0,6}/(%s)" % "|".join(UNITS)  # noqa: UP031  braces of its own
"""The shape of a limit as a regular expression."""

_EXAMPLES = "write for example 10/s, 600/min, 1000/h or 150/day"
_MINUTE = "m"


def parse(value: object) -> Quota:
    """Return the limit that `value`, text such as "600/min", stands for.

    Raises:
        Mistake: it is a number without a unit, has another unit, or is no limit at all.
    """
    if isinstance(value, int | float) and not isinstance(value, bool):
        raise Mistake("needs a time", f"write {value}/min, {value}/h or {value}/day")
    found = re.fullmatch(r"(\S+)/(\S+)", value) if isinstance(value, str) else None
    if found is None:
        raise Mistake("is not a limit", _EXAMPLES)
    count, unit = found.groups()
    if not (count.isascii() and count.isdigit() and 0 < int(count[:9]) < 10_000_000):
        raise Mistake("must begin with a whole number above 0", _EXAMPLES)
    if unit == _MINUTE:
        raise Mistake("has a unit that could be minute or month", f"write {count}/min")
    if unit not in UNITS:
        raise Mistake("has an unknown unit", suggestion(unit, UNITS) or _EXAMPLES)
    return Quota(int(count), float(UNITS[unit]))
