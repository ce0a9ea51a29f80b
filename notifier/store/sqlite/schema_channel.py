"""What is known of a channel that refuses everybody: the migration `m0007_channel`."""

from __future__ import annotations

from sqlite_utils import Database


def add_held_code(db: Database) -> None:
    """Add the reply code of the refusal that every recipient gets; empty for any other pause."""
    db.execute("ALTER TABLE channels ADD COLUMN code TEXT NOT NULL DEFAULT ''")
