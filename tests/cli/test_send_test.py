"""`notifier send-test`: one message, now, and how it ended."""

from __future__ import annotations

import pytest

from tests.cli.conftest import Shop
from tests.sinks import HttpSink, SmtpSink

FOR_GOOD = "not delivered: it was refused for good, and the worker would not try again"
FOR_NOW = "not delivered: it failed this time, and the worker would try again"
SLACK = "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/#orders"


def mailto(sink: SmtpSink) -> str:
    return f"mailto://127.0.0.1:{sink.port}?from=orders@shop.example"


def test_a_mail_that_is_taken_is_0_and_delivered(shop: Shop, smtp: SmtpSink) -> None:
    done = shop.run("send-test", "email", "you@example.org", EMAIL_URL=mailto(smtp))
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("delivered: the other side has taken it (250 ")
    (mail,) = smtp.wait_for(1)
    assert mail.recipients == ("you@example.org",)
    assert mail.message["Subject"] == "Test message of Example Shop"
    assert not shop.database.exists()


@pytest.mark.parametrize(
    ("reply", "told"),
    [
        (
            "550 5.1.1 no such user",
            "not delivered: it was refused for good, and the worker would not try again",
        ),
        ("451 4.7.1 come back later", "not delivered: it failed this time, and the worker would try again"),
    ],
)
def test_a_mail_that_is_refused_is_1_with_what_follows_and_the_answer(
    shop: Shop, smtp: SmtpSink, reply: str, told: str
) -> None:
    smtp.answer_all(reply)
    done = shop.run("send-test", "email", "you@example.org", EMAIL_URL=mailto(smtp))
    assert done.returncode == 1
    assert done.stdout.startswith(f"{told} ({reply[:9]} ")
    assert smtp.mails == []


def test_a_mail_server_that_is_down_is_1(shop: Shop, smtp: SmtpSink) -> None:
    smtp.stop()
    done = shop.run("send-test", "email", "you@example.org", EMAIL_URL=mailto(smtp))
    assert done.returncode == 1
    assert done.stdout.startswith(
        "not delivered: it failed this time, and the worker would try again (connect: "
    )


def test_a_chat_message_is_0_and_delivered(shop: Shop, http: HttpSink) -> None:
    done = shop.run("send-test", "slack", SLACK_URL=SLACK, NOTIFIER_HTTP_SINK=http.url)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("delivered")
    (request,) = http.wait_for(1)
    assert b"Test message" in request.body


@pytest.mark.parametrize(
    ("status", "body", "told"),
    [
        (400, "invalid_blocks", "the worker would not try again"),
        (404, "no_service", "the channel itself is refused, and the worker would pause it"),
        (503, "", "the worker would try again"),
    ],
)
def test_a_chat_message_that_is_refused_is_1_with_what_follows(
    shop: Shop, http: HttpSink, status: int, body: str, told: str
) -> None:
    http.answer(status, body)
    done = shop.run("send-test", "slack", SLACK_URL=SLACK, NOTIFIER_HTTP_SINK=http.url)
    assert done.returncode == 1
    assert f"{told} (" in done.stdout
    assert str(status) in done.stdout
    assert "TIiajkdn" not in done.stdout + done.stderr


def test_an_unknown_channel_is_66_and_the_known_ones_are_named(shop: Shop) -> None:
    done = shop.run("send-test", "emial", "you@example.org")
    assert (done.returncode, done.stdout) == (66, "")
    assert done.stderr == "error: there is no channel emial; rules.yaml has email, sms, slack, ops-email\n"


def test_a_channel_that_is_not_set_up_is_1_and_the_variable_is_named(shop: Shop) -> None:
    done = shop.run("send-test", "email", "you@example.org")
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout == "paused: not_configured: EMAIL_URL is not set\n"


def test_a_channel_whose_url_is_refused_is_1_and_the_url_is_not_shown(shop: Shop) -> None:
    done = shop.run("send-test", "slack", SLACK_URL="slack://canary")
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.startswith("paused: not_configured: ")
    assert "canary" not in done.stdout


@pytest.mark.parametrize("address", ["not an address", "a@b.example,c@d.example"])
def test_a_recipient_that_is_none_is_1_and_nothing_is_sent(shop: Shop, smtp: SmtpSink, address: str) -> None:
    done = shop.run("send-test", "email", address, EMAIL_URL=mailto(smtp))
    assert done.returncode == 1
    assert done.stdout.startswith(FOR_GOOD)
    assert smtp.mails == []


@pytest.mark.parametrize(
    ("words", "settings", "example"),
    [
        pytest.param(("email",), {}, "needs an address: notifier send-test email you@example.com", id="mail"),
        pytest.param(("sms",), {}, "needs an address: notifier send-test sms +31612345678", id="sms"),
        pytest.param(
            ("email",),
            {"EMAIL_URL": "mailto://127.0.0.1:1?from=orders@shop.example"},
            "needs an address: notifier send-test email you@example.com",
            id="mail that is set up",
        ),
        pytest.param(
            ("slack", "you@example.org"),
            {"SLACK_URL": SLACK},
            "has a recipient of its own: notifier send-test slack",
            id="an address too many",
        ),
    ],
)
def test_an_address_missing_or_too_many_is_wrong_usage_with_an_example(
    shop: Shop, words: tuple[str, ...], settings: dict[str, str], example: str
) -> None:
    done = shop.run("send-test", *words, **settings)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.splitlines()[-1] == f"Error: The channel {words[0]} {example}"
