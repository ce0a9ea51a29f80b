"""Durations as operators write them: 30s, 15m, 24h, 3d, 2w, also 1h30m; `forever` for no limit.

Where a calendar can be named, 5bd are five of its business days.
"""

from __future__ import annotations

import math
import re

from notifier.config.mistake import Mistake
from notifier.core.schedule import Span

UNITS: dict[str, int] = {"w": 604_800, "d": 86_400, "h": 3_600, "m": 60, "s": 1}
"""Unit to seconds, in the order in which they may follow each other."""

PATTERN = "".join(f"([0-9]{{1,9}}{unit})?" for unit in UNITS)
"""The shape of a duration as a regular expression; it also fits the empty text, which is refused."""

BUSINESS_DAYS = "bd"

SPAN_PATTERN = f"([1-9][0-9]{{0,3}}{BUSINESS_DAYS}|{PATTERN})"
"""The shape of a span: a duration, or business days; fits the empty text as well."""

LONGEST = 10 * 365 * 86_400
"""Ten years in seconds: more is a slip of the pen, and moments that far off cannot be shown."""

FOREVER = "forever"
"""The word for no limit."""

MOST_BUSINESS_DAYS = 2_610
"""Ten years of them."""

_DURATION = re.compile(PATTERN)
_BUSINESS_DAYS = re.compile(f"[1-9][0-9]*{BUSINESS_DAYS}")
_MEANT_DAYS = re.compile(
    r"\s*0*([1-9][0-9]{0,3})\s*(?:bds?|(?:business|working|work)[ -]?days?)\s*", re.ASCII | re.IGNORECASE
)
_EXAMPLES = "write for example 30s, 15m, 24h, 3d or 1h30m"
_SPAN_EXAMPLES = "write for example 15m, 24h, 3d, or 5bd for business days"


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


def parse_span(value: object) -> Span:
    """Return what `parse` does as a Span, or the business days that text such as "5bd" stands for.

    Raises:
        Mistake: it is neither, or mixes the two.
    """
    if not isinstance(value, str) or BUSINESS_DAYS not in value.lower():
        return Span(seconds=_seconds_of_span(value))
    if _BUSINESS_DAYS.fullmatch(value):
        number = value.removesuffix(BUSINESS_DAYS)
        if len(number) > 4 or int(number) > MOST_BUSINESS_DAYS:
            raise Mistake("is longer than ten years")
        return Span(business_days=int(number))
    if meant := _MEANT_DAYS.fullmatch(value):
        raise Mistake("is not a duration", f"did you mean `{meant[1]}{BUSINESS_DAYS}`?")
    raise _no_business_days(value)


def _seconds_of_span(value: object) -> float:
    try:
        return parse(value)
    except Mistake as mistake:
        meant = _MEANT_DAYS.fullmatch(value) if isinstance(value, str) else None
        if meant:
            raise Mistake(mistake.text, f"did you mean `{meant[1]}{BUSINESS_DAYS}`?") from None
        hint = mistake.hint.replace(_EXAMPLES, _SPAN_EXAMPLES)
        raise Mistake(mistake.text, hint) from None


def _no_business_days(value: str) -> Mistake:
    """Return the words about text that speaks of business days and is none."""
    before = value.lower().partition(BUSINESS_DAYS)[0].strip()
    if re.fullmatch(r"[0-9]*[.,][0-9]+", before):
        whole = max(1, int(re.match(r"[0-9]{0,4}", before)[0] or 0))  # type: ignore[index]  # it may be empty
        return Mistake("must be whole business days", f"write {whole}bd or {whole + 1}bd")
    if before == "":
        return Mistake("needs a number of business days", "write for example 5bd")
    if re.fullmatch("-?0+", before):
        return Mistake("must be one business day or more", "write for example 1bd")
    if any(_DURATION.fullmatch(part) for part in re.split(r"[0-9]+bd", value.lower()) if part):
        return Mistake("mixes business days with other times", "write one of the two, for example 5bd or 36h")
    return Mistake("is not a duration", _SPAN_EXAMPLES)


def text(seconds: float) -> str:
    """Return seconds as an operator writes them, in one unit: 30s, 15m, 24h, 7d, or `forever`."""
    if math.isinf(seconds):
        return FOREVER
    whole = int(seconds)
    units = "dhms" if whole >= 2 * UNITS["d"] else "hms"  # a single day is read as 24 hours
    unit = next((unit for unit in units if whole and not whole % UNITS[unit]), "s")
    return f"{whole // UNITS[unit]}{unit}"
