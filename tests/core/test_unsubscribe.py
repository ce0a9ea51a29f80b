"""Links to unsubscribe: only those that were made here are good, each for its own message."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.core.unsubscribe import link, message_id_of, token

KEY = bytes(range(32))
OTHER_KEY = bytes(32)
MESSAGE = "0123456789abcdef0123456789abcdef"

keys = st.binary(min_size=32, max_size=32)
message_ids = st.from_regex(r"[A-Za-z0-9._-]{1,40}", fullmatch=True)


def test_a_token_is_good_for_ever() -> None:
    """Mails that are out cannot be changed: what this says must never be another."""
    assert token(KEY, MESSAGE) == "0123456789abcdef0123456789abcdef.c-7e1tREopfMGDH4CCzdWT1k"


def test_a_link_stands_below_the_public_address() -> None:
    assert link("https://shop.example/notify", KEY, "m1") == (
        f"https://shop.example/notify/unsubscribe/{token(KEY, 'm1')}"
    )


@given(keys, message_ids)
def test_a_token_names_its_message(key: bytes, message_id: str) -> None:
    assert message_id_of(key, token(key, message_id)) == message_id


@given(keys, message_ids)
def test_a_token_fits_into_an_address_and_a_header_as_it_is(key: bytes, message_id: str) -> None:
    assert re.fullmatch(r"[A-Za-z0-9._-]+", token(key, message_id))


def test_the_signature_has_at_least_128_bits() -> None:
    _, _, signature = token(KEY, MESSAGE).rpartition(".")
    assert len(signature) * 6 >= 128


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param("", id="nothing"),
        pytest.param(".", id="a dot"),
        pytest.param(MESSAGE, id="no signature"),
        pytest.param(f"{MESSAGE}.", id="an empty signature"),
        pytest.param(token(OTHER_KEY, MESSAGE), id="another database's"),
        pytest.param(token(KEY, MESSAGE)[:-1], id="cut off"),
        pytest.param(token(KEY, MESSAGE) + "A", id="longer"),
        pytest.param(token(KEY, MESSAGE) + "=", id="padded"),
        pytest.param(token(KEY, MESSAGE) + "\n", id="with a line break"),
        pytest.param(token(KEY, MESSAGE).swapcase(), id="in other letters"),
        pytest.param("1" + token(KEY, MESSAGE)[1:], id="another message's signature"),
        pytest.param("ü.ü", id="not ASCII"),
        pytest.param("\ud800.\udfff", id="no text at all"),
    ],
)
def test_what_was_not_made_here_is_no_token(wrong: str) -> None:
    assert message_id_of(KEY, wrong) is None


@given(st.text(max_size=60))
def test_any_text_may_come_as_a_token(text: str) -> None:
    assert message_id_of(KEY, text) is None


@given(message_ids, st.data())
def test_no_letter_of_a_token_may_change(message_id: str, data: st.DataObject) -> None:
    good = token(KEY, message_id)
    place = data.draw(st.integers(0, len(good) - 1))
    letter = data.draw(st.characters(exclude_characters=good[place]))
    assert message_id_of(KEY, good[:place] + letter + good[place + 1 :]) is None
