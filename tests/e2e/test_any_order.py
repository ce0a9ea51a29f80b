"""A stream of updates as shops see it, doubled and shuffled, tells each customer what the ordered one tells.

The default is small. The whole size, some minutes:

    STREAM_UPDATES=10000 .venv/bin/pytest tests/e2e/test_any_order.py
"""

from __future__ import annotations

import json
import os
import random
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import httpx
import pytest

from tests.service_process import AT, Service, eventually, signed
from tests.sinks import SmtpSink

UPDATES = int(os.environ.get("STREAM_UPDATES", "400"))

COURSES = (
    ("N", "L", "R", "C", "E", "D"),
    ("N", "L", "R", "C", "E", "D"),
    ("N", "L", "C", "E", "I", "E", "D"),
    ("N", "L", "R", "C", "C+", "E", "D"),
    ("N", "L", "R", "C", "E", "X"),
    ("L", "C", "E", "I"),
    ("N", "L", "R"),
)
"""What becomes of orders; `C+` is shipped again, with a second parcel."""

HOUR = 3_600


@dataclass(frozen=True)
class News:
    """One webhook of one order, by the order's number: the same in every stream."""

    number: int
    code: str
    at: int
    parcels: int

    def body(self, stream: str) -> bytes:
        ref = f"{stream}{self.number}"
        parcels = [
            {"carrier": "postnl", "carrierName": "PostNL", "trackingcode": f"3S{ref}{n}", "new": n == 1}
            for n in range(self.parcels)
        ]
        status = {"code": self.code, "timestamp": self.at}
        return json.dumps({"orderID": f"C{ref}", "ref": ref, "status": status, "shipments": parcels}).encode()


def make_stream(size: int, chance: random.Random) -> list[News]:
    """Return `size` updates in the order in which they happened."""
    stream: list[News] = []
    number = 0
    while len(stream) < size:
        number += 1
        at, parcels = AT + chance.randrange(48 * HOUR), 0
        for code in chance.choice(COURSES):
            parcels = max(parcels, {"C": 1, "C+": 2}.get(code, 0))
            stream.append(News(number, code[0], at, parcels))
            # Minutes as well as days: within the skew of clocks, and beyond it.
            at += chance.choice((120, HOUR, 9 * HOUR, 30 * HOUR))
    return sorted(stream[:size], key=lambda news: (news.at, news.number))


def shuffled(stream: list[News], chance: random.Random) -> list[News]:
    """Return them in any order, a third of them doubled."""
    doubled = stream + chance.sample(stream, len(stream) // 3)
    chance.shuffle(doubled)
    return doubled


def register(service: Service, stream: str, numbers: Iterable[int]) -> None:
    """Import the orders of a stream from a file, as a shop would."""
    lines = [
        {"ref": f"{stream}{n}", "contact": {"name": "Jane Canary", "email": f"{stream}{n}@canary.example"}}
        for n in sorted(set(numbers))
    ]
    file = service.folder / f"{stream}.jsonl"
    file.write_text("\n".join(map(json.dumps, lines)))
    done = service.cli("orders", "import", str(file))
    assert done.returncode == 0, done.stderr


def post(service: Service, bodies: Iterator[bytes], clients: int) -> None:
    """Post signed bodies, in this order if there is one client."""
    with httpx.Client(base_url=f"http://{service.address}", timeout=30, trust_env=False) as http:

        def one(raw: bytes) -> None:
            assert http.post("/cottoncast/orderstatus", content=raw, headers=signed(raw)).status_code == 200

        with ThreadPoolExecutor(clients) as pool:
            for _ in pool.map(one, bodies):
                pass


def settled(service: Service) -> bool:
    """Tell whether everything is decided and no customer's message waits; there is no Slack or SMS here."""
    open_updates = service.rows("SELECT 1 FROM updates WHERE state <> 'decided' LIMIT 1")
    waiting = service.rows(
        "SELECT 1 FROM messages WHERE channel = 'email' AND state IN ('pending', 'sending') LIMIT 1"
    )
    return not open_updates and not waiting


def mails(mail: SmtpSink, stream: str) -> Counter[tuple[int, str]]:
    """Return what each customer of a stream got: order number, and whether shipped or delivered."""
    got: Counter[tuple[int, str]] = Counter()
    for one in list(mail.mails):
        name = one.recipients[0].partition("@")[0]
        if name.startswith(stream):
            kind = "delivered" if "delivered" in one.message["Subject"] else "shipped"
            got[int(name[len(stream) :]), kind] += 1
    return got


def overtaken(service: Service, stream: str) -> set[tuple[int, str]]:
    """Return what customers of a stream were not told because it was untrue by then, as `mails` has it."""
    rows = service.rows(
        "SELECT DISTINCT ref, rule FROM messages WHERE channel = 'email' AND reason = 'overtaken'"
    )
    return {(int(row["ref"][1:]), row["rule"]) for row in rows if row["ref"].startswith(stream)}


def statuses(service: Service, stream: str, numbers: Iterable[int]) -> dict[int, str]:
    """Return what each order has come to, as the API shows it."""
    token = {"Authorization": f"Bearer {service.env['NOTIFIER_API_TOKEN']}"}
    with httpx.Client(base_url=f"http://{service.address}", timeout=30, trust_env=False) as http:
        return {n: http.get(f"/orders/{stream}{n}", headers=token).json()["order"]["status"] for n in numbers}


@pytest.mark.timeout(900)
def test_a_shuffled_and_doubled_stream_tells_each_customer_what_the_ordered_one_tells(
    service: Service, mail: SmtpSink
) -> None:
    del service.env["SLACK_URL"]
    # A second parcel is news of its own, told or not by what came before it: tests/service/test_tracking.py.
    shipped = service.rules.read_text()
    rules = re.sub(r"  - id: tracking\n(?:    .*\n)+", "", shipped)
    assert rules != shipped
    service.rules.write_text(rules)
    chance = random.Random(41)
    stream = make_stream(UPDATES, chance)
    numbers = {news.number for news in stream}
    patience = 60.0 + UPDATES / 20

    # As they happened, one after the other, with the worker at work.
    web, worker = service.both()
    register(service, "a", numbers)
    post(service, (news.body("a") for news in stream), clients=1)
    eventually(lambda: settled(service), patience, "the ordered stream is told")
    told = mails(mail, "a")
    assert sum(told.values()) == len(told) > len(numbers) / 2
    ordered = set(told) | overtaken(service, "a")

    # In any order and doubled, while the worker is away: the same, but for what is untrue by then.
    assert worker.stop() == 0
    register(service, "b", numbers)
    post(service, (news.body("b") for news in shuffled(stream, chance)), clients=8)
    worker = service.worker()
    eventually(lambda: settled(service), patience, "the shuffled stream is told")
    away = mails(mail, "b")
    assert sum(away.values()) == len(away)
    assert set(away) | overtaken(service, "b") == ordered
    ended = {n for n, came in statuses(service, "b", numbers).items() if came in ("delivered", "lost")}
    assert ordered - set(away) == {(n, kind) for n, kind in ordered if kind == "shipped" and n in ended}

    # In any order and doubled, with the worker at work: the same, but for what came after better news.
    register(service, "c", numbers)
    post(service, (news.body("c") for news in shuffled(stream, chance)), clients=8)
    eventually(lambda: settled(service), patience, "the stream is told as it comes")
    live = mails(mail, "c")
    assert sum(live.values()) == len(live)
    live_or_untrue = set(live) | overtaken(service, "c")
    late = {
        int(row["ref"][1:])
        for row in service.rows(
            "SELECT DISTINCT ref FROM updates WHERE ref LIKE 'c%' AND late AND code IN ('C', 'E')"
        )
    }
    assert live_or_untrue <= ordered
    missed = ordered - live_or_untrue
    assert {number for number, _ in missed} <= late
    assert {kind for _, kind in missed} <= {"shipped"}

    # Each order has come to the same, whatever the order of arrival; nothing was recorded twice.
    came_to = statuses(service, "a", numbers)
    assert statuses(service, "b", numbers) == statuses(service, "c", numbers) == came_to
    counts = service.rows(
        "SELECT substr(ref, 1, 1) AS stream, count(*) AS n FROM updates WHERE id > 0 GROUP BY 1"
    )
    assert {row["n"] for row in counts} == {len(stream)}
    assert web.running
