"""A message: one thing to tell one recipient on one channel, and the moves that its state may make."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, StrEnum

from notifier.core.reason import Reason


class State(StrEnum):
    """Where a message is."""

    PENDING = "pending"
    SENDING = "sending"
    DELIVERED = "delivered"
    FAILED = "failed"
    UNKNOWN = "unknown"
    DROPPED = "dropped"


class Priority(IntEnum):
    """Which message goes first: an operator's critical alert overtakes every customer's mail."""

    CRITICAL = 0
    OPS = 1
    CUSTOMER = 2
    MARKETING = 3


class UpdateState(StrEnum):
    """Where an update is."""

    HELD = "held"
    UNDECIDED = "undecided"
    AWAITING_CONTACT = "awaiting_contact"
    DECIDED = "decided"
    EXPIRED = "expired"
    SET_ASIDE = "set_aside"


MOVES: dict[State, frozenset[State]] = {
    State.PENDING: frozenset({State.SENDING, State.DROPPED}),
    State.SENDING: frozenset({State.DELIVERED, State.PENDING, State.FAILED, State.UNKNOWN, State.DROPPED}),
    State.FAILED: frozenset({State.PENDING}),
    State.UNKNOWN: frozenset({State.PENDING}),
    State.DELIVERED: frozenset(),
    State.DROPPED: frozenset(),
}
"""The legal moves of a message; FAILED and UNKNOWN move on by a person's hand only."""

UPDATE_MOVES: dict[UpdateState, frozenset[UpdateState]] = {
    UpdateState.HELD: frozenset({UpdateState.UNDECIDED, UpdateState.EXPIRED}),
    UpdateState.UNDECIDED: frozenset(
        {UpdateState.DECIDED, UpdateState.AWAITING_CONTACT, UpdateState.SET_ASIDE}
    ),
    UpdateState.AWAITING_CONTACT: frozenset({UpdateState.UNDECIDED}),
    UpdateState.SET_ASIDE: frozenset({UpdateState.UNDECIDED}),
    UpdateState.DECIDED: frozenset({UpdateState.UNDECIDED}),
    UpdateState.EXPIRED: frozenset({UpdateState.UNDECIDED}),
}
"""The legal moves of an update; SET_ASIDE, DECIDED and EXPIRED move on by a person's hand only."""


@dataclass(frozen=True, slots=True)
class Send:
    """One way to tell somebody: a channel and the template that makes the words."""

    channel: str
    template: str


@dataclass(frozen=True, slots=True)
class NewMessage:
    """A message to be born.

    `once` is unique among the messages that reached or may yet reach somebody;
    `fallbacks` are the entries of a `first_of` that come after this one;
    `message_id` is the left part of the mail's Message-ID and never changes;
    `shipment` is the key of the parcel that it is about, if it is about one.
    """

    rule: str
    send: Send
    recipient: str
    once: str
    message_id: str
    due_at: float
    fallbacks: tuple[Send, ...] = ()
    shipment: str = ""
    state: State = State.PENDING
    reason: Reason | None = None
    priority: Priority = Priority.CUSTOMER


@dataclass(frozen=True, slots=True)
class Message:
    """A message in the outbox; times are Unix seconds UTC.

    `attempts` counts tries that said something about the message, `claims` the
    claims since the last result, `fence` all claims ever: a result is accepted
    only from the claimant that holds the present fence. `maybe_sent` is set once
    an attempt may have reached the recipient without our knowing; `fingerprint`
    names the rules that made the message. `leaves` tells that it was claimed while its
    channel rests, to be told another way: it must not be sent on this one.
    """

    id: int
    update_id: int
    ref: str
    rule: str
    send: Send
    recipient: str
    once: str
    message_id: str
    state: State
    reason: Reason | None
    due_at: float
    created_at: float
    fallbacks: tuple[Send, ...] = ()
    shipment: str = ""
    attempts: int = 0
    first_attempt_at: float | None = None
    claims: int = 0
    fence: int = 0
    maybe_sent: bool = False
    fingerprint: str = ""
    ended_at: float | None = None
    detail: str = ""
    priority: Priority = Priority.CUSTOMER
    leaves: bool = False


@dataclass(frozen=True, slots=True)
class Rendered:
    """The words of one message, already made; empty strings for parts that its channel does not use.

    E-mail uses `subject`, `html` and `text`; SMS `sms`; everything else `chat` (HTML).
    `unsubscribe_url` is set for marketing only; a mail offers it in its head.
    """

    subject: str = ""
    html: str = ""
    text: str = ""
    sms: str = ""
    chat: str = ""
    locale: str = "en"
    unsubscribe_url: str = ""
