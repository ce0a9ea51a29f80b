"""Durations as operators write them: 30s, 15m, 24h, 3d, 2w, also 1h30m; `forever` for no limit."""

from __future__ import annotations

import math
import re

from notifier.config.mistake import Mistake

UNITS: dict[str, int] = {"w": 604_800, "d": 86_400, "h": 3_600, "m": 60, "s": 1}
"""Unit to seconds, in the order in which they may follow each other."""

PATTERN = "".join(f"([0-9]{{1,9}}{unit})?" for unit in UNITS)
"""The shape of a duration as a regular expression; it also fits the empty text, which is refused."""

LONGEST = 10 * 365 * 86_400
"""Ten years in seconds: more is a slip of the pen, and moments that far off cannot be shown."""

FOREVER = "forever"
"""The word for no limit."""

_DURATION = re.compile(PATTERN)
_EXAMPLES = "write for example 30s, 15m, 24h, 3d or 1h30m"


def parse(value: object) -> float:
    """Return the seconds that `value`, text such as "1h30m", stands for.

    Raises:
        Mistake: it is a number without a unit, or no duration at all.
    """
    if isinstance(value, int | float) and not isinstance(value, bool):
        raise Mistake("needs a unit", f"write {value}s for seconds, {value}m for minutes, {value}h for hours")
    if not isinstance(value, str):
        raise Mistake("must be a duration", _EXAMPLES)
    if value.isascii() and value.isdigit():
        raise Mistake("needs a unit", _EXAMPLES)
    found = _DURATION.fullmatch(value)
    if not value or found is None:
        raise Mistake("is not a duration", _EXAMPLES)
    seconds = sum(int(part[:-1]) * UNITS[part[-1]] for part in found.groups() if part)
    if seconds > LONGEST:
        raise Mistake("is longer than ten years")
    return float(seconds)


def parse_limit(value: object) -> float:
    """Return what `parse` does, infinity for `forever`; raises what it does."""
    if value == FOREVER:
        return math.inf
    try:
        return parse(value)
    except Mistake as mistake:
        hint = mistake.hint.replace(_EXAMPLES, f"{_EXAMPLES}, or {FOREVER}")
        raise Mistake(mistake.text, hint) from None


def text(seconds: float) -> str:
    """Return seconds as an operator writes them, in one unit: 30s, 15m, 24h, 7d, or `forever`."""
    if math.isinf(seconds):
        return FOREVER
    whole = int(seconds)
    units = "dhms" if whole >= 2 * UNITS["d"] else "hms"  # a single day is read as 24 hours
    unit = next((unit for unit in units if whole and not whole % UNITS[unit]), "s")
    return f"{whole // UNITS[unit]}{unit}"
