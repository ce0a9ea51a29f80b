"""`notifier send-test`: one message, now, and how it ended."""

from __future__ import annotations

import pytest

from tests.cli.conftest import Shop
from tests.sinks import HttpSink, SmtpSink

SLACK = "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/#orders"


def mailto(sink: SmtpSink) -> str:
    return f"mailto://127.0.0.1:{sink.port}?from=orders@shop.example"


def test_a_mail_that_is_taken_is_0_and_delivered(shop: Shop, smtp: SmtpSink) -> None:
    done = shop.run("send-test", "email", "you@example.org", EMAIL_URL=mailto(smtp))
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("delivered")
    (mail,) = smtp.wait_for(1)
    assert mail.recipients == ("you@example.org",)
    assert mail.message["Subject"] == "Test message of Example Shop"
    assert not shop.database.exists()


@pytest.mark.parametrize(
    ("reply", "kind"),
    [("550 5.1.1 no such user", "permanent"), ("451 4.7.1 come back later", "transient")],
)
def test_a_mail_that_is_refused_is_1_with_the_kind_and_the_answer(
    shop: Shop, smtp: SmtpSink, reply: str, kind: str
) -> None:
    smtp.answer_all(reply)
    done = shop.run("send-test", "email", "you@example.org", EMAIL_URL=mailto(smtp))
    assert done.returncode == 1
    assert done.stdout.startswith(f"{kind} {reply[:9]}")
    assert smtp.mails == []


def test_a_mail_server_that_is_down_is_1(shop: Shop, smtp: SmtpSink) -> None:
    smtp.stop()
    done = shop.run("send-test", "email", "you@example.org", EMAIL_URL=mailto(smtp))
    assert done.returncode == 1
    assert done.stdout.startswith("transient")


def test_a_chat_message_is_0_and_delivered(shop: Shop, http: HttpSink) -> None:
    done = shop.run("send-test", "slack", SLACK_URL=SLACK, NOTIFIER_HTTP_SINK=http.url)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("delivered")
    (request,) = http.wait_for(1)
    assert b"Test message" in request.body


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (400, "invalid_blocks", "permanent"),
        (404, "no_service", "channel_down"),
        (503, "", "transient"),
    ],
)
def test_a_chat_message_that_is_refused_is_1_with_the_kind(
    shop: Shop, http: HttpSink, status: int, body: str, kind: str
) -> None:
    http.answer(status, body)
    done = shop.run("send-test", "slack", SLACK_URL=SLACK, NOTIFIER_HTTP_SINK=http.url)
    assert done.returncode == 1
    assert done.stdout.startswith(f"{kind} ")
    assert str(status) in done.stdout
    assert "TIiajkdn" not in done.stdout + done.stderr


def test_an_unknown_channel_is_66_and_the_known_ones_are_named(shop: Shop) -> None:
    done = shop.run("send-test", "emial", "you@example.org")
    assert (done.returncode, done.stdout) == (66, "")
    assert done.stderr == "error: there is no channel emial; rules.yaml has email, sms, slack\n"


def test_a_channel_that_is_not_set_up_is_1_and_the_variable_is_named(shop: Shop) -> None:
    done = shop.run("send-test", "email", "you@example.org")
    assert done.returncode == 1
    assert "EMAIL_URL is not set" in done.stdout + done.stderr


def test_a_channel_whose_url_is_refused_is_1_and_the_url_is_not_shown(shop: Shop) -> None:
    done = shop.run("send-test", "slack", SLACK_URL="slack://canary")
    assert done.returncode == 1
    assert "slack" in done.stderr
    assert "canary" not in done.stdout + done.stderr


@pytest.mark.parametrize("address", [(), ("not an address",), ("a@b.example,c@d.example",)])
def test_a_recipient_that_is_missing_or_none_is_1_and_nothing_is_sent(
    shop: Shop, smtp: SmtpSink, address: tuple[str, ...]
) -> None:
    done = shop.run("send-test", "email", *address, EMAIL_URL=mailto(smtp))
    assert done.returncode == 1
    assert done.stdout.startswith("permanent ")
    assert smtp.mails == []
