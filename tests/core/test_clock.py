"""Whether the wall clock was set, by two readings of two clocks."""

from __future__ import annotations

import pytest

from notifier.core.clock import TOLERANCE, Reading, change, in_words

HOUR = 3_600.0


@pytest.mark.parametrize(
    ("wall", "steady", "found"),
    [
        (5.0, 5.0, 0.0),
        (5.0 + TOLERANCE, 5.0, 0.0),  # adjusted gently
        (8 * HOUR, 8 * HOUR, 0.0),  # asleep at night
        (5.0 - 3 * HOUR, 5.0, -3 * HOUR),
        (5.0 + 3 * HOUR, 5.0, 3 * HOUR),
        (-TOLERANCE - 1, 0.0, -TOLERANCE - 1),
    ],
)
def test_a_clock_was_set_where_it_parts_from_the_one_that_nobody_sets(
    wall: float, steady: float, found: float
) -> None:
    before = Reading(1_800_000_000.0, 1_000.0)
    assert change(before, Reading(before.wall + wall, before.steady + steady)) == pytest.approx(found)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-3 * HOUR, "set back by 3 h 0 min"),
        (HOUR + 90, "set ahead by 1 h 2 min"),
        (-61.0, "set back by 1 min"),
    ],
)
def test_a_change_is_told_in_hours_and_minutes(seconds: float, words: str) -> None:
    assert in_words(seconds) == words
