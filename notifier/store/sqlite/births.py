"""New messages, written within the transaction of what they follow from."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from notifier.core.message import NewMessage, State
from notifier.store.sqlite import rows

_COLUMNS = (
    "update_id, ref, rule, channel, template, window, recipient, once, shipment, message_id, fallbacks,"
    " state, reason, due_at, created_at, ended_at, fingerprint, priority, join_key, alert, person, shadow,"
    " occasion"
)
_INSERT = f"INSERT INTO messages({_COLUMNS}) VALUES ({','.join('?' * len(_COLUMNS.split(',')))})"


def insert_messages(
    tx: sqlite3.Connection,
    messages: Iterable[NewMessage],
    update_id: int,
    ref: str,
    fingerprint: str,
    now: float,
) -> None:
    """Write new messages; a once key that is held already violates the unique index."""
    # Held ones have not ended: they wait for a person.
    open_ = (State.PENDING, State.HELD)
    tx.executemany(
        _INSERT,
        [
            (
                update_id, ref, m.rule, m.send.channel, m.send.template, rows.window_text(m.send),
                m.recipient, m.once, m.shipment, m.message_id, rows.sends_text(m.fallbacks), m.state,
                m.reason, m.due_at, now, None if m.state in open_ else now, fingerprint, m.priority,
                m.join, m.alert, m.person, m.shadow, rows.occasion_text(m.occasion),
            )
            for m in messages
        ],
    )  # fmt: skip
