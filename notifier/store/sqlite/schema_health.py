"""What tells of the state of notifier itself: the migration `m0009_health`."""

from __future__ import annotations

from sqlite_utils import Database

PROBE_BYTES = 64_000
"""What a probe writes: as much as several large webhooks; less might fit where they do not."""

_TABLES = (
    # One row, written anew by each probe.
    "CREATE TABLE probe(id INTEGER PRIMARY KEY, at REAL NOT NULL, filler BLOB NOT NULL) STRICT",
    f"INSERT INTO probe VALUES (1, 0.0, randomblob({PROBE_BYTES}))",
    # That a failed or unknown message, or an event, needs nobody any more.
    "CREATE TABLE dismissals(kind TEXT NOT NULL, about INTEGER NOT NULL, at REAL NOT NULL, by TEXT NOT NULL,"
    " reason TEXT NOT NULL, PRIMARY KEY(kind, about)) STRICT, WITHOUT ROWID",
)


def add_health(db: Database) -> None:
    """Add what a probe writes, and what people have dismissed."""
    for statement in _TABLES:
        db.execute(statement)
