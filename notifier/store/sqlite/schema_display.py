"""What commands need to show the database to people without reading the rules."""

from __future__ import annotations

from sqlite_utils import Database


def add_display(db: Database) -> None:
    """Keep the shop's time zone with the rules in force."""
    db.execute("ALTER TABLE rules_in_force ADD COLUMN timezone TEXT NOT NULL DEFAULT 'UTC'")
