"""A message: one thing to tell one recipient on one channel, and the moves that its state may make."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum, StrEnum

from notifier.core.head import Head
from notifier.core.occasion import UPDATE, Occasion
from notifier.core.reason import Reason
from notifier.core.tone import Tone


class State(StrEnum):
    """Where a message is."""

    PENDING = "pending"
    SENDING = "sending"
    DELIVERED = "delivered"
    FAILED = "failed"
    UNKNOWN = "unknown"
    DROPPED = "dropped"
    HELD = "held"
    MERGED = "merged"
    SHADOWED = "shadowed"


SHADOW = "/shadow"
"""The end of the once keys of what is only made for show."""

REACHED = frozenset({State.DELIVERED, State.UNKNOWN, State.MERGED, State.SHADOWED})
"""States of messages that reached, or may have reached, somebody."""


class Outside(StrEnum):
    """What becomes of a message that is due while its window is closed."""

    DEFER = "defer"
    DROP = "drop"
    NEXT = "next"


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
    State.HELD: frozenset({State.PENDING, State.DROPPED}),
    State.PENDING: frozenset({State.SENDING, State.DROPPED, State.MERGED}),
    State.SENDING: frozenset(
        {
            State.DELIVERED,
            State.PENDING,
            State.FAILED,
            State.UNKNOWN,
            State.DROPPED,
            State.SHADOWED,
        }
    ),
    State.FAILED: frozenset({State.PENDING, State.MERGED}),
    State.UNKNOWN: frozenset({State.PENDING}),
    State.DELIVERED: frozenset(),
    State.DROPPED: frozenset(),
    State.SHADOWED: frozenset(),
    # It shares the fate of the one that it went into.
    State.MERGED: frozenset({State.FAILED, State.DROPPED, State.PENDING}),
}
"""The legal moves of a message; UNKNOWN and HELD move on by a person's hand only.

So does FAILED, unless it turns out that what refused it refuses everybody (`core.refusals`).
"""

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
    """One way to tell somebody: a channel and the template that makes the words.

    With a `window` only while that is open; `max_defer` is how long it may wait for that, in
    seconds, before the next way is taken (None: as long as it takes).
    """

    channel: str
    template: str
    window: str = ""
    outside: Outside = Outside.DEFER
    max_defer: float | None = None


@dataclass(frozen=True, slots=True)
class NewMessage:
    """A message to be born.

    `once` is unique among the messages that reached or may yet reach somebody;
    `fallbacks` are the entries of a `first_of` that come after this one;
    `message_id` is the left part of the mail's Message-ID and never changes;
    `shipment` is the key of the parcel that it is about, if it is about one.
    Those that wait with the same `join` go out as one; `alert` is the key of the alert
    that it belongs to; `person` names the customer without her address.
    A `shadow` is made and recorded, and not sent.
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
    join: str = ""
    alert: str = ""
    person: str = ""
    shadow: bool = False
    occasion: Occasion = UPDATE


@dataclass(frozen=True, slots=True)
class Message:
    """A message in the outbox; times are Unix seconds UTC.

    `attempts` counts tries that said something about the message, `claims` the
    claims since the last result, `fence` all claims ever: a result is accepted
    only from the claimant that holds the present fence. `maybe_sent` is set once
    an attempt may have reached the recipient without our knowing; `fingerprint`
    names the rules that made the message. `leaves` tells that it was claimed while its
    channel rests, to be told another way: it must not be sent on this one. What is about no
    order has the `update_id` 0 and an empty `ref`. `into` is the message that it went out with,
    if it is MERGED.
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
    join: str = ""
    alert: str = ""
    shadow: bool = False
    occasion: Occasion = UPDATE
    into: int | None = None


@dataclass(frozen=True, slots=True)
class Rendered:
    """The words of one message, already made; empty strings for parts that its channel does not use.

    E-mail uses `subject`, `html` and `text`; SMS `sms`; everything else `chat` (HTML).
    `head` is what a mail tells beside them, `tone` what a chat service shows by a colour.
    """

    subject: str = ""
    html: str = ""
    text: str = ""
    sms: str = ""
    chat: str = ""
    locale: str = "en"
    head: Head = field(default_factory=Head)
    tone: Tone = Tone.INFO
