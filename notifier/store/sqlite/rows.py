"""Rows become values at this door and nowhere else."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias

from notifier.core.alert import Alert, AlertState, Labels, Severity, Silence
from notifier.core.message import Message, Outside, Priority, Send, State
from notifier.core.note import Note, NoteKind
from notifier.core.occasion import UPDATE as PLAIN
from notifier.core.occasion import Occasion, OccasionKind
from notifier.core.reason import Reason
from notifier.core.schedule import Hours
from notifier.core.situation import Decision
from notifier.core.timer import Timer, TimerKind
from notifier.core.update import RecordedUpdate, Shipment, Update

Row: TypeAlias = Mapping[str, Any]
"""A row of any table: sqlite3.Row, or the dictionary that sqlite-utils makes of it."""

UPDATE = "id, source, ref, order_id, code, event_at, received_at, shipments, notes"
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
    notes = notes_from(row["notes"]) if row["notes"] else ()
    update = Update(
        row["source"], row["ref"], row["code"], row["order_id"], row["event_at"], shipments, notes
    )
    return RecordedUpdate(row["id"], row["received_at"], update)


def shipments_text(shipments: Iterable[Shipment]) -> str:
    """Return parcels as they stand in `updates.shipments`."""
    return encode([[s.carrier, s.carrier_name, s.tracking_code, s.tracking_url, s.new] for s in shipments])


def notes_from(text: str) -> tuple[Note, ...]:
    """Return the notes in `updates.notes`."""
    return tuple(Note(field, NoteKind(kind), digest) for field, kind, digest in json.loads(text))


def notes_text(notes: Iterable[Note]) -> str:
    """Return notes as they stand in `updates.notes`: nothing for none."""
    told = [[n.field, n.kind, n.digest] for n in notes]
    return encode(told) if told else ""


def message_from(row: Row, *, leaves: bool = False) -> Message:
    """Return the message in a row of `messages`; `leaves` is no column: it is true of a claim."""
    return Message(
        id=row["id"],
        update_id=row["update_id"],
        ref=row["ref"],
        rule=row["rule"],
        send=send_from(row["channel"], row["template"], row["window"]),
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
        join=row["join_key"],
        alert=row["alert"],
        shadow=bool(row["shadow"]),
        occasion=occasion_from(row["occasion"]),
        into=row["into_id"],
    )


def send_from(channel: str, template: str, window: str) -> Send:
    """Return a way to tell somebody from `messages.channel`, `template` and `window`."""
    return _way([channel, template, *json.loads(window)]) if window else Send(channel, template)


def window_text(send: Send) -> str:
    """Return what `messages.window` holds of a way: nothing without a window."""
    return encode(_fields(send)[2:]) if send.window else ""


def occasion_from(text: str | None) -> Occasion:
    """Return the occasion in `messages.occasion`."""
    if text is None:
        return PLAIN
    kind, at, facts = json.loads(text)
    return Occasion(OccasionKind(kind), at, facts)


def occasion_text(occasion: Occasion) -> str | None:
    """Return an occasion as it stands in `messages.occasion`: NULL for the update itself."""
    return None if occasion == PLAIN else encode([occasion.kind, occasion.at, dict(occasion.facts)])


def sends_text(sends: Iterable[Send]) -> str:
    """Return the rest of a `first_of` as it stands in `messages.fallbacks`."""
    return encode([_fields(send) for send in sends])


def sends_from(text: str) -> tuple[Send, ...]:
    """Return the rest of a `first_of` from `messages.fallbacks`."""
    return tuple(map(_way, json.loads(text))) if text != "[]" else ()


def _fields(send: Send) -> list[object]:
    """Return a way as a list: without a window as earlier versions wrote it."""
    told: list[object] = [send.channel, send.template]
    return [*told, send.window, send.outside, send.max_defer] if send.window else told


def _way(fields: Sequence[Any]) -> Send:
    if len(fields) == 2:
        return Send(*fields)
    channel, template, window, outside, max_defer = fields
    return Send(channel, template, window, Outside(outside), max_defer)


def decisions_text(decisions: Iterable[Decision]) -> str:
    """Return decisions as they stand in `updates.decisions`."""
    return encode([[d.rule, d.fired, d.reason, d.detail] for d in decisions])


def decisions_from(text: str) -> tuple[Decision, ...]:
    """Return the decisions in `updates.decisions`."""
    return tuple(
        Decision(rule, fired, Reason(reason), detail) for rule, fired, reason, detail in json.loads(text)
    )


def timer_from(row: Row) -> Timer:
    """Return the timer in a row of `timers`."""
    return Timer(
        rule=row["rule"],
        kind=TimerKind(row["kind"]),
        about=row["about"],
        key=row["key"],
        due_at=row["due_at"],
        ref=row["ref"],
        update_id=row["update_id"],
        set_at=row["set_at"],
    )


def alert_from(row: Row) -> Alert:
    """Return the alert in a row of `alerts`."""
    return Alert(
        id=row["id"],
        rule=row["rule"],
        key=row["key"],
        state=AlertState(row["state"]),
        severity=Severity(row["severity"]),
        opened_at=row["opened_at"],
        labels=labels_from(row["labels"]),
        ref=row["ref"],
        update_id=row["update_id"],
        acknowledged_at=row["acknowledged_at"],
        by=row["acknowledged_by"],
        resolved_at=row["resolved_at"],
        why=row["why"],
        quiet=bool(row["quiet"]),
    )


def silence_from(row: Row) -> Silence:
    """Return the silence in a row of `silences`."""
    return Silence(
        id=row["id"],
        matchers=labels_from(row["matchers"]),
        reason=row["reason"],
        author=row["author"],
        starts_at=row["starts_at"],
        ends_at=row["ends_at"],
        customers=bool(row["customers"]),
        hours=_hours_from(row["hours"]),
        edited_by=row["edited_by"],
    )


def hours_text(hours: Hours | None) -> str:
    """Return hours as they are kept in `silences.hours`; empty for none."""
    if hours is None:
        return ""
    return json.dumps({"days": sorted(hours.days), "spans": hours.spans, "zone": hours.zone})


def _hours_from(text: str) -> Hours | None:
    if not text:
        return None
    kept = json.loads(text)
    spans = tuple((begin, end) for begin, end in kept["spans"])
    return Hours(frozenset(kept["days"]), spans, kept["zone"])


def labels_from(text: str) -> Labels:
    """Return what an alert or a silence is about."""
    return {field: tuple(values) for field, values in json.loads(text).items()}


def labels_text(labels: Labels) -> str:
    """Return labels as they stand in `alerts.labels` and `silences.matchers`."""
    return encode({field: list(values) for field, values in labels.items()})
