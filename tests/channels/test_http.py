"""Services over HTTP: what they receive, and how; what they answer is in test_http_matrix and vendors/."""

from __future__ import annotations

import json
import ssl
import threading
from typing import Any

import pytest

from notifier.channels import exchange
from notifier.channels.gateway import Gateway
from notifier.core.message import Rendered
from notifier.core.retry import Outcome, OutcomeKind
from notifier.core.tone import Tone
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

DELIVERED, TRANSIENT, PERMANENT, DOWN = (
    OutcomeKind.DELIVERED,
    OutcomeKind.TRANSIENT,
    OutcomeKind.PERMANENT,
    OutcomeKind.CHANNEL_DOWN,
)

WAYS = FIXED | TEXTS


def send(gateway: Open, service: str, extra: str = "", words: Rendered = WORDS) -> Outcome:
    texts = service in TEXTS
    url = WAYS[service] + (("&" if "?" in WAYS[service] else "?") + extra if extra else "")
    return gateway(url, to=texts).send("way", words, PHONE if texts else "", "m1")


def payload(http: HttpSink) -> Any:
    (request,) = http.wait_for(1)
    return json.loads(request.body)


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


@pytest.mark.parametrize("service", FIXED)
def test_a_customer_named_everyone_wakes_nobody(gateway: Open, http: HttpSink, service: str) -> None:
    send(gateway, service, words=Rendered(chat="@everyone, @here &lt;@12&gt; bob@all.example"))
    text = json.dumps(payload(http), ensure_ascii=False)
    assert "@everyone" not in text
    assert "@here" not in text
    assert "<@12>" not in text
    assert "bob@all.example" in text


@pytest.mark.parametrize("service", FIXED)
def test_messages_carry_no_pictures_or_links_of_apprise(gateway: Open, http: HttpSink, service: str) -> None:
    send(gateway, service)
    (request,) = http.wait_for(1)
    assert b"apprise" not in request.body.lower()


@pytest.mark.parametrize("tone", Tone)
@pytest.mark.parametrize("service", ["jira", "opsgenie"])
def test_good_news_opens_an_alert_where_there_is_none_to_add_it_to(
    gateway: Open, http: HttpSink, service: str, tone: Tone
) -> None:
    http.answer(202, '{"requestId": "r1", "result": "Request will be processed"}')
    words = Rendered(chat="<b>1001</b> is back on its way", tone=tone)
    outcome = gateway(f"{service}://abcdefghij@abcdefghij/abcdefghij").send("way", words, "", "m1")
    assert (outcome.kind, http.requests[0].path.endswith("/alerts")) == (OutcomeKind.DELIVERED, True)
    assert "1001 is back on its way" in payload(http)["description"]


@pytest.mark.parametrize("service", ["jira", "opsgenie"])
@pytest.mark.parametrize("action", ["close", "note", "delete", "acknowledge"])
def test_a_service_that_says_yes_and_was_asked_nothing_has_delivered_nothing(
    gateway: Open, http: HttpSink, service: str, action: str
) -> None:
    outcome = gateway(f"{service}://abcdefghij/?action={action}").send("way", WORDS, "", "m1")
    assert (outcome.kind, list(http.requests)) == (OutcomeKind.PERMANENT, [])
    assert outcome.detail == "the service's plugin says yes and has sent nothing"


def test_json_gets_the_html(gateway: Open, http: HttpSink) -> None:
    send(gateway, "json")
    assert payload(http)["message"] == WORDS.chat


@pytest.mark.parametrize(
    ("service", "field", "number", "field_of_text"),
    [
        ("twilio", "To", PHONE, "Body"),
        ("vonage", "to", PHONE[1:], "text"),
        ("msgbird", "recipients", PHONE, "body"),
    ],
)
def test_a_text_message_goes_to_the_one_number_in_a_form(
    gateway: Open, http: HttpSink, service: str, field: str, number: str, field_of_text: str
) -> None:
    send(gateway, service)
    (request,) = http.wait_for(1)
    assert (request.form[field], request.form[field_of_text]) == (number, WORDS.sms)


@pytest.mark.parametrize(
    ("service", "number_and_text"),
    [
        ("clicksend", {"messages": [{"source": "php", "to": PHONE, "body": WORDS.sms}]}),
        ("sinch", {"from": "+15005550006", "to": [PHONE], "body": WORDS.sms}),
        ("plivo", {"src": "+15005550006", "dst": PHONE, "text": WORDS.sms}),
    ],
)
def test_a_text_message_goes_to_the_one_number_in_json(
    gateway: Open, http: HttpSink, service: str, number_and_text: object
) -> None:
    send(gateway, service)
    assert payload(http) == number_and_text


def test_a_long_text_message_is_one_request(gateway: Open, http: HttpSink) -> None:
    text = "x" * 700 + " end"
    send(gateway, "twilio", "overflow=split&format=html", Rendered(sms=f"Tom & Co {text}"))
    (request,) = http.wait_for(1)
    assert request.form["Body"] == f"Tom & Co {text}"


@pytest.mark.parametrize("service", WAYS)
@pytest.mark.parametrize(
    "extra",
    [
        "batch=yes",
        "batch=yes&overflow=split&retry=3&wait=0",
        "format=markdown&fields=yes",
        "image=yes&include_image=yes&footer=yes",
        "detect=yes",
    ],
)
def test_a_message_is_one_request_whatever_its_length_and_the_url(
    gateway: Open, http: HttpSink, service: str, extra: str
) -> None:
    headings = "".join(f"<h1>Order {n}</h1><p>is late</p>" for n in range(30))
    long = Rendered(sms="order " * 400, chat=headings + "order " * 10_000)
    assert send(gateway, service, extra, long).kind is not PERMANENT
    assert len(http.requests) == 1
    http.answer(500, "no")
    assert send(gateway, service, extra, long).kind is TRANSIENT
    assert len(http.requests) == 2


def test_a_slack_bot_looks_up_an_address_first_and_the_last_answer_counts(
    gateway: Open, http: HttpSink
) -> None:
    url = "slack://xoxb-1234-1234-4ddbc191d40ee098cbaae6f3523ada2d/ops@shop.example"
    http.answer_once(200, '{"ok": true, "user": {"id": "U1"}}')
    http.answer_once(200, '{"ok": true, "channel": "D1", "ts": "15.7"}')
    outcome = gateway(url).send("way", WORDS, "", "m1")
    assert (outcome.kind, outcome.provider_id) == (DELIVERED, "15.7")
    assert [r.path for r in http.requests] == ["/api/users.lookupByEmail", "/api/chat.postMessage"]

    http.answer_once(200, '{"ok": true, "user": {"id": "U1"}}')
    http.answer_once(200, '{"ok": false, "error": "ratelimited"}')
    outcome = gateway(url).send("way", WORDS, "", "m2")
    assert (outcome.kind, outcome.code, outcome.throttled) == (TRANSIENT, "ratelimited", True)

    http.answer_once(200, '{"ok": false, "error": "missing_scope"}')
    outcome = gateway(url).send("way", WORDS, "", "m3")
    assert (outcome.kind, outcome.code) == (DOWN, "missing_scope")
    assert len(http.requests) == 5


def test_a_long_answer_that_repeats_the_message_is_read_to_its_end(gateway: Open, http: HttpSink) -> None:
    http.answer(200, json.dumps({"ok": True, "result": {"text": "x" * 60_000, "message_id": 77}}))
    assert send(gateway, "tgram").provider_id == "77"
    http.answer(200, json.dumps({"ok": True, "result": {"text": "x" * 70_000, "message_id": 77}}))
    outcome = send(gateway, "tgram")
    assert (outcome.kind, outcome.provider_id) == (DELIVERED, "")


def test_a_number_of_the_channels_own_that_is_gone_is_the_channels_trouble(
    gateway: Open, http: HttpSink
) -> None:
    http.answer(400, '{"code": 21610, "message": "unsubscribed"}')
    outcome = gateway(f"{TWILIO}/15551234567").send("way", WORDS, "", "m1")
    assert (outcome.kind, outcome.code, outcome.bad_address) == (DOWN, "HTTP 400, error 21610", False)


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
    http.answer(201, '{"sid": "SM1"}')
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
    monkeypatch.setattr(exchange, "KEEP_ALIVE", -1.0)
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
    assert (outcome.kind, outcome.code, outcome.unreachable) == (TRANSIENT, "no TLS", True)
    assert outcome.detail == f"no TLS with 127.0.0.1:{http.port}"


def test_a_host_that_nobody_knows_is_named(http: HttpSink) -> None:
    # RFC 6761, 6.4: no resolver may ever find a name below "invalid".
    outcome = Gateway({"way": channel(f"json://user:{SECRET}@hook.invalid/{SECRET}")}, "Shop").send(
        "way", WORDS, "", "m1"
    )
    assert (outcome.kind, outcome.unreachable) == (TRANSIENT, True)
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
