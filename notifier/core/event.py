"""An internal event: something that operators should know of notifier itself."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class EventKind(StrEnum):
    """What happened."""

    SEND_GAVE_UP = "send_gave_up"
    CHANNEL_DOWN = "channel_down"
    CHANNEL_UP = "channel_up"
    CHANNEL_PAUSED = "channel_paused"
    CHANNEL_RESUMED = "channel_resumed"
    BUDGET_REACHED = "budget_reached"
    SOURCE_DOWN = "source_down"
    SOURCE_UP = "source_up"
    SIGNATURE_REJECTED = "signature_rejected"
    UPDATE_REJECTED = "update_rejected"
    RULES_REJECTED = "rules_rejected"
    EXPRESSION_FAILED = "expression_failed"
    TEMPLATE_FAILED = "template_failed"
    BRAKE_PULLED = "brake_pulled"
    UPDATE_SET_ASIDE = "update_set_aside"
    UPDATES_UNRECORDED = "updates_unrecorded"
    DATABASE_PINNED = "database_pinned"
    CLOCK_CHANGED = "clock_changed"


@dataclass(frozen=True, slots=True)
class Event:
    """Something that operators should know of notifier itself: its kind, what it is about, words.

    `at` is Unix seconds UTC; nothing of it is personal.
    """

    id: int
    at: float
    kind: str
    subject: str
    detail: str
