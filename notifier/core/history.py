"""What is told of an order afterwards: its updates, every verdict, every message and attempt."""

from __future__ import annotations

from dataclasses import dataclass

from notifier.core.lookup import Lookup
from notifier.core.message import Message, UpdateState
from notifier.core.order import Order
from notifier.core.situation import Decision
from notifier.core.update import RecordedUpdate


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try to send a message; times are Unix seconds UTC, `outcome` is empty while it runs."""

    number: int
    channel: str
    started_at: float
    ended_at: float | None = None
    outcome: str = ""
    code: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class MessageHistory:
    """A message and all attempts to send it."""

    message: Message
    attempts: tuple[Attempt, ...]


@dataclass(frozen=True, slots=True)
class UpdateHistory:
    """An update, the verdict of every rule on it, and what became of its messages."""

    update: RecordedUpdate
    state: UpdateState
    late: bool
    decided_at: float | None
    fingerprint: str
    decisions: tuple[Decision, ...]
    messages: tuple[MessageHistory, ...]
    detail: str = ""


@dataclass(frozen=True, slots=True)
class OrderHistory:
    """Everything on record for one order reference; `lookup` is the search for its contact, if any."""

    order: Order
    updates: tuple[UpdateHistory, ...]
    lookup: Lookup | None = None
