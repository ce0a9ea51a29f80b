"""One try to send one message, as the routes of the gateway see it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from notifier.channels.recorder import Call
from notifier.core.message import Rendered
from notifier.core.retry import Outcome


@dataclass(frozen=True, slots=True)
class Attempt:
    """What to send and to whom.

    `recipient` is what `to` of the channel gave, empty without one;
    `message_id` is the same for every attempt of one message; `calls` fills
    with the HTTP calls while the attempt runs.
    """

    rendered: Rendered = field(repr=False)
    recipient: str = field(repr=False)
    message_id: str
    calls: Sequence[Call]


class Route(Protocol):
    """How one channel sends."""

    def send(self, attempt: Attempt) -> Outcome:
        """Send one message; may raise whatever a plugin gets wrong."""
