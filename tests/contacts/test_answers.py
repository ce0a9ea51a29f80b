"""What the answer of a source means before anything in it is looked at."""

from __future__ import annotations

import json

import pytest

from notifier.contacts import answers
from notifier.contacts.answers import LARGEST_BODY, Reply
from notifier.core.lookup import Answer, AnswerKind
from tests.factories import T0

DOWN, NOT_FOUND = AnswerKind.DOWN, AnswerKind.NOT_FOUND


def ok(body: bytes, content_type: str = "application/json") -> Reply:
    return Reply(200, content_type, body=body)


@pytest.mark.parametrize(
    "reply",
    [
        pytest.param(ok(b'{"id": 41}'), id="plain"),
        pytest.param(ok(b'{"id": 41}', "text/html; charset=UTF-8"), id="called-html"),
        pytest.param(ok(b'{"id": 41}', ""), id="called-nothing"),
        pytest.param(ok(b'\xef\xbb\xbf{"id": 41}'), id="byte-order-mark"),
        pytest.param(ok(b'\n\n {"id": 41}\n'), id="white-space"),
    ],
)
def test_json_is_known_by_the_body(reply: Reply) -> None:
    assert answers.document(reply, T0) == {"id": 41}


@pytest.mark.parametrize(
    ("reply", "kind", "words"),
    [
        pytest.param(Reply(404), NOT_FOUND, "has no such order: HTTP 404", id="404"),
        pytest.param(Reply(410), NOT_FOUND, "has no such order: HTTP 410", id="410"),
        pytest.param(Reply(401), DOWN, "refuses our user name and secret: HTTP 401", id="401"),
        pytest.param(Reply(403), DOWN, "refuses our user name and secret: HTTP 403", id="403"),
        pytest.param(Reply(429), DOWN, "asks us to wait: HTTP 429", id="429"),
        pytest.param(Reply(503), DOWN, "asks us to wait: HTTP 503", id="503"),
        pytest.param(Reply(400), DOWN, "answers HTTP 400", id="400"),
        pytest.param(Reply(408), DOWN, "answers HTTP 408", id="408"),
        pytest.param(Reply(418), DOWN, "answers HTTP 418", id="418"),
        pytest.param(Reply(500), DOWN, "answers HTTP 500", id="500"),
        pytest.param(Reply(504), DOWN, "answers HTTP 504", id="504"),
        pytest.param(Reply(204), DOWN, "answers HTTP 204", id="204"),
        pytest.param(
            Reply(302),
            DOWN,
            "leads to another address (HTTP 302), which is not followed: correct its url",
            id="302",
        ),
        pytest.param(
            ok(b"<!doctype html>", "text/html; charset=utf-8"),
            DOWN,
            "answers with text/html instead of JSON",
            id="html",
        ),
        pytest.param(
            ok(b"hello jane@example.org", "jane@example.org"),
            DOWN,
            "answers with something else instead of JSON",
            id="odd-type",
        ),
        pytest.param(ok(b""), DOWN, "answers with nothing instead of JSON", id="empty"),
        pytest.param(ok(b'{"a": '), DOWN, "answers with broken JSON", id="broken"),
        pytest.param(
            ok(b"x", "application/problem+json"), DOWN, "answers with broken JSON", id="broken-problem"
        ),
        pytest.param(ok(b'{"a": "\xff"}'), DOWN, "answers with broken JSON", id="not-utf-8"),
        pytest.param(ok(b"[" * 100_000), DOWN, "answers with broken JSON", id="nested-too-deep"),
        pytest.param(ok(b"[" + b"9" * 5_000 + b"]"), DOWN, "answers with broken JSON", id="endless-number"),
        pytest.param(ok(b"41"), DOWN, "answers with JSON that is no object", id="number"),
        pytest.param(ok(b"null"), DOWN, "answers with JSON that is no object", id="null"),
        pytest.param(ok(b" " * (LARGEST_BODY + 1)), DOWN, "answers with more than 1 MiB", id="too-large"),
    ],
)
def test_an_answer_without_an_order_is_named(reply: Reply, kind: AnswerKind, words: str) -> None:
    assert answers.document(reply, T0) == Answer(kind, detail=words)


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        pytest.param("7", 7.0, id="seconds"),
        pytest.param(" 0 ", 0.0, id="now"),
        pytest.param("Wed, 26 May 2021 05:35:47 GMT", 60.0, id="date"),
        pytest.param("Wed, 26 May 2021 05:34:00 GMT", 0.0, id="past-date"),
        pytest.param("99999999999999999999", 3600.0, id="for-ever"),
        pytest.param("Wed, 26 May 2051 05:35:47 GMT", 3600.0, id="far-date"),
        pytest.param("", None, id="none"),
        pytest.param("soon", None, id="words"),
        pytest.param("-5", None, id="negative"),
        pytest.param("٧", None, id="other-digits"),
    ],
)
def test_a_source_says_how_long_to_wait(status: int, header: str, seconds: float | None) -> None:
    answer = answers.document(Reply(status, retry_after=header), T0)

    assert isinstance(answer, Answer)
    assert answer.retry_after == seconds


def test_a_body_of_exactly_the_bound_is_read() -> None:
    body = json.dumps({"a": "x" * (LARGEST_BODY - 9)}).encode()
    assert len(body) == LARGEST_BODY

    assert isinstance(answers.document(ok(body), T0), dict)
