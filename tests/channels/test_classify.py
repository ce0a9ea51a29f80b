"""The table from evidence to outcome."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.channels.classify import crashed, from_http, from_smtp
from notifier.channels.recorder import Call, CallError, retry_after
from notifier.channels.smtp import Failure, Phase, SmtpError
from notifier.core.retry import OutcomeKind

DELIVERED, TRANSIENT, PERMANENT, DOWN, UNKNOWN = (
    OutcomeKind.DELIVERED,
    OutcomeKind.TRANSIENT,
    OutcomeKind.PERMANENT,
    OutcomeKind.CHANNEL_DOWN,
    OutcomeKind.UNKNOWN,
)

SERVICES = [
    *("clicksend", "discord", "msgbird", "plivo", "sinch", "slack", "sns", "tgram", "twilio", "vonage"),
]


@pytest.mark.parametrize(
    ("phase", "code", "text", "kind"),
    [
        (Phase.CONNECT, 421, "busy", TRANSIENT),
        (Phase.CONNECT, 554, "no service for you", DOWN),
        (Phase.TLS, 454, "TLS not available", TRANSIENT),
        (Phase.TLS, 502, "what", DOWN),
        (Phase.AUTH, 535, "5.7.8 wrong", DOWN),
        (Phase.AUTH, 534, "5.7.9 mechanism too weak", DOWN),
        (Phase.AUTH, 454, "4.7.0 later", TRANSIENT),
        (Phase.MAIL, 530, "5.7.0 login", DOWN),
        (Phase.MAIL, 550, "5.7.1 sender not allowed", DOWN),
        (Phase.MAIL, 553, "5.1.8 bad sender", DOWN),
        (Phase.MAIL, 552, "5.3.4 too large", PERMANENT),
        (Phase.MAIL, 451, "later", TRANSIENT),
        (Phase.RCPT, 530, "login", DOWN),
        (Phase.RCPT, 550, "5.1.1 unknown", PERMANENT),
        (Phase.RCPT, 550, "5.7.1 policy", PERMANENT),
        (Phase.RCPT, 551, "moved", PERMANENT),
        (Phase.RCPT, 552, "5.2.2 mailbox full", TRANSIENT),
        (Phase.RCPT, 552, "too many recipients", TRANSIENT),
        (Phase.RCPT, 452, "4.2.2 full", TRANSIENT),
        (Phase.RCPT, 421, "closing", TRANSIENT),
        (Phase.DATA, 554, "no valid recipients", PERMANENT),
        (Phase.AFTER_DATA, 554, "5.7.1 spam", PERMANENT),
        (Phase.AFTER_DATA, 552, "5.3.4 too large", PERMANENT),
        (Phase.AFTER_DATA, 552, "too large", PERMANENT),
        (Phase.AFTER_DATA, 421, "4.3.2 shutting down", TRANSIENT),
    ],
)
def test_a_reply_of_a_mail_server(phase: Phase, code: int, text: str, kind: OutcomeKind) -> None:
    assert from_smtp(SmtpError(phase, Failure.REFUSED, code, text)).kind is kind


@pytest.mark.parametrize("phase", Phase)
def test_a_lost_mail_server(phase: Phase) -> None:
    wanted = UNKNOWN if phase is Phase.AFTER_DATA else TRANSIENT
    assert from_smtp(SmtpError(phase, Failure.LOST)).kind is wanted


@pytest.mark.parametrize(
    ("text", "code"), [("5.1.1 unknown", "550 5.1.1"), ("unknown", "550"), ("5.1.1234 x", "550"), ("", "550")]
)
def test_the_enhanced_code_is_kept(text: str, code: str) -> None:
    assert from_smtp(SmtpError(Phase.RCPT, Failure.REFUSED, 550, text)).code == code


def call(status: int | None = None, error: CallError | None = None, endpoint: int = 1) -> Call:
    return Call("POST", status=status, error=error, endpoint=endpoint)


@pytest.mark.parametrize(
    ("status", "fixed", "hook"),
    [
        *((s, TRANSIENT, TRANSIENT) for s in (408, 425, 429, 500, 502, 503, 504, 507, 529)),
        *((s, DOWN, DOWN) for s in (401, 402, 403, 407)),
        *((s, DOWN, PERMANENT) for s in (404, 410)),
        *((s, PERMANENT, PERMANENT) for s in (301, 302, 307, 400, 405, 409, 413, 415, 422, 451, 501)),
    ],
)
def test_a_status(status: int, fixed: OutcomeKind, hook: OutcomeKind) -> None:
    assert from_http("json", False, [call(status)], fixed=True).kind is fixed
    assert from_http("seven", False, [call(status)], fixed=False).kind is hook


@pytest.mark.parametrize(
    "status", [200, 302, 400, 401, 403, 404, 408, 425, 429, 500, 501, 502, 503, 504, 529]
)
def test_a_status_may_be_true_of_the_whole_channel(status: int) -> None:
    answered = Call("POST", status=status, retry_after=7.0)
    outcome = from_http("seven", False, [answered], fixed=False)
    assert outcome.throttled is (status == 429)
    assert outcome.unreachable is (status in (500, 502, 503, 504, 529))
    assert outcome.retry_after == 7.0


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (CallError.CONNECT, TRANSIENT),
        (CallError.CONNECT_TIMEOUT, TRANSIENT),
        (CallError.TLS, TRANSIENT),
        (CallError.CERTIFICATE, DOWN),
        (CallError.BAD_REQUEST, PERMANENT),
        (CallError.READ_TIMEOUT, UNKNOWN),
        (CallError.RESET, UNKNOWN),
    ],
)
def test_a_call_without_an_answer(error: CallError, kind: OutcomeKind) -> None:
    outcome = from_http("json", False, [call(error=error)], fixed=True)
    assert outcome.kind is kind
    # A refused certificate stops the channel already, and what cannot be asked never left.
    assert outcome.unreachable is (error not in (CallError.CERTIFICATE, CallError.BAD_REQUEST))
    assert not outcome.throttled


@pytest.mark.parametrize(
    ("ok", "calls", "kind"),
    [
        (True, [], DELIVERED),
        (False, [], TRANSIENT),
        (True, [call(200)], DELIVERED),
        (False, [call(200)], UNKNOWN),
        (True, [call(429), call(204)], DELIVERED),
        (True, [call(200), call(404, endpoint=2)], DELIVERED),
        (True, [call(200), call(error=CallError.CONNECT, endpoint=2)], DELIVERED),
        (True, [call(302)], PERMANENT),
        (False, [call(200), call(500)], UNKNOWN),
        (False, [call(200), call(error=CallError.CONNECT)], UNKNOWN),
        (False, [call(200, endpoint=2), call(500)], TRANSIENT),
        (False, [call(500), call(500)], TRANSIENT),
    ],
)
def test_several_calls(ok: bool, calls: list[Call], kind: OutcomeKind) -> None:
    assert from_http("json", ok, calls, fixed=True).kind is kind


@pytest.mark.parametrize(
    ("calls", "kind"),
    [
        ([], PERMANENT),
        ([call(500)], PERMANENT),
        ([call(error=CallError.CONNECT)], PERMANENT),
        ([call(200)], UNKNOWN),
        ([call(error=CallError.RESET)], UNKNOWN),
    ],
)
def test_a_plugin_that_crashes(calls: list[Call], kind: OutcomeKind) -> None:
    outcome = crashed(KeyError("secret"), calls)
    assert (outcome.kind, outcome.code) == (kind, "KeyError")
    assert "secret" not in outcome.detail


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("17", 17.0),
        (" 0 ", 0.0),
        ("Thu, 01 Jan 1970 00:01:40 GMT", 90.0),
        ("Thu, 01 Jan 1970 00:00:00 GMT", 0.0),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("1.5", None),
        ("Thu, 99 Jan 1970", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(value: str, seconds: float | None) -> None:
    assert retry_after(value, now=10.0) == seconds


@given(st.text())
def test_retry_after_takes_anything(value: str) -> None:
    seconds = retry_after(value, now=0.0)
    assert seconds is None or seconds >= 0


@given(
    st.binary(max_size=200),
    st.sampled_from(SERVICES),
    st.booleans(),
    st.sampled_from([200, 202, 400, 403, 404, 429, 500]),
)
def test_any_body_gives_an_outcome(body: bytes, schema: str, ok: bool, status: int) -> None:
    answered = Call("POST", status=status, body=body)
    assert from_http(schema, ok, [answered], fixed=True).kind in OutcomeKind


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(
            st.sampled_from(
                [
                    *("ok", "error", "code", "messages", "status", "data", "result", "parameters"),
                    *("retry_after", "errors", "id", "sid", "message_uuid", "invalid_number", "text"),
                    *("response_code", "error_code", "description", "message", "parameter"),
                ]
            ),
            inner,
            max_size=3,
        )
    ),
    max_leaves=8,
)


@given(json_values, st.sampled_from(SERVICES), st.sampled_from([200, 400, 404, 429, 503]))
def test_any_json_gives_an_outcome(body: object, schema: str, status: int) -> None:
    answered = Call("POST", status=status, body=json.dumps(body).encode())
    outcome = from_http(schema, status == 200, [answered], fixed=False)
    assert outcome.kind in OutcomeKind
    assert status == 200 or outcome.kind is not DELIVERED
    assert not (outcome.bad_address and outcome.kind is not PERMANENT)
