"""Services over HTTP: what they receive, and what their answers mean."""

from __future__ import annotations

import json
import ssl
import threading
from typing import Any

import pytest

from notifier.channels import recorder
from notifier.channels.gateway import Gateway
from notifier.core.message import Rendered
from notifier.core.retry import Outcome, OutcomeKind
from tests.channels.conftest import Open
from tests.channels.ways import (
    CLICKSEND,
    DISCORD,
    FIXED,
    JSON,
    PHONE,
    SECRET,
    SENDGRID,
    SLACK,
    TELEGRAM,
    TEXTS,
    TWILIO,
    VONAGE,
    WORDS,
    channel,
)
from tests.sinks import HttpSink

DELIVERED, TRANSIENT, PERMANENT, DOWN, UNKNOWN = (
    OutcomeKind.DELIVERED,
    OutcomeKind.TRANSIENT,
    OutcomeKind.PERMANENT,
    OutcomeKind.CHANNEL_DOWN,
    OutcomeKind.UNKNOWN,
)

GOOD = {
    "slack": "ok",
    "discord": "{}",
    "tgram": json.dumps({"ok": True, "result": {"message_id": 77}}),
    "json": "fine",
    "twilio": json.dumps({"sid": "SM1", "status": "queued"}),
    "vonage": json.dumps({"messages": [{"status": "0", "message-id": "V1"}]}),
    "clicksend": json.dumps({"data": {"messages": [{"status": "SUCCESS", "message_id": "C1"}]}}),
}
WAYS = FIXED | TEXTS


def send(gateway: Open, service: str, extra: str = "", words: Rendered = WORDS) -> Outcome:
    texts = service in TEXTS
    url = WAYS[service] + (("&" if "?" in WAYS[service] else "?") + extra if extra else "")
    return gateway(url, to=texts).send("way", words, PHONE if texts else "", "m1")


def payload(http: HttpSink) -> Any:
    (request,) = http.wait_for(1)
    return json.loads(request.body)


@pytest.mark.parametrize("service", WAYS)
def test_a_message_that_the_service_takes_is_delivered(gateway: Open, http: HttpSink, service: str) -> None:
    http.answer(200, GOOD[service])
    assert send(gateway, service).kind is DELIVERED
    assert len(http.requests) == 1


@pytest.mark.parametrize(("service", "provider_id"), [("tgram", "77"), ("vonage", "V1"), ("clicksend", "C1")])
def test_the_services_own_id_is_kept(gateway: Open, http: HttpSink, service: str, provider_id: str) -> None:
    http.answer(200, GOOD[service])
    assert send(gateway, service).provider_id == provider_id


@pytest.mark.parametrize("service", WAYS)
@pytest.mark.parametrize(
    ("status", "kind"), [(400, PERMANENT), (401, DOWN), (402, DOWN), (500, TRANSIENT), (503, TRANSIENT)]
)
def test_a_status_code_decides(
    gateway: Open, http: HttpSink, service: str, status: int, kind: OutcomeKind
) -> None:
    http.answer(status, "no")
    outcome = send(gateway, service)
    assert (outcome.kind, outcome.code, outcome.detail) == (kind, f"HTTP {status}", "no")


@pytest.mark.parametrize("service", WAYS)
def test_a_missing_hook_is_the_channels_trouble_a_missing_recipient_the_messages(
    gateway: Open, http: HttpSink, service: str
) -> None:
    http.answer(404, "no")
    assert send(gateway, service).kind is (DOWN if service in FIXED else PERMANENT)


@pytest.mark.parametrize("service", WAYS)
def test_too_many_requests_waits_as_long_as_told_and_does_not_ask_twice(
    gateway: Open, http: HttpSink, service: str
) -> None:
    http.answer(429, "slow", headers={"Retry-After": "17", "X-RateLimit-Remaining": "0"})
    outcome = send(gateway, service)
    assert (outcome.kind, outcome.retry_after) == (TRANSIENT, 17.0)
    assert len(http.requests) == 1


@pytest.mark.parametrize("service", WAYS)
def test_a_redirect_is_not_followed_and_not_taken_for_success(
    gateway: Open, http: HttpSink, service: str
) -> None:
    http.answer_once(302, headers={"Location": f"{http.url}/login"})
    assert send(gateway, service, "redirect=yes").kind is PERMANENT
    assert len(http.requests) == 1


@pytest.mark.parametrize("service", ["slack", "twilio", "json"])
def test_an_answer_that_does_not_come_in_time_leaves_it_unknown(
    gateway: Open, http: HttpSink, service: str
) -> None:
    http.answer(hang=True)
    outcome = send(gateway, service, "rto=0.3")
    assert (outcome.kind, outcome.detail) == (UNKNOWN, f"no answer from 127.0.0.1:{http.port} in time")
    assert len(http.requests) == 1


@pytest.mark.parametrize("service", WAYS)
def test_a_line_cut_before_the_answer_leaves_it_unknown(gateway: Open, http: HttpSink, service: str) -> None:
    http.answer(drop=True)
    outcome = send(gateway, service)
    assert (outcome.kind, outcome.detail) == (UNKNOWN, f"connection to 127.0.0.1:{http.port} lost")
    assert len(http.requests) == 1


@pytest.mark.parametrize("service", WAYS)
def test_a_service_that_is_down_is_tried_again_later(gateway: Open, http: HttpSink, service: str) -> None:
    http.stop()
    outcome = send(gateway, service)
    assert (outcome.kind, outcome.detail) == (TRANSIENT, f"connection refused by 127.0.0.1:{http.port}")


@pytest.mark.parametrize(
    ("service", "body", "kind", "code"),
    [
        ("vonage", {"messages": [{"status": "1", "error-text": "Throttled"}]}, TRANSIENT, "status 1"),
        ("vonage", {"messages": [{"status": "4", "error-text": "Bad"}]}, DOWN, "status 4"),
        ("vonage", {"messages": [{"status": "9", "error-text": "Credit"}]}, DOWN, "status 9"),
        ("vonage", {"messages": [{"status": "3", "error-text": "Number"}]}, PERMANENT, "status 3"),
        (
            "clicksend",
            {"data": {"messages": [{"status": "INVALID_RECIPIENT"}]}},
            PERMANENT,
            "INVALID_RECIPIENT",
        ),
        (
            "clicksend",
            {"data": {"messages": [{"status": "INSUFFICIENT_CREDIT"}]}},
            DOWN,
            "INSUFFICIENT_CREDIT",
        ),
        ("tgram", {"ok": False, "error_code": 400, "description": "chat not found"}, PERMANENT, "400"),
        ("tgram", {"ok": False, "error_code": 401, "description": "Unauthorized"}, DOWN, "401"),
    ],
)
def test_a_200_that_means_no_is_not_delivered(
    gateway: Open, http: HttpSink, service: str, body: object, kind: OutcomeKind, code: str
) -> None:
    http.answer(200, json.dumps(body))
    outcome = send(gateway, service)
    assert (outcome.kind, outcome.code) == (kind, code)


def test_telegram_says_in_the_body_how_long_to_wait(gateway: Open, http: HttpSink) -> None:
    body = {"ok": False, "error_code": 429, "description": "Too Many", "parameters": {"retry_after": 9}}
    http.answer(429, json.dumps(body))
    outcome = send(gateway, "tgram")
    assert (outcome.kind, outcome.retry_after) == (TRANSIENT, 9.0)


@pytest.mark.parametrize(
    ("error", "kind"),
    [("ratelimited", TRANSIENT), ("invalid_auth", DOWN), ("channel_not_found", DOWN), ("no_text", PERMANENT)],
)
def test_a_slack_bot_says_no_with_200(gateway: Open, http: HttpSink, error: str, kind: OutcomeKind) -> None:
    http.answer(200, json.dumps({"ok": False, "error": error}))
    outcome = gateway("slack://xoxb-1234-1234-4ddbc191d40ee098cbaae6f3523ada2d/C0AAAAAAA").send(
        "way", WORDS, "", "m"
    )
    assert (outcome.kind, outcome.code) == (kind, error)


def test_a_200_that_is_not_the_expected_answer_leaves_it_unknown(gateway: Open, http: HttpSink) -> None:
    http.answer(200, "<html>welcome to the proxy</html>")
    assert send(gateway, "slack").kind is UNKNOWN


def test_slack_keeps_bold_and_links_and_pings_nobody(gateway: Open, http: HttpSink) -> None:
    hostile = "&lt;!channel&gt; &lt;@U1&gt; &lt;https://evil.example|x&gt; &amp; co"  # as templates escape it
    words = Rendered(
        chat=f'<b>1001</b> of {hostile}: <a href="https://shop.example/1001?a=1&amp;b=2">order</a>'
    )
    send(gateway, "slack", words=words)
    (attachment,) = payload(http)["attachments"]
    text = attachment["text"]
    assert text.startswith("*1001* of &lt;!channel&gt; &lt;@\u200bU1&gt; &lt;https")
    assert "<!" not in text
    assert "<@" not in text
    assert "<https://evil" not in text
    assert text.endswith("<https://shop.example/1001?a=1&amp;b=2|order>")


def test_links_survive_in_services_that_know_no_html(gateway: Open, http: HttpSink) -> None:
    gateway("gotifys://gotify.example/token123token12").send("way", WORDS, "", "m1")
    assert payload(http)["message"] == "1001 is late: order (https://shop.example/1001)"


def test_discord_keeps_links_as_markdown(gateway: Open, http: HttpSink) -> None:
    send(gateway, "discord")
    assert "https://shop.example/1001" in payload(http)["content"]


@pytest.mark.parametrize("service", FIXED)
def test_a_customer_named_everyone_wakes_nobody(gateway: Open, http: HttpSink, service: str) -> None:
    http.answer(200, GOOD[service])
    send(gateway, service, words=Rendered(chat="@everyone, @here &lt;@12&gt; bob@all.example"))
    text = json.dumps(payload(http), ensure_ascii=False)
    assert "@everyone" not in text
    assert "@here" not in text
    assert "<@12>" not in text
    assert "bob@all.example" in text


@pytest.mark.parametrize("service", FIXED)
def test_messages_carry_no_pictures_or_links_of_apprise(gateway: Open, http: HttpSink, service: str) -> None:
    http.answer(200, GOOD[service])
    send(gateway, service)
    (request,) = http.wait_for(1)
    assert b"apprise" not in request.body.lower()


def test_json_gets_the_html(gateway: Open, http: HttpSink) -> None:
    send(gateway, "json")
    assert payload(http)["message"] == WORDS.chat


@pytest.mark.parametrize(
    ("service", "field", "number"),
    [("twilio", "To", PHONE), ("vonage", "to", PHONE[1:])],
)
def test_a_text_message_goes_to_the_one_number(
    gateway: Open, http: HttpSink, service: str, field: str, number: str
) -> None:
    send(gateway, service)
    (request,) = http.wait_for(1)
    assert request.form[field] == number
    assert request.form["Body" if service == "twilio" else "text"] == WORDS.sms


def test_a_long_text_message_is_one_request(gateway: Open, http: HttpSink) -> None:
    text = "x" * 700 + " end"
    send(gateway, "twilio", "overflow=split&format=html", Rendered(sms=f"Tom & Co {text}"))
    (request,) = http.wait_for(1)
    assert request.form["Body"] == f"Tom & Co {text}"


def test_clicksend_gets_one_message(gateway: Open, http: HttpSink) -> None:
    send(gateway, "clicksend")
    (message,) = payload(http)["messages"]
    assert (message["to"], message["body"]) == (PHONE, WORDS.sms)


def test_a_mail_service_gets_subject_and_html(gateway: Open, http: HttpSink) -> None:
    http.answer(202)
    outcome = gateway(SENDGRID, to=True).send("way", WORDS, "anna@customer.example", "m1")
    assert outcome.kind is DELIVERED
    body = payload(http)
    (person,) = body["personalizations"]
    assert person["to"] == [{"email": "anna@customer.example"}]
    assert person.get("subject", body.get("subject")) == WORDS.subject
    assert body["content"] == [{"type": "text/html", "value": WORDS.html}]


@pytest.mark.parametrize(
    ("url", "host", "path"),
    [
        (SLACK, "hooks.slack.com", "/services/"),
        (DISCORD, "discord.com", "/api/webhooks/"),
        (TELEGRAM, "api.telegram.org", "/bot123456789"),
        (JSON, "shop.example", "/hook"),
    ],
)
def test_with_a_sink_every_call_arrives_there_and_names_its_host(
    gateway: Open, http: HttpSink, url: str, host: str, path: str
) -> None:
    gateway(url).send("way", WORDS, "", "m1")
    (request,) = http.wait_for(1)
    assert request.host == host
    assert request.path.startswith(path)


def test_the_query_of_a_call_arrives_at_the_sink(gateway: Open, http: HttpSink) -> None:
    gateway("json://shop.example/hook?-key=v%201&method=get").send("way", WORDS, "", "m1")
    (request,) = http.wait_for(1)
    assert (request.method, request.query["key"]) == ("GET", ["v 1"])


def test_cookies_of_one_account_do_not_reach_another(gateway: Open, http: HttpSink) -> None:
    http.answer(200, "ok", headers={"Set-Cookie": "session=abc; Path=/"})
    send(gateway, "json")
    send(gateway, "json")
    assert ["cookie" in r.headers for r in http.wait_for(2)] == [False, False]


def test_many_threads_share_a_gateway(gateway: Open, http: HttpSink) -> None:
    http.answer(200, GOOD["twilio"])
    ways = gateway(TWILIO, to=True)
    numbers = [f"+316123456{n:02}" for n in range(24)]
    outcomes: list[Outcome] = []

    def work(mine: list[str]) -> None:
        outcomes.extend(ways.send("way", WORDS, number, "m1") for number in mine)

    threads = [threading.Thread(target=work, args=(numbers[n::6],)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [o.kind for o in outcomes] == [DELIVERED] * 24
    assert sorted(r.form["To"] for r in http.requests) == numbers


@pytest.mark.parametrize("url", [CLICKSEND, VONAGE])
def test_messages_do_not_wait_for_each_other(gateway: Open, http: HttpSink, url: str) -> None:
    http.answer(200, GOOD["vonage"])
    ways = gateway(url, to=True)
    for _ in range(30):  # the plugin's own pause is 5.5 s each; pytest-timeout ends a test after 120 s
        ways.send("way", WORDS, PHONE, "m1")
    assert len(http.requests) == 30


def test_a_connection_is_used_again(gateway: Open, http: HttpSink) -> None:
    ways = gateway(SLACK)
    ways.send("way", WORDS, "", "m1")
    ways.send("way", WORDS, "", "m2")
    first, second = http.wait_for(2)
    assert first.line == second.line


def test_a_connection_that_was_idle_for_long_is_not_used_again(
    gateway: Open, http: HttpSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recorder, "KEEP_ALIVE", -1.0)
    ways = gateway(SLACK)
    ways.send("way", WORDS, "", "m1")
    ways.send("way", WORDS, "", "m2")
    first, second = http.wait_for(2)
    assert first.line != second.line


def test_a_certificate_that_nobody_signed_is_the_channels_trouble(certificate: ssl.SSLContext) -> None:
    with HttpSink(certificate) as https:
        url = f"jsons://127.0.0.1:{https.port}/"
        outcome = Gateway({"way": channel(url)}, "Shop").send("way", WORDS, "", "m1")
        assert (outcome.kind, outcome.code) == (DOWN, "certificate refused")
        assert outcome.detail == (
            f"the certificate of 127.0.0.1:{https.port} cannot be verified: self-signed certificate"
        )
        outcome = Gateway({"way": channel(f"{url}?verify=no")}, "Shop").send("way", WORDS, "", "m1")
        assert outcome.kind is DELIVERED
        assert len(https.requests) == 1


def test_a_server_that_speaks_no_tls_is_tried_again_later(http: HttpSink) -> None:
    url = f"jsons://127.0.0.1:{http.port}/"
    outcome = Gateway({"way": channel(url)}, "Shop").send("way", WORDS, "", "m1")
    assert (outcome.kind, outcome.code) == (TRANSIENT, "no TLS")
    assert outcome.detail == f"no TLS with 127.0.0.1:{http.port}"


def test_a_host_that_nobody_knows_is_named(http: HttpSink) -> None:
    # RFC 6761, 6.4: no resolver may ever find a name below "invalid".
    outcome = Gateway({"way": channel(f"json://user:{SECRET}@hook.invalid/{SECRET}")}, "Shop").send(
        "way", WORDS, "", "m1"
    )
    assert outcome.kind is TRANSIENT
    assert outcome.detail.startswith("hook.invalid cannot be ")


def test_the_environments_proxy_is_not_used(
    gateway: Open, http: HttpSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("NO_PROXY", "")
    assert send(gateway, "json").kind is DELIVERED


def test_a_text_that_no_plugin_can_send_fails_alone(gateway: Open, http: HttpSink) -> None:
    outcome = send(gateway, "twilio", words=Rendered(sms="a\ud800b"))
    assert (outcome.kind, outcome.code) == (PERMANENT, "UnicodeEncodeError")
    assert http.requests == []


def test_nothing_to_say_is_refused(gateway: Open, http: HttpSink) -> None:
    assert send(gateway, "slack", words=Rendered(html="<p>mail only</p>")).kind is PERMANENT
    assert send(gateway, "twilio", words=Rendered(html="<p>mail only</p>")).kind is PERMANENT
    assert http.requests == []


def test_a_recipient_for_a_fixed_place_is_refused(gateway: Open, http: HttpSink) -> None:
    assert gateway(SLACK).send("way", WORDS, "#else", "m1").kind is PERMANENT
    assert http.requests == []


def test_an_unknown_channel_is_down(gateway: Open) -> None:
    ways = gateway(None)
    assert ways.kind("way") is None
    assert ways.send("way", WORDS, "", "m1").kind is DOWN
