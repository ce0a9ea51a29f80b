"""How fast updates are decided: with the default rules, and with a thousand rules of which two match.

Each update belongs to an order of its own that is registered, and fires one rule (two of the
thousand); its order's state comes from SQLite on the disk, and decisions and messages are
written there. The worker's own step is measured, in batches as it makes them, in one thread.
"""

from __future__ import annotations

import logging
import statistics
import tempfile
import time
from pathlib import Path

import structlog

from notifier.config.rulefile import load_rules
from notifier.core.contact import REGISTERED, Contact, Finding
from notifier.core.rules import RuleSet
from notifier.core.update import Shipment, Update
from notifier.service.decider import Decider
from notifier.store.protocol import Received
from notifier.store.sqlite.store import SqliteStore

UPDATES = 4_000
ROUNDS = 3
RULES = 1_000
MATCHING = 2

ROOT = Path(__file__).parents[1]
ENV = {
    "EMAIL_URL": "mailto://127.0.0.1:2525?from=a@shop.example",
    "SLACK_URL": "slack://T1A/B1B/" + "c" * 24,
}

_OTHERS = ("label", "ready", "problem", "lost", "delivered", "new")


def measure() -> list[tuple[str, str]]:
    """Return what was measured: both kinds of rules in turn, so that both meet the same noise."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    few: list[float] = []
    many: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        default = load_rules(ROOT / "rules.yaml", ENV).ruleset
        large = load_rules(_thousand(Path(folder)), ENV).ruleset
        for number in range(ROUNDS):
            few.append(_rate(Path(folder), f"few-{number}", default))
            many.append(_rate(Path(folder), f"many-{number}", large))
    ratio = statistics.median(many) / statistics.median(few)
    return [
        ("deciding, default rules, one fires", f"{statistics.median(few):,.0f} updates/s {_range(few)}"),
        (f"deciding, {RULES:,} rules, two fire", f"{statistics.median(many):,.0f} updates/s {_range(many)}"),
        (f"{RULES:,} rules / default rules", f"{ratio:.2f}"),
    ]


def _rate(folder: Path, name: str, rules: RuleSet) -> float:
    """Return updates decided in a second, in a database of their own."""
    store = SqliteStore(folder / f"{name}.db")
    store.migrate()
    _fill(store)
    decider = Decider(store, lambda: rules, "bench", time.time)
    decided = 0
    began = time.perf_counter()
    while count := decider.run_once():
        decided += count
    took = time.perf_counter() - began
    waiting = store.outbox.counts()
    store.close()
    assert decided == UPDATES, decided
    assert sum(waiting.values()) >= UPDATES, waiting
    return UPDATES / took


def _fill(store: SqliteStore) -> None:
    now = time.time()
    jane = Contact(name="Jane Example", email="jane@example.org", country="NL")
    refs = [f"order-{n}" for n in range(UPDATES)]
    store.orders.register([(ref, Finding(REGISTERED, jane, now)) for ref in refs], now)
    parcel = Shipment("PNL", "PostNL", "3SABCD001", "https://track.example/3SABCD001")
    updates = [Update("cottoncast", ref, "C", event_at=now, shipments=(parcel,)) for ref in refs]
    for start in range(0, UPDATES, 200):
        store.updates.record([Received(update, b"{}") for update in updates[start : start + 200]], now)


def _thousand(folder: Path) -> Path:
    """Write a file of rules: two that match, and others for other statuses or with conditions."""
    rules = [f"  - {{ id: hit-{n}, when: collected, send: email }}" for n in range(MATCHING)]
    for n in range(RULES - MATCHING):
        status = _OTHERS[n % len(_OTHERS)]
        rules.append(
            f"  - {{ id: other-{n}, when: {status}, match: {{ country: [NL, BE] }},"
            f' if: "order.attributes.total | default(0) | float > {n}", send: email }}'
        )
    head = 'version: 1\nchannels:\n  email: { url: "${env:EMAIL_URL}", to: "{{ contact.email }}" }\nrules:\n'
    path = folder / "thousand.yaml"
    path.write_text(head + "\n".join(rules) + "\n")
    return path


def _range(numbers: list[float]) -> str:
    return f"({min(numbers):,.0f}–{max(numbers):,.0f})"
