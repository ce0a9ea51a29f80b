"""Replaying: a month of updates through the rules in force and through changed ones, by the command.

The month is made with the store's own methods, in one transaction: orders that are registered, and
their courses, with problems, losses and news that arrives late. Making it is not measured.
"""

from __future__ import annotations

import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from bench.processes import ROOT, environment, free_port
from notifier.core.contact import REGISTERED, Contact, Finding
from notifier.core.update import Shipment, Update
from notifier.store.protocol import Received
from notifier.store.sqlite.store import SqliteStore

UPDATES, ORDERS = 100_000, 30_000
DAYS = 30
DAY = 86_400.0

CHANGES = (
    ("    # settle: 15m", "    settle: 15m", "a wait"),
    ("    send: { first_of: [sms, email] }", "    send: email", "another channel"),
    ("  - id: lost\n", "  - id: delayed\n", "a rule less, and one more"),
    ("    when: problem\n", "    when: problem\n    group: { wait: 10m, interval: 4h }\n", "a group"),
)  # fmt: skip
"""What the changed rules say instead."""


def measure() -> list[tuple[str, str]]:
    """Return rows of what was measured."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        updates, orders = make_month(folder / "notifier.db", time.time())
        (folder / "rules.yaml").write_text((ROOT / "rules.yaml").read_text())
        (folder / "changed.yaml").write_text(changed())
        nothing, _ = _replayed(folder, "rules.yaml")
        seconds, cpu = _replayed(folder, "changed.yaml")
    return [
        (f"replay of {updates:,} updates of {orders:,} orders, both rules, s", f"{seconds:.1f}"),
        ("… updates/s through each", f"{updates / seconds:,.0f}"),
        ("… processor time of its three processes, s", f"{cpu:.1f}"),
        ("… against the same rules, s", f"{nothing:.1f}"),
    ]


def changed() -> str:
    """Return the default rules with CHANGES."""
    text = (ROOT / "rules.yaml").read_text()
    for old, new, what in CHANGES:
        begin, found, end = text.partition(old)
        assert found, f"{what}: rules.yaml does not say {old!r} any more"
        text = begin + new + end
    return text


def make_month(path: Path, now: float) -> tuple[int, int]:
    """Write a month of updates that ends at `now`, Unix seconds UTC; return how many, of how many orders."""
    chance = random.Random(1)
    store = SqliteStore(path)
    store.migrate()
    begin = now - DAYS * DAY
    with store.transaction():
        for first in range(0, ORDERS, 500):
            store.orders.register([_order(n, begin) for n in range(first, first + 500)], begin)
        news = sorted(_month(chance, begin), key=lambda one: one[0])[:UPDATES]
        for at, update in news:
            store.updates.record([Received(update, b"{}")], min(at, now - 1))
    store.close()
    return len(news), len({update.ref for _, update in news})


def _order(number: int, at: float) -> tuple[str, Finding]:
    phone = f"+316{10_000_000 + number}" if number % 3 else None
    contact = Contact(f"Jane Example {number}", f"c{number}@example.com", phone, "nl-NL", "NL")
    return str(number), Finding(REGISTERED, contact, at, attributes={"total": number % 300})


def _month(chance: random.Random, begin: float) -> Iterator[tuple[float, Update]]:
    """Yield updates with the time of their arrival, of one order after the other."""
    for number in range(ORDERS):
        at = begin + chance.random() * (DAYS - 3) * DAY
        parcel = Shipment("postnl", "PostNL", f"3SCEBU{number:09}", f"https://postnl.example/{number}", True)
        course = "LCED"[chance.random() < 0.5 :]
        if chance.random() < 0.04:
            course = course.replace("D", chance.choice(["ID", "X", "I"]))
        for code in course:
            at += chance.random() * DAY / 2
            late = chance.random() * DAY if chance.random() < 0.01 else 2.0
            shipments = () if code == "L" else (parcel,)
            yield at + late, Update("cottoncast", str(number), code, f"{number:X}", float(int(at)), shipments)


def _replayed(folder: Path, rules: str) -> tuple[float, float]:
    """Run the command; return how long it took and its processor time, in seconds."""
    words = ["replay", "--rules", str(folder / rules), "--since", f"{DAYS}d"]
    command = [sys.executable, "-m", "notifier", *words]
    begun, before = time.perf_counter(), _cpu()
    done = subprocess.run(
        command, env=environment(folder, free_port()), capture_output=True, text=True, check=False
    )
    if done.returncode not in (0, 1) or done.stderr:
        raise RuntimeError(done.stderr)
    return time.perf_counter() - begun, _cpu() - before


def _cpu() -> float:
    """Return the processor time of all processes that were waited for, in seconds."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
