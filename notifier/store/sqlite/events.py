"""What operators should know of notifier itself, in SQLite."""

from __future__ import annotations

import sqlite3

from notifier.core.event import Event
from notifier.store.sqlite.database import Database


class SqliteEvents:
    """See `notifier.store.customers.Events`."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def add(self, kind: str, subject: str, detail: str, now: float) -> None:
        """Record an event."""
        with self._db.transaction() as tx:
            add_event(tx, kind, subject, detail, now)

    def newest(self, limit: int) -> list[Event]:
        """Return the newest events."""
        found = self._db.read(
            "SELECT id, at, kind, subject, detail FROM events ORDER BY id DESC LIMIT ?", (limit,)
        )
        return [Event(row["id"], row["at"], row["kind"], row["subject"], row["detail"]) for row in found]


def add_event(tx: sqlite3.Connection, kind: str, subject: str, detail: str, now: float) -> None:
    """Record an event within a transaction."""
    tx.execute("INSERT INTO events(at, kind, subject, detail) VALUES (?,?,?,?)", (now, kind, subject, detail))
