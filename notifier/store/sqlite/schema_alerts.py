"""What alerts and silences need beyond `schema_timing`: the migrations `m0010_alerts` and `m0015_editors`."""

from __future__ import annotations

from sqlite_utils import Database

_STATEMENTS = (
    # Alerts of one rule and key, resolved ones as well: a link names the messages that told of them.
    "CREATE INDEX alerts_about ON alerts(rule, key)",
    # Opened while a silence or a mute kept its news back: nobody has been notified of it yet.
    "ALTER TABLE alerts ADD COLUMN quiet INTEGER NOT NULL DEFAULT 0",
    # When a recurring silence is in force, as JSON; empty for one that is in force from its start to its end.
    "ALTER TABLE silences ADD COLUMN hours TEXT NOT NULL DEFAULT ''",
    # What waits until nothing silences it any more: few, and asked for whenever a silence is changed.
    "CREATE INDEX timers_tell ON timers(kind) WHERE kind = 'tell' AND fired_at IS NULL",
)


def add_editors(db: Database) -> None:
    """Keep who changed a silence last, beside who made it."""
    db.execute("ALTER TABLE silences ADD COLUMN edited_by TEXT NOT NULL DEFAULT ''")


def add_alerts(db: Database) -> None:
    """Add recurring silences, and alerts that wait to be told until a silence is over."""
    for statement in _STATEMENTS:
        db.execute(statement)
