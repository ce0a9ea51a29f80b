"""Reading answers of any kind."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.channels.classify import from_http
from notifier.channels.recorder import Call
from notifier.channels.vendors import words
from notifier.channels.vendors.answer import parsed, seconds, text
from tests.channels.vendors.judging import UNKNOWN, delivered, judged


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", ""),
        (b"no such hook\n", "no such hook"),
        (b"<html>no</html>", ""),
        (b'{"message": "a"}', "a"),
        (b'{"error": "b"}', "b"),
        (b'{"error": {"message": "c", "code": 7}}', "c"),
        (b'{"errors": [{"message": "d"}, {"message": "e"}]}', "d"),
        (b'{"errors": ["f"], "title": "g"}', "g"),
        (b'{"text": "h"}', "h"),
        (b'{"response_msg": "i"}', "i"),
        (b'{"message": "", "detail": "j"}', "j"),
        (b'{"message": 5}', ""),
        (b"[1, 2]", "[1, 2]"),
        (b"\xff\xfe", "��"),
    ],
)
def test_the_reason_is_found_where_services_put_it(body: bytes, said: str) -> None:
    assert words(body) == said


@pytest.mark.parametrize(
    ("value", "wait"),
    [
        *((9, 9.0), (0.5, 0.5), (0, 0.0), (-1, None), (True, None), ("9", None), (None, None)),
        *((1e9, None), (float("nan"), None), (float("inf"), None), (10**400, None)),
    ],
)
def test_a_waiting_time_is_a_sensible_number(value: object, wait: float | None) -> None:
    assert seconds(value) == wait


@pytest.mark.parametrize(
    ("value", "said"), [(7, "7"), ("a", "a"), (True, ""), (None, ""), ([], ""), (1.5, "")]
)
def test_a_code_is_text_or_a_whole_number(value: object, said: str) -> None:
    assert text(value) == said


@given(st.binary(max_size=50))
def test_any_body_is_an_object_or_none(body: bytes) -> None:
    assert parsed(body) is None or isinstance(parsed(body), dict)


def test_half_an_answer_is_not_judged() -> None:
    """Slack and Telegram repeat the message in theirs, and a message may be long."""
    half = Call("POST", status=200, body=b'{"ok": true, "result": {"text": "long', cut=True)
    assert from_http("tgram", True, [half], fixed=True) == delivered("HTTP 200")
    assert from_http("tgram", False, [half], fixed=True).kind is UNKNOWN


def test_of_a_message_that_was_partly_sent_nothing_is_marked() -> None:
    taken = Call("POST", status=201, body=b'{"sid": "SM1"}', endpoint=1)
    refusal = Call("POST", status=400, body=b'{"code": 21211}', endpoint=1)
    outcome = from_http("twilio", False, [taken, refusal], fixed=False)
    assert (outcome.kind, outcome.bad_address) == (UNKNOWN, False)
    assert outcome.detail.startswith("partly sent")


def test_a_message_that_was_partly_sent_still_slows_the_channel() -> None:
    taken = Call("POST", status=201, body=b'{"sid": "SM1"}', endpoint=1)
    slow = Call("POST", status=429, retry_after=7.0, endpoint=1)
    outcome = from_http("twilio", False, [taken, slow], fixed=False)
    assert (outcome.kind, outcome.throttled, outcome.retry_after) == (UNKNOWN, True, 7.0)


def test_a_name_of_a_message_that_cannot_be_stored_is_left_out() -> None:
    assert judged("twilio", 201, {"sid": "SM\ud8001\n2\u0000"}) == delivered("HTTP 201", "SM12")
