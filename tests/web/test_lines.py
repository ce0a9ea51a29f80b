"""Lines of a body that arrives in pieces."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.web.lines import Line, Lines


def cut(*pieces: bytes, limit: int = 10) -> list[Line]:
    lines = Lines(limit)
    return [line for piece in pieces for line in lines.feed(piece)] + lines.end()


@pytest.mark.parametrize(
    ("pieces", "expected"),
    [
        pytest.param([b"a\nb\n"], [Line(1, b"a"), Line(2, b"b")], id="whole"),
        pytest.param([b"a\nb"], [Line(1, b"a"), Line(2, b"b")], id="without an end"),
        pytest.param([b"a", b"b", b"\nc\n"], [Line(1, b"ab"), Line(2, b"c")], id="in pieces"),
        pytest.param([b"a\r\nb\r\n"], [Line(1, b"a\r"), Line(2, b"b\r")], id="CRLF"),
        pytest.param([b"\n \n\t\r\na\n\n"], [Line(4, b"a")], id="blank lines count"),
        pytest.param([], [], id="nothing"),
        pytest.param([b"\n"], [], id="an end only"),
        pytest.param([b"0123456789\n"], [Line(1, b"0123456789")], id="as long as allowed"),
        pytest.param([b"0123456789a\nb\n"], [Line(1, None), Line(2, b"b")], id="too long"),
        pytest.param(
            [b"01234", b"567890", b"a\nb\n"], [Line(1, None), Line(2, b"b")], id="too long in pieces"
        ),
        pytest.param([b"a\n" + b"x" * 100], [Line(1, b"a"), Line(2, None)], id="too long at the end"),
        pytest.param([b" " * 11 + b"\na"], [Line(1, None), Line(2, b"a")], id="too long and blank"),
    ],
)
def test_a_body_is_cut_into_numbered_lines(pieces: list[bytes], expected: list[Line]) -> None:
    assert cut(*pieces) == expected


def test_a_line_is_told_as_soon_as_it_is_complete() -> None:
    lines = Lines(10)
    assert lines.feed(b"a\nb") == [Line(1, b"a")]
    assert lines.feed(b"\n") == [Line(2, b"b")]


def test_of_a_line_that_is_too_long_nothing_is_kept() -> None:
    lines = Lines(10)
    for _ in range(100):
        lines.feed(b"x" * 1000)
    assert lines._begun == b""


@given(st.lists(st.binary(max_size=30).map(lambda b: b.replace(b"\0", b"\n"))), st.integers(0, 40))
def test_where_the_pieces_end_makes_no_difference(pieces: list[bytes], limit: int) -> None:
    assert cut(*pieces, limit=limit) == cut(b"".join(pieces), limit=limit)


@given(st.lists(st.binary(max_size=30), max_size=8), st.integers(1, 40))
def test_every_line_is_whole_or_too_long(parts: list[bytes], limit: int) -> None:
    body = b"\n".join(parts)
    for line in cut(body, limit=limit):
        original = body.split(b"\n")[line.number - 1]
        assert line.text == (original if len(original) <= limit else None)
