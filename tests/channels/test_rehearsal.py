"""A rehearsal makes what a channel would send, and sends nothing."""

from __future__ import annotations

import json

from notifier.channels.gateway import Gateway
from notifier.core.channel import Audience, Channel
from notifier.core.message import Rendered
from notifier.core.retry import OutcomeKind
from tests.sinks import HttpSink, SmtpSink

WORDS = Rendered(
    subject="On its way", text="Order 41", chat='<b>Order 41</b> <a href="https://x.example">x</a>'
)
SLACK = "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ"


def test_a_mail_is_built_as_it_would_be_sent_and_reaches_no_server() -> None:
    with SmtpSink() as smtp:
        url = f"mailto://127.0.0.1:{smtp.port}?from=orders@shop.example"
        channel = Channel("email", url, Audience.CUSTOMER, to=lambda facts: "")
        gateway = Gateway({"email": channel}, "Example Shop")
        told = gateway.rehearse("email", WORDS, "jane@example.org", "m1")
        assert smtp.mails == []
        assert gateway.send("email", WORDS, "jane@example.org", "m1").kind is OutcomeKind.DELIVERED
        (mail,) = smtp.wait_for(1)
        gateway.close()
    sent = [line for line in mail.raw.splitlines() if not line.startswith((b"Date", b"X-Peer", b"X-Mail"))]
    assert [line for line in told.mail.splitlines() if not line.startswith(b"Date")] == sent


def test_what_would_be_refused_is_refused_in_the_same_words() -> None:
    channel = Channel(
        "email", "mailto://127.0.0.1:1?from=orders@shop.example", Audience.CUSTOMER, to=lambda f: ""
    )
    told = Gateway({"email": channel}, "Example Shop").rehearse("email", WORDS, "no address", "m1")
    assert told.mail == b""
    assert told.outcome.kind is OutcomeKind.PERMANENT


def test_the_payload_of_a_service_is_that_of_its_plugin_without_its_secret_path() -> None:
    with HttpSink() as http:
        gateway = Gateway({"slack": Channel("slack", SLACK, Audience.OPS)}, "Example Shop", http.url)
        (request,) = gateway.rehearse("slack", WORDS, "", "m1").requests
        assert http.requests == []
    assert request.host == "hooks.slack.com"
    assert "TIiajkdnlazkcOXrIdevi7FQ" not in repr(request)
    (attachment,) = json.loads(request.body)["attachments"]
    assert attachment["text"] == "*Order 41* <https://x.example|x>"
