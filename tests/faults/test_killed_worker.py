"""The worker is killed while it decides and sends, again and again: nobody is told twice, nothing is lost."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from tests.service_process import Service, body, eventually
from tests.sinks import SmtpSink


@pytest.mark.timeout(1800)
def test_every_message_ends_in_a_named_state_and_no_mail_is_sent_twice(
    service: Service, mail: SmtpSink, cycles: int, updates: int
) -> None:
    chance = random.Random(updates)
    web = service.web()
    addresses = [service.customer(str(n)) for n in range(updates)]
    for n in range(updates):
        assert service.post(body(str(n), "C")).status_code == 200
    rounds = min(cycles, updates // 8)
    for kills in range(rounds):
        worker = service.worker()
        share = (updates - len(mail.mails)) // (rounds - kills)
        wait_for_mails(service, mail, len(mail.mails) + chance.randint(0, max(1, share)))
        worker.kill()
    service.worker()
    eventually(lambda: not waiting(service), 120, "all messages settled")

    assert service.rows("PRAGMA integrity_check") == [{"integrity_check": "ok"}]
    decided = "SELECT count(*) AS n FROM updates WHERE state = 'decided' AND id > 0"
    assert service.rows(decided) == [{"n": updates}]
    assert service.rows("SELECT count(*) AS n FROM attempts WHERE outcome = ''") == [{"n": 0}]
    sent = Counter(m.recipients[0] for m in mail.mails)
    ended = {m["recipient"]: (m["state"], m["reason"]) for m in service.messages()}
    assert set(ended) == set(addresses)
    for address, end in ended.items():
        match end:
            case ("delivered", None):
                assert sent[address] == 1
            case ("unknown", "answer_lost"):
                assert sent[address] <= 1
            case ("failed", "set_aside"):  # its worker was killed three times over it
                assert sent[address] <= 1
            case _:
                raise AssertionError(f"{end} is no end")
    print(f"{Counter(ended.values())} after {rounds} kills")  # noqa: T201

    # What was lost is found and sent when a person says so, with the Message-ID that it had.
    lost = [str(message["id"]) for message in service.messages() if message["state"] != "delivered"]
    assert not lost or service.cli("retry", *lost).returncode == 0
    eventually(lambda: {state for state, _ in service.states()} == {"delivered"}, 60, "all delivered")
    told = {(m.recipients[0], m.message["Message-ID"]) for m in mail.mails}
    assert len(told) == updates
    assert web.running


def wait_for_mails(service: Service, mail: SmtpSink, enough: int) -> None:
    """Wait for so many mails, or until nothing is left to send."""
    eventually(lambda: len(mail.mails) >= enough or not waiting(service), 60, f"{enough} mails")


def waiting(service: Service) -> bool:
    """Tell whether anything is left to decide or to send."""
    undecided = "SELECT 1 FROM updates WHERE state <> 'decided'"
    unsettled = "SELECT 1 FROM messages WHERE state IN ('pending', 'sending')"
    return bool(service.rows(f"{undecided} UNION ALL {unsettled} LIMIT 1"))
