"""What services say of a recipient, each in its own words."""

from __future__ import annotations

import json

import pytest

from notifier.channels.classify import from_http
from notifier.channels.recorder import Call
from notifier.core.retry import OutcomeKind

TRANSIENT, PERMANENT, UNKNOWN = OutcomeKind.TRANSIENT, OutcomeKind.PERMANENT, OutcomeKind.UNKNOWN

TELEGRAM_400 = {"ok": False, "error_code": 400}
TELEGRAM_403 = {"ok": False, "error_code": 403}


@pytest.mark.parametrize(
    ("schema", "body", "kind", "marked"),
    [
        pytest.param("vonage", {"status": "7"}, PERMANENT, True, id="vonage, barred"),
        pytest.param("nexmo", {"status": "33"}, PERMANENT, True, id="vonage, de-activated"),
        pytest.param("vonage", {"status": "1"}, TRANSIENT, False, id="vonage, throttled"),
        pytest.param("vonage", {"status": "3"}, PERMANENT, False, id="vonage, some parameter"),
        pytest.param("vonage", {"status": "6"}, PERMANENT, False, id="vonage, not processed"),
        pytest.param("vonage", {"status": "29"}, PERMANENT, False, id="vonage, account on trial"),
        pytest.param("clicksend", {"status": "INVALID_RECIPIENT"}, PERMANENT, True, id="clicksend, invalid"),
        pytest.param("clicksend", {"status": "COUNTRY_NOT_ENABLED"}, PERMANENT, False, id="clicksend, land"),
        pytest.param("clicksend", {"status": "THROTTLED"}, TRANSIENT, False, id="clicksend, throttled"),
        *(
            pytest.param("tgram", sort | {"description": words}, PERMANENT, marked, id=f"telegram, {words}")
            for sort, words, marked in [
                (TELEGRAM_400, "Bad Request: chat not found", True),
                (TELEGRAM_400, "Bad Request: PEER_ID_INVALID", True),
                (TELEGRAM_403, "Forbidden: bot was blocked by the user", True),
                (TELEGRAM_403, "Forbidden: user is deactivated", True),
                (TELEGRAM_403, "Forbidden: bot can't send messages to the user", False),
                (TELEGRAM_400, "Bad Request: message text is empty", False),
            ]
        ),
        pytest.param(
            "tgram",
            {"ok": False, "error_code": 429, "description": "chat not found"},
            TRANSIENT,
            False,
            id="telegram, too many",
        ),
        pytest.param("twilio", {"code": 21211}, PERMANENT, True, id="twilio, no number"),
        pytest.param("twilio", {"code": 21614}, PERMANENT, True, id="twilio, no mobile"),
        pytest.param("twilio", {"code": 21610}, PERMANENT, True, id="twilio, opted out"),
        pytest.param("twilio", {"code": 21408}, PERMANENT, False, id="twilio, region shut"),
        pytest.param("slack", {"ok": False, "error": "user_not_found"}, PERMANENT, False, id="slack"),
    ],
)
def test_what_a_service_says_of_a_recipient(
    schema: str, body: dict[str, object], kind: OutcomeKind, marked: bool
) -> None:
    wrapped = {
        "vonage": {"messages": [body]},
        "nexmo": {"messages": [body]},
        "clicksend": {"data": {"messages": [body]}},
    }.get(schema, body)
    refusal = Call("POST", status=400, body=json.dumps(wrapped).encode())
    outcome = from_http(schema, False, [refusal], fixed=False)
    assert (outcome.kind, outcome.bad_address) == (kind, marked)


def test_of_a_message_that_was_partly_sent_nothing_is_marked() -> None:
    refusal = Call("POST", status=400, body=b'{"code": 21211}', endpoint=1)
    outcome = from_http("twilio", False, [Call("POST", status=200, endpoint=1), refusal], fixed=False)
    assert (outcome.kind, outcome.bad_address) == (UNKNOWN, False)
