"""Remote sources that are down, in SQLite: no row means that the source is up."""

from __future__ import annotations

from notifier.store.customers import SourceState
from notifier.store.sqlite.database import Database
from notifier.store.sqlite.events import SqliteEvents


class SqliteSources:
    """See `notifier.store.customers.Sources`."""

    def __init__(self, database: Database, events: SqliteEvents) -> None:
        self._db = database
        self._events = events

    def failed(self, name: str, detail: str, now: float) -> int:
        """Count a failure; the first is an event."""
        with self._db.transaction() as tx:
            (failures,) = tx.execute(
                "INSERT INTO sources(name, since, until, failures, detail) VALUES (?,?,?,1,?)"
                " ON CONFLICT(name) DO UPDATE SET failures = failures + 1, detail = excluded.detail"
                " RETURNING failures",
                (name, now, now, detail),
            ).fetchone()
            if failures == 1:
                self._events.add("source_down", name, detail, now)
        return int(failures)

    def rest(self, name: str, until: float) -> None:
        """Leave a source that is down alone."""
        with self._db.transaction() as tx:
            tx.execute("UPDATE sources SET until = ? WHERE name = ?", (until, name))

    def works(self, name: str, now: float) -> bool:
        """Forget that a source was down; one that is up costs no write."""
        if not self._db.read("SELECT 1 FROM sources WHERE name = ?", (name,)):
            return False
        with self._db.transaction() as tx:
            was_down = tx.execute("DELETE FROM sources WHERE name = ?", (name,)).rowcount > 0
            if was_down:
                self._events.add("source_up", name, "", now)
        return was_down

    def remove(self, name: str) -> None:
        """Forget a source that is not asked any more."""
        with self._db.transaction() as tx:
            tx.execute("DELETE FROM sources WHERE name = ?", (name,))

    def down(self) -> list[SourceState]:
        """Return the sources that are down."""
        found = self._db.read("SELECT name, since, until, failures, detail FROM sources ORDER BY name")
        return [
            SourceState(row["name"], row["since"], row["until"], row["failures"], row["detail"])
            for row in found
        ]
