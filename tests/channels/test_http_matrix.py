"""Every service under every fault: what the outcome is, and who was written to, at most once."""

from __future__ import annotations

import json
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from email.utils import formatdate
from typing import Any

import pytest

from notifier.channels.gateway import Gateway
from notifier.core.retry import Outcome, OutcomeKind
from tests.channels.conftest import Open
from tests.channels.ways import (
    CLICKSEND,
    DISCORD,
    JSON,
    MSGBIRD,
    PHONE,
    PLIVO,
    SINCH,
    SLACK,
    SLACK_BOT,
    TELEGRAM,
    TWILIO,
    VONAGE,
    WORDS,
    channel,
)
from tests.sinks import HttpSink, Request

DELIVERED, TRANSIENT, PERMANENT, DOWN, UNKNOWN = (
    OutcomeKind.DELIVERED,
    OutcomeKind.TRANSIENT,
    OutcomeKind.PERMANENT,
    OutcomeKind.CHANNEL_DOWN,
    OutcomeKind.UNKNOWN,
)


@dataclass(frozen=True)
class Service:
    """A channel, whom its requests name, and its successes and refusals in its own words.

    An answer is an HTTP status and a body; None where the service has no words for it.
    """

    url: str
    named: Callable[[Request], str]
    recipient: str
    path: str
    good: tuple[int, str]
    provider_id: str = ""
    to: bool = False
    no_credit: tuple[int, str] | None = None
    throttled: tuple[int, str] | None = None
    invalid: tuple[int, str] | None = None
    codes: dict[str, str] = field(default_factory=dict)
    gone: OutcomeKind = DOWN
    """What 404 means: it names an account, or a hook; PERMANENT where nothing says so."""


def of_json(*keys: Any) -> Callable[[Request], str]:
    """Return what reads one value out of a request's JSON."""

    def read(request: Request) -> str:
        value: Any = json.loads(request.body)
        for key in keys:
            value = value[key]
        return str(value)

    return read


def of_form(name: str) -> Callable[[Request], str]:
    """Return what reads one field of a request's form."""
    return lambda request: request.form[name]


SERVICES = {
    "slack hook": Service(
        SLACK,
        lambda request: request.path.split("/")[2],
        "T0AAAAAAA",
        "/services/",
        (200, "ok"),
        throttled=(429, '{"ok": false, "error": "rate_limited"}'),
        invalid=(404, "channel_not_found"),
        codes={"throttled": "HTTP 429, rate_limited", "invalid": "HTTP 404, channel_not_found"},
    ),
    "slack bot": Service(
        SLACK_BOT,
        of_json("channel"),
        "#C0AAAAAAA",
        "/api/chat.postMessage",
        (200, '{"ok": true, "channel": "C0AAAAAAA", "ts": "1503435956.000247"}'),
        "1503435956.000247",
        throttled=(429, '{"ok": false, "error": "ratelimited"}'),
        invalid=(200, '{"ok": false, "error": "channel_not_found"}'),
        codes={"throttled": "HTTP 429, ratelimited", "invalid": "channel_not_found"},
    ),
    "telegram": Service(
        TELEGRAM,
        of_json("chat_id"),
        "12315544",
        "/bot123456789:",
        (200, '{"ok": true, "result": {"message_id": 77}}'),
        "77",
        throttled=(429, '{"ok": false, "error_code": 429, "description": "Too Many Requests: retry later"}'),
        invalid=(400, '{"ok": false, "error_code": 400, "description": "Bad Request: chat not found"}'),
        codes={"throttled": "HTTP 429", "invalid": "HTTP 400"},
    ),
    "discord": Service(
        DISCORD,
        lambda request: request.path.split("/")[3],
        "1" * 18,
        "/api/webhooks/",
        (204, ""),
        throttled=(429, '{"message": "You are being rate limited.", "retry_after": 64.57, "global": false}'),
        invalid=(404, '{"message": "Unknown Webhook", "code": 10015}'),
        codes={"throttled": "HTTP 429", "invalid": "HTTP 404, error 10015"},
    ),
    "json": Service(JSON, lambda request: request.host, "shop.example", "/hook", (200, "fine")),
    "twilio": Service(
        TWILIO,
        of_form("To"),
        PHONE,
        f"/2010-04-01/Accounts/AC{'0' * 32}/Messages.json",
        (201, '{"sid": "SM1", "status": "queued", "error_code": null}'),
        "SM1",
        to=True,
        no_credit=(403, '{"code": 10001, "message": "Account is not active", "status": 403}'),
        throttled=(429, '{"code": 20429, "message": "Too Many Requests", "status": 429}'),
        invalid=(400, '{"code": 21211, "message": "Invalid \'To\' Phone Number", "status": 400}'),
        codes={
            "no credit": "HTTP 403, error 10001",
            "throttled": "HTTP 429, error 20429",
            "invalid": "HTTP 400, error 21211",
        },
        gone=PERMANENT,
    ),
    "vonage": Service(
        VONAGE,
        of_form("to"),
        PHONE[1:],
        "/sms/json",
        (200, '{"message-count": "1", "messages": [{"status": "0", "message-id": "0C000000217B7F02"}]}'),
        "0C000000217B7F02",
        to=True,
        no_credit=(200, '{"messages": [{"status": "9", "error-text": "Partner quota violation"}]}'),
        throttled=(200, '{"messages": [{"status": "1", "error-text": "Throttled"}]}'),
        invalid=(200, '{"messages": [{"status": "33", "error-text": "Number de-activated"}]}'),
        codes={"no credit": "status 9", "throttled": "status 1", "invalid": "status 33"},
        gone=PERMANENT,
    ),
    "clicksend": Service(
        CLICKSEND,
        of_json("messages", 0, "to"),
        PHONE,
        "/v3/sms/send",
        (
            200,
            '{"http_code": 200, "data": {"messages": [{"status": "SUCCESS", "message_id": "C-1"}]}}',
        ),
        "C-1",
        to=True,
        no_credit=(200, '{"data": {"messages": [{"status": "INSUFFICIENT_CREDIT"}]}}'),
        throttled=(429, '{"http_code": 429, "response_code": "TOO_MANY_REQUESTS", "response_msg": "slow"}'),
        invalid=(200, '{"data": {"messages": [{"status": "INVALID_RECIPIENT"}]}}'),
        codes={
            "no credit": "INSUFFICIENT_CREDIT",
            "throttled": "HTTP 429, TOO_MANY_REQUESTS",
            "invalid": "INVALID_RECIPIENT",
        },
        gone=PERMANENT,
    ),
    "sinch": Service(
        SINCH,
        of_json("to", 0),
        PHONE,
        f"/xms/v1/{'a' * 32}/batches",
        (201, '{"id": "01FC66621VHDBN119Z8PMV1QPU", "to": ["31612345678"], "canceled": false}'),
        "01FC66621VHDBN119Z8PMV1QPU",
        to=True,
        no_credit=(403, '{"code": "blocked_account", "text": "Account is blocked"}'),
        throttled=(429, ""),
        codes={"no credit": "HTTP 403, blocked_account", "throttled": "HTTP 429"},
    ),
    "messagebird": Service(
        MSGBIRD,
        of_form("recipients"),
        PHONE,
        "/messages",
        (201, '{"id": "c3cddce045416dab6378c58b96540915", "recipients": {"totalSentCount": 1}}'),
        "c3cddce045416dab6378c58b96540915",
        to=True,
        no_credit=(402, '{"errors": [{"code": 25, "description": "Not enough balance", "parameter": null}]}'),
        throttled=(429, ""),
        invalid=(
            422,
            '{"errors": [{"code": 9, "description": "no recipients", "parameter": "recipients"}]}',
        ),
        codes={"no credit": "HTTP 402, error 25", "throttled": "HTTP 429", "invalid": "HTTP 422, error 9"},
        gone=PERMANENT,
    ),
    "plivo": Service(
        PLIVO,
        of_json("dst"),
        PHONE,
        f"/v1/Account/MA{'A' * 18}/Message/",
        (202, '{"message": "message(s) queued", "message_uuid": ["5b40a428-bfc7"], "api_id": "948b53a2"}'),
        "5b40a428-bfc7",
        to=True,
        no_credit=(400, '{"api_id": "948b53a2", "error": "Insufficient Credit"}'),
        throttled=(429, '{"api_id": "948b53a2", "error": "too many requests"}'),
        invalid=(202, '{"api_id": "948b53a2", "message_uuid": [], "invalid_number": ["31612345678"]}'),
        codes={"no credit": "HTTP 400", "throttled": "HTTP 429", "invalid": "invalid_number"},
    ),
}


@dataclass(frozen=True)
class Said:
    """What of an outcome the matrix looks at; `wait` in seconds."""

    kind: OutcomeKind
    code: str
    wait: Any = None
    throttled: bool = False
    unreachable: bool = False
    bad_address: bool = False


def said(outcome: Outcome) -> Said:
    return Said(
        outcome.kind,
        outcome.code,
        outcome.retry_after,
        outcome.throttled,
        outcome.unreachable,
        outcome.bad_address,
    )


each_service = pytest.mark.parametrize("name", SERVICES)


def send(gateway: Open, service: Service, extra: str = "") -> Outcome:
    ways = gateway(service.url + extra, to=service.to)
    assert ways.problems() == {}
    return ways.send("way", WORDS, PHONE if service.to else "", "m1")


def asked_once(http: HttpSink, service: Service) -> bool:
    """Tell whether exactly one request came, to the right place and the right recipient."""
    (request,) = http.requests
    return request.path.startswith(service.path) and service.named(request) == service.recipient


@each_service
def test_what_the_service_takes_is_delivered_and_its_id_kept(
    gateway: Open, http: HttpSink, name: str
) -> None:
    service = SERVICES[name]
    http.answer(*service.good)
    outcome = send(gateway, service)
    assert said(outcome) == Said(DELIVERED, f"HTTP {service.good[0]}")
    assert (outcome.provider_id, outcome.detail) == (service.provider_id, "")
    assert asked_once(http, service)


STATUSES = [
    pytest.param(400, {}, Said(PERMANENT, "HTTP 400"), id="400"),
    pytest.param(401, {}, Said(DOWN, "HTTP 401"), id="401"),
    pytest.param(402, {}, Said(DOWN, "HTTP 402"), id="402"),
    pytest.param(403, {}, Said(DOWN, "HTTP 403"), id="403"),
    pytest.param(408, {}, Said(TRANSIENT, "HTTP 408"), id="408"),
    pytest.param(429, {}, Said(TRANSIENT, "HTTP 429", throttled=True), id="429"),
    pytest.param(
        429,
        {"Retry-After": "17", "X-RateLimit-Remaining": "0"},
        Said(TRANSIENT, "HTTP 429", 17.0, throttled=True),
        id="429 for seconds",
    ),
    pytest.param(
        429,
        {"Retry-After": formatdate(time.time() + 3000, usegmt=True)},
        Said(TRANSIENT, "HTTP 429", pytest.approx(3000, abs=200), throttled=True),
        id="429 until a date",
    ),
    pytest.param(500, {}, Said(TRANSIENT, "HTTP 500", unreachable=True), id="500"),
    pytest.param(502, {}, Said(TRANSIENT, "HTTP 502", unreachable=True), id="502"),
    pytest.param(
        503, {"Retry-After": "30"}, Said(TRANSIENT, "HTTP 503", 30.0, unreachable=True), id="503 for seconds"
    ),
    pytest.param(504, {}, Said(TRANSIENT, "HTTP 504", unreachable=True), id="504"),
]


@each_service
@pytest.mark.parametrize(("status", "headers", "expected"), STATUSES)
def test_a_status_decides_where_the_service_says_no_more(
    gateway: Open, http: HttpSink, name: str, status: int, headers: dict[str, str], expected: Said
) -> None:
    http.answer(status, "no", headers=headers)
    outcome = send(gateway, SERVICES[name])
    assert (said(outcome), outcome.detail) == (expected, "no")
    assert asked_once(http, SERVICES[name])


@each_service
def test_a_place_that_is_not_there_is_the_channels_trouble_if_nothing_else_is_named_in_it(
    gateway: Open, http: HttpSink, name: str
) -> None:
    http.answer(404, "no")
    assert said(send(gateway, SERVICES[name])) == Said(SERVICES[name].gone, "HTTP 404")
    assert asked_once(http, SERVICES[name])


@each_service
def test_a_hook_that_is_gone_is_the_channels_trouble(gateway: Open, http: HttpSink, name: str) -> None:
    http.answer(410, "no")
    kind = PERMANENT if SERVICES[name].to else DOWN
    assert said(send(gateway, SERVICES[name])) == Said(kind, "HTTP 410")
    assert asked_once(http, SERVICES[name])


@each_service
def test_a_redirect_is_not_followed_and_not_taken_for_success(
    gateway: Open, http: HttpSink, name: str
) -> None:
    http.answer_once(302, headers={"Location": f"{http.url}/login"})
    assert said(send(gateway, SERVICES[name], "?redirect=yes")) == Said(PERMANENT, "HTTP 302")
    assert asked_once(http, SERVICES[name])


@each_service
@pytest.mark.parametrize(
    "body",
    [
        "<html><body>Welcome to the hotel's network. OK</body></html>",
        "welcome",
        "{}",
        '{"messages": [], "data": [], "result": 7, "id": null, "message_uuid": {}}',
        "\x00",
    ],
)
def test_a_200_with_nonsense_is_not_taken_for_success(
    gateway: Open, http: HttpSink, name: str, body: str
) -> None:
    http.answer(200, body)
    outcome = send(gateway, SERVICES[name])
    if name == "json" or (name == "discord" and body.startswith("{")):  # they may answer what they like
        assert said(outcome) == Said(DELIVERED, "HTTP 200")
    else:
        assert said(outcome) == Said(UNKNOWN, "HTTP 200")
        assert outcome.detail == "accepted, but the answer is not the expected one"
    assert asked_once(http, SERVICES[name])


@each_service
@pytest.mark.parametrize("body", ['"yes"', pytest.param("[" * 60_000, id="deep")])
def test_an_answer_that_a_plugin_cannot_read_is_not_taken_for_success(
    gateway: Open, http: HttpSink, name: str, body: str
) -> None:
    http.answer(200, body)
    assert send(gateway, SERVICES[name]).kind is (DELIVERED if name == "json" else UNKNOWN)
    assert asked_once(http, SERVICES[name])


@each_service
def test_a_service_that_is_down_is_tried_again_later(gateway: Open, http: HttpSink, name: str) -> None:
    http.stop()
    outcome = send(gateway, SERVICES[name])
    assert said(outcome) == Said(TRANSIENT, "no connection", unreachable=True)
    assert outcome.detail == f"connection refused by 127.0.0.1:{http.port}"


@each_service
def test_an_answer_that_does_not_come_in_time_leaves_it_unknown(
    gateway: Open, http: HttpSink, name: str
) -> None:
    http.answer(hang=True)
    outcome = send(gateway, SERVICES[name], "?rto=0.3")
    assert said(outcome) == Said(UNKNOWN, "no answer in time", unreachable=True)
    assert outcome.detail == f"no answer from 127.0.0.1:{http.port} in time"
    assert asked_once(http, SERVICES[name])


@each_service
def test_a_line_cut_before_the_answer_leaves_it_unknown(gateway: Open, http: HttpSink, name: str) -> None:
    http.answer(drop=True)
    outcome = send(gateway, SERVICES[name])
    assert said(outcome) == Said(UNKNOWN, "cut off before the answer", unreachable=True)
    assert outcome.detail == f"connection to 127.0.0.1:{http.port} lost"
    assert asked_once(http, SERVICES[name])


def through(sink: str, service: Service) -> Outcome:
    ways = Gateway({"way": channel(service.url, to=service.to)}, "Shop", sink)
    return ways.send("way", WORDS, PHONE if service.to else "", "m1")


@each_service
def test_a_certificate_that_nobody_signed_is_the_channels_trouble(
    certificate: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr("notifier.channels.gateway._check_sink", lambda _sink: None)  # it wants http://
    with HttpSink(certificate) as https:
        outcome = through(https.url, SERVICES[name])
        assert said(outcome) == Said(DOWN, "certificate refused")
        assert https.requests == []


@each_service
def test_a_server_that_speaks_no_tls_is_tried_again_later(
    http: HttpSink, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr("notifier.channels.gateway._check_sink", lambda _sink: None)
    outcome = through(http.url.replace("http:", "https:"), SERVICES[name])
    assert said(outcome) == Said(TRANSIENT, "no TLS", unreachable=True)
    assert http.requests == []


def own_words(kind: str) -> list[str]:
    return [name for name, service in SERVICES.items() if getattr(service, kind) is not None]


@pytest.mark.parametrize("name", own_words("no_credit"))
def test_no_credit_is_the_channels_trouble(gateway: Open, http: HttpSink, name: str) -> None:
    service = SERVICES[name]
    assert service.no_credit is not None
    http.answer(*service.no_credit)
    assert said(send(gateway, service)) == Said(DOWN, service.codes["no credit"])
    assert asked_once(http, service)


@pytest.mark.parametrize("name", own_words("throttled"))
def test_too_fast_for_the_service_slows_the_whole_channel(gateway: Open, http: HttpSink, name: str) -> None:
    service = SERVICES[name]
    assert service.throttled is not None
    http.answer(*service.throttled)
    wait = 64.57 if name == "discord" else None
    assert said(send(gateway, service)) == Said(TRANSIENT, service.codes["throttled"], wait, throttled=True)
    assert asked_once(http, service)


@pytest.mark.parametrize("name", own_words("invalid"))
def test_a_recipient_that_is_refused_is_marked_and_the_channels_own_place_is_its_trouble(
    gateway: Open, http: HttpSink, name: str
) -> None:
    service = SERVICES[name]
    assert service.invalid is not None
    http.answer(*service.invalid)
    kind = PERMANENT if service.to else DOWN
    assert said(send(gateway, service)) == Said(kind, service.codes["invalid"], bad_address=service.to)
    assert asked_once(http, service)
