"""New messages, written within the transaction of what they follow from."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from notifier.core.message import NewMessage, State
from notifier.store.sqlite import rows


def insert_messages(
    tx: sqlite3.Connection,
    messages: Iterable[NewMessage],
    update_id: int,
    ref: str,
    fingerprint: str,
    now: float,
) -> None:
    """Write new messages; a once key that is held already violates the unique index."""
    for message in messages:
        tx.execute(
            "INSERT INTO messages(update_id, ref, rule, channel, template, recipient, once, shipment,"
            " message_id, fallbacks, state, reason, due_at, created_at, ended_at, fingerprint, priority)"
            " VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
            (
                update_id, ref, message.rule, message.send.channel, message.send.template, message.recipient,
                message.once, message.shipment, message.message_id, rows.sends_text(message.fallbacks),
                message.state, message.reason, message.due_at, now,
                None if message.state is State.PENDING else now, fingerprint, message.priority,
            ),
        )  # fmt: skip
