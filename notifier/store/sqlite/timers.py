"""What is due later, in SQLite: a row is a timer, and stays when it went off, so that it is not set again."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from notifier.core.alert import Alert
from notifier.core.plan import Plan
from notifier.core.shopwide import Count
from notifier.core.situation import Situation
from notifier.core.timer import OF_ALERT, Timer, TimerKind
from notifier.core.trigger import Rate
from notifier.store.sqlite import rows
from notifier.store.sqlite.database import Database
from notifier.store.sqlite.plans import MERGED_DECISIONS, set_timers, write_plan
from notifier.store.sqlite.rates import count_orders
from notifier.store.sqlite.situations import Situations, ask_for_contact

_STANDING = (TimerKind.SCHEDULE, TimerKind.QUIET, TimerKind.RATE)
_IS_STANDING = f"kind IN ({', '.join(repr(str(kind)) for kind in _STANDING)})"

_THIS = (
    "rule = :rule AND kind = :kind AND about = :about AND key = :key AND due_at = :due AND fired_at IS NULL"
)


class SqliteTimers:
    """See `notifier.store.timing.Timers`."""

    def __init__(self, database: Database, situations: Situations) -> None:
        self._db = database
        self._situations = situations

    def due(self, now: float, limit: int) -> list[Timer]:
        """Return timers that are due."""
        found = self._db.read(
            "SELECT * FROM timers WHERE fired_at IS NULL AND due_at <= ? ORDER BY due_at LIMIT ?",
            (now, limit),
        )
        return [rows.timer_from(row) for row in found]

    def next_due(self) -> float | None:
        """Return when the next one is due."""
        (row,) = self._db.read("SELECT min(due_at) AS at FROM timers WHERE fired_at IS NULL")
        due: float | None = row["at"]
        return due

    def situation(self, timer: Timer) -> Situation | None:
        """Return the update that a timer comes from, and its order."""
        return self._situations.later(timer.update_id) if timer.update_id else None

    def settle(self, timer: Timer, plan: Plan, again_at: float | None, fingerprint: str, now: float) -> bool:
        """Write what follows; the statement that ends the timer tells whether it was due."""
        this = {
            "rule": timer.rule, "kind": timer.kind, "about": timer.about, "key": timer.key,
            "due": timer.due_at, "now": now, "again": again_at,
        }  # fmt: skip
        if again_at is not None:
            change = "UPDATE timers SET due_at = :again, set_at = :now"
        elif timer.kind in _STANDING:
            change = "DELETE FROM timers"  # what comes next may set it again
        else:
            change = "UPDATE timers SET fired_at = :now"
        with self._db.transaction() as tx:
            if not tx.execute(f"{change} WHERE {_THIS}", this).rowcount:
                return False
            if plan.awaits_contact and (situation := self.situation(timer)):
                ask_for_contact(tx, situation.order, now)
            if plan.decisions and timer.update_id:
                tx.execute(
                    f"UPDATE updates SET decisions = {MERGED_DECISIONS} WHERE id = :id",
                    {"decisions": rows.decisions_text(plan.decisions), "id": timer.update_id},
                )
            write_plan(tx, plan, timer.update_id, timer.ref, fingerprint, now)
        return True

    def keep(self, timers: Collection[Timer], now: float) -> None:
        """Write what is new only: every worker says this again and again."""
        wanted = {(t.rule, t.kind, t.key): t for t in timers}
        found = self._db.read(f"SELECT rule, kind, about, key FROM timers WHERE {_IS_STANDING}")
        present = {(row["rule"], TimerKind(row["kind"]), row["key"]): row["about"] for row in found}
        over = {
            (rule, kind): (rule, kind, present[rule, kind, key], key)
            for rule, kind, key in present.keys() - wanted.keys()
        }
        new = [timer for which, timer in wanted.items() if which not in present]
        # A digest lists what was said since the last one, whenever its time was changed.
        moved = [(t.key, t.due_at, *over.pop((t.rule, t.kind))) for t in new if (t.rule, t.kind) in over]
        if over or new:
            with self._db.transaction() as tx:
                this = "WHERE rule = ? AND kind = ? AND about = ? AND key = ?"
                tx.executemany(f"UPDATE timers SET key = ?, due_at = ? {this}", moved)
                tx.executemany(f"DELETE FROM timers {this}", over.values())
                set_timers(tx, new, now)  # but for those that were moved

    def orders(self, after: str, since: float, limit: int) -> list[Situation]:
        """Return orders with news since then, each by its newest judged update."""
        found = self._db.read(
            "SELECT ref, max(id) AS id FROM updates WHERE ref > ? AND id > 0"
            " AND state NOT IN ('held', 'undecided') GROUP BY ref HAVING max(received_at) >= ?"
            " ORDER BY ref LIMIT ?",
            (after, since, limit),
        )
        situations = (self._situations.later(row["id"]) for row in found)
        return [situation for situation in situations if situation is not None]

    def watch(self, timers: Collection[Timer], now: float) -> None:
        """Set timers, and give those that wait their new time."""
        with self._db.transaction() as tx:
            set_timers(tx, [*timers], now)
            tx.executemany(
                "UPDATE timers SET due_at = ? WHERE rule = ? AND kind = ? AND about = ? AND key = ?"
                " AND fired_at IS NULL AND due_at <> ?",
                [(t.due_at, t.rule, t.kind, t.about, t.key, t.due_at) for t in timers],
            )

    def waiting(self, ref: str) -> list[Timer]:
        """Return the timers about an order that did not go off yet."""
        found = self._db.read(
            "SELECT * FROM timers WHERE ref = ? AND ref <> '' AND fired_at IS NULL ORDER BY due_at, rule",
            (ref,),
        )
        return [rows.timer_from(row) for row in found]

    def of_alert(self, alert: Alert) -> list[Timer]:
        """Return the timers of an alert that did not go off yet."""
        found = self._db.read(
            f"SELECT * FROM timers WHERE rule = ? AND kind IN ({rows.marks(OF_ALERT)}) AND about = ?"
            " AND fired_at IS NULL ORDER BY due_at",
            (alert.rule, *OF_ALERT, alert.key),
        )
        return [rows.timer_from(row) for row in found]

    def alike_due(self, timer: Timer, until: float) -> float:
        """Return when the last timer like this one is due by then."""
        (row,) = self._db.read(
            "SELECT coalesce(max(due_at), 0.0) AS at FROM timers WHERE fired_at IS NULL AND due_at >= ?"
            " AND due_at <= ? AND +rule = ? AND +kind = ? AND +key = ? AND about <> ?",
            (timer.due_at, until, timer.rule, timer.kind, timer.key, timer.about),
        )
        at: float = row["at"]
        return at

    def counts(self, rate: Rate, now: float) -> Mapping[str, Count]:
        """Count orders by the value of `rate.by`."""
        return count_orders(self._db, rate, now)

    def last_received(self) -> float | None:
        """Return when the last update arrived."""
        found = self._db.read("SELECT received_at FROM updates WHERE id > 0 ORDER BY id DESC LIMIT 1")
        return found[0]["received_at"] if found else None
