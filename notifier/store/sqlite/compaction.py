"""Erased data leaves the file for good: the file is written anew, seldom and while it is small enough."""

from __future__ import annotations

import sqlite3

from notifier.store.sqlite.database import Database

EVERY = 86_400.0
"""Seconds between two rewrites: nobody can write meanwhile."""

LARGEST = 1_000_000_000
"""The largest file, in bytes, that is rewritten by itself: about ten seconds."""

_SET = "INSERT OR REPLACE INTO settings(name, value) VALUES (?, ?)"


def note_erasure(tx: sqlite3.Connection, now: float) -> None:
    """Remember that pages may still hold copies of what was erased."""
    tx.execute(_SET, ("erased_at", str(now)))


def compact(database: Database, now: float) -> bool:
    """Rewrite the file if something was erased since it was last done, tried at most once EVERY seconds.

    One that is larger than LARGEST is left to its owner (docs/operating.md).
    """
    found = {
        row["name"]: float(row["value"])
        for row in database.read(
            "SELECT name, value FROM settings WHERE name IN ('erased_at', 'compacted_at')"
        )
    }
    erased, compacted = found.get("erased_at"), found.get("compacted_at", 0.0)
    if erased is None or now - compacted < EVERY or database.size > LARGEST:
        return False
    with database.transaction() as tx:
        # Before the rewrite: one that fails stops everybody for a while as well.
        tx.execute(_SET, ("compacted_at", str(now)))
    database.rewrite()
    with database.transaction() as tx:
        # What was erased since is left for the next one.
        tx.execute("DELETE FROM settings WHERE name = 'erased_at' AND CAST(value AS REAL) = ?", (erased,))
    return True
