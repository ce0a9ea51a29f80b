"""Mail by SMTP: what arrives, and what the servers' answers mean."""

from __future__ import annotations

import re
import ssl
from dataclasses import replace

import pytest

from notifier.channels.line import tls
from notifier.core.head import Head
from notifier.core.message import Rendered
from notifier.core.retry import Outcome, OutcomeKind
from tests.channels.conftest import Open
from tests.channels.ways import SECRET, WORDS, mail_url
from tests.sinks import Mail, SmtpSink
from tests.smtp_faults import Fault, FaultServer, Moment, Step, says

ANNA = "anna@customer.example"


def send(gateway: Open, url: str, words: Rendered = WORDS, to: str = ANNA) -> Outcome:
    return gateway(url, to=True).send("way", words, to, "m1.abc")


def only(smtp: SmtpSink) -> Mail:
    (mail,) = smtp.wait_for(1)
    return mail


def test_a_mail_carries_our_text_and_our_html(gateway: Open, smtp: SmtpSink) -> None:
    assert send(gateway, mail_url(smtp.port)).kind is OutcomeKind.DELIVERED
    mail = only(smtp)
    assert (mail.sender, mail.recipients) == ("orders@shop.example", (ANNA,))
    assert mail.message.get_content_type() == "multipart/alternative"
    text, html = mail.message.iter_parts()
    assert text.get_content().strip() == WORDS.text
    assert html.get_content().strip() == WORDS.html


@pytest.mark.parametrize("local", ["taro..y", "taro.", ".taro", "a...b."])
def test_an_address_whose_dots_break_the_rules_is_quoted_when_sent(gateway: Open, local: str) -> None:
    with FaultServer() as server:
        assert (
            send(gateway, mail_url(server.port), to=f"{local}@docomo.example").kind is OutcomeKind.DELIVERED
        )
        (taken,) = server.wait_for(1)
    assert taken.recipient == f'"{local}"@docomo.example'
    assert f'\r\nTo: "{local}"@docomo.example\r\n' in taken.raw.decode()
    assert taken.message["To"].addresses[0].username == local


def test_a_refusal_that_quotes_such_an_address_is_kept_without_it(gateway: Open) -> None:
    quoted = '"taro..y"@docomo.example'

    def script(moment: Moment) -> Fault | None:
        refusal = says(f"550 5.1.1 <{quoted}>: no such user")
        return refusal if moment.step is Step.RCPT and moment.recipient == quoted else None

    with FaultServer(script) as server:
        outcome = send(gateway, mail_url(server.port), to="taro..y@docomo.example")
    assert (outcome.kind, outcome.bad_address) == (OutcomeKind.PERMANENT, True)
    assert "taro" not in outcome.detail


def test_a_mail_says_who_it_is_from_and_that_a_machine_wrote_it(gateway: Open, smtp: SmtpSink) -> None:
    send(gateway, mail_url(smtp.port))
    head = only(smtp).message
    assert head["From"] == "Example Shop <orders@shop.example>"
    assert head["To"] == ANNA
    assert head["Subject"] == WORDS.subject
    assert head.get_all("Message-ID") == ["<m1.abc@shop.example>"]
    assert head["Auto-Submitted"] == "auto-generated"
    assert head["X-Auto-Response-Suppress"] == "All"
    assert head["Date"].datetime is not None


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        (Rendered(subject="S", text="only text"), "text/plain"),
        (Rendered(subject="S", html="<p>h</p>"), "text/html"),
    ],
)
def test_a_mail_with_one_body_has_one_part(gateway: Open, smtp: SmtpSink, words: Rendered, kind: str) -> None:
    send(gateway, mail_url(smtp.port), words)
    assert only(smtp).message.get_content_type() == kind


def test_format_text_in_the_url_leaves_the_html_out(gateway: Open, smtp: SmtpSink) -> None:
    send(gateway, mail_url(smtp.port, "&format=text"))
    assert only(smtp).message.get_content_type() == "text/plain"


def test_letters_of_all_languages_arrive_and_the_bytes_are_seven_bit(gateway: Open, smtp: SmtpSink) -> None:
    words = Rendered(
        subject="Zażółć gęślą jaźń – 注文 1001" * 4, text="Größe\n.\nFrom me\n" + "ü" * 2000, html=""
    )
    send(gateway, mail_url(smtp.port), words)
    mail = only(smtp)
    assert mail.raw.isascii()
    assert max(len(line) for line in mail.raw.split(b"\r\n")) <= 998
    assert mail.message["Subject"] == words.subject
    assert mail.message.get_content().splitlines() == words.text.splitlines()


def test_headers_of_the_url_are_sent_and_replace_ours_of_the_same_name(gateway: Open, smtp: SmtpSink) -> None:
    extra = "&%2BX-Campaign=spring&%2Bauto-submitted=no&reply=Help <help@shop.example>"
    send(gateway, mail_url(smtp.port, extra))
    head = only(smtp).message
    assert head["X-Campaign"] == "spring"
    assert head.get_all("Auto-Submitted") == ["no"]
    assert head["Reply-To"] == "Help <help@shop.example>"


def test_a_long_url_in_a_header_stays_readable(gateway: Open, smtp: SmtpSink) -> None:
    url = "<https://shop.example/unsubscribe?" + "t" * 200 + ">"
    send(gateway, mail_url(smtp.port, f"&%2BList-Unsubscribe={url.replace('?', '%3F')}"))
    assert url.encode() in only(smtp).raw


LINK = "https://notify.shop.example/unsubscribe/0123456789abcdef0123456789abcdef.Ab-_"


def test_a_mail_offers_to_unsubscribe_with_one_click(gateway: Open, smtp: SmtpSink) -> None:
    send(gateway, mail_url(smtp.port), replace(WORDS, head=Head(unsubscribe_url=LINK)))
    mail = only(smtp)
    assert mail.message.get_all("List-Unsubscribe") == [f"<{LINK}>"]
    assert mail.message.get_all("List-Unsubscribe-Post") == ["List-Unsubscribe=One-Click"]
    assert f"\r\nList-Unsubscribe: <{LINK}>\r\n".encode() in mail.raw  # on one line


def test_a_mail_about_an_order_offers_nothing_of_the_kind(gateway: Open, smtp: SmtpSink) -> None:
    send(gateway, mail_url(smtp.port))
    assert not [name for name in only(smtp).message if name.lower().startswith("list-")]


def test_one_click_goes_to_our_link_whatever_the_url_says(gateway: Open, smtp: SmtpSink) -> None:
    extra = "&%2Blist-unsubscribe=<https://elsewhere.example>&%2BList-Unsubscribe-Post=no"
    send(gateway, mail_url(smtp.port, extra), replace(WORDS, head=Head(unsubscribe_url=LINK)))
    head = only(smtp).message
    assert head.get_all("List-Unsubscribe") == [f"<{LINK}>"]
    assert head.get_all("List-Unsubscribe-Post") == ["List-Unsubscribe=One-Click"]


@pytest.mark.parametrize(
    "url",
    [
        pytest.param(f"{LINK}\r\nBcc: evil@x.com", id="line break"),
        pytest.param(f"{LINK}\n", id="line break at the end"),
        pytest.param(f"{LINK}>, <mailto:evil@x.com", id="bracket"),
        pytest.param(f"{LINK} (comment)", id="space"),
        pytest.param(f"{LINK}\u2028", id="line separator"),
        pytest.param(f"{LINK}ü", id="not ASCII"),
        pytest.param(f"mailto:{ANNA}", id="no web address"),
        pytest.param("https://x.example/" + "a" * 1000, id="longer than a line"),
    ],
)
def test_a_link_that_would_break_out_of_its_header_is_refused(
    gateway: Open, smtp: SmtpSink, url: str
) -> None:
    outcome = send(gateway, mail_url(smtp.port), replace(WORDS, head=Head(unsubscribe_url=url)))
    assert (outcome.kind, outcome.code, outcome.bad_address) == (
        OutcomeKind.PERMANENT,
        "refused here",
        False,
    )
    assert smtp.mails == []


def test_an_international_domain_travels_in_ascii(gateway: Open, smtp: SmtpSink) -> None:
    to = "jan@xn--bcher-kva.example"
    assert send(gateway, mail_url(smtp.port), to=to).kind is OutcomeKind.DELIVERED
    assert only(smtp).recipients == (to,)


@pytest.mark.parametrize(
    "subject", ["a\r\nBcc: evil@x.com", "a\nb", "a\x00b", "a\x1bb", "a\u2028b", "a\ud800b"]
)
def test_control_characters_in_the_subject_are_refused(gateway: Open, smtp: SmtpSink, subject: str) -> None:
    outcome = send(gateway, mail_url(smtp.port), Rendered(subject=subject, text="t"))
    assert (outcome.kind, outcome.detail) == (
        OutcomeKind.PERMANENT,
        "control characters in the header Subject",
    )
    assert smtp.mails == []


def test_a_mail_without_words_is_refused(gateway: Open, smtp: SmtpSink) -> None:
    assert send(gateway, mail_url(smtp.port), Rendered(subject="S")).kind is OutcomeKind.PERMANENT
    assert smtp.mails == []


def test_a_body_that_is_no_text_is_refused(gateway: Open, smtp: SmtpSink) -> None:
    outcome = send(gateway, mail_url(smtp.port), Rendered(subject="S", text="a\ud800b"))
    assert (outcome.kind, outcome.code) == (OutcomeKind.PERMANENT, "UnicodeEncodeError")
    assert smtp.mails == []


@pytest.mark.parametrize(
    ("reply", "kind", "code"),
    [
        ("550 5.1.1 no such user", OutcomeKind.PERMANENT, "550 5.1.1"),
        ("451 4.7.1 greylisted", OutcomeKind.TRANSIENT, "451 4.7.1"),
        ("452 too many", OutcomeKind.TRANSIENT, "452"),
        ("530 5.7.0 log in first", OutcomeKind.CHANNEL_DOWN, "530 5.7.0"),
    ],
)
def test_the_answer_to_the_recipient_decides(
    gateway: Open, smtp: SmtpSink, reply: str, kind: OutcomeKind, code: str
) -> None:
    smtp.answer(ANNA, reply)
    outcome = send(gateway, mail_url(smtp.port))
    assert (outcome.kind, outcome.code) == (kind, code)
    assert outcome.bad_address is (code == "550 5.1.1")
    assert smtp.mails == []


def test_an_address_that_the_url_itself_names_is_never_marked(gateway: Open, smtp: SmtpSink) -> None:
    smtp.answer_all("550 5.1.1 no such user")
    outcome = gateway(mail_url(smtp.port, "&to=ops@shop.example")).send("way", WORDS, "", "m1")
    assert (outcome.kind, outcome.bad_address) == (OutcomeKind.PERMANENT, False)


@pytest.mark.parametrize(
    ("reply", "kind"),
    [("554 5.7.1 looks like spam", OutcomeKind.PERMANENT), ("451 4.3.0 try later", OutcomeKind.TRANSIENT)],
)
def test_the_answer_to_the_mail_decides(gateway: Open, smtp: SmtpSink, reply: str, kind: OutcomeKind) -> None:
    smtp.answer_data(reply)
    assert send(gateway, mail_url(smtp.port)).kind is kind


def test_an_answer_is_kept_without_the_address_in_it(gateway: Open, smtp: SmtpSink) -> None:
    smtp.answer(
        ANNA, f"550 5.1.1 <{ANNA}>: unknown, see https://help.example/?u={ANNA} or call +31 20 123 4567"
    )
    assert send(gateway, mail_url(smtp.port)).detail == "rcpt: <address>: unknown, see <url> or call <number>"


def test_a_wrong_password_is_the_channels_trouble(gateway: Open) -> None:
    with SmtpSink(login=("shop", "right")) as smtp:
        url = f"mailto://shop:{SECRET}@127.0.0.1:{smtp.port}?from=orders@shop.example"
        outcome = send(gateway, url)
        assert (outcome.kind, outcome.code) == (OutcomeKind.CHANNEL_DOWN, "535 5.7.8")
        url = f"mailto://shop:right@127.0.0.1:{smtp.port}?from=orders@shop.example"
        assert send(gateway, url).kind is OutcomeKind.DELIVERED


def test_a_login_that_the_server_does_not_offer_is_the_channels_trouble(
    gateway: Open, smtp: SmtpSink
) -> None:
    url = f"mailtos://127.0.0.1:{smtp.port}?from=orders@shop.example"
    outcome = send(gateway, url)
    assert (outcome.kind, outcome.detail) == (
        OutcomeKind.CHANNEL_DOWN,
        f"127.0.0.1:{smtp.port} offers no STARTTLS",
    )


def test_a_certificate_that_nobody_signed_is_refused(gateway: Open, certificate: ssl.SSLContext) -> None:
    with SmtpSink(tls=certificate) as smtp:
        outcome = send(gateway, f"mailtos://127.0.0.1:{smtp.port}?from=orders@shop.example")
        assert (outcome.kind, outcome.detail) == (
            OutcomeKind.CHANNEL_DOWN,
            f"the certificate of 127.0.0.1:{smtp.port} cannot be verified: self-signed certificate",
        )
        assert smtp.mails == []


def test_verify_no_takes_any_certificate(gateway: Open, certificate: ssl.SSLContext) -> None:
    with SmtpSink(tls=certificate) as smtp:
        url = f"mailtos://127.0.0.1:{smtp.port}?from=orders@shop.example&verify=no"
        assert send(gateway, url).kind is OutcomeKind.DELIVERED
        only(smtp)


def test_the_certificates_are_read_once() -> None:
    assert tls(True) is tls(True)
    assert tls(False) is not tls(True)


def test_a_server_that_is_down_is_tried_again_later(gateway: Open, smtp: SmtpSink) -> None:
    ways = gateway(mail_url(smtp.port), to=True)
    smtp.stop()
    outcome = ways.send("way", WORDS, ANNA, "m1")
    assert (outcome.kind, outcome.detail) == (
        OutcomeKind.TRANSIENT,
        f"connection refused by 127.0.0.1:{smtp.port}",
    )
    smtp.start()
    assert ways.send("way", WORDS, ANNA, "m1").kind is OutcomeKind.DELIVERED


def test_a_channel_whose_url_names_the_recipient_writes_there(gateway: Open, smtp: SmtpSink) -> None:
    ways = gateway(mail_url(smtp.port, "&to=ops@shop.example"))
    assert ways.problems() == {}
    assert ways.send("way", WORDS, "", "m1").kind is OutcomeKind.DELIVERED
    assert only(smtp).recipients == ("ops@shop.example",)


def test_the_name_of_the_shop_is_shown_where_the_url_has_none(gateway: Open, smtp: SmtpSink) -> None:
    url = f"mailto://orders:{SECRET}@shop.example?smtp=127.0.0.1&mode=insecure&port={smtp.port}"
    with SmtpSink(login=("orders", SECRET)) as server:
        send(gateway, re.sub(r"port=\d+", f"port={server.port}", url))
        assert only(server).message["From"] == "Łódź Knits <orders@shop.example>"


@pytest.mark.parametrize(
    "subject",
    [pytest.param("word " * 500, id="ASCII"), pytest.param("słowo " * 500, id="not ASCII")],
)
def test_no_line_of_a_head_is_longer_than_a_line_may_be(gateway: Open, smtp: SmtpSink, subject: str) -> None:
    send(gateway, mail_url(smtp.port), Rendered(subject=subject, text="t"))
    mail = only(smtp)
    assert max(len(line) for line in mail.raw.split(b"\r\n")) <= 998
    assert mail.message["Subject"].split() == subject.split()
