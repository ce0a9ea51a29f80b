"""A day of a shop's mail: the server has its moods, workers are killed, and every end is the truth.

The default is small. The whole day, for some minutes:

    TRAFFIC_MESSAGES=10000 TRAFFIC_KILLS=50 .venv/bin/pytest -s tests/faults/test_day_of_traffic.py
"""

from __future__ import annotations

import json
import os
import random
import threading
from collections import Counter
from collections.abc import Iterator

import httpx
import pytest

from tests.faults.weather import AlertWeather, Lot, MailWeather, lot, order_of
from tests.service_process import SMTP_LOGIN, Process, Service, body, eventually, signed
from tests.sinks import HttpSink
from tests.smtp_faults import FaultServer

MESSAGES = int(os.environ.get("TRAFFIC_MESSAGES", "300"))
KILLS = int(os.environ.get("TRAFFIC_KILLS", "4"))
ALERT_EVERY = 10
"""Every tenth order has a problem as well, which operators are told of."""

RULES = """
version: 1
shop: { late_update: notify }   # the day may be so long that a problem overtakes the departure
channels:
  mail:
    url: "${env:EMAIL_URL}"
    to: "{{ contact.email }}"
    retry: { for: 30m, first: 1s, max: 3s }
  alerts:
    url: "${env:ALERTS_URL}"
    audience: ops
    retry: { for: 30m, first: 1s, max: 3s }
rules:
  - { id: shipped, when: shipped, once: order, send: mail }
  - { id: problem, when: problem, once: order, send: alerts }
"""


@pytest.fixture
def server() -> Iterator[FaultServer]:
    """The customers' mail server."""
    with FaultServer(MailWeather(), login=SMTP_LOGIN) as server:
        yield server


@pytest.fixture
def shop(service: Service, server: FaultServer, chat: HttpSink) -> Service:
    """An installation whose mail goes to `server`, and whose orders are registered."""
    user, password = SMTP_LOGIN
    chat.script = AlertWeather()
    service.rules.write_text(RULES)
    service.env |= {
        "EMAIL_URL": f"mailto://{user}:{password}@127.0.0.1:{server.port}?from=orders@shop.example&rto=3",
        "ALERTS_URL": "json://ops.shop.example/alerts?rto=3",
    }
    service.personal |= {"canary.example", "Jane Canary"}
    orders = service.folder / "orders.jsonl"
    contact = {"name": "Jane Canary", "country": "NL", "locale": "en"}
    orders.write_text(
        "".join(
            json.dumps({"ref": str(n), "contact": contact | {"email": customer(n)}}) + "\n"
            for n in range(MESSAGES)
        )
    )
    service.web()
    imported = service.cli("orders", "import", "--format", "jsonl", str(orders))
    assert imported.returncode == 0, imported.stderr
    return service


@pytest.mark.timeout(3600)
def test_every_end_is_what_the_server_saw_and_nobody_is_mailed_twice(
    shop: Service, server: FaultServer, chat: HttpSink
) -> None:
    chance = random.Random(f"{MESSAGES} {KILLS}")
    webhooks = threading.Thread(target=post_all, args=(shop,))
    webhooks.start()
    in_flight = kill_again_and_again(shop, server, chance)
    webhooks.join()
    shop.worker()
    eventually(lambda: not waiting(shop), 300, "all messages have ended")

    mails = {row["recipient"]: row for row in shop.rows("SELECT * FROM messages WHERE channel = 'mail'")}
    taken = Counter(mail.recipient for mail in server.taken)
    by_id = Counter(mail.message_id.strip("<>").partition("@")[0] for mail in server.taken)
    assert set(mails) == {customer(n) for n in range(MESSAGES)}
    assert [who for who, times in taken.items() if times > 1] == []
    assert [name for name, times in by_id.items() if times > 1] == []
    assert {(m.recipient, m.message_id.strip("<>").partition("@")[0]) for m in server.taken} <= {
        (who, mail["message_id"]) for who, mail in mails.items()
    }
    ends: Counter[str] = Counter()
    for who, mail in mails.items():
        ends[mail["state"] if mail["state"] != "failed" else mail["reason"]] += 1
        match mail["state"], mail["reason"]:
            case "delivered", None:
                assert taken[who] == 1, mail
                assert lot(who) in (Lot.FINE, Lot.TRANSIENT), mail
            case "failed", "refused":
                assert taken[who] == 0, mail
                assert lot(who) is Lot.PERMANENT, mail
            case "failed", "set_aside":  # three workers were killed who held it, none who had begun
                assert taken[who] == 0, mail
            case "unknown", "answer_lost":
                assert is_explained(shop, mail["id"], who), mail
            case end:
                raise AssertionError(f"{end} is no end")
    unknown = {mail["id"] for mail in mails.values() if mail["state"] == "unknown"}
    lost = {mails[who]["id"] for who in taken if lot(who) is Lot.LOST}
    assert lost <= unknown
    assert in_flight <= unknown

    told = the_operators_hear_of_everything(shop, chat)
    the_unknown_are_listed(shop, unknown)
    assert shop.rows("SELECT count(*) AS n FROM attempts WHERE outcome = ''") == [{"n": 0}]
    assert shop.rows("PRAGMA integrity_check") == [{"integrity_check": "ok"}]
    attempts = Counter({r["outcome"]: r["n"] for r in shop.rows(ATTEMPTS)})
    print(  # noqa: T201
        f"{MESSAGES} mails and {told} after {KILLS} kills: {dict(ends)}; {len(in_flight)} were in flight, "
        f"{len(lost)} answers lost, nobody mailed twice; {dict(attempts)} attempts"
    )


ATTEMPTS = "SELECT outcome, count(*) AS n FROM attempts WHERE channel = 'mail' GROUP BY outcome"
KILLED = "the worker ended during the attempt"


def customer(number: int) -> str:
    """Return whom an order belongs to."""
    return f"customer-{number}@canary.example"


def post_all(shop: Service) -> None:
    """Post every order's update, and the problems among them, as Cottoncast does."""
    url = f"http://{shop.address}/cottoncast/orderstatus"
    with httpx.Client(timeout=60, trust_env=False, verify=False) as client:
        for number in range(MESSAGES):
            for code in "CI" if number % ALERT_EVERY == 0 else "C":
                raw = body(str(number), code)
                assert client.post(url, content=raw, headers=signed(raw)).status_code == 200


def kill_again_and_again(shop: Service, server: FaultServer, chance: random.Random) -> set[int]:
    """Start workers and kill them, over the whole day; return the mails that were being sent just then."""
    in_flight: set[int] = set()
    workers: list[Process] = []
    for kill in range(KILLS):
        while len(workers) < 1 + (kill % 3 == 2):
            workers.append(shop.worker())
        wait_for_mails(shop, server, int(MESSAGES * (kill + chance.random()) / (KILLS + 1)))
        victim = workers.pop(chance.randrange(len(workers)))
        victim.kill()
        begun = "SELECT m.id FROM messages m JOIN attempts a ON a.message_id = m.id AND a.outcome = ''"
        held = f"{begun} WHERE m.channel = 'mail' AND m.claimed_by LIKE ?"
        in_flight |= {row["id"] for row in shop.rows(held, f"%/{victim.pid}/%")}
    for worker in workers:
        assert worker.stop() == 0
    return in_flight


def wait_for_mails(shop: Service, server: FaultServer, enough: int) -> None:
    """Wait for so many mails, or until nothing is left to send."""
    eventually(lambda: len(server.taken) >= enough or not waiting(shop), 120, f"{enough} mails")


def waiting(shop: Service) -> bool:
    """Tell whether anything is left to decide or to send."""
    return bool(
        shop.rows(
            "SELECT 1 FROM updates WHERE state <> 'decided'"
            " UNION ALL SELECT 1 FROM messages WHERE state IN ('pending', 'sending') LIMIT 1"
        )
    )


def is_explained(shop: Service, message: int, recipient: str) -> bool:
    """Tell whether the last attempt says why nobody knows: the worker was killed, or the answer lost."""
    (last,) = shop.rows("SELECT * FROM attempts WHERE message_id = ? ORDER BY number DESC LIMIT 1", message)
    assert last["outcome"] == "unknown", last
    return bool(last["detail"] == KILLED or (last["code"] == "after data" and lot(recipient) is Lot.LOST))


def the_operators_hear_of_everything(shop: Service, chat: HttpSink) -> str:
    """Assert that every alert arrived, some of them again; return the numbers."""
    alerts = {row["ref"]: row for row in shop.rows("SELECT * FROM messages WHERE channel = 'alerts'")}
    arrived = Counter(order_of(request) for request in chat.requests)
    assert set(alerts) == {str(n) for n in range(0, MESSAGES, ALERT_EVERY)}
    assert set(arrived) == set(alerts)
    assert {alert["state"] for alert in alerts.values()} == {"delivered"}
    return f"{len(alerts)} alerts ({arrived.total() - len(alerts)} came again)"


def the_unknown_are_listed(shop: Service, unknown: set[int]) -> None:
    """Assert that a person finds those that may have been sent, how many there are, and why."""
    listed = json.loads(shop.cli("messages", "--state", "unknown", "--limit", "100000", "--json").stdout)
    assert {message["id"] for message in listed} == unknown
    (mail,) = [c for c in json.loads(shop.cli("channels", "--json").stdout) if c["name"] == "mail"]
    assert mail["unknown"] == len(unknown)
    for message in listed[:1]:
        story = shop.cli("explain", message["ref"]).stdout
        assert "unknown" in story
        assert "answer_lost: it may have been sent" in story
