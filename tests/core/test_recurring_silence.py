"""Silences that recur: in force in the same hours of the shop's clocks, whatever the clocks do."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.core.alert import Silence
from notifier.errors import RequestError
from notifier.service import silencing

ZONE = "Europe/Amsterdam"
EVER = 4e9


def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(ZONE)).timestamp()


def recurring(every: str, since: str = "2026-01-01 00:00", until: float = EVER) -> Silence:
    return Silence(1, {}, "backup", "jo", at(since), until, hours=silencing.every(every, ZONE))


@pytest.mark.parametrize(
    ("every", "now", "is_quiet", "ends"),
    [
        ("sun 01:00-03:00", "2026-03-01 01:00", True, "2026-03-01 03:00"),  # a Sunday
        ("sun 01:00-03:00", "2026-03-01 02:59", True, "2026-03-01 03:00"),
        ("sun 01:00-03:00", "2026-03-01 03:00", False, "2026-03-08 01:00"),
        ("sun 01:00-03:00", "2026-03-02 01:30", False, "2026-03-08 01:00"),
        ("mon-fri 22:00-06:00", "2026-03-06 23:00", True, "2026-03-07 06:00"),  # Friday's, into Saturday
        ("mon-fri 22:00-06:00", "2026-03-07 23:00", False, "2026-03-09 22:00"),
        ("mon,sat-sun 08:00-09:00", "2026-03-07 08:30", True, "2026-03-07 09:00"),
        ("00:00-24:00", "2026-03-07 08:30", True, None),
        ("12:00-13:00", "2026-03-07 12:30", True, "2026-03-07 13:00"),
        # The night of 29 March 2026 has no 02:30 in Amsterdam; that of 25 October has it twice.
        ("sun 01:00-03:30", "2026-03-29 01:30", True, "2026-03-29 03:30"),
        ("sun 02:15-02:45", "2026-03-29 03:20", False, "2026-04-05 02:15"),
        ("sun 01:00-03:00", "2026-10-25 01:30", True, "2026-10-25 03:00"),
    ],
)
def test_it_is_in_force_in_its_hours(every: str, now: str, is_quiet: bool, ends: str | None) -> None:
    one, moment = recurring(every), at(now)
    assert one.is_in_force(moment) is is_quiet
    assert one.covers({"rule": ("stuck",)}, moment) is is_quiet
    if is_quiet:
        assert one.begins_at(moment) == moment
        assert one.quiet_until(moment) == (EVER if ends is None else at(ends))
    else:
        assert ends is not None
        assert one.begins_at(moment) == at(ends)


@pytest.mark.parametrize(
    ("every", "hour", "is_quiet"),
    [
        ("sun 02:15-02:45", 0, True),  # 02:30 in summer time
        ("sun 02:15-02:45", 1, False),  # 02:30 again, in winter time
        ("sun 02:45-03:15", 0, False),
        ("sun 02:45-03:15", 1, True),  # open since the first 02:45
        ("sun 02:15-04:00", 1, True),
        ("sun 01:00-02:15", 1, False),  # over at the first 02:15
    ],
)
def test_of_an_hour_that_comes_twice_the_first_one_counts(every: str, hour: int, is_quiet: bool) -> None:
    half_past_two = datetime(2026, 10, 25, hour, 30, tzinfo=UTC).timestamp()
    assert recurring(every).is_in_force(half_past_two) is is_quiet


def test_it_recurs_only_between_its_start_and_its_end() -> None:
    one = recurring("sun 01:00-03:00", "2026-03-02 00:00", at("2026-03-15 02:00"))
    assert not one.is_in_force(at("2026-03-01 02:00"))
    assert one.begins_at(at("2026-03-01 02:00")) == at("2026-03-08 01:00")
    assert one.quiet_until(at("2026-03-15 01:30")) == at("2026-03-15 02:00")
    assert not one.is_in_force(at("2026-03-15 02:30"))
    assert one.begins_at(at("2026-03-15 02:30")) is None


DAYS = st.lists(st.sampled_from(["mon", "tue", "wed", "thu", "fri", "sat", "sun"]), unique=True)
MINUTE = st.integers(0, 1439)


SOME_MINUTE = st.integers(0, 366 * 1440)
AROUND_A_CHANGE = st.integers(85 * 1440, 88 * 1440) | st.integers(295 * 1440, 298 * 1440)
"""Minutes since 2 January 2026."""


@given(DAYS, MINUTE, MINUTE, SOME_MINUTE | AROUND_A_CHANGE)
def test_the_hours_of_the_wall_decide_also_when_the_clocks_change(
    days: list[str], begin: int, end: int, minute: int
) -> None:
    if begin == end:
        end = (begin + 1) % 1440
    text = f"{','.join(days)} {begin // 60:02}:{begin % 60:02}-{end // 60:02}:{end % 60:02}"
    one = recurring(text)
    now = at("2026-01-02 00:00") + minute * 60
    if one.is_in_force(now):
        over = one.quiet_until(now)
        assert now < over <= now + 26 * 3600 or (len(days) in (0, 7) and over > now)
        assert one.is_in_force(over - 1)
    else:
        following = one.begins_at(now)
        assert following is not None
        assert following > now
        assert one.is_in_force(following)
        assert not one.is_in_force(following - 1)
    names = days or ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
    assert one.is_in_force(now) is shown_to_be_open(names, begin, end, now)


def shown_to_be_open(names: list[str], begin: int, end: int, now: float) -> bool:
    """Tell by going through the days around `now` whether one of them has hours around it.

    A wall time that is skipped is the moment of the change, and of one that comes twice the first counts.
    """
    zone = ZoneInfo(ZONE)
    today = datetime.fromtimestamp(now, zone).date()
    for back in (-1, 0, 1, 2):
        day = today - timedelta(days=back)
        if day.strftime("%a").lower() not in names:
            continue
        opens, closes = (first_shown(day, minute, zone) for minute in (begin, end))
        if begin >= end:
            closes = first_shown(day + timedelta(days=1), end, zone)
        if opens <= now < closes:
            return True
    return False


def first_shown(day: date, minute: int, zone: ZoneInfo) -> float:
    """Return the first moment of a day, Unix seconds, at which a clock shows this minute or a later one."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()
    wanted = datetime.combine(day, time()) + timedelta(minutes=minute)
    for moment in range(int(midnight) - 14 * 3600, int(midnight) + 38 * 3600, 60):
        if datetime.fromtimestamp(moment, zone).replace(tzinfo=None) >= wanted:
            return float(moment)
    raise AssertionError(day)


@pytest.mark.parametrize(
    "text", ["", "sun", "sun 1-3", "sunday-monday 01:00-03:00", "25:00-26:00", "sun 01:00"]
)
def test_what_is_no_recurrence_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(RequestError, match="sun 01:00-03:00"):
        silencing.every(text, ZONE)


@given(DAYS, MINUTE, MINUTE)
def test_it_is_shown_as_it_was_written(days: list[str], begin: int, end: int) -> None:
    if begin == end:
        return
    text = f"{','.join(days)} {begin // 60:02}:{begin % 60:02}-{end // 60:02}:{end % 60:02}".strip()
    hours = silencing.every(text, ZONE)
    assert silencing.every(silencing.recurs(hours), ZONE) == hours


def test_utc_is_a_zone_like_others() -> None:
    one = Silence(1, {}, "", "", 0.0, EVER, hours=silencing.every("sun 01:00-03:00", "UTC"))
    assert one.is_in_force(datetime(2026, 3, 1, 1, 0, tzinfo=UTC).timestamp())
