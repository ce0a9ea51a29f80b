"""A timer: something that is due later. Due times are rows, so that they survive restarts."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class TimerKind(StrEnum):
    """What is due."""

    AFTER = "after"
    STUCK = "stuck"
    ESCALATE = "escalate"
    REPEAT = "repeat"
    TELL = "tell"
    RATE = "rate"
    QUIET = "quiet"
    SCHEDULE = "schedule"


@dataclass(frozen=True, slots=True)
class Timer:
    """Something that `rule` does at `due_at`, Unix seconds UTC.

    There is one for each rule, kind, about and key, at most, and it goes off one time.
    `about` is an order's reference, an alert's key, or empty. `key` tells those about the
    same thing apart: the status of an AFTER, the status and when the order came to it for a STUCK, the
    step of an ESCALATE. `ref` and `update_id` name the order and the update that it comes from
    ("" and 0: none); `set_at` is when it was set or went off before, as the store knows it.
    """

    rule: str
    kind: TimerKind
    about: str
    key: str
    due_at: float
    ref: str = ""
    update_id: int = 0
    set_at: float = 0.0


OF_ALERT = (TimerKind.ESCALATE, TimerKind.REPEAT, TimerKind.TELL)
"""What ends with an alert. TELL is due when the silence is over that kept its news back."""


@dataclass(frozen=True, slots=True)
class Stop:
    """The end of a rule's timers of these kinds about something, but for the one with the key `but`.

    They are forgotten, those that went off as well: they can be set anew.
    """

    rule: str
    kinds: tuple[TimerKind, ...]
    about: str
    but: str = ""
