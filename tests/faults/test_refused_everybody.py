"""Everybody is refused for a while, some addresses are dead, workers are killed: only the dead ones fail."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.service_process import Service, body, eventually
from tests.sinks import SmtpSink

ORDERS = 120
CONCURRENCY = 8
OUTAGE = 40
DEAD = frozenset({3, 17, 45, 46, 47, 80, 119})


@pytest.mark.parametrize(
    "said", ["554 go away", "550 5.1.1 Recipient address rejected: User unknown", "553 5.7.1 Relaying denied"]
)
def test_an_outage_by_refusals_fails_nobody_but_dead_addresses_whatever_is_killed(
    service: Service, mail: SmtpSink, said: str
) -> None:
    _, worker = service.both()
    service.worker()
    addresses = {n: service.customer(str(n)) for n in range(ORDERS)}
    for n in DEAD:
        mail.answer(addresses[n], f"550 5.1.1 <{addresses[n]}>: Recipient address rejected: User unknown")
    for n in range(ORDERS):
        if n == OUTAGE:
            mail.answer_all(said)
        if n in (OUTAGE + 5, OUTAGE + 20):
            worker.kill()
            worker = service.worker()
        assert service.post(body(str(n), "C")).status_code == 200
    eventually(lambda: service.rows("SELECT 1 FROM channels WHERE reason = 'refuses_everyone'"), what="held")
    eventually(lambda: len(service.messages()) == ORDERS, what="all are decided")
    mail.answer_all(None)

    ended = "SELECT 1 FROM messages WHERE state IN ('delivered', 'failed', 'unknown')"
    eventually(lambda: len(service.rows(ended)) == ORDERS, 120, "all ended")
    ends = {int(row["ref"]): row["state"] for row in service.messages()}
    # What was on the wire when its worker was killed may have been sent: it waits for a person, as ever.
    unknown = {n for n, state in ends.items() if state == "unknown"}
    assert len(unknown) <= 2 * CONCURRENCY
    assert (
        {n for n, state in ends.items() if state == "failed"}
        <= DEAD
        <= unknown | {n for n, state in ends.items() if state == "failed"}
    )
    told = Counter(address for m in mail.mails for address in m.recipients)
    assert set(told.values()) == {1}
    assert told.keys() >= {a for n, a in addresses.items() if n not in DEAD | unknown}
    kinds = [event["kind"] for event in service.rows("SELECT kind FROM events")]
    assert kinds == ["channel_down", "channel_up"]
    (marked,) = service.rows("SELECT count(*) AS n FROM addresses WHERE refused_at IS NOT NULL")
    assert marked["n"] == len(DEAD - unknown)
