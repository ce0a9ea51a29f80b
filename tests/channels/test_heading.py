"""The heads of mails as they arrive: conversation, answers, sender, kind; and nothing broken out of."""

from __future__ import annotations

import json
from dataclasses import replace
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.channels.gateway import Gateway
from notifier.channels.heading import feedback_id, thread_root
from notifier.core.head import Head
from notifier.core.retry import Outcome, OutcomeKind
from tests.channels.conftest import Open
from tests.channels.ways import SENDGRID, WORDS, channel, mail_url
from tests.sinks import HttpSink, SmtpSink

ANNA = "anna@customer.example"
HELP = "help@shop.example"
STREAM = ("shipped", "transactional", "customer")


def send(smtp: SmtpSink, head: Head, *, shop: str = "Example Shop", url: str = "", to: str = ANNA) -> Outcome:
    url = url or f"mailto://127.0.0.1:{smtp.port}?from=orders@shop.example"
    gateway = Gateway({"way": channel(url, to=True)}, shop)
    outcome = gateway.send("way", replace(WORDS, head=head), to, "m1.abc")
    gateway.close()
    return outcome


def arrived(smtp: SmtpSink, head: Head, *, shop: str = "Example Shop", extra: str = "") -> EmailMessage:
    before = len(smtp.mails)
    assert (
        send(smtp, head, shop=shop, url=mail_url(smtp.port, extra) if extra else "").kind
        is OutcomeKind.DELIVERED
    )
    return smtp.wait_for(before + 1)[-1].message


def test_mails_of_one_order_refer_to_the_same_mail_that_never_was(smtp: SmtpSink) -> None:
    first, second, other = (arrived(smtp, Head(thread=ref)) for ref in ("41", "41", "42"))
    assert first["References"] == second["References"] == first["In-Reply-To"]
    assert first["References"] != other["References"]
    assert first["References"].endswith("@shop.example>")
    assert first["References"] != first["Message-ID"]


def test_a_mail_about_no_order_refers_to_none(smtp: SmtpSink) -> None:
    mail = arrived(smtp, Head(stream=STREAM))
    assert mail["References"] is mail["In-Reply-To"] is None


def test_no_reference_is_told_in_clear(smtp: SmtpSink) -> None:
    send(smtp, Head(thread="WEB-1001-secret", stream=STREAM))
    (mail,) = smtp.wait_for(1)
    assert b"WEB-1001-secret" not in mail.raw


def test_answers_go_to_the_shops_support(smtp: SmtpSink) -> None:
    assert arrived(smtp, Head(reply_to=HELP))["Reply-To"] == HELP


def test_reply_in_the_url_counts_for_more(smtp: SmtpSink) -> None:
    mail = arrived(smtp, Head(reply_to=HELP), extra="&reply=Desk <desk@shop.example>")
    assert mail.get_all("Reply-To") == ["Desk <desk@shop.example>"]


@pytest.mark.parametrize("extra", ["", f"&reply={ANNA}"])
def test_nobody_is_asked_to_answer_to_herself(smtp: SmtpSink, extra: str) -> None:
    assert arrived(smtp, Head(reply_to=ANNA), extra=extra)["Reply-To"] is None


def test_an_address_that_mails_come_from_anyway_is_not_repeated(smtp: SmtpSink) -> None:
    assert arrived(smtp, Head(reply_to="orders@shop.example"))["Reply-To"] is None


def test_a_mail_says_what_it_is_one_of(smtp: SmtpSink) -> None:
    mail = arrived(smtp, Head(stream=STREAM))
    assert mail["Feedback-ID"] == "rule-shipped:mail-transactional:for-customer:notifier"


def test_a_tag_of_the_operators_own_counts_for_more(smtp: SmtpSink) -> None:
    mail = arrived(smtp, Head(stream=STREAM), extra="&%2BFeedback-ID=a:b:c:ourselves")
    assert mail.get_all("Feedback-ID") == ["a:b:c:ourselves"]


def test_the_sender_appears_under_the_shops_name(smtp: SmtpSink) -> None:
    assert arrived(smtp, Head())["From"] == "Example Shop <orders@shop.example>"


def test_a_name_in_the_url_counts_for_more(smtp: SmtpSink) -> None:
    mail = arrived(smtp, Head(), shop="Other", extra="&rto=9")
    assert mail["From"] == "Example Shop <orders@shop.example>"


HOSTILE = [
    'Shop" <evil@x.example>, "',
    "Shop <evil@x.example>",
    "Shop\\",
    "evil@x.example,",
    "=?utf-8?q?evil=40x.example?=",
    "Łódź <evil@x.example>, ü" * 8,
    "店" * 60,
    "\u202eShop",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_shops_name_never_becomes_an_address(smtp: SmtpSink, name: str) -> None:
    mail = arrived(smtp, Head(), shop=name)
    (sender,) = mail["From"].addresses
    assert (sender.username, sender.domain) == ("orders", "shop.example")
    assert not mail.defects
    (raw,) = smtp.mails
    assert all(
        len(word) <= 75
        for line in raw.raw.split(b"\r\n")
        if line.startswith(b"From:")
        for word in line.split()
    )


@pytest.mark.parametrize("name", ["a\r\nBcc: evil@x.example", "a\nb", "a\x00b", "a\u2028b", "a\ud800b"])
def test_a_shops_name_that_breaks_a_line_is_refused(smtp: SmtpSink, name: str) -> None:
    assert send(smtp, Head(), shop=name).kind is OutcomeKind.CHANNEL_DOWN
    assert smtp.mails == []


REFS = ["41\r\nBcc: evil@x.example", "a>, <b@c.example", "\ud800", "\x00", "ü" * 500, "a" * 100_000]


@pytest.mark.parametrize("ref", REFS)
def test_no_reference_breaks_out_of_its_header(smtp: SmtpSink, ref: str) -> None:
    mail = arrived(smtp, Head(thread=ref, stream=(ref, "transactional", "customer"), reply_to=HELP))
    assert mail["To"] == ANNA
    assert mail["Bcc"] is None
    assert len(mail["References"]) == len(thread_root("41", "shop.example"))
    assert mail["Feedback-ID"].count(":") == 3


@given(st.text(max_size=200), st.text(min_size=1, max_size=200))
def test_a_tag_is_of_four_safe_fields_whatever_a_rule_is_called(rule: str, other: str) -> None:
    fields = feedback_id((rule, "marketing", "customer")).split(":")
    assert len(set(fields)) == len(fields) == 4
    assert all(
        field.isascii() and field.replace("-", "").replace("_", "").replace(".", "").isalnum()
        for field in fields
    )
    assert thread_root(rule, "a.example").isascii()
    assert thread_root(rule, "a.example") != thread_root(rule + other, "a.example")


@pytest.mark.parametrize("reply_to", ["a@b.example\r\nBcc: evil@x.example", "a\nb"])
def test_an_address_to_answer_to_that_breaks_a_line_is_refused(smtp: SmtpSink, reply_to: str) -> None:
    assert send(smtp, Head(reply_to=reply_to)).kind is OutcomeKind.PERMANENT
    assert smtp.mails == []


FULL = Head("41", HELP, STREAM, "https://notify.example/unsubscribe/1")
SPARKPOST = f"sparkpost://orders@shop.example/{'a' * 40}"
POSTMARK = f"postmark://{'a' * 36}:orders@shop.example"


def test_a_mail_service_that_takes_headers_gets_them(gateway: Open, http: HttpSink) -> None:
    gateway(SPARKPOST, to=True).send("way", replace(WORDS, head=FULL), ANNA, "m1")
    (request,) = http.wait_for(1)
    content = json.loads(request.body)["content"]
    assert content["from"]["name"] == "Łódź Knits"
    assert content["headers"] == {
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
        "References": thread_root("41", "shop.example"),
        "In-Reply-To": thread_root("41", "shop.example"),
        "Feedback-ID": "rule-shipped:mail-transactional:for-customer:notifier",
        "List-Unsubscribe": f"<{FULL.unsubscribe_url}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }


@pytest.mark.parametrize(
    ("extra", "answered"), [("", HELP), ("?reply=desk@shop.example", "desk@shop.example")]
)
def test_a_mail_service_that_takes_an_address_to_answer_to_gets_it(
    gateway: Open, http: HttpSink, extra: str, answered: str
) -> None:
    gateway(POSTMARK + extra, to=True).send("way", replace(WORDS, head=FULL), ANNA, "m1")
    (request,) = http.wait_for(1)
    body = json.loads(request.body)
    assert body["ReplyTo"] == answered
    assert body["From"].endswith("<orders@shop.example>")


def test_a_mail_service_that_takes_neither_sends_all_the_same(gateway: Open, http: HttpSink) -> None:
    outcome = gateway(SENDGRID, to=True).send("way", replace(WORDS, head=FULL), ANNA, "m1")
    assert len(http.wait_for(1)) == 1
    assert outcome.kind is not OutcomeKind.PERMANENT


def test_a_link_that_breaks_a_line_is_refused_before_a_service_sees_it(gateway: Open, http: HttpSink) -> None:
    head = replace(FULL, unsubscribe_url="https://n.example/\r\nBcc: evil@x.example")
    outcome = gateway(SPARKPOST, to=True).send("way", replace(WORDS, head=head), ANNA, "m1")
    assert outcome.kind is OutcomeKind.PERMANENT
    assert http.requests == []
