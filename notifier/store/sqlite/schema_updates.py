"""Notes on what could not be read, and webhooks that were no update: the migration `m0008_updates`."""

from __future__ import annotations

from sqlite_utils import Database

_STATEMENTS = (
    # [[field, kind, digest], …], or empty.
    "ALTER TABLE updates ADD COLUMN notes TEXT NOT NULL DEFAULT ''",
    # One row for each body, however often it came; ids are not used again.
    "CREATE TABLE rejected(id INTEGER PRIMARY KEY AUTOINCREMENT, digest TEXT NOT NULL UNIQUE,"
    " received_at REAL NOT NULL, last_at REAL NOT NULL, times INTEGER NOT NULL DEFAULT 1,"
    " size INTEGER NOT NULL, ref TEXT NOT NULL, why TEXT NOT NULL, body BLOB NOT NULL) STRICT",
    "CREATE INDEX rejected_of_order ON rejected(ref) WHERE ref <> ''",
    "CREATE INDEX rejected_age ON rejected(last_at)",
)


def add_notes(db: Database) -> None:
    """Add the notes on updates, and the bodies that were rejected."""
    for statement in _STATEMENTS:
        db.execute(statement)
