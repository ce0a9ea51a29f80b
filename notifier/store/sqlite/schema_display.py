"""What commands need to show the database to people without reading the rules."""

from __future__ import annotations

from sqlite_utils import Database


def add_display(db: Database) -> None:
    """Keep the shop's time zone with the rules in force."""
    db.execute("ALTER TABLE rules_in_force ADD COLUMN timezone TEXT NOT NULL DEFAULT 'UTC'")


def add_names(db: Database) -> None:
    """Keep the names of all rules in force, as JSON; NULL until a worker has taken them up."""
    db.execute("ALTER TABLE rules_in_force ADD COLUMN names TEXT")
