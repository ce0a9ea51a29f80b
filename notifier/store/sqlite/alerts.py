"""Operators' alerts and silences in SQLite."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace

from notifier.core.alert import Alert, Labels, Silence
from notifier.core.schedule import Hours
from notifier.core.timer import OF_ALERT, Stop
from notifier.errors import NotAllowed, NotFound
from notifier.store.sqlite import rows
from notifier.store.sqlite.database import Database
from notifier.store.sqlite.plans import stop_timers
from notifier.store.sqlite.standings import UNRESOLVED

_THESE = "id IN (SELECT value FROM json_each(:ids))"
_ACKNOWLEDGE = (
    "UPDATE alerts SET state = 'acknowledged', acknowledged_at = :now, acknowledged_by = :by"
    f" WHERE {_THESE} AND state = 'open' RETURNING *"
)
_RESOLVE = (
    "UPDATE alerts SET state = 'resolved', resolved_at = :now, why = :why"
    f" WHERE {_THESE} AND state <> 'resolved' RETURNING *"
)

# A message, what went out with it, and what waits for the next message of its group.
_OF_MESSAGE = (
    "WITH lead AS (SELECT l.* FROM messages m JOIN messages l"
    "  ON l.id = iif(m.state = 'merged', m.into_id, m.id) WHERE m.id = ?),"
    " told AS (SELECT rule, alert, created_at FROM lead"
    "  UNION SELECT m.rule, m.alert, m.created_at FROM lead JOIN messages m"
    "   ON m.into_id = lead.id AND m.into_id IS NOT NULL AND +m.state = 'merged'"
    "  UNION SELECT m.rule, m.alert, m.created_at FROM lead JOIN messages m"
    "   ON m.join_key = lead.join_key AND m.join_key <> '' AND m.state = 'pending'"
    "   AND m.channel = lead.channel)"
    " SELECT DISTINCT a.* FROM told CROSS JOIN alerts a ON a.rule = told.rule AND a.key = told.alert"
    " WHERE told.alert <> '' AND a.opened_at <= told.created_at"
    " AND (a.resolved_at IS NULL OR a.resolved_at >= told.created_at) ORDER BY a.id"
)


_ASK_AGAIN = "UPDATE timers SET due_at = :now WHERE kind = 'tell' AND fired_at IS NULL AND due_at > :now"
"""What waits for the end of a silence is judged at once: it may be over."""


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

    def of_message(self, message_id: int) -> list[Alert]:
        """Return the alerts that a message is about."""
        found = self._db.read(_OF_MESSAGE, (message_id,))
        return list(map(rows.alert_from, found))

    def acknowledge_all(self, alert_ids: Collection[int], by: str, now: float) -> list[Alert]:
        """Note that somebody takes care of those that are open."""
        return self._move_all(_ACKNOWLEDGE, alert_ids, {"by": by, "now": now})

    def resolve_all(self, alert_ids: Collection[int], by: str, now: float) -> list[Alert]:
        """Close by hand those that are not resolved."""
        return self._move_all(_RESOLVE, alert_ids, {"why": f"by {by}", "now": now})

    def acknowledge(self, alert_id: int, by: str, now: float) -> Alert:
        """Note that somebody takes care of it."""
        refusal = f"alert {alert_id} is {{}}; only open ones can be acknowledged"
        return self._one(alert_id, self.acknowledge_all([alert_id], by, now), refusal)

    def resolve(self, alert_id: int, by: str, now: float) -> Alert:
        """Close it by hand."""
        return self._one(alert_id, self.resolve_all([alert_id], by, now), f"alert {alert_id} is {{}} already")

    def _move_all(
        self, statement: str, alert_ids: Collection[int], values: Mapping[str, object]
    ) -> list[Alert]:
        with self._db.transaction() as tx:
            ids = rows.encode(sorted(alert_ids))
            found = tx.execute(statement, {**values, "ids": ids}).fetchall()
            moved = sorted(map(rows.alert_from, found), key=lambda alert: alert.id)
            # Nothing more is said of them; should one open again, its timers are set anew.
            stop_timers(tx, [Stop(alert.rule, OF_ALERT, alert.key) for alert in moved])
        return moved

    def _one(self, alert_id: int, moved: Sequence[Alert], refusal: str) -> Alert:
        if moved:
            return moved[0]
        present = self.get(alert_id)
        if present is None:
            raise NotFound(f"there is no alert {alert_id}")
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
        hours: Hours | None = None,
    ) -> Silence:
        """Make one."""
        kept = (rows.labels_text(matchers), reason, author, starts_at, ends_at, customers)
        with self._db.transaction() as tx:
            row = tx.execute(
                "INSERT INTO silences(matchers, reason, author, starts_at, ends_at, customers, hours)"
                " VALUES (?,?,?,?,?,?,?) RETURNING *",
                (*kept, rows.hours_text(hours)),
            ).fetchone()
        return rows.silence_from(row)

    def edit(self, silence_id: int, change: Callable[[Silence], Silence], now: float) -> Silence:
        """Change one that is in force or to come."""
        with self._db.transaction() as tx:
            changed = change(self._present(silence_id, now))
            values = {
                "matchers": rows.labels_text(changed.matchers),
                "reason": changed.reason,
                "starts_at": changed.starts_at,
                "ends_at": changed.ends_at,
                "customers": changed.customers,
                "hours": rows.hours_text(changed.hours),
                "edited_by": changed.edited_by,
            }
            assignments = ", ".join(f"{name} = :{name}" for name in values)
            row = tx.execute(
                f"UPDATE silences SET {assignments} WHERE id = :id RETURNING *", {**values, "id": silence_id}
            ).fetchone()
            tx.execute(_ASK_AGAIN, {"now": now})
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
        return self.edit(
            silence_id, lambda one: replace(one, starts_at=min(one.starts_at, now), ends_at=now), now
        )

    def _present(self, silence_id: int, now: float) -> Silence:
        found = self._db.read("SELECT * FROM silences WHERE id = ?", (silence_id,))
        if not found:
            raise NotFound(f"there is no silence {silence_id}")
        one = rows.silence_from(found[0])
        if one.ends_at <= now:
            raise NotAllowed(f"silence {silence_id} is over already")
        return one
