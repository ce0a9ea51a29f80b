"""What a gateway says of its channels before anything is sent."""

from __future__ import annotations

import pytest
from apprise.manager_plugins import NotificationManager

from notifier.channels import engine
from notifier.channels.gateway import Gateway
from notifier.channels.recipient import Address
from notifier.channels.services import Kind, address_of, kind_of
from notifier.core.channel import Audience, Channel
from tests.channels.conftest import Open
from tests.channels.ways import CLICKSEND, DISCORD, JSON, SENDGRID, SLACK, TELEGRAM, TWILIO, VONAGE

ACCOUNT = "mailtos://user:pw@smtp.shop.example?from=orders@shop.example"

EMAIL = """
acs azure brevo groundmail mailersend mailgun mailto mailtos o365 postmark resend sendgrid sendpulse ses
smtp2go sparkpost
"""
SMS = """
46elks atalk bulksms bulkvs burstsms clickatell clicksend cm d7sms eight00com elks exotel httpsms
infobip kaleyra kavenegar klr kudosity mobilemessage mobilemsg msg91 msgbird nexmo notifyre octopush
plivo ringc serwersms seven sfr sinch smpp smpps smsc smseagle smseagles smsmanager smsmgr smstunnel
sns telesign telnyx twilio voipms vonage
"""


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        (ACCOUNT, "email"),
        (SENDGRID, "email"),
        (TWILIO, "sms"),
        (VONAGE, "sms"),
        (CLICKSEND, "sms"),
        ("signal://127.0.0.1:8080/15005550006", "chat"),
        (TELEGRAM.replace("/12315544/", "/"), "chat"),
    ],
)
def test_a_channel_with_to_is_fine_and_has_a_kind(gateway: Open, url: str, kind: str) -> None:
    ways = gateway(url, to=True)
    assert (ways.problems(), ways.kind("way")) == ({}, kind)


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        (SLACK, "chat"),
        ("https://hooks.slack.com/services/T12345678/B12345678/abcdefghijklmnopqrstuvwx", "chat"),
        (DISCORD, "chat"),
        (TELEGRAM, "chat"),
        (JSON, "chat"),
        (f"{TWILIO}/15551234567", "sms"),
        (f"{ACCOUNT}&to=ops@shop.example", "email"),
        (f"{SENDGRID}/ops@shop.example", "email"),
    ],
)
def test_a_channel_without_to_is_fine_and_has_a_kind(gateway: Open, url: str, kind: str) -> None:
    ways = gateway(url)
    assert (ways.problems(), ways.kind("way")) == ({}, kind)


@pytest.mark.parametrize(
    ("url", "to", "words"),
    [
        ("no url", False, "no URL"),
        ("nosuch://here", False, "knows no service nosuch://"),
        ("mailtos://smtp.shop.example?from=orders", True, "sender"),
        ("mailtos://user:pw@smtp.shop.example", True, "?from="),
        ("mailto://shop.example", True, "?from="),
        (f"{ACCOUNT}&cc=a@b.example", True, "cc and bcc"),
        (f"{ACCOUNT}&pgp=encrypt", True, "pgp"),
        (f"{ACCOUNT}&%2BMessage-ID=x", True, "notifier sets itself"),
        (f"{ACCOUNT}&%2BX-A=a%0Ab", True, "control characters"),
        (f"{ACCOUNT}&to=ops@shop.example", True, "already names a recipient"),
        (f"{TWILIO}/15551234567", True, "already names a recipient"),
        (TWILIO, False, "recipient is missing"),
        (f"{TWILIO}/15551234567/15551234568", False, "recipient is missing"),
        (f"{TWILIO}/abc", False, "not one plain phone"),
        (f"{ACCOUNT}&to=a@shop.example,b@shop.example", False, "not one plain email"),
        (JSON, True, "one fixed place"),
        (DISCORD, True, "one fixed place"),
        (SLACK, True, "cannot be held to one recipient"),
        (f"{SLACK}/#a/#b", False, "several recipients"),
        (TELEGRAM.replace("/12315544/", "/"), False, "the chat is missing"),
        (f"{JSON}?rto=0", False, "above 0"),
        (f"{JSON}?cto=nan", False, "above 0"),
        (f"{JSON}?cto=-1", False, "above 0"),
        (f"{JSON}?rto=inf", False, "above 0"),
        (f"{JSON}?rto=1e300", False, "above 0"),
    ],
)
def test_a_channel_that_cannot_work_says_why(gateway: Open, url: str, to: bool, words: str) -> None:
    assert words in gateway(url, to=to).problems()["way"]


@pytest.mark.parametrize("url", [SLACK, f"{TWILIO}/15551234567", f"{ACCOUNT}&to=ops@shop.example"])
def test_a_channel_for_customers_must_be_told_whom_to_write_to(url: str) -> None:
    channel = Channel(name="way", url=url, audience=Audience.CUSTOMER)
    assert "`to`" in Gateway({"way": channel}, "Shop").problems()["way"]


UNREADABLE = "this {}:// URL is not complete or not well formed; see github.com/caronc/apprise"


@pytest.mark.parametrize(
    ("url", "words"),
    [
        pytest.param(
            "slack://token-a/token-b/token-c/#orders", UNREADABLE.format("slack"), id="quotes-words"
        ),
        pytest.param("tgram://short/x", UNREADABLE.format("tgram"), id="not-parsed"),
        pytest.param(
            "twilio://account:b@15005550006/15551234567", UNREADABLE.format("twilio"), id="quotes-one-word"
        ),
        pytest.param(
            "discord://abc",
            "Apprise refuses this discord:// URL: An invalid Discord Webhook Token was specified",
            id="quotes-nothing",
        ),
    ],
)
def test_a_url_that_apprise_refuses_is_explained_in_whole_sentences(
    gateway: Open, url: str, words: str
) -> None:
    assert gateway(url).problems()["way"] == words


def test_a_bad_channel_does_not_hinder_the_others() -> None:
    ways = Gateway(
        {"bad": Channel("bad", "x", Audience.OPS), "good": Channel("good", JSON, Audience.OPS)}, "Shop"
    )
    assert list(ways.problems()) == ["bad"]
    assert ways.kind("good") == "chat"


def test_every_service_has_the_kind_that_its_recipients_call_for() -> None:
    engine.prepare()
    known = NotificationManager()
    mail, sms = set(), set()
    for schema in known.schemas():
        match kind_of(schema, known[schema]):
            case Kind.EMAIL:
                mail.add(schema)
                assert address_of(schema, known[schema]) is Address.EMAIL
            case Kind.SMS:
                sms.add(schema)
                assert address_of(schema, known[schema]) is Address.PHONE
    assert mail == set(EMAIL.split())
    assert sms == set(SMS.split())
