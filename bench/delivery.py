"""Delivery: from the webhook's answer to the mail at the SMTP server, and memory after 10,000 updates."""

from __future__ import annotations

import http.client
import json
import statistics
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller

from bench.processes import (
    TOKEN,
    children,
    cpu_seconds,
    environment,
    free_port,
    resident_mb,
    running,
    wait_for,
)
from bench.updates import PATH, body, headers

RATE = 50
PACED = 600
TOTAL = 10_000
IDLE_SECONDS = 10

RULES = """\
version: 1
shop: { name: Example Shop }
channels:
  email: { url: "${env:EMAIL_URL}", to: "{{ contact.email }}" }
rules:
  - { id: shipped, when: shipped, send: email }
"""


class Sink:
    """Notes when each recipient's mail was handed over."""

    def __init__(self) -> None:
        self.arrived: dict[str, float] = {}
        self.changed = threading.Condition()

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        """Take a mail; the name is aiosmtpd's."""
        with self.changed:
            self.arrived[envelope.rcpt_tos[0]] = time.perf_counter()
            self.changed.notify_all()
        return "250 taken"

    def wait_for(self, count: int, seconds: float) -> None:
        with self.changed:
            if not self.changed.wait_for(lambda: len(self.arrived) >= count, seconds):
                raise SystemExit(f"only {len(self.arrived)} of {count} mails arrived in {seconds:g} s")


def measure() -> list[tuple[str, str]]:
    """Return rows of what was measured."""
    with tempfile.TemporaryDirectory() as name:
        folder, port, sink = Path(name), free_port(), Sink()
        (folder / "rules.yaml").write_text(RULES)
        smtp = Controller(sink, hostname="127.0.0.1", port=free_port())
        smtp.start()
        env = environment(folder, port, EMAIL_URL=f"mailto://127.0.0.1:{smtp.port}?from=shop@example.com")
        try:
            with (
                running(["-m", "notifier", "web"], env, folder / "log") as web,
                running(["-m", "notifier", "worker"], env, folder / "log") as worker,
            ):
                wait_for(port)
                return _story(port, sink, web, worker)
        finally:
            smtp.stop()


def _story(port: int, sink: Sink, web: int, worker: int) -> list[tuple[str, str]]:
    client = http.client.HTTPConnection("127.0.0.1", port)
    for number in range(TOTAL):
        _call(client, "PUT", f"/orders/{number}", json.dumps(
            {"contact": {"name": f"Customer {number}", "email": f"c{number}@example.com"}}
        ).encode(), {"Authorization": f"Bearer {TOKEN}"})  # fmt: skip
    answered: dict[str, float] = {}
    for number in range(PACED):
        started = time.perf_counter()
        _post(client, number, answered)
        time.sleep(max(0.0, 1 / RATE - (time.perf_counter() - started)))
    sink.wait_for(PACED, 60)
    # A mail may overtake the reading of the answer by a hair; that counts as no time.
    waits = sorted(max(0.0, sink.arrived[to] - at) * 1000 for to, at in answered.items())
    started = time.perf_counter()
    for number in range(PACED, TOTAL):
        _post(client, number, answered)
    sink.wait_for(TOTAL, 900)
    rate = (TOTAL - PACED) / (time.perf_counter() - started)
    (server,) = children(web)
    memory = resident_mb(server), resident_mb(worker)
    before = [cpu_seconds(pid) for pid in (server, worker)]
    time.sleep(IDLE_SECONDS)
    idle = [
        (cpu_seconds(pid) - used) / IDLE_SECONDS * 100
        for pid, used in zip((server, worker), before, strict=True)
    ]
    return [
        (f"webhook answered to mail handed over at {RATE}/s, ms: p50", f"{statistics.median(waits):.0f}"),
        ("… p99", f"{waits[int(len(waits) * 0.99)]:.0f}"),
        ("webhook to mail, one sender of webhooks, mails/s", f"{rate:.0f}"),
        (f"resident memory after {TOTAL:,} updates, MB: web", f"{memory[0]:.0f}"),
        ("… worker", f"{memory[1]:.0f}"),
        ("idle, % of a core: web", f"{idle[0]:.1f}"),
        ("… worker", f"{idle[1]:.1f}"),
    ]


def _post(client: http.client.HTTPConnection, number: int, answered: dict[str, float]) -> None:
    raw = body(number, TOTAL)
    _call(client, "POST", PATH, raw, headers(raw))
    answered[f"c{number}@example.com"] = time.perf_counter()


def _call(
    client: http.client.HTTPConnection, method: str, path: str, raw: bytes, extra: dict[str, str]
) -> None:
    client.request(method, path, raw, extra)
    answer = client.getresponse()
    answer.read()
    if answer.status not in (200, 201):
        raise SystemExit(f"{method} {path} was answered with {answer.status}")
