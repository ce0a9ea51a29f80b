"""Plans, written whole within the transaction of what they follow from: an update, a timer, an event."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence

from notifier.core.alert import AlertChange, AlertState, Change, Labels, Severity
from notifier.core.plan import Plan
from notifier.core.reason import Reason
from notifier.core.timer import Stop, Timer
from notifier.store.sqlite import rows
from notifier.store.sqlite.births import insert_messages
from notifier.store.sqlite.brake import count_made
from notifier.store.sqlite.company import WAITS_IN_COMPANY, let_go

MERGED_DECISIONS = (
    "iif(decisions = '[]', :decisions, (SELECT json_group_array(json(value)) FROM ("
    " SELECT value FROM json_each(decisions) WHERE value ->> 0 NOT IN"
    "  (SELECT n.value ->> 0 FROM json_each(:decisions) AS n)"
    " UNION ALL SELECT value FROM json_each(:decisions))))"
)
"""`updates.decisions` with those of a plan, in place of earlier ones of the same rules."""

_CANCEL = (
    f"UPDATE messages SET state = 'dropped', reason = '{Reason.CANCELLED}', ended_at = :now, into_id = NULL,"
    " claimed_by = NULL, claimed_until = NULL WHERE ref = :ref AND ref <> ''"
    " AND rule IN (SELECT value FROM json_each(:rules))"
    " AND (+state IN ('pending', 'held') OR +state = 'sending' AND"
    "  NOT EXISTS (SELECT 1 FROM attempts WHERE message_id = messages.id AND outcome = '')"
    f" OR {WAITS_IN_COMPANY}) RETURNING id"
)


_HASTEN = (
    "UPDATE messages SET due_at = max(:now, created_at + :settle)"
    " WHERE ref = :ref AND ref <> '' AND rule = :rule"
    " AND +state = 'pending' AND attempts = 0 AND due_at > max(:now, created_at + :settle)"
)


def write_plan(
    tx: sqlite3.Connection, plan: Plan, update_id: int, ref: str, fingerprint: str, now: float
) -> None:
    """Write what follows, but for the decisions, which belong to their update."""
    if plan.stops:
        stop_timers(tx, plan.stops)
    for change in plan.alerts:
        _change(tx, change, update_id, now)
    if plan.messages:
        insert_messages(tx, plan.messages, update_id, ref, fingerprint, now)
        count_made(tx, plan.messages, now)
    if plan.timers:
        set_timers(tx, plan.timers, now)
    if plan.cancels:
        _cancel(tx, plan.cancels, ref, now)
    for rule, settle in plan.hastens.items():
        tx.execute(_HASTEN, {"now": now, "settle": settle, "ref": ref, "rule": rule})


def stop_timers(tx: sqlite3.Connection, stops: Iterable[Stop]) -> None:
    """End timers, those that went off as well."""
    tx.executemany(
        "DELETE FROM timers WHERE rule = ?1 AND kind = ?2 AND about = ?3 AND (?4 = '' OR key <> ?4)",
        [(stop.rule, kind, stop.about, stop.but) for stop in stops for kind in stop.kinds],
    )


def set_timers(tx: sqlite3.Connection, timers: Sequence[Timer], now: float) -> None:
    """Set timers, but for those that are on record."""
    tx.executemany(
        "INSERT INTO timers(rule, kind, about, key, due_at, set_at, ref, update_id) VALUES (?,?,?,?,?,?,?,?)"
        # Only a rate is counted sooner than was meant: there is news.
        " ON CONFLICT DO UPDATE SET due_at = min(due_at, excluded.due_at) WHERE kind = 'rate'",
        [(t.rule, t.kind, t.about, t.key, t.due_at, now, t.ref, t.update_id) for t in timers],
    )


def _cancel(tx: sqlite3.Connection, rules: Iterable[str], ref: str, now: float) -> None:
    which = {"ref": ref, "rules": rows.encode(sorted(rules)), "now": now}
    let_go(tx, [row["id"] for row in tx.execute(_CANCEL, which).fetchall()])
    tx.execute(
        "DELETE FROM timers WHERE ref = :ref AND ref <> '' AND fired_at IS NULL"
        " AND rule IN (SELECT value FROM json_each(:rules))",
        which,
    )


def _change(tx: sqlite3.Connection, change: AlertChange, update_id: int, now: float) -> None:
    unresolved = "rule = ? AND key = ? AND state <> 'resolved'"
    if change.change is Change.RESOLVE:
        tx.execute(
            f"UPDATE alerts SET state = 'resolved', resolved_at = ?, why = ? WHERE {unresolved}",
            (now, change.why, change.rule, change.key),
        )
        return
    found = tx.execute(
        f"SELECT id, severity, labels, quiet FROM alerts WHERE {unresolved}", (change.rule, change.key)
    ).fetchone()
    if found is None:
        tx.execute(
            "INSERT INTO alerts(rule, key, state, severity, opened_at, labels, ref, update_id, quiet)"
            " VALUES (?,?,?,?,?,?,?,?,?)",
            (
                change.rule, change.key, AlertState.OPEN, change.severity, now,
                rows.labels_text(change.labels), change.ref, update_id, change.quiet,
            ),
        )  # fmt: skip
        return
    severity = max(change.severity, Severity(found["severity"]), key=lambda s: s.rank)
    labels = _joined(rows.labels_from(found["labels"]), change.labels)
    told = (severity, rows.labels_text(labels), int(found["quiet"] and change.quiet))
    if told != (found["severity"], found["labels"], found["quiet"]):
        tx.execute("UPDATE alerts SET severity = ?, labels = ?, quiet = ? WHERE id = ?", (*told, found["id"]))


def _joined(before: Labels, more: Labels) -> Labels:
    """Return labels with the values of both; the severity is the alert's own."""
    fields = dict.fromkeys([*before, *more])
    return {f: tuple(dict.fromkeys([*before.get(f, ()), *more.get(f, ())])) for f in fields}
