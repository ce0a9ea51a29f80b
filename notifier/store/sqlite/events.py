"""What operators should know of notifier itself, in SQLite."""

from __future__ import annotations

from notifier.core.event import Event
from notifier.core.plan import Plan
from notifier.store.sqlite import rows
from notifier.store.sqlite.database import Database
from notifier.store.sqlite.happenings import add_event
from notifier.store.sqlite.plans import write_plan
from notifier.store.sqlite.schema_timing import NO_UPDATE

_EVENT = "SELECT id, at, kind, subject, detail FROM events"


class SqliteEvents:
    """See `notifier.store.timing.Events`."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def add(self, kind: str, subject: str, detail: str, now: float) -> None:
        """Record an event."""
        with self._db.transaction() as tx:
            add_event(tx, kind, subject, detail, now)

    def newest(self, limit: int) -> list[Event]:
        """Return the newest events."""
        return [_event(row) for row in self._db.read(f"{_EVENT} ORDER BY id DESC LIMIT ?", (limit,))]

    def untold(self, limit: int) -> list[Event]:
        """Return events that no rule has judged yet."""
        found = self._db.read(f"{_EVENT} WHERE judged = 0 ORDER BY id LIMIT ?", (limit,))
        return [_event(row) for row in found]

    def settle(self, event: Event, plan: Plan, fingerprint: str, now: float) -> bool:
        """Write what follows from an event; no update keeps the verdicts on it."""
        with self._db.transaction() as tx:
            judged = tx.execute(
                "UPDATE events SET judged = 1 WHERE id = ? AND judged = 0", (event.id,)
            ).rowcount
            if judged:
                write_plan(tx, plan, NO_UPDATE, "", fingerprint, now)
        return judged > 0


def _event(row: rows.Row) -> Event:
    return Event(row["id"], row["at"], row["kind"], row["subject"], row["detail"])
