"""Days, times and hours: what is understood, and what is refused with which words."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.config.daytime import (
    DAYS,
    DAYS_PATTERN,
    HOURS_PATTERN,
    TIME_PATTERN,
    parse_days,
    parse_hours,
    parse_time,
)
from notifier.config.mistake import Mistake


@pytest.mark.parametrize(
    ("written", "days"),
    [
        (["mon-fri"], {0, 1, 2, 3, 4}),
        (["sat", "sun"], {5, 6}),
        (["fri-mon"], {4, 5, 6, 0}),
        (["mon-sun"], {0, 1, 2, 3, 4, 5, 6}),
        (["tue-mon"], {0, 1, 2, 3, 4, 5, 6}),
        (["mon-wed", "sat", "wed"], {0, 1, 2, 5}),
        ("mon-fri", {0, 1, 2, 3, 4}),
        ("sun", {6}),
    ],
)
def test_days_of_the_week_begin_with_monday(written: object, days: set[int]) -> None:
    assert parse_days(written) == days


@pytest.mark.parametrize(
    ("written", "text", "hint"),
    [
        (["monday"], "has `monday`, which is no day", "did you mean `mon`?"),
        (["Mon"], "has `Mon`, which is no day", "did you mean `mon`?"),
        (["mon", "wednesday"], "has `wednesday`, which is no day", "did you mean `wed`?"),
        ("Monday-Friday", "is no day", "did you mean `mon-fri`?"),
        ("mon - fri", "is no day", "did you mean `mon-fri`?"),
        ("mon–fri", "is no day", "did you mean `mon-fri`?"),
        ("mom", "is no day", "did you mean `mon`?"),
        ("weekdays", "is no day", "did you mean `mon-fri`?"),
        ("weekend", "is no day", "did you mean `sat-sun`?"),
        ("every day", "is no day", "did you mean `mon-sun`?"),
        ("mon, wed", "is no day", "write a list: [mon, wed, fri]"),
        ("mon-wed-fri", "is no day", "days are mon, tue"),
        ("xyz", "is no day", "days are mon, tue"),
        ("", "is no day", "days are mon, tue"),
        (["fri-fri"], "has `fri-fri`, which begins and ends with the same day", "write fri, or mon-sun"),
        ([1], "has `1`, which must be a day, not a number", "mon-fri"),
        ([["mon"]], "has an entry that is a list, which must be a day, not a list", "mon-fri"),
        ([], "is empty", "[mon-fri]"),
        (5, "must be days, not a number", "[mon-fri]"),
        (None, "must be days, not nothing", "[mon-fri]"),
    ],
)
def test_what_are_no_days_is_refused_with_what_to_write(written: object, text: str, hint: str) -> None:
    with pytest.raises(Mistake) as refused:
        parse_days(written)
    assert refused.value.text == text
    assert hint in refused.value.hint


@pytest.mark.parametrize(("text", "minute"), [("00:00", 0), ("08:30", 510), ("23:59", 1439)])
def test_a_time_is_a_minute_of_the_day(text: str, minute: int) -> None:
    assert parse_time(text) == minute


@pytest.mark.parametrize(
    ("written", "text", "hint"),
    [
        ("8:30", "is no time of the day", "did you mean `08:30`?"),
        ("8.30", "is no time of the day", "did you mean `08:30`?"),
        ("8am", "is no time of the day", "did you mean `08:00`?"),
        ("12 am", "is no time of the day", "did you mean `00:00`?"),
        ("8:30 PM", "is no time of the day", "did you mean `20:30`?"),
        ("830", "is no time of the day", "did you mean `08:30`?"),
        ("25:00", "is no time of the day", "write for example 08:30"),
        ("08:60", "is no time of the day", "write for example 08:30"),
        ("13pm", "is no time of the day", "write for example 08:30"),
        ("08:30:00", "is no time of the day", "write for example 08:30"),
        ("٠٨:٣٠", "is no time of the day", "write for example 08:30"),
        ("24:00", "is the end of the day", "write 00:00"),
        (830, "must be a time, not a number", "write for example 08:30"),
        (["08:30"], "must be a time, not a list", "write for example 08:30"),
    ],
)
def test_what_is_no_time_is_refused_with_what_to_write(written: object, text: str, hint: str) -> None:
    with pytest.raises(Mistake) as refused:
        parse_time(written)
    assert refused.value.text == text
    assert hint in refused.value.hint


@pytest.mark.parametrize(
    ("written", "spans"),
    [
        ("08:00-18:00", ((480, 1080),)),
        ("22:00-06:00", ((1320, 360),)),
        ("00:00-24:00", ((0, 1440),)),
        ("18:00-24:00", ((1080, 1440),)),
        ("18:00-00:00", ((1080, 0),)),
        (["08:00-12:00", "13:00-18:00"], ((480, 720), (780, 1080))),
    ],
)
def test_hours_are_spans_in_minutes_of_the_day(written: object, spans: tuple[tuple[int, int], ...]) -> None:
    assert parse_hours(written) == spans


@pytest.mark.parametrize(
    ("written", "text", "hint"),
    [
        ("8-18", "is no span of hours", "did you mean `08:00-18:00`?"),
        ("8:00-18:00", "is no span of hours", "did you mean `08:00-18:00`?"),
        ("08:00 - 18:00", "is no span of hours", "did you mean `08:00-18:00`?"),
        ("9am-5pm", "is no span of hours", "did you mean `09:00-17:00`?"),
        ("8h30-18h", "is no span of hours", "did you mean `08:30-18:00`?"),
        ("0-24", "is no span of hours", "did you mean `00:00-24:00`?"),
        ("08:00–18:00", "has the sign `–` where a `-` belongs", "write 08:00-18:00"),
        ("08:00 — 18:00", "has the sign `—` where a `-` belongs", "write 08:00-18:00"),
        ("8–18", "has the sign `–` where a `-` belongs", "write 08:00-18:00"),
        ("08:00-25:00", "has `25:00`, which is no time of the day", "from 00:00 to 24:00"),
        ("08:61-18:00", "has `08:61`, which is no time of the day", "from 00:00 to 24:00"),
        ("08:00-24:01", "has `24:01`, which is no time of the day", "from 00:00 to 24:00"),
        ("24:00-06:00", "cannot begin at 24:00", "write 00:00-06:00"),
        ("08:00-08:00", "begins and ends at the same time", "write 00:00-24:00"),
        ("08:00", "is no span of hours", "write for example 08:00-18:00"),
        ("08:00-12:00-18:00", "is no span of hours", "write for example 08:00-18:00"),
        ("always", "is no span of hours", "write for example 08:00-18:00"),
        ("", "is no span of hours", "write for example 08:00-18:00"),
        ("-", "is no span of hours", "write for example 08:00-18:00"),
        (["08:00-12:00", "13-18"], "has `13-18`, which is no span of hours", "did you mean `13:00-18:00`?"),
        ([8], "has `8`, which must be hours, not a number", "in quotes"),
        ([], "is empty", "write for example 08:00-18:00"),
        (8, "must be hours, not a number", "write for example 08:00-18:00"),
        ({}, "must be hours, not a block of keys", "write for example 08:00-18:00"),
    ],
)
def test_what_are_no_hours_is_refused_with_what_to_write(written: object, text: str, hint: str) -> None:
    with pytest.raises(Mistake) as refused:
        parse_hours(written)
    assert refused.value.text == text
    assert hint in refused.value.hint


@given(st.text(alphabet="0123456789:-– .hampMON", max_size=13))
def test_the_schema_for_editors_takes_what_is_understood(text: str) -> None:
    for parse, pattern in (
        (parse_hours, HOURS_PATTERN),
        (parse_time, TIME_PATTERN),
        (parse_days, DAYS_PATTERN),
    ):
        try:
            parse(text)
        except Mistake as mistake:
            same = mistake.text.startswith("begins and ends")
            assert same == (re.fullmatch(pattern, text) is not None)
        else:
            assert re.fullmatch(pattern, text)


@given(st.integers(0, 1439), st.integers(1, 1440), st.sampled_from(DAYS), st.sampled_from(DAYS))
def test_all_hours_and_days_survive_the_way_through_text(begin: int, end: int, first: str, last: str) -> None:
    if begin != end:
        written = f"{begin // 60:02}:{begin % 60:02}-{end // 60:02}:{end % 60:02}"
        assert parse_hours([written]) == ((begin, end),)
    if first != last:
        forth, back = parse_days([f"{first}-{last}"]), parse_days([f"{last}-{first}"])
        assert forth | back == set(range(7))
        assert forth & back == {DAYS.index(first), DAYS.index(last)}
