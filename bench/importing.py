"""Importing: orders a second from a CSV file, against reading the same file and inserting its raw rows.

The baseline is what nobody can do without: csv.DictReader and sqlite-utils, in
transactions of the same size, with the same durability.
"""

from __future__ import annotations

import csv
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from sqlite_utils import Database

from bench.processes import environment, free_port
from notifier.cli.orders_import import BATCH

ORDERS = 100_000


def measure() -> list[tuple[str, str]]:
    """Return rows of what was measured."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        file = folder / "orders.csv"
        _write(file)
        bare = _bare(file, folder / "bare.db")
        first = _imported(file, folder)
        again = _imported(file, folder)
    return [
        (f"import of {ORDERS:,} orders from CSV, s", f"{first:.1f}"),
        ("import, orders/s", f"{ORDERS / first:,.0f}"),
        ("… of the same orders again, orders/s", f"{ORDERS / again:,.0f}"),
        ("raw rows by csv and sqlite-utils, rows/s", f"{ORDERS / bare:,.0f}"),
        ("import / raw rows", f"{bare / first:.2f}"),
    ]


def _write(file: Path) -> None:
    with file.open("w", newline="", encoding="utf-8") as out:
        writer = csv.writer(out)
        writer.writerow(
            ["Order", "First name", "Last name", "E-mail", "Phone", "Country", "Language", "Total"]
        )
        for n in range(ORDERS):
            phone = f"06 {10_000_000 + n}"
            writer.writerow(
                [n, "Jane", f"Example {n}", f"c{n}@example.com", phone, "NL", "nl-NL", f"{n % 1000}.50"]
            )


def _imported(file: Path, folder: Path) -> float:
    """Run the command and return how long it took, in seconds; anything refused ends the measurement."""
    command = [sys.executable, "-m", "notifier", "orders", "import", str(file)]
    begun = time.perf_counter()
    subprocess.run(
        [*command, "--map", "Total=attributes.total:number"],
        env=environment(folder, free_port()),
        check=True,
        stdout=subprocess.DEVNULL,
    )
    return time.perf_counter() - begun


def _bare(file: Path, database: Path) -> float:
    begun = time.perf_counter()
    db = Database(database)
    db.execute("PRAGMA journal_mode=WAL")
    db.execute("PRAGMA synchronous=FULL")
    with file.open(newline="", encoding="utf-8") as rows:
        db["orders"].insert_all(csv.DictReader(rows), pk="Order", batch_size=BATCH)
    db.close()
    return time.perf_counter() - begun
