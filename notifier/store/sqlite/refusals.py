"""What services answered lately, and messages that come back: what refused them refuses everybody."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection

from notifier.core.reason import Reason
from notifier.core.retry import Outcome, OutcomeKind
from notifier.store.sending import Answered
from notifier.store.sqlite import rows
from notifier.store.sqlite.addresses import SqliteAddresses
from notifier.store.sqlite.company import retry_company
from notifier.store.sqlite.database import Database
from notifier.store.sqlite.forgetting import orders_of_person

_ANSWERED = (
    "SELECT a.message_id, m.recipient, a.outcome, a.code, a.detail, a.started_at, a.ended_at FROM ("
    " SELECT * FROM attempts WHERE channel = ? AND started_at > ? ORDER BY started_at DESC LIMIT ?) AS a"
    " JOIN messages m ON m.id = a.message_id"
    " ORDER BY a.ended_at IS NULL, a.ended_at, a.started_at, a.message_id"
)
# Of two that have the same once key one was told, or may yet be, another way: it goes that way.
_PUT_BACK = (
    "UPDATE OR IGNORE messages SET state = 'pending', reason = NULL, due_at = :due, ended_at = NULL,"
    " first_attempt_at = iif(attempts <= 1, NULL, first_attempt_at), attempts = max(0, attempts - 1)"
    " WHERE id IN (SELECT value FROM json_each(:ids)) AND state = 'failed'"
    f" AND reason = '{Reason.REFUSED}' RETURNING id"
)
_JUDGED_BY_THE_MARK = (
    "SELECT id FROM updates u WHERE ref IN (SELECT value FROM json_each(:refs)) AND +state = 'decided'"
    f" AND (instr(decisions, '{Reason.ADDRESS_REFUSED}') AND decided_at >= :since"
    "  OR EXISTS (SELECT 1 FROM messages WHERE update_id = u.id AND state = 'dropped'"
    f"   AND reason = '{Reason.ADDRESS_REFUSED}' AND ended_at >= :since))"
)


def answered(db: Database, channel: str, since: float, limit: int) -> list[Answered]:
    """Return the newest attempts on a channel, in the order of their ends."""
    return [
        Answered(
            row["message_id"],
            row["recipient"],
            Outcome(OutcomeKind(row["outcome"]), row["code"], row["detail"]) if row["outcome"] else None,
            row["started_at"],
            row["ended_at"],
        )
        for row in db.read(_ANSWERED, (channel, since, limit))
    ]


def put_back(
    tx: sqlite3.Connection,
    db: Database,
    addresses: SqliteAddresses,
    message_ids: Collection[int],
    due_at: float,
) -> list[int]:
    """Put refused messages back; return the updates that were judged by the marks that are gone with it."""
    these = {"ids": rows.encode(sorted(message_ids)), "due": due_at}
    recipients = tx.execute(
        "SELECT DISTINCT recipient FROM messages WHERE id IN (SELECT value FROM json_each(:ids))"
        " AND recipient <> ''",
        these,
    ).fetchall()
    for row in tx.execute(_PUT_BACK, these).fetchall():
        retry_company(tx, row["id"], due_at)
    judged: set[int] = set()
    for row in recipients:
        mark = addresses.get(row["recipient"])
        if mark is None or mark.refused_at is None:
            continue
        addresses.lift([row["recipient"]])
        refs = orders_of_person(db, row["recipient"].lower())
        about = {"refs": rows.encode(refs), "since": mark.refused_at}
        judged.update(found["id"] for found in tx.execute(_JUDGED_BY_THE_MARK, about).fetchall())
    return sorted(judged)
