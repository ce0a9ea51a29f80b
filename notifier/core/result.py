"""What becomes of a claimed message, as it is to be written."""

from __future__ import annotations

from dataclasses import dataclass

from notifier.core.message import Message, NewMessage
from notifier.core.rest import Effect
from notifier.core.retry import Outcome, Transition


@dataclass(frozen=True, slots=True)
class Result:
    """The move of one message, and all that follows from it.

    `outcome` is there if there was an attempt, else `detail` may say more about the
    reason. `successor` is the next entry of a `first_of` and takes over the once
    key; `effect` is what the attempt means for the channel. `shown` are recipient, subject and
    text of a message that was only made for show, `merged` the messages that it was made with.
    """

    message: Message
    transition: Transition
    outcome: Outcome | None = None
    detail: str = ""
    successor: NewMessage | None = None
    effect: Effect = Effect()  # noqa: RUF009  it is frozen
    shown: tuple[str, str, str] | None = None
    merged: tuple[int, ...] = ()
