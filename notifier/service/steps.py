"""What the steps of a message hand on to each other."""

from __future__ import annotations

from dataclasses import dataclass, field

from notifier.core.channel import Channel
from notifier.core.message import Message, State
from notifier.core.reason import Reason
from notifier.core.result import Result
from notifier.core.retry import Outcome, Transition
from notifier.core.situation import Situation
from notifier.service.running import Running
from notifier.service.wording import Worded

TROUBLE_PAUSE = 1.0
"""Seconds to wait after the database could not do it."""


@dataclass(frozen=True, slots=True)
class Ready:
    """A claimed message that is wanted, with its words, recipient, and what they were made of.

    `merged` are the messages that go out with it.
    """

    message: Message
    recipient: str = field(repr=False)
    worded: Worded = field(repr=False)
    channel: Channel
    situation: Situation
    running: Running
    merged: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Return:
    """A claimed message that goes back as it was; due as before, or at `due_at` (Unix seconds UTC)."""

    message: Message
    due_at: float | None = None


def set_aside(message: Message, outcome: Outcome | None = None) -> Result:
    """Return the result of a message that notifier itself could not cope with: a person decides."""
    transition = Transition(State.FAILED, Reason.SET_ASIDE, maybe_sent=outcome is not None)
    return Result(message, transition, outcome, detail="an error of notifier itself")
