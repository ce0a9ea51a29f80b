"""When something is open, and when a length of time is over: windows, calendars, daily times.

Hours are meant as the clocks on the wall show them (see `notifier.core.walltime`
for what they skip or show twice): 08:00-18:00 stays that through the year, so
the night on which clocks change has an hour more or less. A span that lies
wholly in what the clocks skip does not open that day; one of which they show a
part twice is open from its first begin to its first end. A day that never came
to a zone is no day: nothing opens on it and nothing is due.

All moments are Unix seconds UTC. Wherever a `zone` is asked for, it is the IANA
name that counts where the hours name none; it has been checked to exist.
"""

from __future__ import annotations

import math
from collections.abc import Container, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from notifier.core.walltime import A_DAY, came, moment, moment_of, on_the_wall

DAY_MINUTES = 1440

HORIZON = 731
"""After so many days in a row without an opening, about two years, it is taken that none will come."""

CENTURY = 36_525
"""Days after which we stop counting: a span that is not over by then is never over."""


@dataclass(frozen=True, slots=True)
class Hours:
    """When something is open: a window or a calendar of rules.yaml.

    `days` are days of the week, Monday is 0. `spans` are begin and end in minutes
    of the local day; an end that is not after its begin is the next day's (22:00-06:00),
    and the whole span belongs to the day on which it begins. `zone` is an IANA name,
    empty where each contact's own zone counts. On the days in `closed` it does not open.
    """

    days: frozenset[int] = frozenset(range(7))
    spans: tuple[tuple[int, int], ...] = ((0, DAY_MINUTES),)
    zone: str = ""
    closed: Container[date] = frozenset()


@dataclass(frozen=True, slots=True)
class Span:
    """A length of time: seconds, or business days of a calendar."""

    seconds: float = 0.0
    business_days: int = 0


WORKDAYS = Hours(days=frozenset(range(5)))
"""The business days where no calendar is named: Monday to Friday, the whole day."""


@dataclass(frozen=True, slots=True)
class _Opening:
    """One opening, its end excluded; `day` is the day that it belongs to."""

    begin: float
    end: float
    day: date


def is_open(hours: Hours, at: float, zone: str) -> bool:
    """Tell whether it is open at that moment."""
    return opens_at(hours, at, zone) == at


def opens_at(hours: Hours, at: float, zone: str) -> float | None:
    """Return `at` itself if it is open then, else when it opens next; None if it never does."""
    for opening in _openings(hours, at, zone):
        return max(at, opening.begin)
    return None


def closes_at(hours: Hours, at: float, zone: str) -> float | None:
    """Return when the opening at that moment ends, spans that touch taken as one.

    None if it is closed at that moment, and if it stays open for longer than HORIZON.
    """
    end = at
    for opening in _openings(hours, at, zone):
        if opening.begin > end:
            break
        end = max(end, opening.end)
        if end - at > HORIZON * A_DAY.total_seconds():
            return None
    return end if end > at else None


def is_ever_open(hours: Hours, at: float, zone: str) -> bool:
    """Tell whether it is open at that moment or will be."""
    return opens_at(hours, at, zone) is not None


def after(span: Span, since: float, hours: Hours | None, zone: str) -> float:
    """Return when `span` is over that began at `since`; infinity if the calendar stops opening before that.

    With a calendar (`hours`) seconds count only while it is open. Business days
    count from `since`, or from the next opening where that is closed, to the same
    time on the wall so many of the calendar's days later; without a calendar the
    days are WORKDAYS. A span of both is first the days, then the seconds.
    """
    if span.business_days:
        since = _after_days(span.business_days, since, hours or WORKDAYS, zone)
    if hours is None or span.seconds <= 0:
        return since + span.seconds
    return _after_seconds(span.seconds, since, hours, zone)


def next_daily(minute: int, days: frozenset[int], since: float, zone: str) -> float:
    """Return the first moment after `since` at that minute of one of `days`; infinity if there are none."""
    tz = ZoneInfo(zone)
    for day in _days(Hours(days), on_the_wall(since, tz).date(), tz):
        due = moment_of(day, minute, tz)
        if due > since:
            return due
    return math.inf


def _after_seconds(seconds: float, since: float, hours: Hours, zone: str) -> float:
    left, reached = seconds, since
    if math.isfinite(since):
        for opening in _openings(hours, since, zone):
            begin = max(reached, opening.begin)
            if opening.end - begin >= left:
                return begin + left
            left -= max(0.0, opening.end - begin)
            reached = max(reached, opening.end)
    return math.inf


def _after_days(count: int, since: float, hours: Hours, zone: str) -> float:
    start = opens_at(hours, since, zone)
    if start is None:
        return math.inf
    tz = ZoneInfo(hours.zone or zone)
    wall = on_the_wall(start, tz)
    own = wall.date()
    for opening in _openings(hours, start, zone):
        if opening.begin > start:
            break
        own = opening.day  # after midnight it may still be yesterday's
    for number, day in enumerate(_days(hours, own, tz)):
        if number == count:
            return moment(datetime.combine(day + (wall.date() - own), wall.time()), tz)
    return math.inf


def _openings(hours: Hours, since: float, zone: str) -> Iterator[_Opening]:
    """Yield the openings that end after `since`, in the order in which they begin; they may overlap."""
    tz = ZoneInfo(hours.zone or zone)
    spans = sorted(hours.spans)
    first = on_the_wall(since, tz).date()
    if any(stop <= start for start, stop in spans):
        first -= A_DAY  # yesterday's opening may still last
    for day in _days(hours, first, tz):
        for start, stop in spans:
            end = moment_of(day, stop if stop > start else stop + DAY_MINUTES, tz)
            if end > since:
                begin = moment_of(day, start, tz)
                if begin < end:
                    yield _Opening(begin, end, day)


def _days(hours: Hours, first: date, tz: ZoneInfo) -> Iterator[date]:
    """Yield the days on which it opens, from `first` on, until HORIZON days have passed without one."""
    day, without, left = first, 0, CENTURY if hours.spans else 0
    while left and without < HORIZON:
        left -= 1
        without += 1
        if day.weekday() in hours.days and day not in hours.closed and came(day, tz):
            yield day
            without = 0
        day += A_DAY
