"""Rows become values at this door and nowhere else."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias

from notifier.core.message import Message, Priority, Send, State
from notifier.core.reason import Reason
from notifier.core.situation import Decision
from notifier.core.update import RecordedUpdate, Shipment, Update

Row: TypeAlias = Mapping[str, Any]
"""A row of any table: sqlite3.Row, or the dictionary that sqlite-utils makes of it."""

UPDATE = "id, source, ref, order_id, code, event_at, received_at, shipments"
"""The columns of `updates` that `update_from` reads."""

# Made once: json.dumps with options makes a new encoder at every call.
encode = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode
"""JSON as it stands in the tables."""


def marks(values: Sequence[object]) -> str:
    """Return as many question marks as there are values, for an IN list."""
    return ",".join("?" * len(values))


def update_from(row: Row) -> RecordedUpdate:
    """Return the update in a row of `updates`."""
    shipments = tuple(Shipment(*fields) for fields in json.loads(row["shipments"]))
    update = Update(row["source"], row["ref"], row["code"], row["order_id"], row["event_at"], shipments)
    return RecordedUpdate(row["id"], row["received_at"], update)


def shipments_text(shipments: Iterable[Shipment]) -> str:
    """Return parcels as they stand in `updates.shipments`."""
    return encode([[s.carrier, s.carrier_name, s.tracking_code, s.tracking_url, s.new] for s in shipments])


def message_from(row: Row, *, leaves: bool = False) -> Message:
    """Return the message in a row of `messages`; `leaves` is no column: it is true of a claim."""
    return Message(
        id=row["id"],
        update_id=row["update_id"],
        ref=row["ref"],
        rule=row["rule"],
        send=Send(row["channel"], row["template"]),
        recipient=row["recipient"],
        once=row["once"],
        message_id=row["message_id"],
        state=State(row["state"]),
        reason=Reason(row["reason"]) if row["reason"] else None,
        due_at=row["due_at"],
        created_at=row["created_at"],
        fallbacks=sends_from(row["fallbacks"]),
        shipment=row["shipment"],
        attempts=row["attempts"],
        first_attempt_at=row["first_attempt_at"],
        claims=row["claims"],
        fence=row["fence"],
        maybe_sent=bool(row["maybe_sent"]),
        fingerprint=row["fingerprint"],
        ended_at=row["ended_at"],
        detail=row["detail"],
        priority=Priority(row["priority"]),
        leaves=leaves,
    )


def sends_text(sends: Iterable[Send]) -> str:
    """Return the rest of a `first_of` as it stands in `messages.fallbacks`."""
    return encode([[send.channel, send.template] for send in sends])


def sends_from(text: str) -> tuple[Send, ...]:
    """Return the rest of a `first_of` from `messages.fallbacks`."""
    return tuple(Send(channel, template) for channel, template in json.loads(text))


def decisions_text(decisions: Iterable[Decision]) -> str:
    """Return decisions as they stand in `updates.decisions`."""
    return encode([[d.rule, d.fired, d.reason, d.detail] for d in decisions])


def decisions_from(text: str) -> tuple[Decision, ...]:
    """Return the decisions in `updates.decisions`."""
    return tuple(
        Decision(rule, fired, Reason(reason), detail) for rule, fired, reason, detail in json.loads(text)
    )
