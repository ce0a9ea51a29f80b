"""Limits: what is understood, and what is refused with which words."""

from __future__ import annotations

import re

import pytest

from notifier.config.mistake import Mistake
from notifier.config.quota import PATTERN, parse
from notifier.core.quota import Quota


@pytest.mark.parametrize(
    ("text", "count", "period"),
    [("10/s", 10, 1), ("600/min", 600, 60), ("1000/h", 1000, 3_600), ("150/day", 150, 86_400)],
)
def test_so_many_in_so_much_time(text: str, count: int, period: float) -> None:
    assert parse(text) == Quota(count, period)
    assert re.fullmatch(PATTERN, text), "the schema for editors takes it as well"


@pytest.mark.parametrize(
    ("value", "text", "hint"),
    [
        (600, "needs a time", "write 600/min"),
        (True, "is not a limit", "600/min"),
        (None, "is not a limit", "600/min"),
        ("600", "is not a limit", "600/min"),
        ("600 / min", "is not a limit", "600/min"),
        ("600/m", "could be minute or month", "write 600/min"),
        ("600/minute", "unknown unit", "`min`"),
        ("150/d", "unknown unit", "day"),
        ("0/min", "whole number above 0", "600/min"),
        ("-5/min", "whole number above 0", "600/min"),
        ("1.5/s", "whole number above 0", "10/s"),
        ("٣/s", "whole number above 0", "10/s"),
        ("99999999999/s", "whole number above 0", "10/s"),
    ],
)
def test_what_is_no_limit_is_refused_with_what_to_write(value: object, text: str, hint: str) -> None:
    with pytest.raises(Mistake) as caught:
        parse(value)
    assert text in caught.value.text
    assert hint in caught.value.hint
