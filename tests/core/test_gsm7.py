"""The alphabet of text messages, and what is written in it instead of what it lacks."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.core.gsm7 import BASIC, EXTENDED, fits, fold, foreign


def test_the_alphabet_is_the_standards() -> None:
    assert len(BASIC) == 127  # 128 places, one of which is the way out to the extension table
    assert len(EXTENDED) == 10


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        pytest.param("it\u2019s \u201chere\u201d", 'it\'s "here"', id="curly quotes"),
        pytest.param(
            "\u201eda\u201c \u201ada\u2018 \u00abl\u00e0\u00bb", '"da" \'da\' "là"', id="others' quotes"
        ),
        pytest.param("9\u201317 \u2014 e\u2011mail \u22125", "9-17 - e-mail -5", id="dashes"),
        pytest.param("soon\u2026", "soon...", id="ellipsis"),
        pytest.param("7:34\u202fAM 10\u00a0kg", "7:34 AM 10 kg", id="spaces that do not break"),
        pytest.param("\u2022 one \u00b7 two", "- one - two", id="bullets"),
        pytest.param("2 \u00d7 Mug \u2192 you", "2 x Mug -> you", id="times and arrow"),
        pytest.param("par\u00adcel\u200b\ufeff", "parcel", id="what is not seen"),
        pytest.param("cafe\u0301", "café", id="a letter and its accent apart"),
        pytest.param("\u0133s, \ufb01n", "ijs, fin", id="two letters in one"),
    ],
)
def test_marks_with_an_equal_are_folded(text: str, folded: str) -> None:
    assert not fits(text)
    assert fold(text, "en") == folded


@pytest.mark.parametrize("text", ["plain", "Größe für 10 € [à é è ù ì ò Ç]", ""])
def test_a_text_in_the_alphabet_stays_as_it_is(text: str) -> None:
    assert fold(text, "en") == text


@pytest.mark.parametrize(
    "text", ["c\u2019est la fête\u2026", "Łódź \u2013 kraków", "🚚 it\u2019s here", "заказ\u2026"]
)
def test_where_a_letter_keeps_it_out_anyway_nothing_is_changed(text: str) -> None:
    assert fold(text, "en") == text


@pytest.mark.parametrize(
    ("text", "language", "folded"),
    [
        ("ta s\u0153ur", "fr", "ta soeur"),
        ("ta s\u0153ur", "fr-BE", "ta soeur"),
        ("s\u0153ur", "nb", "s\u0153ur"),
        ("STRA\u1e9eE", "de", "STRASSE"),
        ("col\u00b7lecci\u00f2", "ca", "col\u00b7lecci\u00f2"),
        ("col\u00b7lecci\u00f2", "it", "col-lecciò"),
        ("o\u2018zbek", "uz", "o\u2018zbek"),
        ("o\u2018zbek", "en", "o'zbek"),
        ("\u02bbokina", "en", "\u02bbokina"),
    ],
)
def test_a_mark_that_is_a_letter_of_the_language_stays(text: str, language: str, folded: str) -> None:
    assert fold(text, language) == folded


def test_what_is_foreign_is_named_once() -> None:
    assert foreign("fête, forêt, île") == "êî"
    assert foreign("plain") == ""


@given(st.text(max_size=60), st.sampled_from(["en", "fr", "de", "ca", "uz"]))
def test_folding_reaches_the_alphabet_or_changes_nothing_and_loses_no_letter(
    text: str, language: str
) -> None:
    folded = fold(text, language)
    assert folded == text or fits(folded)
    letters = [c for c in unicodedata.normalize("NFC", text) if c.isalpha() and fits(c)]
    kept = iter(folded)
    assert folded == text or all(letter in kept for letter in letters)
