"""Everything on record for one order, read from SQLite for `explain` and the pages."""

from __future__ import annotations

import json

from notifier.core.history import Attempt, MessageHistory, OrderHistory, UpdateHistory
from notifier.core.message import UpdateState
from notifier.core.reason import Reason
from notifier.core.situation import Decision
from notifier.store.sqlite import rows
from notifier.store.sqlite.database import Database
from notifier.store.sqlite.situations import Situations

_ATTEMPT = ("number", "channel", "started_at", "ended_at", "outcome", "code", "detail")


def read_history(database: Database, situations: Situations, ref: str) -> OrderHistory | None:
    """Return an order, the lookup of its contact, and its updates with verdicts, messages and attempts.

    None if there is nothing; an order that was forgotten is on record.
    """
    found = list(database.read("SELECT * FROM updates WHERE ref = ? AND id > 0 ORDER BY id", [ref]))
    messages = _messages(database, ref)
    updates = tuple(
        UpdateHistory(
            update=rows.update_from(row),
            state=UpdateState(row["state"]),
            late=bool(row["late"]),
            decided_at=row["decided_at"],
            fingerprint=row["fingerprint"],
            decisions=_verdicts(database, row),
            messages=tuple(messages.get(row["id"], ())),
            detail=row["detail"],
        )
        for row in found
    )
    order, lookup = situations.order(ref, [u.update for u in updates])
    if not (updates or order.registered or order.forgotten):
        return None
    return OrderHistory(order, updates, lookup)


def _verdicts(database: Database, row: rows.Row) -> tuple[Decision, ...]:
    """Return the verdict of every rule: of those that the update does not concern none is kept with it."""
    given = rows.decisions_from(row["decisions"])
    if row["decided_at"] is None:
        return given
    found = database.read("SELECT rules FROM rulesets WHERE fingerprint = ?", (row["fingerprint"],))
    place = {rule: n for n, rule in enumerate(json.loads(found[0]["rules"]) if found else ())}
    told = {decision.rule for decision in given}
    others = [Decision(rule, False, Reason.OTHER_STATUS) for rule in place if rule not in told]
    return tuple(sorted((*given, *others), key=lambda decision: place.get(decision.rule, len(place))))


def _messages(database: Database, ref: str) -> dict[int, list[MessageHistory]]:
    """Return the messages of an order by the id of their update."""
    attempts: dict[int, list[Attempt]] = {}
    for row in database.read(
        "SELECT a.* FROM attempts a JOIN messages m ON m.id = a.message_id WHERE m.ref = ?"
        " ORDER BY a.message_id, a.number",
        (ref,),
    ):
        attempts.setdefault(row["message_id"], []).append(Attempt(*(row[name] for name in _ATTEMPT)))
    found: dict[int, list[MessageHistory]] = {}
    for row in database.read("SELECT * FROM messages WHERE ref = ? ORDER BY id", [ref]):
        message = rows.message_from(row)
        told = MessageHistory(message, tuple(attempts.get(message.id, ())))
        found.setdefault(message.update_id, []).append(told)
    return found
