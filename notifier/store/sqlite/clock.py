"""What was stamped by a clock that has been set back since, in SQLite.

Times in the database are those of the wall clock. After it was set back, what was
to happen a minute later would happen hours later, leases of dead workers would last
for hours, and limits of rate would count attempts that lie in the future. So all that
was stamped in what is now the future moves back with the clock. What has its time
from elsewhere (an event's own time, a window, an hour of the day) stays.
"""

from __future__ import annotations

from notifier.store.sqlite.database import Database

SAME = 60.0
"""Seconds within which several workers notice the same change; one of them acts."""

LEASE = 60.0
"""Seconds that a claim on a message or an update lasts at most from now on; whoever is alive renews it."""

LOOKUP_LEASE = 600.0
"""The same for a lookup: nobody renews it, so it keeps as long as `service.lookups` claims it for."""

_NAME = "clock_changed_at"

_STAMPED_AHEAD = (
    "(created_at > :now OR EXISTS"
    " (SELECT 1 FROM attempts WHERE message_id = messages.id AND started_at > :now))"
)

_MOVES = (
    f"UPDATE messages SET due_at = max(:now, due_at - :by)"
    f" WHERE state = 'pending' AND due_at > :now AND {_STAMPED_AHEAD}",
    "UPDATE messages SET first_attempt_at = first_attempt_at - :by"
    " WHERE state IN ('pending', 'sending') AND first_attempt_at > :now",
    "UPDATE attempts SET started_at = started_at - :by, ended_at = ended_at - :by WHERE started_at > :now",
    "UPDATE messages SET claimed_until = :now + :lease"
    " WHERE claimed_by IS NOT NULL AND claimed_until > :now + :lease",
    "UPDATE updates SET claimed_until = :now + :lease"
    " WHERE claimed_by IS NOT NULL AND claimed_until > :now + :lease",
    "UPDATE lookups SET claimed_until = :now + :lookup_lease"
    " WHERE claimed_by IS NOT NULL AND claimed_until > :now + :lookup_lease",
    "UPDATE lookups SET due_at = max(:now, due_at - :by), started_at = min(started_at, :now)"
    " WHERE state = 'due' AND due_at > :now",
    "UPDATE sources SET until = max(:now, until - :by), since = since - :by WHERE since > :now",
    "UPDATE channels SET until = max(:now, until - :by), since = since - :by WHERE since > :now",
    "UPDATE timers SET due_at = max(:now, due_at - :by), set_at = set_at - :by WHERE fired_at IS NULL"
    " AND set_at > :now AND kind IN ('rate', 'quiet', 'escalate', 'repeat', 'tell')",
)


def newest(database: Database) -> float | None:
    """Return the newest time that arrivals and attempts are stamped with, Unix seconds UTC; None for none."""
    (row,) = database.read(
        "SELECT max(coalesce((SELECT received_at FROM updates ORDER BY id DESC LIMIT 1), 0),"
        " coalesce((SELECT started_at FROM attempts ORDER BY rowid DESC LIMIT 1), 0)) AS at"
    )
    return row["at"] or None


def note_change(database: Database, seconds: float, now: float) -> bool:
    """See `notifier.store.health.StoreHealth.clock_changed`."""
    with database.transaction() as tx:
        found = tx.execute("SELECT value FROM settings WHERE name = ?", (_NAME,)).fetchone()
        if found is not None and abs(float(found["value"]) - now) < SAME:
            return False
        tx.execute(
            "INSERT INTO settings(name, value) VALUES (?,?)"
            " ON CONFLICT(name) DO UPDATE SET value = excluded.value",
            (_NAME, str(now)),
        )
        if seconds < 0:
            times = {"now": now, "by": -seconds, "lease": LEASE, "lookup_lease": LOOKUP_LEASE}
            for statement in _MOVES:
                tx.execute(statement, times)
    return True
