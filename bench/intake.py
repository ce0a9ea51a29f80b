"""Intake: signed, deduplicated, durable updates a second, against a bare handler on the same server.

Both servers run side by side and are loaded in turn, so that the ratio holds
when the machine's speed drifts.
"""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import statistics
import subprocess
import tempfile
from pathlib import Path

from bench.processes import ROOT, environment, free_port, running, wait_for
from bench.updates import write_requests
from notifier.core.contact import REGISTERED, Contact, Finding
from notifier.store.sqlite.store import SqliteStore

CONNECTIONS = 64
SECONDS = 5
ROUNDS = 8
ORDERS = 1000
UPDATES_A_ROUND = 80_000


def measure() -> list[tuple[str, str]]:
    """Return rows of what was measured."""
    wrk = shutil.which("wrk")
    if wrk is None:
        raise SystemExit("wrk is missing: apt-get install wrk")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        bare_port, real_port = free_port(), free_port()
        env = environment(folder, real_port)
        store = SqliteStore(folder / "notifier.db")
        store.migrate()
        said = [
            (str(ref), Finding(REGISTERED, Contact(email=f"c{ref}@example.com"), 0.0))
            for ref in range(ORDERS)
        ]
        store.orders.register(said, 0.0)
        store.close()
        with (
            running(["-m", "bench.bare", str(bare_port)], env, folder / "log"),
            running(["-m", "notifier", "web"], env, folder / "log"),
        ):
            wait_for(bare_port, "/")
            wait_for(real_port)
            pairs = [_round(wrk, folder, n, bare_port, real_port) for n in range(ROUNDS)]
        with sqlite3.connect(folder / "notifier.db") as db:
            recorded, batches = db.execute(
                "SELECT count(*), count(DISTINCT received_at) FROM updates"
            ).fetchone()
            (broken,) = db.execute("PRAGMA quick_check").fetchone()
        db.close()
    ratios = [real / bare for (bare, _), (real, _) in pairs]
    return [
        ("bare handler, requests/s, median", f"{statistics.median(b for (b, _), _ in pairs):,.0f}"),
        ("intake, updates/s, median", f"{statistics.median(r for _, (r, _) in pairs):,.0f}"),
        ("intake / bare, median (least to most)", f"{statistics.median(ratios):.2f} ({_range(ratios)})"),
        ("intake p99, ms, median", f"{statistics.median(p for _, (_, p) in pairs):.0f}"),
        ("updates recorded; a transaction", f"{recorded:,}; {recorded / batches:.0f}"),
        ("quick_check", broken),
    ]


def _round(
    wrk: str, folder: Path, number: int, bare_port: int, real_port: int
) -> tuple[tuple[float, float], tuple[float, float]]:
    """Load the bare server, then ours, with the same requests; ours has not seen them before."""
    requests = folder / "requests"
    first = number * UPDATES_A_ROUND
    write_requests(requests, range(first, first + UPDATES_A_ROUND), ORDERS)
    return _load(wrk, requests, bare_port), _load(wrk, requests, real_port)


def _load(wrk: str, requests: Path, port: int) -> tuple[float, float]:
    """Return answers a second and the 99th percentile in ms; anything but 200 ends the measurement."""
    done = subprocess.run(
        [wrk, "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}s", "--latency", "-s", str(ROOT / "bench/replay.lua"),
         f"http://127.0.0.1:{port}/"],
        env=os.environ | {"REQUESTS": str(requests)}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    if "Non-2xx" in done.stdout or "Socket errors" in done.stdout:
        raise SystemExit(f"not all requests were answered with 200:\n{done.stdout}")
    rate = re.search(r"Requests/sec:\s+([\d.]+)", done.stdout)
    slowest = re.search(r"99%\s+([\d.]+)(us|ms|s)", done.stdout)
    assert rate
    assert slowest
    return float(rate[1]), float(slowest[1]) * {"us": 0.001, "ms": 1, "s": 1000}[slowest[2]]


def _range(numbers: list[float]) -> str:
    return f"{min(numbers):.2f} to {max(numbers):.2f}"
