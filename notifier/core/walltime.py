"""Wall time: what the clocks of a zone show, and the moments at which they show it.

Clocks are put forward and back. What they show twice is meant the first time;
what they skip is meant at the moment of the jump, when they show what is later.
So a later wall time is never an earlier moment.
"""

from __future__ import annotations

import math
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

A_DAY = timedelta(days=1)
_NOON = time(12)


def on_the_wall(at: float, zone: ZoneInfo) -> datetime:
    """Return what the clocks of `zone` show `at` that moment, Unix seconds UTC; a naive datetime."""
    return datetime.fromtimestamp(at, zone).replace(tzinfo=None, fold=0)


def moment(wall: datetime, zone: ZoneInfo) -> float:
    """Return when the clocks of `zone` show `wall`, a naive datetime, for the first time; Unix seconds UTC.

    A time that they skip is the first moment after the gap.
    """
    first = wall.replace(tzinfo=zone, fold=0)
    if not _is_skipped(first):
        return first.timestamp()
    before = first.utcoffset()
    earlier, later = math.floor(first.replace(fold=1).timestamp()), math.ceil(first.timestamp())
    while later - earlier > 1:  # the jump is between them, and at a full second
        middle = (earlier + later) // 2
        if datetime.fromtimestamp(middle, zone).utcoffset() == before:
            earlier = middle
        else:
            later = middle
    return float(later)


@lru_cache(maxsize=4096)
def moment_of(day: date, minute: int, zone: ZoneInfo) -> float:
    """Return the moment of a minute of a day, counted from midnight on the wall; 1440 is its end."""
    return moment(datetime.combine(day, time()) + timedelta(minutes=minute), zone)


@lru_cache(maxsize=4096)
def came(day: date, zone: ZoneInfo) -> bool:
    """Tell whether there was such a day in `zone`: 2011-12-30 never came to Apia."""
    if not _is_skipped(datetime.combine(day, _NOON, zone)):
        return True  # the quick way for nearly all days
    return moment_of(day, 0, zone) < moment_of(day, 1440, zone)


def _is_skipped(first: datetime) -> bool:
    """Tell whether the clocks skip this time: the offset is greater after the change than before it."""
    before, after = first.utcoffset(), first.replace(fold=1).utcoffset()
    return before is not None and after is not None and before < after
