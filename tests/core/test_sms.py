"""Text messages in parts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.core.sms import ELLIPSIS, cut, parts


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 1),
        ("x" * 160, 1),
        ("x" * 161, 2),
        ("x" * 306, 2),
        ("x" * 307, 3),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("é" * 160, 1),
        ("ê" * 70, 1),  # not in the GSM alphabet
        ("ê" * 71, 2),
        ("ê" * 134, 2),
        ("ê" * 135, 3),
        ("🚚" * 35, 1),
        ("🚚" * 36, 2),
        ("x" * 152 + "€" + "x" * 152, 3),  # the sign does not fit into the end of the first part
        ("x" * 151 + "€" + "x" * 153, 2),
    ],
)
def test_a_text_takes_so_many_parts(text: str, count: int) -> None:
    assert parts(text) == count


def test_a_text_that_fits_stays_as_it_is() -> None:
    assert cut("Your order 41 is on its way", 1) == "Your order 41 is on its way"


def test_a_text_that_is_too_long_ends_with_a_whole_word() -> None:
    text = "Your order is on its way. " * 20

    short = cut(text, 1)

    assert short.endswith(ELLIPSIS)
    assert text.startswith(short.removesuffix(ELLIPSIS) + " ")
    assert parts(short) == 1
    assert len(short) > 140


@given(st.text(max_size=600), st.integers(1, 4))
def test_what_was_cut_fits_and_is_the_beginning(text: str, most: int) -> None:
    short = cut(text, most)

    assert parts(short) <= most
    assert short == text or (short.endswith(ELLIPSIS) and text.startswith(short.removesuffix(ELLIPSIS)))
