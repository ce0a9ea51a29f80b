"""When something is open, and when a length of time is over, also on the days on which clocks change."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from notifier.core.schedule import (
    HORIZON,
    Hours,
    Span,
    after,
    closes_at,
    is_ever_open,
    is_open,
    next_daily,
    opens_at,
)
from notifier.core.walltime import came, moment_of

AMS = "Europe/Amsterdam"
WORKWEEK = frozenset(range(5))
FRIDAY = frozenset({4})
EVERY_DAY = frozenset(range(7))


def m(clock: str) -> int:
    hours, minutes = clock.split(":")
    return int(hours) * 60 + int(minutes)


def spans(*written: str) -> tuple[tuple[int, int], ...]:
    return tuple((m(begin), m(end)) for begin, end in (span.split("-") for span in written))


def at(wall: str, zone: str = AMS, fold: int = 0) -> float:
    """Return the moment of a time on the wall that exists; `fold` 1 is the second time that it is shown."""
    told = datetime.fromisoformat(wall).replace(tzinfo=ZoneInfo(zone), fold=fold)
    moment = told.timestamp()
    assert datetime.fromtimestamp(moment, told.tzinfo).replace(tzinfo=None) == told.replace(tzinfo=None)
    return moment


def shown(moment: float | None, zone: str = AMS) -> str | None:
    """Return what the clocks show, with the offset where that matters: it is the same twice in autumn."""
    if moment is None:
        return None
    return datetime.fromtimestamp(moment, ZoneInfo(zone)).strftime("%a %m-%d %H:%M %z")


SHOP = Hours(frozenset(range(6)), spans("09:00-20:30"), AMS)
WAREHOUSE = Hours(WORKWEEK, spans("08:00-18:00"), AMS)
XMAS = frozenset({date(2026, 12, 25), date(2026, 12, 28), date(2026, 12, 29)})  # Friday, Monday, Tuesday
HOLIDAYS = Hours(WORKWEEK, spans("08:00-18:00"), AMS, XMAS)
NIGHT = Hours(WORKWEEK, spans("22:00-06:00"), AMS)
HALVES = Hours(EVERY_DAY, spans("00:00-12:00", "12:00-24:00"), AMS)
SHIFTS = Hours(WORKWEEK, spans("13:00-18:00", "08:00-12:00"), AMS)
NEVER = Hours(frozenset(), zone=AMS)
ALWAYS = Hours(zone=AMS)


class _EveryDay:
    def __contains__(self, day: object) -> bool:
        return True


@pytest.mark.parametrize(
    ("hours", "now", "opens", "closes"),
    [
        pytest.param(SHOP, "2026-03-03 08:59", "Tue 03-03 09:00 +0100", None, id="before"),
        pytest.param(SHOP, "2026-03-03 09:00", "Tue 03-03 09:00 +0100", "Tue 03-03 20:30 +0100", id="begin"),
        pytest.param(SHOP, "2026-03-03 20:29", "Tue 03-03 20:29 +0100", "Tue 03-03 20:30 +0100", id="last"),
        pytest.param(SHOP, "2026-03-03 20:30", "Wed 03-04 09:00 +0100", None, id="the end is not in it"),
        pytest.param(SHOP, "2026-03-07 21:00", "Mon 03-09 09:00 +0100", None, id="over Sunday"),
        pytest.param(SHOP, "2026-03-28 21:00", "Mon 03-30 09:00 +0200", None, id="into summer time"),
        pytest.param(SHOP, "2026-10-24 21:00", "Mon 10-26 09:00 +0100", None, id="out of summer time"),
        pytest.param(HOLIDAYS, "2026-12-24 18:00", "Wed 12-30 08:00 +0100", None, id="holidays in a row"),
        pytest.param(HOLIDAYS, "2026-12-25 12:00", "Wed 12-30 08:00 +0100", None, id="on a holiday"),
        pytest.param(
            SHIFTS, "2026-03-03 12:30", "Tue 03-03 13:00 +0100", None, id="lunch, spans in any order"
        ),
        pytest.param(NIGHT, "2026-03-02 23:00", "Mon 03-02 23:00 +0100", "Tue 03-03 06:00 +0100", id="night"),
        pytest.param(
            NIGHT, "2026-03-07 03:00", "Sat 03-07 03:00 +0100", "Sat 03-07 06:00 +0100", id="Friday's night"
        ),
        pytest.param(NIGHT, "2026-03-09 03:00", "Mon 03-09 22:00 +0100", None, id="Sunday had no night"),
        pytest.param(
            Hours(EVERY_DAY, spans("22:00-06:00"), AMS, XMAS),
            "2026-12-26 03:00",
            "Sat 12-26 22:00 +0100",
            None,
            id="a holiday's night does not open, also after midnight",
        ),
        pytest.param(
            Hours(EVERY_DAY, spans("22:00-06:00"), AMS, XMAS),
            "2026-12-25 03:00",
            "Fri 12-25 03:00 +0100",
            "Fri 12-25 06:00 +0100",
            id="the night before a holiday lasts into it",
        ),
        pytest.param(
            Hours(FRIDAY, HALVES.spans, AMS),
            "2026-03-06 11:00",
            "Fri 03-06 11:00 +0100",
            "Sat 03-07 00:00 +0100",
            id="spans that touch are one opening",
        ),
        pytest.param(
            Hours(WORKWEEK, zone=AMS),
            "2026-03-04 11:00",
            "Wed 03-04 11:00 +0100",
            "Sat 03-07 00:00 +0100",
            id="so are days that touch",
        ),
        pytest.param(
            Hours(EVERY_DAY, spans("08:00-12:00", "11:00-14:00", "09:00-10:00"), AMS),
            "2026-03-04 11:30",
            "Wed 03-04 11:30 +0100",
            "Wed 03-04 14:00 +0100",
            id="and spans that overlap",
        ),
        pytest.param(
            Hours(FRIDAY, spans("20:00-24:00"), AMS),
            "2026-03-06 23:59",
            "Fri 03-06 23:59 +0100",
            "Sat 03-07 00:00 +0100",
            id="24:00 as an end",
        ),
        pytest.param(ALWAYS, "2026-03-04 11:30", "Wed 03-04 11:30 +0100", None, id="always"),
        pytest.param(HALVES, "2026-03-04 12:00", "Wed 03-04 12:00 +0100", None, id="always, in halves"),
        pytest.param(NEVER, "2026-03-04 12:00", None, None, id="no days"),
        pytest.param(Hours(spans=(), zone=AMS), "2026-03-04 12:00", None, None, id="no spans"),
        pytest.param(
            Hours(zone=AMS, closed=_EveryDay()), "2026-03-04 12:00", None, None, id="holidays for ever"
        ),
    ],
)
def test_it_opens_and_closes_by_the_clock_on_the_wall(
    hours: Hours, now: str, opens: str | None, closes: str | None
) -> None:
    assert shown(opens_at(hours, at(now), "UTC")) == opens
    assert shown(closes_at(hours, at(now), "UTC")) == closes
    assert is_open(hours, at(now), "UTC") == (opens_at(hours, at(now), "UTC") == at(now))
    assert is_ever_open(hours, at(now), "UTC") == (opens is not None)


@pytest.mark.parametrize(
    ("zone", "utc"),
    [(AMS, "2026-03-03 08:00"), ("Asia/Kathmandu", "2026-03-03 03:15"), ("America/Lima", "2026-03-03 14:00")],
)
def test_without_a_zone_of_its_own_the_contacts_counts(zone: str, utc: str) -> None:
    nine = Hours(spans=spans("09:00-20:30"))
    opening = at(utc, "UTC")

    assert not is_open(nine, opening - 1, zone)
    assert is_open(nine, opening, zone)
    assert opens_at(nine, opening - 3_600, zone) == opening
    assert closes_at(nine, opening, zone) == opening + 11.5 * 3_600


# Each row: hours, zone, and the local day with its opening, as the clocks show it.
@pytest.mark.parametrize(
    ("written", "zone", "since", "opens", "closes", "lasts"),
    [
        pytest.param(
            "01:30-02:30",
            AMS,
            "2026-03-29 00:00",
            "Sun 03-29 01:30 +0100",
            "Sun 03-29 03:00 +0200",
            1_800,
            id="its end is skipped: it ends at the jump",
        ),
        pytest.param(
            "02:30-03:30",
            AMS,
            "2026-03-29 00:00",
            "Sun 03-29 03:00 +0200",
            "Sun 03-29 03:30 +0200",
            1_800,
            id="its begin is skipped: it begins at the jump",
        ),
        pytest.param(
            "02:15-02:45",
            AMS,
            "2026-03-29 00:00",
            "Mon 03-30 02:15 +0200",
            "Mon 03-30 02:45 +0200",
            1_800,
            id="all of it is skipped: it does not open that day",
        ),
        pytest.param(
            "02:15-02:45",
            AMS,
            "2026-10-25 00:00",
            "Sun 10-25 02:15 +0200",
            "Sun 10-25 02:45 +0200",
            1_800,
            id="shown twice: it opens the first time",
        ),
        pytest.param(
            "01:00-03:00",
            AMS,
            "2026-10-25 00:00",
            "Sun 10-25 01:00 +0200",
            "Sun 10-25 03:00 +0100",
            10_800,
            id="an hour longer in autumn",
        ),
        pytest.param(
            "22:00-06:00",
            AMS,
            "2026-03-28 12:00",
            "Sat 03-28 22:00 +0100",
            "Sun 03-29 06:00 +0200",
            25_200,
            id="a night of seven hours",
        ),
        pytest.param(
            "00:00-06:00",
            "America/Sao_Paulo",
            "2018-11-03 12:00",
            "Sun 11-04 01:00 -0200",
            "Sun 11-04 06:00 -0200",
            18_000,
            id="São Paulo: a day without midnight",
        ),
        pytest.param(
            "18:00-24:00",
            "America/Sao_Paulo",
            "2018-11-03 12:00",
            "Sat 11-03 18:00 -0300",
            "Sun 11-04 01:00 -0200",
            21_600,
            id="São Paulo: an end at the midnight that there is not",
        ),
        pytest.param(
            "18:00-24:00",
            "America/Sao_Paulo",
            "2018-02-17 12:00",
            "Sat 02-17 18:00 -0200",
            "Sun 02-18 00:00 -0300",
            25_200,
            id="São Paulo: the last hour of a day twice",
        ),
        pytest.param(
            "00:30-08:00",
            "Asia/Beirut",
            "2022-03-26 12:00",
            "Sun 03-27 01:00 +0300",
            "Sun 03-27 08:00 +0300",
            25_200,
            id="Beirut",
        ),
        pytest.param(
            "00:00-00:45",
            "Africa/Cairo",
            "2023-04-27 12:00",
            "Sat 04-29 00:00 +0300",
            "Sat 04-29 00:45 +0300",
            2_700,
            id="Cairo: all of it in the skipped hour",
        ),
        pytest.param(
            "09:00-17:00",
            "Pacific/Apia",
            "2011-12-29 17:00",
            "Sat 12-31 09:00 +1400",
            "Sat 12-31 17:00 +1400",
            28_800,
            id="Apia: a day that never came",
        ),
        pytest.param(
            "22:00-06:00",
            "Pacific/Apia",
            "2011-12-29 21:00",
            "Thu 12-29 22:00 -1000",
            "Sat 12-31 00:00 +1400",
            7_200,
            id="Apia: a night into the day that never came",
        ),
        pytest.param(
            "23:45-00:15",
            "America/St_Johns",
            "2010-11-06 12:00",
            "Sat 11-06 23:45 -0230",
            "Sun 11-07 00:15 -0330",
            5_400,
            id="St. John's: a minute into Sunday, clocks show Saturday again",
        ),
    ],
)
def test_clocks_that_change_neither_skip_nor_double_an_opening(
    written: str, zone: str, since: str, opens: str, closes: str, lasts: float
) -> None:
    hours = Hours(spans=spans(written))

    begin = opens_at(hours, at(since, zone), zone)
    assert begin is not None
    end = closes_at(hours, begin, zone)
    assert end is not None

    assert (shown(begin, zone), shown(end, zone), end - begin) == (opens, closes, lasts)
    assert not is_open(hours, begin - 1, zone)
    assert is_open(hours, begin, zone)
    assert is_open(hours, end - 1, zone)
    assert not is_open(hours, end, zone)
    again = opens_at(hours, end, zone)
    assert again is not None
    assert again > begin + 43_200, "once a day"


BD, H = 86_400, 3_600


@pytest.mark.parametrize(
    ("since", "span", "hours", "over"),
    [
        pytest.param("2026-03-06 16:00", Span(6 * H), WAREHOUSE, "Mon 03-09 12:00 +0100", id="open time"),
        pytest.param("2026-03-07 11:00", Span(6 * H), WAREHOUSE, "Mon 03-09 14:00 +0100", id="from Saturday"),
        pytest.param("2026-03-06 16:00", Span(2 * H), WAREHOUSE, "Fri 03-06 18:00 +0100", id="up to the end"),
        pytest.param(
            "2026-03-07 11:00", Span(), WAREHOUSE, "Sat 03-07 11:00 +0100", id="nothing is over now"
        ),
        pytest.param(
            "2026-03-27 16:00", Span(6 * H), WAREHOUSE, "Mon 03-30 12:00 +0200", id="over the change"
        ),
        pytest.param("2026-12-24 17:00", Span(2 * H), HOLIDAYS, "Wed 12-30 09:00 +0100", id="over holidays"),
        pytest.param("2026-03-06 11:00", Span(2 * H), SHIFTS, "Fri 03-06 14:00 +0100", id="over lunch"),
        pytest.param(
            "2026-03-28 23:00", Span(5 * H), ALWAYS, "Sun 03-29 05:00 +0200", id="always is real time"
        ),
        pytest.param(
            "2026-10-24 23:00", Span(5 * H), HALVES, "Sun 10-25 03:00 +0100", id="always, in halves"
        ),
        pytest.param("2026-03-28 23:00", Span(24 * H), None, "Mon 03-30 00:00 +0200", id="plain seconds"),
        pytest.param(
            "2026-03-04 11:30",
            Span(3 * H),
            Hours(EVERY_DAY, spans("08:00-12:00", "11:00-14:00"), AMS),
            "Thu 03-05 08:30 +0100",
            id="what overlaps counts once",
        ),
        pytest.param("2026-03-06 15:00", Span(0, 5), WAREHOUSE, "Fri 03-13 15:00 +0100", id="5bd are a week"),
        pytest.param(
            "2026-03-07 11:00", Span(0, 2), WAREHOUSE, "Wed 03-11 08:00 +0100", id="2bd from Saturday"
        ),
        pytest.param(
            "2026-03-06 18:00", Span(0, 1), WAREHOUSE, "Tue 03-10 08:00 +0100", id="1bd from closing"
        ),
        pytest.param("2026-03-06 06:00", Span(0, 1), WAREHOUSE, "Mon 03-09 08:00 +0100", id="1bd from dawn"),
        pytest.param("2026-03-06 11:00", Span(0, 2), SHIFTS, "Tue 03-10 11:00 +0100", id="days, not spans"),
        pytest.param(
            "2026-12-24 15:00", Span(0, 1), HOLIDAYS, "Wed 12-30 15:00 +0100", id="1bd over holidays"
        ),
        pytest.param(
            "2026-12-25 15:00", Span(0, 1), HOLIDAYS, "Thu 12-31 08:00 +0100", id="1bd from a holiday"
        ),
        pytest.param(
            "2026-03-27 15:00", Span(0, 1), WAREHOUSE, "Mon 03-30 15:00 +0200", id="1bd over the change"
        ),
        pytest.param("2026-03-06 03:00", Span(0, 1), NIGHT, "Sat 03-07 03:00 +0100", id="Thursday's night"),
        pytest.param("2026-03-07 03:00", Span(0, 1), NIGHT, "Tue 03-10 03:00 +0100", id="Friday's night"),
        pytest.param(
            "2026-03-07 11:00", Span(0, 2), None, "Wed 03-11 00:00 +0100", id="2bd without a calendar"
        ),
        pytest.param(
            "2026-03-06 23:00", Span(0, 1), None, "Mon 03-09 23:00 +0100", id="1bd without a calendar"
        ),
        pytest.param(
            "2026-03-28 02:30", Span(0, 1), ALWAYS, "Sun 03-29 03:00 +0200", id="1bd to what is skipped"
        ),
        pytest.param(
            "2026-10-24 02:30", Span(0, 1), ALWAYS, "Sun 10-25 02:30 +0200", id="1bd to what is twice"
        ),
        pytest.param(
            "2026-03-06 15:00", Span(2 * H, 1), WAREHOUSE, "Mon 03-09 17:00 +0100", id="days, then seconds"
        ),
    ],
)
def test_a_span_is_over(since: str, span: Span, hours: Hours | None, over: str) -> None:
    assert shown(after(span, at(since), hours, AMS)) == over


@pytest.mark.parametrize("span", [Span(1.0), Span(0, 1), Span(5.0, 5)])
@pytest.mark.parametrize("hours", [NEVER, Hours(zone=AMS, closed=_EveryDay()), Hours(spans=(), zone=AMS)])
def test_a_span_of_a_calendar_that_never_opens_is_never_over(span: Span, hours: Hours) -> None:
    assert after(span, at("2026-03-06 15:00"), hours, AMS) == math.inf


def test_a_calendar_may_stop_opening_for_good() -> None:
    class FromSummerOn:
        def __contains__(self, day: object) -> bool:
            assert isinstance(day, date)
            return day >= date(2026, 6, 1)

    hours = Hours(WORKWEEK, spans("08:00-18:00"), AMS, FromSummerOn())

    assert after(Span(0, 10), at("2026-05-29 09:00"), hours, AMS) == math.inf
    assert after(Span(H), at("2026-05-29 17:30"), hours, AMS) == math.inf
    assert opens_at(hours, at("2026-05-29 18:00"), AMS) is None


def test_counting_open_time_ends_after_a_century() -> None:
    rare = Hours(FRIDAY, spans("08:00-08:15"), AMS)

    assert after(Span(10 * 365 * 86_400.0), at("2026-03-06 15:00"), rare, AMS) == math.inf


def test_years_of_open_time_are_counted_to_the_end() -> None:
    since = at("2026-03-02 08:00")

    assert shown(after(Span(10 * 260 * 10 * H), since, WAREHOUSE, AMS)) == "Fri 02-15 18:00 +0100"
    assert shown(after(Span(0, 2_600), since, WAREHOUSE, AMS)) == "Mon 02-18 08:00 +0100"


@pytest.mark.parametrize(
    ("minute", "days", "since", "zone", "due"),
    [
        ("08:30", WORKWEEK, "2026-03-06 08:29", AMS, "Fri 03-06 08:30 +0100"),
        ("08:30", WORKWEEK, "2026-03-06 08:30", AMS, "Mon 03-09 08:30 +0100"),
        ("00:00", EVERY_DAY, "2026-03-06 08:30", AMS, "Sat 03-07 00:00 +0100"),
        ("02:30", EVERY_DAY, "2026-03-29 00:00", AMS, "Sun 03-29 03:00 +0200"),
        ("02:30", EVERY_DAY, "2026-03-29 03:00", AMS, "Mon 03-30 02:30 +0200"),
        ("02:30", EVERY_DAY, "2026-10-25 00:00", AMS, "Sun 10-25 02:30 +0200"),
        ("02:30", EVERY_DAY, "2026-10-25 02:30", AMS, "Mon 10-26 02:30 +0100"),
        ("00:00", EVERY_DAY, "2018-11-03 12:00", "America/Sao_Paulo", "Sun 11-04 01:00 -0200"),
        ("00:30", EVERY_DAY, "2022-03-26 12:00", "Asia/Beirut", "Sun 03-27 01:00 +0300"),
        ("08:30", EVERY_DAY, "2011-12-29 09:00", "Pacific/Apia", "Sat 12-31 08:30 +1400"),
        ("08:30", FRIDAY, "2011-12-29 09:00", "Pacific/Apia", "Fri 01-06 08:30 +1400"),
        ("23:30", EVERY_DAY, "2018-02-17 23:30", "America/Sao_Paulo", "Sun 02-18 23:30 -0300"),
        ("23:30", EVERY_DAY, "2010-11-06 23:30", "America/St_Johns", "Sun 11-07 23:30 -0330"),
        ("00:00", EVERY_DAY, "2010-11-06 23:30", "America/St_Johns", "Sun 11-07 00:00 -0230"),
    ],
)
def test_a_daily_time_comes_once_a_day(
    minute: str, days: frozenset[int], since: str, zone: str, due: str
) -> None:
    assert shown(next_daily(m(minute), days, at(since, zone), zone), zone) == due


def test_a_time_shown_for_the_second_time_is_not_due_again() -> None:
    second = at("2026-10-25 02:15", fold=1)

    assert shown(next_daily(m("02:30"), EVERY_DAY, second, AMS)) == "Mon 10-26 02:30 +0100"


def test_a_daily_time_without_days_never_comes() -> None:
    assert next_daily(510, frozenset(), at("2026-03-06 08:30"), AMS) == math.inf


# What follows holds everywhere and always: around the changes of clocks, most of all.
CHANGES = [
    (AMS, date(2026, 3, 29)),
    (AMS, date(2026, 10, 25)),
    ("Europe/Dublin", date(2026, 10, 25)),
    ("America/Sao_Paulo", date(2018, 11, 4)),
    ("America/Sao_Paulo", date(2018, 2, 18)),
    ("Asia/Beirut", date(2022, 3, 27)),
    ("Africa/Cairo", date(2023, 4, 28)),
    ("Africa/Cairo", date(2023, 10, 27)),
    ("America/Havana", date(2026, 11, 1)),
    ("America/Scoresbysund", date(2026, 3, 28)),
    ("Australia/Lord_Howe", date(2026, 4, 5)),
    ("Pacific/Apia", date(2011, 12, 30)),
    ("Pacific/Chatham", date(2026, 9, 27)),
    ("Asia/Kathmandu", date(2026, 6, 1)),
    ("UTC", date(2026, 6, 1)),
]
QUARTER = 900


@st.composite
def somewhere(draw: st.DrawFn) -> tuple[str, float]:
    """Draw a zone and a full quarter of an hour, most often near a change of its clocks."""
    zone, day = draw(st.sampled_from(CHANGES))
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(
        days=draw(st.integers(-9, 5) | st.integers(-200, 200))
    )
    return zone, midnight.timestamp() + QUARTER * draw(st.integers(0, 95))


def _quarters(last: int) -> st.SearchStrategy[int]:
    return st.integers(0, last).map(lambda n: n * 15)


hours_of_any_kind = st.builds(
    Hours,
    days=st.frozensets(st.integers(0, 6)) | st.just(EVERY_DAY),
    spans=st.lists(st.tuples(_quarters(95), _quarters(96)), min_size=1, max_size=3).map(tuple),
    closed=st.sampled_from([day for _, day in CHANGES]).map(
        lambda day: frozenset({day, day + timedelta(days=1)})
    )
    | st.just(frozenset()),
)


@given(somewhere(), hours_of_any_kind)
def test_nothing_is_open_before_it_opens_and_all_is_until_it_closes(
    place: tuple[str, float], hours: Hours
) -> None:
    zone, now = place
    opens = opens_at(hours, now, zone)
    if opens is None:
        assert not any(is_open(hours, now + n * 6 * H, zone) for n in range(100))
        return
    closes = closes_at(hours, opens, zone)

    assert is_open(hours, opens, zone)
    assert opens_at(hours, opens, zone) == opens
    assert (closes_at(hours, now, zone) is None) == (opens > now or closes is None)
    before = range(int(now), int(opens), QUARTER)
    assert not any(is_open(hours, moment, zone) for moment in before[-300:])
    if closes is None:
        closes = opens + HORIZON * 86_400
        assert all(is_open(hours, opens + n * 86_400, zone) for n in range(0, HORIZON, 19))
    else:
        assert not is_open(hours, closes, zone)
    assert all(is_open(hours, moment, zone) for moment in range(int(opens), int(closes), QUARTER)[:300])


@given(somewhere(), hours_of_any_kind)
def test_where_clocks_stand_still_it_is_what_the_wall_says(place: tuple[str, float], hours: Hours) -> None:
    zone, now = place
    tz = ZoneInfo(zone)
    wall = datetime.fromtimestamp(now, tz)
    near = {datetime.fromtimestamp(now + n * 6 * H, tz).utcoffset() for n in range(-9, 10)}
    assume(len(near) == 1)
    minute = wall.hour * 60 + wall.minute

    def opening(day: date) -> bool:
        return day.weekday() in hours.days and day not in hours.closed

    today, yesterday = wall.date(), wall.date() - timedelta(days=1)
    wanted = any(
        (opening(today) and begin <= minute < (end if end > begin else 2_880))
        or (opening(yesterday) and end <= begin and minute < end)
        for begin, end in hours.spans
    )

    assert is_open(hours, now, zone) == wanted


@given(somewhere(), hours_of_any_kind, st.integers(0, 200))
def test_the_open_time_within_a_span_is_its_length(
    place: tuple[str, float], hours: Hours, quarters: int
) -> None:
    zone, since = place
    length = quarters * QUARTER
    over = after(Span(length), since, hours, zone)
    assume(over < since + 60 * 86_400)

    opened = sum(QUARTER for moment in range(int(since), int(over), QUARTER) if is_open(hours, moment, zone))

    assert opened == length
    assert over == since or is_open(hours, over - 1, zone)


@given(somewhere(), hours_of_any_kind, st.integers(0, 10**6), st.integers(0, 14 * 86_400))
def test_what_begins_later_is_not_over_earlier(
    place: tuple[str, float], hours: Hours, seconds: int, later: int
) -> None:
    zone, since = place

    first, second = (after(Span(seconds), s, hours, zone) for s in (since, since + later))

    assert since + seconds <= first <= second


@given(somewhere(), hours_of_any_kind, st.integers(1, 12))
def test_business_days_are_so_many_days_on_which_it_opens(
    place: tuple[str, float], hours: Hours, count: int
) -> None:
    zone, since = place
    over = after(Span(0, count), since, hours, zone)
    begin = opens_at(hours, since, zone)
    if begin is None:
        assert over == math.inf
        return

    assert over > begin
    step = begin
    for _ in range(count):
        step = after(Span(0, 1), step, Hours(hours.days, closed=hours.closed), zone)
    tz = ZoneInfo(zone)
    days_apart = datetime.fromtimestamp(over, tz).date() - datetime.fromtimestamp(begin, tz).date()
    assert days_apart >= timedelta(days=count)
    if all(end > start for start, end in hours.spans) and begin != since:
        assert abs(over - step) <= H, "an opening begins at the same time each day, but for a gap"


@given(somewhere(), st.integers(0, 1439), st.frozensets(st.integers(0, 6), min_size=1))
@example(("Pacific/Apia", at("2011-12-28 12:00", "Pacific/Apia")), 510, EVERY_DAY)
def test_daily_times_walk_from_day_to_day(
    place: tuple[str, float], minute: int, days: frozenset[int]
) -> None:
    zone, since = place
    tz = ZoneInfo(zone)
    day = datetime.fromtimestamp(since, tz).date()
    if moment_of(day, minute, tz) <= since:
        day += timedelta(days=1)
    due = since
    for _ in range(12):
        while day.weekday() not in days or not came(day, tz):
            day += timedelta(days=1)
        last, due = due, next_daily(minute, days, due, zone)
        assert due > last
        assert due == moment_of(day, minute, tz)
        told = datetime.combine(day, time(minute // 60, minute % 60))
        wall = datetime.fromtimestamp(due, tz)
        if wall.replace(tzinfo=None) != told:
            just_before = datetime.fromtimestamp(due - 1, tz).replace(tzinfo=None)
            assert just_before < told < wall.replace(tzinfo=None), "in a gap, it is the end of the gap"
        day += timedelta(days=1)


@given(somewhere())
def test_days_follow_each_other_without_a_hole(place: tuple[str, float]) -> None:
    zone, moment = place
    tz = ZoneInfo(zone)
    day = datetime.fromtimestamp(moment, tz).date()

    assert moment_of(day, 0, tz) <= moment
    assert moment_of(day, 1440, tz) == moment_of(day + timedelta(days=1), 0, tz)
    assert came(day, tz)
