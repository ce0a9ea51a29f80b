"""JSON: what a database can hold passes unchanged, everything else is refused with its place."""

from __future__ import annotations

import json
import math
import time
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from notifier.core.strictjson import INTEGERS, MAX_DEPTH, parse
from notifier.errors import RequestError

_texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"))
_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(INTEGERS.start, INTEGERS.stop - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | _texts,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(_texts, inner, max_size=5),
    max_leaves=30,
)


@given(_values, st.booleans(), st.sampled_from([None, 1]))
def test_whatever_json_can_say_comes_out_as_it_went_in(
    value: Any, ascii_only: bool, indent: int | None
) -> None:
    text = json.dumps(value, ensure_ascii=ascii_only, indent=indent)

    assert parse(text.encode()) == json.loads(text) == value
    assert json.dumps(parse(text.encode())) == json.dumps(value)  # 1, 1.0 and True are not the same


@given(_values)
def test_the_fast_way_and_the_careful_way_agree(value: Any) -> None:
    # A float or an escape sends the whole document the careful way.
    text = json.dumps(value, ensure_ascii=False)

    careful = parse(f'[{text}, 1.5, "\\u0041"]'.encode())

    assert json.dumps(careful) == json.dumps([parse(text.encode()), 1.5, "A"])


@given(st.binary(max_size=200))
@example(b"")
@example(b"\x00")
@example(b"]" * 200 + b"[" * 200)
@example(b'"' + b"[" * 50 + b'"')
def test_no_bytes_whatsoever_do_more_than_be_refused(body: bytes) -> None:
    try:
        value = parse(body)
    except RequestError:
        return
    assert json.loads(body.decode("utf-8-sig")) == value


@given(st.text('{}[]",:\\u0019eE-+.tru nfalsi\ud800\x00', max_size=60))
def test_nothing_that_looks_like_json_does_more_than_be_refused(text: str) -> None:
    body = text.encode("utf-8", "surrogatepass")
    try:
        value = parse(body)
    except RequestError:
        return
    assert json.loads(body) == value


@pytest.mark.parametrize(
    ("body", "field", "words"),
    [
        (b'{"a": NaN}', "a", "NaN is not a number that can be stored"),
        (b'{"a": [1, Infinity]}', "a[1]", "Infinity is not a number that can be stored"),
        (b"-Infinity", "", "-Infinity is not a number"),
        (b'{"a": {"b": [0, {"c": 1e999}]}}', "a.b[1].c", "too large"),
        (b'{"a": -1e999}', "a", "too large"),
        (b'{"ref": 9223372036854775808}', "ref", "too large"),
        (b'{"ref": -9223372036854775809}', "ref", "too large"),
        (b'{"ref": ' + b"9" * 5000 + b"}", "ref", "too large"),
        (b'{"a": 1, "a": 1}', "", "the key 'a' stands there more than once"),
        (
            b'{"status": {"code": "C", "x": 1, "code": "D"}}',
            "status",
            "the key 'code' stands there more than",
        ),
        (b'{"s": [{}, {"k": 1, "k": 2}]}', "s[1]", "the key 'k'"),
        (b'{"a": "x\\u0000y"}', "a", "NUL"),
        (b'{"a": {"\\u0000": 1}}', "a", "a key in it: a NUL"),
        (b'{"a": "\\ud83d"}', "a", "lone surrogate"),
        (b'{"a": "\\ude00\\ud83d"}', "a", "lone surrogate"),
        (b'{"\\ud83d": 1}', "", "a key in it: a lone surrogate"),
        (b'{"a": "\xff"}', "", "not valid UTF-8 (byte 7)"),
        (b'{"a": "\xed\xa0\x80"}', "", "not valid UTF-8"),
        (b'{"a": "\xc0\x80"}', "", "not valid UTF-8"),
        ('{"a": 1}'.encode("utf-16"), "", "not valid UTF-8 (byte 0)"),
        ('{"a": 1}'.encode("utf-16-le"), "", "not JSON"),
        (b"", "", "not JSON: Expecting value (line 1, column 1)"),
        (b'{"a": 1,}', "", "not JSON"),
        (b"{'a': 1}", "", "not JSON"),
        (b'{"a": 1} x', "", "not JSON: Extra data (line 1, column 10)"),
        (b'{"a": "x\ny"}', "", "not JSON: Invalid control character"),
        (b'{"a": 01}', "", "not JSON"),
        (b'{"a": "\\x"}', "", "not JSON"),
    ],
)
def test_it_is_refused_and_the_place_is_named(body: bytes, field: str, words: str) -> None:
    with pytest.raises(RequestError) as refused:
        parse(body)

    assert refused.value.field == field
    assert words in str(refused.value)


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b'\xef\xbb\xbf{"a": 1}', {"a": 1}),
        (b'{"ref": 9223372036854775807}', {"ref": INTEGERS.stop - 1}),
        (b"-9223372036854775808", INTEGERS.start),
        (b'"\\ud83d\\ude00"', "\U0001f600"),
        ('"\U0001f600 ‮ \u2028"'.encode(), "\U0001f600 ‮ \u2028"),
        (b'"\\\\u0000"', "\\u0000"),
        (b" [ ] \r\n\t", []),
        (b"1622007287.25", 1622007287.25),
        (b'{"a": {"k": 1}, "b": {"k": 1}}', {"a": {"k": 1}, "b": {"k": 1}}),
    ],
)
def test_it_is_taken(body: bytes, value: Any) -> None:
    assert parse(body) == value


@pytest.mark.parametrize(("left", "right"), [("[", "]"), ('{"a":', "}")])
def test_nesting_is_taken_up_to_the_limit(left: str, right: str) -> None:
    inner = "1" if left != "[" else ""
    parse((left * MAX_DEPTH + inner + right * MAX_DEPTH).encode())

    with pytest.raises(RequestError, match=f"deeper than {MAX_DEPTH}"):
        parse((left * (MAX_DEPTH + 1) + inner + right * (MAX_DEPTH + 1)).encode())


@pytest.mark.parametrize("bomb", [b"[" * 100_000, b'{"a":' * 100_000, b'[{"a":' * 50_000])
def test_a_nesting_bomb_is_refused(bomb: bytes) -> None:
    with pytest.raises(RequestError, match="nested deeper"):
        parse(bomb)


def test_brackets_side_by_side_or_in_a_text_are_no_nesting() -> None:
    wide = json.dumps([[]] * 100 + ["[" * 100, '\\"' + "{" * 100])

    assert parse(wide.encode()) == json.loads(wide)


@pytest.mark.parametrize("last", [b"1", b'"\\u0000"', b"1e999"])
def test_a_long_key_over_many_values_costs_no_more_than_its_length(last: bytes) -> None:
    """Its path is put together once, not for each value."""

    def seconds(key: int) -> float:
        body = b'{"' + b"k" * key + b'": [' + b"1,\n" * 20_000 + b'"\\u0041",' + last + b"]}"
        best = math.inf
        for _ in range(3):
            began = time.process_time()
            with suppress(RequestError):
                parse(body)
            best = min(best, time.process_time() - began)
        return best

    assert seconds(200_000) < 5 * seconds(10) + 0.05


def test_the_place_of_what_is_refused_is_named_from_the_outside_in() -> None:
    with pytest.raises(RequestError) as error:
        parse(b'{"a": {"b": [[0, {"c": "\\u0000"}]]}}')
    assert error.value.field == "a.b[0][1].c"
