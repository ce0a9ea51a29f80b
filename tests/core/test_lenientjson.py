"""JSON read for as much as it says: digits are kept, and what is ambiguous is marked at its place."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.core.lenientjson import REPEATED, Digits, parse
from notifier.errors import RequestError


@pytest.mark.parametrize("digits", ["1" * 19, "9" * 5000, "-" + "7" * 40, str(2**63), str(-(2**64))])
def test_every_digit_of_a_long_number_is_kept(digits: str) -> None:
    found = parse(f"[{digits}]".encode())[0]
    assert isinstance(found, Digits)
    assert found == digits


def test_a_number_of_a_machine_word_is_one() -> None:
    assert parse(b"[999999999999999999, -1, 0]") == [999999999999999999, -1, 0]


@pytest.mark.parametrize("written", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_what_is_no_number_is_not_finite(written: str) -> None:
    assert not math.isfinite(parse(f"[{written}]".encode())[0])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"a":1,"a":1}', {"a": 1}),
        ('{"a":1,"b":3,"a":2}', {"a": REPEATED, "b": 3}),
        ('{"a":1,"a":2,"a":1}', {"a": REPEATED}),
        ('{"x":{"a":null,"a":""}}', {"x": {"a": REPEATED}}),
    ],
)
def test_a_key_with_two_values_is_marked(text: str, expected: object) -> None:
    assert parse(text.encode()) == expected


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[" * 40 + b"]" * 40, b"[" * 200_000, b"[01]"])
def test_what_is_no_json_is_refused(body: bytes) -> None:
    with pytest.raises(RequestError):
        parse(body)


@given(st.binary(max_size=200))
def test_no_bytes_whatsoever_do_more_than_be_refused(body: bytes) -> None:
    try:
        parse(body)
    except RequestError:
        return


_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**17) + 1, 10**18 - 1)
    | st.floats(allow_nan=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(), inner, max_size=5),
    max_leaves=20,
)


@given(_values, st.booleans())
def test_what_is_plain_comes_out_as_it_went_in(value: Any, ascii_only: bool) -> None:
    text = json.dumps(value, ensure_ascii=ascii_only)
    assert parse(text.encode("utf-8", "replace")) == json.loads(text.encode("utf-8", "replace"))
