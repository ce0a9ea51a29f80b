"""New internal events, written within the transaction of what they tell of."""

from __future__ import annotations

import sqlite3


def add_event(tx: sqlite3.Connection, kind: str, subject: str, detail: str, now: float) -> None:
    """Record an event within a transaction."""
    tx.execute("INSERT INTO events(at, kind, subject, detail) VALUES (?,?,?,?)", (now, kind, subject, detail))
