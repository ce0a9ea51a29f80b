"""What SMS services answer, as they document it; the sources are named at each verifier."""

from __future__ import annotations

from typing import Any

import pytest

from notifier.core.retry import Outcome
from tests.channels.vendors.judging import (
    UNKNOWN,
    broken,
    delivered,
    down,
    gone,
    judged,
    later,
    refused,
    throttled,
    unexpected,
)


def vonage(*statuses: str, text: str = "") -> dict[str, Any]:
    parts = [
        {"status": s, **({"message-id": f"0C{n}"} if s == "0" else {"error-text": text})}
        for n, s in enumerate(statuses)
    ]
    return {"message-count": str(len(parts)), "messages": parts}


@pytest.mark.parametrize("schema", ["vonage", "nexmo"])
@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (vonage("0"), delivered("HTTP 200", "0C0")),
        (vonage("0", "0", "0"), delivered("HTTP 200", "0C0")),
        (vonage("1", text="Throughput Rate Exceeded"), throttled("status 1", "Throughput Rate Exceeded")),
        (vonage("2", text="Missing to param"), refused("status 2", "Missing to param")),
        (vonage("3", text="Invalid from param"), refused("status 3", "Invalid from param")),
        (vonage("4", text="Bad Credentials"), down("status 4", "Bad Credentials")),
        (vonage("5", text="Internal error"), broken("status 5", "Internal error")),
        (vonage("6", text="Unroutable"), refused("status 6", "Unroutable")),
        (vonage("7", text="Number barred"), gone("status 7", "Number barred")),
        (vonage("8", text="Account barred"), down("status 8", "Account barred")),
        (vonage("9", text="Quota exceeded"), down("status 9", "Quota exceeded")),
        (vonage("10", text="Too many binds"), throttled("status 10", "Too many binds")),
        (vonage("11"), down("status 11")),
        (vonage("12"), refused("status 12")),
        (vonage("14"), down("status 14")),
        (vonage("15", text="Illegal sender"), refused("status 15", "Illegal sender")),
        (vonage("22"), refused("status 22")),
        (vonage("23"), refused("status 23")),
        (vonage("29", text="Non-whitelisted"), refused("status 29", "Non-whitelisted")),
        (vonage("32"), down("status 32")),
        (vonage("33", text="Number de-activated"), gone("status 33", "Number de-activated")),
        (vonage("777"), refused("status 777")),
        (vonage("0", "1", text="slow"), Outcome(UNKNOWN, "status 1", "partly sent, then: slow")),
        (vonage(), unexpected(200)),
        ({"messages": [{"status": "0"}, {}]}, unexpected(200)),
    ],
)
def test_vonage_says_it_all_with_200(schema: str, body: object, expected: Outcome) -> None:
    assert judged(schema, 200, body) == expected


def test_what_vonage_says_as_a_problem_is_kept_and_the_status_decides() -> None:
    problem = {"title": "Low balance", "detail": "This request could not be performed", "type": "about:blank"}
    assert judged("vonage", 402, problem) == down("HTTP 402", "This request could not be performed")


def clicksend(status: str, **more: object) -> dict[str, Any]:
    messages = [{"to": "+61411111111", "status": status, **more}]
    return {"http_code": 200, "response_code": "SUCCESS", "data": {"messages": messages, "blocked_count": 0}}


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (200, clicksend("SUCCESS", message_id="BF7AD270"), delivered("HTTP 200", "BF7AD270")),
        (200, clicksend("INVALID_RECIPIENT"), gone("INVALID_RECIPIENT")),
        (200, clicksend("INSUFFICIENT_CREDIT"), down("INSUFFICIENT_CREDIT")),
        (200, clicksend("COUNTRY_NOT_ENABLED"), refused("COUNTRY_NOT_ENABLED")),
        (200, clicksend("THROTTLED"), later("THROTTLED", wait=5.0)),
        (200, clicksend("INTERNAL_SERVER_ERROR"), broken("INTERNAL_SERVER_ERROR")),
        (200, clicksend("INVALID_SENDER_ID"), down("INVALID_SENDER_ID")),
        (200, clicksend("SOMETHING_NEW"), refused("SOMETHING_NEW")),
        (
            200,
            {"http_code": 401, "response_code": "UNAUTHORIZED", "response_msg": "No."},
            down("UNAUTHORIZED", "No."),
        ),
        (200, {"response_code": "SUCCESS", "data": {"messages": [], "blocked_count": 1}}, refused("blocked")),
        (200, {"response_code": "SUCCESS", "data": {"messages": []}}, unexpected(200)),
        (
            401,
            {"http_code": 401, "response_code": "UNAUTHORIZED", "response_msg": "Authorization failed."},
            down("HTTP 401, UNAUTHORIZED", "Authorization failed."),
        ),
        (
            400,
            {"http_code": 400, "response_code": "INSUFFICIENT_CREDIT", "response_msg": "Buy more."},
            down("HTTP 400, INSUFFICIENT_CREDIT", "Buy more."),
        ),
        (400, {"response_code": "BAD_REQUEST"}, refused("HTTP 400, BAD_REQUEST")),
        (500, {"response_code": "STRANGE", "response_msg": "Oh."}, broken("HTTP 500, STRANGE", "Oh.")),
        (429, "Too many attempts.", throttled("HTTP 429", "Too many attempts.")),
    ],
)
def test_clicksend_judges_each_message(status: int, body: object, expected: Outcome) -> None:
    assert judged("clicksend", status, body) == expected


def twilio(code: int, message: str = "") -> dict[str, Any]:
    return {"code": code, "message": message, "more_info": f"https://www.twilio.com/docs/errors/{code}"}


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (201, {"sid": "SMaa", "status": "queued", "error_code": None}, delivered("HTTP 201", "SMaa")),
        (201, {"status": "queued"}, unexpected(201)),
        (
            400,
            twilio(21211, "Invalid 'To' Phone Number"),
            gone("HTTP 400, error 21211", "Invalid 'To' Phone Number"),
        ),
        (
            400,
            twilio(21610, "unsubscribed recipient"),
            gone("HTTP 400, error 21610", "unsubscribed recipient"),
        ),
        (400, twilio(21614, "not a mobile number"), gone("HTTP 400, error 21614", "not a mobile number")),
        (400, twilio(21635), gone("HTTP 400, error 21635")),
        (403, twilio(21408, "region"), refused("HTTP 403, error 21408", "region")),
        (403, twilio(21608), refused("HTTP 403, error 21608")),
        (400, twilio(21612), refused("HTTP 400, error 21612")),
        (400, twilio(21606, "From"), refused("HTTP 400, error 21606", "From")),
        (401, twilio(20003, "Authenticate"), down("HTTP 401, error 20003", "Authenticate")),
        (400, twilio(10001), down("HTTP 400, error 10001")),
        (400, twilio(30002), down("HTTP 400, error 30002")),
        (404, twilio(20404, "not found"), down("HTTP 404, error 20404", "not found")),
        (429, twilio(20429, "Too Many Requests"), throttled("HTTP 429, error 20429", "Too Many Requests")),
        (400, twilio(21611, "queue"), throttled("HTTP 400, error 21611", "queue")),
        (429, twilio(63038, "daily"), throttled("HTTP 429, error 63038", "daily")),
        (429, twilio(14107), throttled("HTTP 429, error 14107")),
        (500, twilio(20500, "Internal"), broken("HTTP 500, error 20500", "Internal")),
        (503, twilio(99999), broken("HTTP 503, error 99999")),
        (400, {"message": "no code"}, refused("HTTP 400", "no code")),
    ],
)
def test_twilio_tells_what_is_wrong_by_its_own_codes(status: int, body: object, expected: Outcome) -> None:
    assert judged("twilio", status, body) == expected


def sinch(code: str, text: str = "") -> dict[str, Any]:
    return {"code": code, "text": text}


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (
            201,
            {"id": "01FC66621VHDBN119Z8PMV1QPU", "canceled": False},
            delivered("HTTP 201", "01FC66621VHDBN119Z8PMV1QPU"),
        ),
        (200, {"name": "no batch"}, unexpected(200)),
        (403, sinch("blocked_account", "blocked"), down("HTTP 403, blocked_account", "blocked")),
        (403, sinch("illegal_number_type", "not here"), refused("HTTP 403, illegal_number_type", "not here")),
        (403, sinch("unknown_group"), refused("HTTP 403, unknown_group")),
        (403, sinch("something_new", "why"), down("HTTP 403, something_new", "why")),
        (
            400,
            sinch("syntax_invalid_parameter_format", "to.0: not a number"),
            refused("HTTP 400, syntax_invalid_parameter_format", "to.0: not a number"),
        ),
        (
            400,
            {
                "error": {
                    "code": 400,
                    "message": "not a valid value",
                    "status": "INVALID_ARGUMENT",
                    "details": [],
                }
            },
            refused("HTTP 400, INVALID_ARGUMENT", "not a valid value"),
        ),
        (401, "", down("HTTP 401")),
        (404, "", down("HTTP 404")),
        (429, "", throttled("HTTP 429")),
        (503, "", broken("HTTP 503")),
    ],
)
def test_a_403_of_sinch_is_seldom_about_the_account(status: int, body: object, expected: Outcome) -> None:
    assert judged("sinch", status, body) == expected


def messagebird(*errors: tuple[int, str, str | None]) -> dict[str, Any]:
    return {"errors": [{"code": c, "description": d, "parameter": p} for c, d, p in errors]}


KEY = (2, "Request not allowed (incorrect access_key)", "access_key")
NOBODY = (9, "no (correct) recipients found", "recipient")
SENDER = (10, "originator is invalid", "originator")


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (
            201,
            {"id": "c3cddce045416dab", "recipients": {"totalCount": 1}},
            delivered("HTTP 201", "c3cddce045416dab"),
        ),
        (200, {"href": "elsewhere"}, unexpected(200)),
        (401, messagebird(KEY), down("HTTP 401, error 2", KEY[1])),
        (401, messagebird(NOBODY, SENDER, KEY), down("HTTP 401, error 2", KEY[1])),
        (422, messagebird(NOBODY), gone("HTTP 422, error 9", NOBODY[1])),
        (422, messagebird(NOBODY, SENDER), refused("HTTP 422, error 9", NOBODY[1])),
        (422, messagebird(SENDER), refused("HTTP 422, error 10", SENDER[1])),
        (
            422,
            messagebird((25, "Not enough balance", None)),
            down("HTTP 422, error 25", "Not enough balance"),
        ),
        (404, messagebird((98, "API not found", None)), down("HTTP 404, error 98", "API not found")),
        (500, messagebird((99, "Internal error", None)), broken("HTTP 500, error 99", "Internal error")),
        (
            404,
            messagebird((20, "message not found", None)),
            refused("HTTP 404, error 20", "message not found"),
        ),
        (201, messagebird(SENDER), refused("error 10", SENDER[1])),
        (429, "", throttled("HTTP 429")),
    ],
)
def test_of_messagebirds_errors_the_gravest_counts(status: int, body: object, expected: Outcome) -> None:
    assert judged("msgbird", status, body) == expected


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (
            202,
            {"message": "message(s) queued", "message_uuid": ["5b40a428"]},
            delivered("HTTP 202", "5b40a428"),
        ),
        (
            202,
            {"message": "message(s) queued", "message_uuid": "5b40a428"},
            delivered("HTTP 202", "5b40a428"),
        ),
        (202, {"message_uuid": [], "invalid_number": ["31612345678"]}, gone("invalid_number")),
        (202, {"message_uuid": [], "error": "no"}, refused("HTTP 202", "no")),
        (202, {"api_id": "948b53a2"}, unexpected(202)),
        (400, {"error": "Insufficient Credit"}, down("HTTP 400", "Insufficient Credit")),
        (400, {"error": {"error": "insufficient balance"}}, down("HTTP 400", "insufficient balance")),
        (400, {"error": "dst is invalid"}, refused("HTTP 400", "dst is invalid")),
        (401, {"error": "authentication failed"}, down("HTTP 401", "authentication failed")),
        (404, {"error": "not found"}, down("HTTP 404", "not found")),
        (429, {"error": "rate limited"}, throttled("HTTP 429", "rate limited")),
        (500, {"error": "server error"}, broken("HTTP 500", "server error")),
    ],
)
def test_plivo_has_words_and_no_codes(status: int, body: object, expected: Outcome) -> None:
    assert judged("plivo", status, body) == expected


def sns(code: str, message: str = "") -> str:
    return (
        '<ErrorResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><Error><Type>Sender</Type>'
        f"<Code>{code}</Code><Message>{message}</Message></Error><RequestId>9dd01905</RequestId></ErrorResponse>"
    )


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (
            200,
            "<PublishResponse><MessageId>94f20ce6-13c5</MessageId></PublishResponse>",
            delivered("HTTP 200", "94f20ce6-13c5"),
        ),
        (200, "<html>welcome</html>", unexpected(200)),
        (400, sns("Throttling", "Rate exceeded"), throttled("HTTP 400, Throttling", "Rate exceeded")),
        (
            403,
            sns("InvalidClientTokenId", "no such key"),
            down("HTTP 403, InvalidClientTokenId", "no such key"),
        ),
        (400, sns("IncompleteSignature"), down("HTTP 400, IncompleteSignature")),
        (400, sns("InvalidParameter", "PhoneNumber"), refused("HTTP 400, InvalidParameter", "PhoneNumber")),
        (500, sns("InternalFailure"), broken("HTTP 500, InternalFailure")),
        (503, "<html>busy</html>", broken("HTTP 503")),
    ],
)
def test_amazon_throttles_with_400(status: int, body: str, expected: Outcome) -> None:
    assert judged("sns", status, body) == expected


@pytest.mark.parametrize(
    ("schema", "status", "body"),
    [
        ("twilio", 400, twilio(21610, "unsubscribed recipient")),
        ("vonage", 200, vonage("33")),
        ("clicksend", 200, clicksend("INVALID_RECIPIENT")),
    ],
)
def test_where_the_url_itself_names_the_number_its_loss_is_the_channels(
    schema: str, status: int, body: object
) -> None:
    outcome = judged(schema, status, body, fixed=True)
    assert outcome == down(outcome.code, outcome.detail)
