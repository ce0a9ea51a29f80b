"""Operators' alerts and silences in SQLite."""

from __future__ import annotations

from collections.abc import Mapping

from notifier.core.alert import Alert, Labels, Silence
from notifier.core.timer import OF_ALERT, Stop
from notifier.errors import NotAllowed, NotFound
from notifier.store.sqlite import rows
from notifier.store.sqlite.database import Database
from notifier.store.sqlite.plans import stop_timers
from notifier.store.sqlite.standings import UNRESOLVED


class SqliteAlerts:
    """See `notifier.store.timing.Alerts`."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def open(self) -> list[Alert]:
        """Return those that are not resolved."""
        found = self._db.read(f"{UNRESOLVED} ORDER BY opened_at, +id")
        return sorted(map(rows.alert_from, found), key=lambda alert: -alert.severity.rank)

    def newest(self, limit: int) -> list[Alert]:
        """Return the newest."""
        found = self._db.read("SELECT * FROM alerts ORDER BY id DESC LIMIT ?", (limit,))
        return list(map(rows.alert_from, found))

    def get(self, alert_id: int) -> Alert | None:
        """Return one."""
        found = self._db.read("SELECT * FROM alerts WHERE id = ?", (alert_id,))
        return rows.alert_from(found[0]) if found else None

    def acknowledge(self, alert_id: int, by: str, now: float) -> Alert:
        """Note that somebody takes care of it."""
        return self._move(
            "UPDATE alerts SET state = 'acknowledged', acknowledged_at = :now, acknowledged_by = :by"
            " WHERE id = :id AND state = 'open' RETURNING *",
            {"id": alert_id, "by": by, "now": now},
            f"alert {alert_id} is {{}}; only open ones can be acknowledged",
        )

    def resolve(self, alert_id: int, by: str, now: float) -> Alert:
        """Close it by hand."""
        return self._move(
            "UPDATE alerts SET state = 'resolved', resolved_at = :now, why = :why"
            " WHERE id = :id AND state <> 'resolved' RETURNING *",
            {"id": alert_id, "why": f"by {by}", "now": now},
            f"alert {alert_id} is {{}} already",
        )

    def _move(self, statement: str, values: Mapping[str, object], refusal: str) -> Alert:
        with self._db.transaction() as tx:
            row = tx.execute(statement, values).fetchone()
            if row is not None:
                alert = rows.alert_from(row)
                # Nothing more is said of it; should it open again, its timers are set anew.
                stop_timers(tx, [Stop(alert.rule, OF_ALERT, alert.key)])
                return alert
        present = self.get(int(str(values["id"])))
        if present is None:
            raise NotFound(f"there is no alert {values['id']}")
        raise NotAllowed(refusal.format(present.state))


class SqliteSilences:
    """See `notifier.store.timing.Silences`."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def add(
        self,
        matchers: Labels,
        reason: str,
        author: str,
        starts_at: float,
        ends_at: float,
        *,
        customers: bool = False,
    ) -> Silence:
        """Make one."""
        with self._db.transaction() as tx:
            row = tx.execute(
                "INSERT INTO silences(matchers, reason, author, starts_at, ends_at, customers)"
                " VALUES (?,?,?,?,?,?) RETURNING *",
                (rows.labels_text(matchers), reason, author, starts_at, ends_at, customers),
            ).fetchone()
        return rows.silence_from(row)

    def current(self, now: float) -> list[Silence]:
        """Return those that are in force or will be."""
        found = self._db.read("SELECT * FROM silences WHERE ends_at > ? ORDER BY +id", (now,))
        return list(map(rows.silence_from, found))

    def newest(self, limit: int) -> list[Silence]:
        """Return the newest."""
        found = self._db.read("SELECT * FROM silences ORDER BY id DESC LIMIT ?", (limit,))
        return list(map(rows.silence_from, found))

    def end(self, silence_id: int, now: float) -> Silence:
        """End one now; one that has not begun ends before it begins."""
        with self._db.transaction() as tx:
            row = tx.execute(
                "UPDATE silences SET ends_at = ?, starts_at = min(starts_at, ?) WHERE id = ? AND ends_at > ?"
                " RETURNING *",
                (now, now, silence_id, now),
            ).fetchone()
        if row is not None:
            return rows.silence_from(row)
        if not self._db.read("SELECT 1 FROM silences WHERE id = ?", (silence_id,)):
            raise NotFound(f"there is no silence {silence_id}")
        raise NotAllowed(f"silence {silence_id} is over already")
