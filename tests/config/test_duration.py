"""Durations: what is understood, and what is refused with which words."""

from __future__ import annotations

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.config.duration import LONGEST, SPAN_PATTERN, UNITS, parse, parse_limit, parse_span
from notifier.config.mistake import Mistake
from notifier.core.schedule import Span


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("30s", 30),
        ("15m", 900),
        ("24h", 86_400),
        ("3d", 259_200),
        ("2w", 1_209_600),
        ("1h30m", 5_400),
        ("1d12h", 129_600),
        ("90m", 5_400),
        ("0s", 0),
    ],
)
def test_text_with_units_gives_seconds(text: str, seconds: float) -> None:
    assert parse(text) == seconds
    assert isinstance(parse(text), float)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (30, "needs a unit"),
        (1.5, "needs a unit"),
        ("30", "needs a unit"),
        ("", "is not a duration"),
        ("30 s", "is not a duration"),
        ("30S", "is not a duration"),
        ("1.5h", "is not a duration"),
        ("30m1h", "is not a duration"),
        ("1h1h", "is not a duration"),
        ("-5m", "is not a duration"),
        ("½h", "is not a duration"),
        ("٣m", "is not a duration"),
        ("5bd", "is not a duration"),
        ("99999d", "is longer than ten years"),
        (True, "must be a duration"),
        (None, "must be a duration"),
        ([], "must be a duration"),
    ],
)
def test_anything_else_is_refused_with_words(value: object, text: str) -> None:
    with pytest.raises(Mistake) as refused:
        parse(value)
    assert refused.value.text == text


def test_a_bare_number_is_told_how_to_get_a_unit() -> None:
    with pytest.raises(Mistake) as refused:
        parse(30)
    assert refused.value.hint == "write 30s for seconds, 30m for minutes, 30h for hours"


@given(st.lists(st.sampled_from(list(UNITS)), min_size=1, unique=True), st.data())
def test_every_sum_of_units_survives_the_way_through_text(units: list[str], data: st.DataObject) -> None:
    amounts = {u: data.draw(st.integers(0, 50)) for u in UNITS if u in units}
    text = "".join(f"{amount}{unit}" for unit, amount in amounts.items())
    assert parse(text) == sum(amount * UNITS[unit] for unit, amount in amounts.items())


@given(st.text(alphabet="0123456789wdhms .-", max_size=12))
def test_any_text_gives_seconds_or_a_mistake(text: str) -> None:
    try:
        seconds = parse(text)
    except Mistake:
        return
    assert 0 <= seconds <= LONGEST


def test_a_limit_is_a_duration_or_forever() -> None:
    assert parse_limit("3d") == 259_200.0
    assert parse_limit("forever") == math.inf
    with pytest.raises(Mistake, match="is not a duration") as refused:
        parse_limit("never")
    assert refused.value.hint.endswith("or forever")
    with pytest.raises(Mistake, match="is not a duration"):
        parse("forever")


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("5bd", Span(business_days=5)),
        ("1bd", Span(business_days=1)),
        ("2610bd", Span(business_days=2610)),
        ("36h", Span(seconds=129_600.0)),
        ("1h30m", Span(seconds=5_400.0)),
        ("0s", Span()),
    ],
)
def test_a_span_is_a_duration_or_business_days(text: str, span: Span) -> None:
    assert parse_span(text) == span
    assert re.fullmatch(SPAN_PATTERN, text), "the schema for editors takes it as well"


@pytest.mark.parametrize(
    ("value", "text", "hint"),
    [
        ("5 bd", "is not a duration", "did you mean `5bd`?"),
        ("5BD", "is not a duration", "did you mean `5bd`?"),
        ("05bd", "is not a duration", "did you mean `5bd`?"),
        ("5 business days", "is not a duration", "did you mean `5bd`?"),
        ("2 workdays", "is not a duration", "did you mean `2bd`?"),
        ("1.5bd", "must be whole business days", "write 1bd or 2bd"),
        (".5bd", "must be whole business days", "write 1bd or 2bd"),
        ("bd", "needs a number of business days", "5bd"),
        ("0bd", "must be one business day or more", "1bd"),
        ("-5bd", "is not a duration", "5bd"),
        ("5bd2h", "mixes business days with other times", "5bd or 36h"),
        ("2h5bd", "mixes business days with other times", "5bd or 36h"),
        ("1bd1bd", "is not a duration", "5bd"),
        ("2611bd", "is longer than ten years", ""),
        ("9" * 50 + "bd", "is longer than ten years", ""),
        ("٣bd", "is not a duration", "5bd"),
        ("abd", "is not a duration", "5bd"),
        ("5b", "is not a duration", "5bd"),
        ("", "is not a duration", "5bd"),
        ("99999d", "is longer than ten years", ""),
        (5, "needs a unit", "write 5s for seconds"),
        ("5", "needs a unit", "5bd"),
        (True, "must be a duration", "5bd"),
        (None, "must be a duration", "5bd"),
    ],
)
def test_what_is_no_span_is_refused_with_what_to_write(value: object, text: str, hint: str) -> None:
    with pytest.raises(Mistake) as refused:
        parse_span(value)
    assert refused.value.text == text
    assert hint in refused.value.hint
    assert (
        not isinstance(value, str) or not value or not re.fullmatch(SPAN_PATTERN, value) or "longer" in text
    )


@given(st.text(alphabet="0123456789wdhmsbBD .-", max_size=12))
def test_any_text_gives_a_span_or_a_mistake(text: str) -> None:
    try:
        span = parse_span(text)
    except Mistake:
        return
    assert re.fullmatch(SPAN_PATTERN, text)
    assert 0 <= span.seconds <= LONGEST
    assert not (span.seconds and span.business_days)
