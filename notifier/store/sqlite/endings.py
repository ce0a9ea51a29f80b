"""Attempts begin and messages end in SQLite: many at once, with few statements.

Each statement gives up Python's lock and has to get it back from threads that make
and send mails, which takes longer than what the statement does.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import replace

from notifier.core.message import SHADOW, State
from notifier.core.reason import Reason
from notifier.core.result import Result
from notifier.store.sending import Begin
from notifier.store.sqlite import rows
from notifier.store.sqlite.addresses import SqliteAddresses
from notifier.store.sqlite.births import insert_messages
from notifier.store.sqlite.channels import evidence, settle_channel
from notifier.store.sqlite.company import leave_behind, share_fates, take_along
from notifier.store.sqlite.forgetting import forgotten_among, to_nobody
from notifier.store.sqlite.happenings import add_event

_BEGIN = (
    "UPDATE messages SET recipient = w.value ->> 2, subject = w.value ->> 3, text = w.value ->> 4,"
    " carried = w.value ->> 5, attempts = attempts + 1, first_attempt_at = coalesce(first_attempt_at, :now)"
    " FROM json_each(:all) AS w"
    " WHERE messages.id = w.value ->> 0 AND messages.fence = w.value ->> 1 AND state = 'sending'"
    " AND (w.value ->> 6 IS NULL OR w.value ->> 6 >= (SELECT max(id) FROM updates WHERE ref = messages.ref))"
    # What an alert had to say may have been settled since; that it is over is said whatever it is now.
    " AND (alert = '' OR occasion ->> 0 = 'resolved' OR EXISTS (SELECT 1 FROM alerts"
    "  WHERE alerts.rule = messages.rule AND alerts.key = messages.alert AND alerts.state <> 'resolved'))"
    " RETURNING messages.id"
)
_OUTDATED = (
    "UPDATE messages SET state = 'pending', claimed_by = NULL, claimed_until = NULL, claims = claims - 1"
    " FROM json_each(?) AS w"
    " WHERE messages.id = w.value ->> 0 AND messages.fence = w.value ->> 1 AND state = 'sending'"
)
_ATTEMPT = (
    "INSERT INTO attempts(message_id, number, channel, started_at)"
    " SELECT id, (SELECT coalesce(max(number), 0) + 1 FROM attempts WHERE message_id = m.id), channel, ?"
    " FROM messages m WHERE id IN (SELECT value FROM json_each(?))"
)
_END = (
    "UPDATE messages SET state = w.value ->> 2, reason = w.value ->> 3, detail = w.value ->> 4,"
    " due_at = coalesce(w.value ->> 5, due_at), ended_at = w.value ->> 6,"
    " maybe_sent = max(maybe_sent, w.value ->> 7), provider_id = w.value ->> 8, claims = w.value ->> 9,"
    " recipient = coalesce(w.value ->> 11, recipient), subject = coalesce(w.value ->> 12, subject),"
    " text = coalesce(w.value ->> 13, text),"
    " first_attempt_at = iif(attempts - (w.value ->> 10) <= 0, NULL, first_attempt_at),"
    " attempts = attempts - (w.value ->> 10), claimed_by = NULL, claimed_until = NULL"
    " FROM json_each(?) AS w"
    " WHERE messages.id = w.value ->> 0 AND messages.fence = w.value ->> 1 AND state = 'sending'"
    " RETURNING messages.id, recipient"
)
_END_ATTEMPT = (
    "UPDATE attempts SET ended_at = :now, outcome = w.value ->> 1, code = w.value ->> 2,"
    " detail = w.value ->> 3 FROM json_each(:all) AS w WHERE message_id = w.value ->> 0 AND outcome = ''"
)


def begin(tx: sqlite3.Connection, begins: Sequence[Begin], now: float) -> frozenset[int]:
    """Put attempts on record, and the words that they send on their messages; return which are ours."""
    carried = {b.message.id: rows.encode(sorted(b.carried)) if b.carried else None for b in begins}
    wanted = [
        [b.message.id, b.message.fence, b.recipient, b.subject, b.text, carried[b.message.id], b.seen]
        for b in begins
    ]
    begun = tx.execute(_BEGIN, {"now": now, "all": rows.encode(wanted)}).fetchall()
    held = frozenset(row["id"] for row in begun)
    tx.execute(_ATTEMPT, (now, rows.encode([*held])))
    if len(held) < len(begins):
        tx.execute(_OUTDATED, (rows.encode([w for w in wanted if w[0] not in held]),))
    ours = [b for b in begins if b.message.id in held and b.message.join]
    if ours:
        company = {b.message.id: b.merged for b in ours}
        leave_behind(tx, company)
        take_along(tx, company, carried, now)
    return held


def end(
    tx: sqlite3.Connection, results: Sequence[Result], addresses: SqliteAddresses, now: float
) -> frozenset[int]:
    """Write results; return those whose claims went to another worker and that were not written."""
    gone = forgotten_among(tx, {result.message.ref for result in results})
    if gone:
        results = [_impersonal(result) if result.message.ref in gone else result for result in results]
    ended = tx.execute(_END, (rows.encode([_row(result, now) for result in results]),)).fetchall()
    recipients = {row["id"]: row["recipient"] for row in ended}
    written = [result for result in results if result.message.id in recipients]
    outcomes = [
        [result.message.id, result.outcome.kind, result.outcome.code, result.outcome.detail]
        for result in written
        if result.outcome is not None
    ]
    if outcomes:
        tx.execute(_END_ATTEMPT, {"now": now, "all": rows.encode(outcomes)})
    for result in written:
        _follow(tx, result, recipients[result.message.id], addresses, now)
    take_along(tx, {result.message.id: result.merged for result in written}, {}, now)
    share_fates(tx, written, now)
    _show(tx, written)
    return frozenset(result.message.id for result in results) - recipients.keys()


def _row(result: Result, now: float) -> list[object]:
    message, transition, outcome = result.message, result.transition, result.outcome
    return [
        message.id,
        message.fence,
        transition.state,
        transition.reason,
        outcome.detail if outcome else result.detail,
        transition.due_at,
        None if transition.state is State.PENDING else now,
        int(transition.maybe_sent),
        outcome.provider_id if outcome else "",
        # Whatever it was, the worker lived on; a message that ends its workers goes on counting.
        message.claims if transition.lapsed else 0,
        # What says nothing about the message itself is not counted against its patience.
        0 if transition.counts or outcome is None else 1,
        # Of what is only made for show there is no attempt that has put the words down.
        *(result.shown or (None, None, None)),
    ]


def _follow(
    tx: sqlite3.Connection, result: Result, recipient: str, addresses: SqliteAddresses, now: float
) -> None:
    """Write what follows from a result for its channel, its recipient, the operators and its successor."""
    message, outcome = result.message, result.outcome
    if outcome is not None:
        settle_channel(tx, message.send.channel, result.effect, outcome, now)
        if outcome.bad_address and recipient:
            addresses.refuse(recipient, evidence(outcome), now)
    if result.transition.reason is Reason.GAVE_UP:
        about = f"message {message.id} of rule {message.rule}"
        add_event(tx, "send_gave_up", message.send.channel, about, now)
    if result.successor is not None:
        insert_messages(tx, [result.successor], message.update_id, message.ref, message.fingerprint, now)


def _show(tx: sqlite3.Connection, results: Sequence[Result]) -> None:
    """Give back the once keys of what was made to be sent and is only for show by now: nobody was told."""
    shown = [r.message.id for r in results if r.transition.state is State.SHADOWED and not r.message.shadow]
    if shown:
        tx.execute(
            f"UPDATE messages SET shadow = 1, person = '', once = once || '{SHADOW}/' || id WHERE shadow = 0"
            f" AND (id IN ({rows.marks(shown)}) OR into_id IN ({rows.marks(shown)}) AND state = 'merged')",
            [*shown, *shown],
        )


def _impersonal(result: Result) -> Result:
    """Return a result as it is written for an order that was forgotten."""
    return replace(
        result,
        detail="",
        outcome=result.outcome and replace(result.outcome, detail="", provider_id=""),
        successor=result.successor and to_nobody(result.successor),
        shown=None,
    )
