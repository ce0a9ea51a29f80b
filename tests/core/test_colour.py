"""Colours that can be read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.core.colour import SHAPE, TEXT, contrast, ink, readable

COLOURS = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    [
        ("#000000", "#ffffff", 21.0),
        ("#ffffff", "#FFFFFF", 1.0),
        ("#777777", "#ffffff", 4.48),  # the well-known grey that just fails
        ("#767676", "#ffffff", 4.54),
        ("#ff0000", "#ffffff", 4.0),
        ("#0000ff", "#ffffff", 8.59),
    ],
)
def test_contrast_is_that_of_wcag_either_way_round(one: str, other: str, ratio: float) -> None:
    assert contrast(one, other) == pytest.approx(ratio, abs=0.01)
    assert contrast(other, one) == contrast(one, other)


@given(COLOURS)
def test_text_on_any_colour_can_be_read(ground: str) -> None:
    assert contrast(ink(ground), ground) >= TEXT


@given(COLOURS, st.sampled_from(["#ffffff", "#f3f4f6", "#14181d", "#262d36"]), st.sampled_from([SHAPE, TEXT]))
def test_any_colour_has_a_shade_that_can_be_read_on_the_grounds_of_mails(
    colour: str, ground: str, ratio: float
) -> None:
    assert contrast(readable(colour, ground, ratio), ground) >= ratio


def test_a_colour_that_can_be_read_stays_as_it_is() -> None:
    assert readable("#1a56c4", "#ffffff") == "#1a56c4"
    assert readable("#ffcc00", "#ffffff") != "#ffcc00"


def test_on_a_ground_between_black_and_white_the_best_there_is_is_taken() -> None:
    assert readable("#808080", "#808080", 7.0) == "#000000"
