"""A mail server that takes connections and says nothing: nobody else waits for it, and neither does the end.

And with nothing to do, the next update is taken up at once.
"""

from __future__ import annotations

import signal
import statistics
import time
from collections.abc import Iterator

import pytest

from tests.service_process import SMTP_LOGIN, Service, body, eventually
from tests.sinks import Answer, HttpSink
from tests.smtp_faults import HANG, FaultServer, Step

ON_THE_WIRE = 8
"""What NOTIFIER_CONCURRENCY is unless somebody says otherwise."""

SILENCE = 8.0
"""Seconds after which a mail is given up on a silent line (the default is 30)."""

RULES = """
version: 1
channels:
  mail: { url: "${env:EMAIL_URL}", to: "{{ contact.email }}", retry: { for: 10m, first: 1s, max: 1s } }
  sms: { url: "${env:SMS_URL}", to: "{{ contact.phone }}" }
  slack: { url: "${env:SLACK_URL}", audience: ops }
rules:
  - { id: shipped, when: shipped, send: mail }
  - { id: problem, when: problem, send: [sms, slack] }
"""


@pytest.fixture
def server() -> Iterator[FaultServer]:
    """A mail server that takes connections and says nothing."""
    with FaultServer({Step.BANNER: HANG}, login=SMTP_LOGIN) as server:
        yield server


@pytest.fixture
def shop(service: Service, server: FaultServer, chat: HttpSink) -> Service:
    """An installation whose mail goes to `server`; text messages and chat arrive at `chat`."""
    user, password = SMTP_LOGIN
    sent = Answer(201, '{"sid": "SM1", "status": "queued", "error_code": null}')
    chat.script = lambda request: sent if "2010-04-01" in request.path else None
    service.rules.write_text(RULES)
    service.env |= {
        "EMAIL_URL": f"mailto://{user}:{password}@127.0.0.1:{server.port}"
        f"?from=orders@shop.example&rto={SILENCE:g}",
        "SMS_URL": f"twilio://AC{'0' * 32}:{'c4a9' * 8}@15005550006",
    }
    return service


def test_a_mail_server_that_hangs_delays_neither_other_channels_nor_the_end_nor_the_next_worker(
    shop: Service, server: FaultServer, chat: HttpSink
) -> None:
    _, worker = shop.both()
    mailed, others = [str(n) for n in range(10, 60)], [str(n) for n in range(60, 70)]
    for ref in mailed + others:
        address = f"customer-{ref}@canary.example"
        told = shop.put(
            ref, name="Jane Canary", email=address, phone=f"+316123456{ref}", country="NL", locale="en"
        )
        assert told.status_code == 201
    for ref in mailed:
        assert shop.post(body(ref, "C")).status_code == 200
    server.wait_until(lambda: server.open == ON_THE_WIRE)

    # All senders of mail are busy with a silent server.
    began = time.monotonic()
    for ref in others:
        assert shop.post(body(ref, "I")).status_code == 200
    chat.wait_for(2 * len(others), SILENCE)
    took = time.monotonic() - began
    assert mail_attempts(shop) == [("", ON_THE_WIRE)], "they arrived while everything hung"
    eventually(
        lambda: shop.rows(
            "SELECT 1 FROM messages WHERE channel <> 'mail' GROUP BY 1"
            " HAVING count(*) = ? AND min(state) = 'delivered' AND max(state) = 'delivered'",
            2 * len(others),
        ),
        what="text messages and chat delivered",
    )

    # What was not begun is given back at once, while the worker waits for what is on the wire.
    worker.signal(signal.SIGTERM)
    stopped = time.monotonic()
    waiting = len(mailed) - ON_THE_WIRE
    given_back = "SELECT count(*) AS n FROM messages WHERE state = 'pending' AND claims = 0 AND attempts = 0"
    eventually(lambda: shop.rows(given_back) == [{"n": waiting}], SILENCE, "given back")
    assert worker.running
    assert mail_attempts(shop) == [("", ON_THE_WIRE)], "it did not wait for them"
    assert worker.wait(SILENCE + 10) == 0
    ended = time.monotonic() - stopped
    assert mail_attempts(shop) == [("transient", ON_THE_WIRE)]
    assert server.taken == []

    # The next worker takes all of it up at once: it does not sit out the rest that the silence began.
    server.script = {}
    shop.worker()
    began = time.monotonic()
    server.wait_for(len(mailed), 15)
    print(  # noqa: T201
        f"20 messages past 50 hanging mails in {took:.2f} s; ended {ended:.2f} s after SIGTERM;"
        f" 50 mails {time.monotonic() - began:.2f} s after the next worker was ready"
    )
    eventually(lambda: {state for state, _ in shop.states()} == {"delivered"}, what="all delivered")
    assert len({taken.recipient for taken in server.taken}) == len(server.taken) == len(mailed)


def test_an_idle_worker_takes_up_an_update_at_once(shop: Service, server: FaultServer) -> None:
    server.script = {}
    shop.both()
    waits = []
    for number in range(12):
        ref = str(number)
        shop.customer(ref)
        assert shop.post(body(ref, "C")).status_code == 200
        answered = time.time()
        shop.wait_for_states(ref, ("delivered", None))
        (attempt,) = shop.rows("SELECT started_at FROM attempts ORDER BY rowid DESC LIMIT 1")
        waits.append(attempt["started_at"] - answered)
    half = statistics.median(waits)
    print(f"answer to attempt: {min(waits):.3f} to {max(waits):.3f} s, half within {half:.3f} s")  # noqa: T201
    # It polls five times a second where nobody tells it; the machine may be busy, so the best counts.
    assert min(waits) < 0.1


def mail_attempts(shop: Service) -> list[tuple[str, int]]:
    """Return how the attempts to send mails ended, and how many did so."""
    found = shop.rows("SELECT outcome, count(*) AS n FROM attempts WHERE channel = 'mail' GROUP BY outcome")
    return [(row["outcome"], row["n"]) for row in found]
