"""One message at a time through the outbox, which writes many at once."""

from __future__ import annotations

from typing import Any

from notifier.core.message import Message
from notifier.core.result import Result
from notifier.core.retry import Transition
from notifier.errors import NotAllowed
from notifier.store.protocol import Store
from notifier.store.sending import Begin


def start_attempt(
    store: Store, message: Message, recipient: str, subject: str, text: str, now: float
) -> None:
    """Put one attempt on record. Raises NotAllowed if the claim has gone to another worker."""
    if not store.outbox.start_attempts([Begin(message, recipient, subject, text)], now):
        raise NotAllowed(f"message {message.id} was taken over by another worker")


def settle_one(store: Store, message: Message, transition: Transition, now: float, **more: Any) -> None:
    """Write one result. Raises NotAllowed if the claim has gone to another worker."""
    if store.outbox.settle([Result(message, transition, **more)], now):
        raise NotAllowed(f"message {message.id} was taken over by another worker")
