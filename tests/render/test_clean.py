"""Characters that steer a reader's eye or program do not get into messages."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.render.clean import clean, one_line

any_text = st.text(alphabet=st.characters(codec=None), max_size=200)


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("Jane", "Jane"),
        ("two\nlines\tand a tab", "two\nlines\tand a tab"),
        ("Jane\r\nBcc: x", "Jane\nBcc: x"),
        ("a\x00b\x1b[31mc\x85d\x7fe", "ab[31mcde"),
        ("in\u202egpj.exe\u2066x\u2069", "ingpj.exex"),
        ("pay\u200bpal\u2060\ufeff", "paypal"),
        ("\ud800 half", "\ufffd half"),
        ("👩\u200d🚀", "👩\u200d🚀"),  # an emoji of two, held together by a joiner
        ("שלום\u200f!", "שלום\u200f!"),  # a mark of direction, which Hebrew text needs
    ],
)
def test_only_steering_characters_are_taken_out(text: str, cleaned: str) -> None:
    assert clean(text) == cleaned


@given(any_text)
def test_cleaned_text_can_always_be_encoded_and_stays_as_it_is(text: str) -> None:
    cleaned = clean(text)
    cleaned.encode("utf-8")
    assert clean(cleaned) == cleaned
    assert not set(cleaned) & set("\x00\r\x1b\u202e\u2066\u200b")


@given(any_text)
def test_one_line_is_one_line_without_outer_or_double_spaces(text: str) -> None:
    line = one_line(text)
    assert len(line.splitlines()) <= 1
    assert line == line.strip()
    assert "  " not in line


def test_one_line_keeps_the_no_break_spaces_of_french() -> None:
    assert one_line("Commande\u00a041\u202f:\n en\u2028route ") == "Commande\u00a041\u202f: en route"
