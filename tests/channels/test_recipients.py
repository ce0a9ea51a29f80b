"""Recipients that are not one address reach nobody, on any kind of channel."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.channels.recipient import Address, is_only, refusal
from notifier.core.retry import OutcomeKind
from tests.channels.conftest import Open
from tests.channels.ways import PHONE, SENDGRID, TEXTS, WORDS, mail_url
from tests.sinks import HttpSink, SmtpSink

HOSTILE = [
    "",
    " ",
    "abc",
    "123",
    "+1555000666 +15550007777",
    "+15550006666,+15550007777",
    "+15550006666\n+15550007777",
    "+15550006666\r\n+15550007777",
    "+15550006666;+15550007777",
    "+15550006666<+15550007777",
    "+15550006666&to=+15550007777",
    "+15550006666%2C%2B15550007777",
    "+1 555 000 6666",
    "15550006666",
    "0015550006666",
    "w:+15550006666",
    "tel:+15550006666",
    "+155500",
    "+15550006666\n",
    "+1234567890123456",
    "a@b.com,json://evil/",
    "+15550006666,json://evil/",
    "json://evil/",
    "a@b.com\r\nBcc:evil@x.com",
    "a@b.com&bcc=evil@x.com",
    "a@b.com%26bcc=evil@x.com",
    "a%40b.com%26bcc%3Devil%40x.com",
    "a@b.com?bcc=evil@x.com",
    "a@b.com\nevil@x.com",
    "a@b.com\n",
    "a@b.com;evil@x.com",
    '"Evil\r\nBcc: evil@x.com" <a@b.com>',
    "Evil <evil@x.com>",
    "a@b.com,evil@x.com",
    "a@b.com evil@x.com",
    "a@b.com\x00",
    "jörg@b.com",
    "a@bücher.example",
    "a@b@c.com",
    "@b.com",
    "a@",
    "a" * 300 + "@b.com",
    "+316１２３４５６７８",
]

SIGNAL = "signal://127.0.0.1:8080/15005550006"
MAILGUN = f"mailgun://user@shop.example/{'a' * 32}-{'b' * 8}-{'c' * 8}"
SNS = "sns://AHIAJGNT76XIMXDBIJYA/bu1dHSdO22pfaaVy/wmNsdjJoanVuTiDqY/us-west-2"


@pytest.mark.parametrize("url", [*TEXTS.values(), SENDGRID, MAILGUN, SIGNAL, SNS])
def test_no_request_leaves_for_a_recipient_that_is_not_one_address(
    gateway: Open, http: HttpSink, url: str
) -> None:
    ways = gateway(url, to=True)
    assert ways.problems() == {}
    for recipient in HOSTILE:
        outcome = ways.send("way", WORDS, recipient, "m1")
        said = (recipient, outcome.kind, outcome.bad_address, len(http.requests))
        assert said == (recipient, OutcomeKind.PERMANENT, bool(recipient), 0)


def test_no_mail_leaves_for_a_recipient_that_is_not_one_address(
    gateway: Open, smtp: SmtpSink, http: HttpSink
) -> None:
    ways = gateway(mail_url(smtp.port), to=True)
    for recipient in HOSTILE:
        outcome = ways.send("way", WORDS, recipient, "m1")
        said = (recipient, outcome.kind, outcome.bad_address, len(smtp.mails), len(http.requests))
        assert said == (recipient, OutcomeKind.PERMANENT, bool(recipient), 0, 0)


def test_one_kind_of_address_is_none_of_the_other(gateway: Open, http: HttpSink, smtp: SmtpSink) -> None:
    for url in TEXTS.values():
        assert gateway(url, to=True).send("way", WORDS, "a@b.example", "m1").bad_address
    assert gateway(mail_url(smtp.port), to=True).send("way", WORDS, PHONE, "m1").bad_address
    assert http.requests == []
    assert smtp.mails == []


@pytest.mark.parametrize("message_id", ["", "a b", "a\r\nBcc: evil@x.com", "a@b", "a>", ".a"])
def test_a_message_id_that_would_break_its_header_is_refused(
    gateway: Open, smtp: SmtpSink, message_id: str
) -> None:
    outcome = gateway(mail_url(smtp.port), to=True).send("way", WORDS, "a@b.example", message_id)
    assert (outcome.kind, outcome.bad_address) == (OutcomeKind.PERMANENT, False)
    assert smtp.mails == []


@pytest.mark.parametrize("number", ["+123456789012345", "+29012345"])
@pytest.mark.parametrize("url", [*TEXTS.values(), SIGNAL, SNS])
def test_a_number_that_the_plugin_does_not_take_reaches_nobody(
    gateway: Open, http: HttpSink, url: str, number: str
) -> None:
    # E.164 allows more and fewer digits than Apprise: it drops the number and would write to the sender.
    assert refusal(Address.PHONE, number) is None
    outcome = gateway(url, to=True).send("way", WORDS, number, "m1")
    # It may be a good number, for another service.
    assert (outcome.kind, outcome.bad_address) == (OutcomeKind.PERMANENT, False)
    assert http.requests == []


@pytest.mark.parametrize("url", [SENDGRID, MAILGUN])
def test_an_address_whose_dots_break_the_rules_reaches_itself_or_nobody(
    gateway: Open, http: HttpSink, url: str
) -> None:
    outcome = gateway(url, to=True).send("way", WORDS, "taro..y@docomo.example", "m1")
    assert outcome.bad_address is False, "it is a good address, for another service"
    assert [b"taro..y" in request.body for request in http.requests] == (
        [] if outcome.kind is OutcomeKind.PERMANENT else [True]
    )


@pytest.mark.parametrize("url", [SIGNAL, SNS])
def test_services_that_keep_their_recipients_elsewhere_are_held_to_one_too(
    gateway: Open, http: HttpSink, url: str
) -> None:
    gateway(url, to=True).send("way", WORDS, PHONE, "m1")
    (request,) = http.wait_for(1)
    assert PHONE[1:] in request.body.decode()


@pytest.mark.parametrize(
    ("address", "recipient", "targets", "only"),
    [
        (Address.PHONE, PHONE, [PHONE], True),
        (Address.PHONE, PHONE, [PHONE[1:]], True),
        (Address.PHONE, PHONE, [("T", PHONE)], True),
        (Address.PHONE, PHONE, [], False),
        (Address.PHONE, PHONE, [PHONE, PHONE], False),
        (Address.PHONE, PHONE, ["+15005550006"], False),
        (Address.PHONE, PHONE, None, False),
        (Address.EMAIL, "A@b.example", [(False, "a@b.example")], True),
        (Address.EMAIL, "a@b.example", [("a@b.example", "evil@x.com")], True),
        (Address.EMAIL, "a@b.example", ["evil@x.com"], False),
        (Address.NAME, "#ops", ["ops"], True),
        (Address.NAME, "123", [(123, None)], True),
        (Address.NAME, "--", [""], False),
    ],
)
def test_a_plugin_must_show_the_one_recipient(
    address: Address, recipient: str, targets: object, only: bool
) -> None:
    assert is_only(address, recipient, targets) is only


@given(st.text(max_size=40))
def test_whatever_passes_as_an_address_is_one_line_of_printable_ascii(text: str) -> None:
    for address in Address:
        if refusal(address, text) is None:
            assert text.isascii()
            assert text.isprintable()
            assert not set(text) & set(' ,;<>"()&' if address is not Address.EMAIL else ' ,;<>"()')
