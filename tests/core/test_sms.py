"""Text messages in parts."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from notifier.core.sms import ELLIPSIS, Alphabet, Estimate, cut, estimate, fitted

LINK = "https://track.example/3SCEBU123456789-NL"


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
    assert estimate(text).parts == count


def test_an_estimate_tells_alphabet_length_and_what_is_foreign() -> None:
    assert estimate("10 €") == Estimate(Alphabet.GSM7, 5, 1)
    assert estimate("fête, forêt, île 🚚") == Estimate(Alphabet.UCS2, 19, 1, "êî🚚")


def test_a_text_that_fits_stays_as_it_is() -> None:
    assert cut("Your order 41 is on its way", 1) == "Your order 41 is on its way"


def test_a_text_that_is_too_long_ends_with_a_whole_word() -> None:
    text = "Your order is on its way. " * 20

    short = cut(text, 1)

    assert short.endswith(ELLIPSIS)
    assert text.startswith(short.removesuffix(ELLIPSIS) + " ")
    assert estimate(short).parts == 1
    assert len(short) > 140


def test_a_link_at_the_end_stays_whole_and_the_words_before_it_are_cut() -> None:
    short = cut("Example Shop: your order is on its way. " * 5 + LINK, 1)

    assert short.endswith(f"... {LINK}")
    assert short.startswith("Example Shop: your order is on its way. Example Shop:")
    assert estimate(short).parts == 1


def test_a_link_that_leaves_no_room_for_words_stands_alone() -> None:
    link = "https://track.example/" + "x" * 137
    assert cut(f"On its way: {link}", 1) == link


def test_a_link_that_does_not_fit_is_left_out_and_not_cut() -> None:
    assert cut("On its way: https://track.example/" + "x" * 160, 1) == "On its way:..."


def test_a_link_in_the_middle_is_kept_whole_or_left_out() -> None:
    assert cut(f"On its way. {LINK} " + "word " * 40, 1).startswith(f"On its way. {LINK} word")
    assert cut("x" * 150 + f" {LINK} word", 1) == "x" * 150 + "..."


def test_no_dots_stick_to_a_link() -> None:
    text = "x" * 100 + " https://t.example/" + "y" * 30 + " " + "z" * 50
    assert cut(text, 1) == "x" * 100 + " https://t.example/" + "y" * 30 + " ..."


words = st.lists(st.sampled_from(["order", "Größe", "ê", "🚚", LINK, "€" * 9, "x" * 70]), max_size=30)


@given(st.text(max_size=600) | words.map(" ".join), st.integers(1, 4))
@example("https://x/ 0" + "0" * 200, 1)
def test_what_was_cut_fits_and_every_link_in_it_is_whole(text: str, most: int) -> None:
    short = cut(text, most)

    assert estimate(short).parts <= most
    whole = set(re.findall(r"https?://\S+", text))
    assert whole.issuperset(re.findall(r"https?://\S+", short))


@given(st.text("abcdefg ", max_size=600), st.integers(1, 4))
def test_what_was_cut_is_the_beginning(text: str, most: int) -> None:
    short = cut(text, most)

    assert short == text or (short.endswith(ELLIPSIS) and text.startswith(short.removesuffix(ELLIPSIS)))


LONG = "Example Shop: your order 41 has been handed over to the carrier and is on its way to you now. " * 2


def test_the_long_wording_is_sent_where_it_fits() -> None:
    fit = fitted(lambda short: "short" if short else "long", "en", 1)
    assert (fit.text, fit.short, fit.cut) == ("long", False, False)


def test_the_short_wording_comes_before_cutting() -> None:
    fit = fitted(lambda short: "Order 41 is on its way" if short else LONG, "en", 1)
    assert (fit.text, fit.short, fit.cut) == ("Order 41 is on its way", True, False)


def test_a_text_without_a_short_wording_is_cut() -> None:
    fit = fitted(lambda short: LONG, "en", 1)
    assert (fit.short, fit.cut) == (False, True)
    assert estimate(fit.text).parts == 1


def test_without_a_limit_nothing_is_shortened() -> None:
    assert fitted(lambda short: "" if short else LONG, "en", None).text == LONG


def test_marks_are_folded_before_parts_are_counted() -> None:
    fit = fitted(lambda short: "it\u2019s " + "x" * 150, "en", 1)
    assert fit.text == "it's " + "x" * 150
