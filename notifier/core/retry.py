"""What becomes of a message after an attempt: a pure function of the outcome.

The sender obeys the Transition; nothing here sends, sleeps or stores.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from notifier.core.message import Message, State
from notifier.core.reason import Reason

MAX_CLAIMS = 3
"""A message whose claim lapsed this often without a result is set aside for a person."""

LONGEST_RETRY_AFTER = 3600.0
"""A Retry-After beyond this many seconds is cut: the other side may be mistaken."""


REFUSED_HERE = "refused here"
"""The code of what we refused ourselves, before anything was sent."""


class OutcomeKind(StrEnum):
    """How an attempt ended."""

    DELIVERED = "delivered"
    TRANSIENT = "transient"
    PERMANENT = "permanent"
    CHANNEL_DOWN = "channel_down"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one attempt ended, and the evidence.

    `code` is what the other side answered ("550 5.1.1", "HTTP 429"), `detail`
    words without secrets or addresses, `retry_after` seconds, `provider_id`
    the service's own id of the message. `bad_address` tells that it is the
    recipient's address that was refused for good, not this message; `about_us`
    that it was our account, sender or host, in words that leave no doubt. Two things
    may be true of the whole channel: `throttled`, the other side asks us to send
    less for a while, and `unreachable`, it was not there or could not do anything
    for anybody, so that nothing is said of this message.
    """

    kind: OutcomeKind
    code: str = ""
    detail: str = ""
    retry_after: float | None = None
    provider_id: str = ""
    bad_address: bool = False
    throttled: bool = False
    unreachable: bool = False
    about_us: bool = False


def said(code: str, detail: str) -> str:
    """Return the evidence of an attempt in one line: `535 5.7.8 bad credentials`, `after data: no answer`.

    A code in words is left out where the detail has all of them: `no answer from sms.example:443 in time`.
    """
    if not any(c.isdigit() for c in code) and set(code.split()) <= set(detail.split()):
        return detail
    between = " " if any(c.isdigit() for c in code) else ": "
    return between.join(filter(None, [code, detail]))


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """A channel's `retry`: all times in seconds, `within` counts from the first attempt."""

    within: float = 86_400.0
    first: float = 30.0
    factor: float = 2.0
    longest: float = 3_600.0

    def delay(self, attempts: int, jitter: float) -> float:
        """Return seconds until the next attempt: exponential, capped, between half and the whole.

        Args:
            attempts: attempts made so far, from 1.
            jitter: a random number in [0, 1).
        """
        try:
            full = min(self.longest, self.first * self.factor ** (attempts - 1))
        except OverflowError:
            full = self.longest
        return full * (0.5 + jitter / 2)


@dataclass(frozen=True, slots=True)
class Transition:
    """The move of one message.

    `counts` is false where the attempt said nothing about the message itself;
    `fall_back` asks for the next entry of a `first_of`; `lapsed` tells that the
    claimant vanished, so that the claim goes on counting.
    """

    state: State
    reason: Reason | None = None
    due_at: float | None = None
    counts: bool = True
    maybe_sent: bool = False
    fall_back: bool = False
    lapsed: bool = False


def settle(
    message: Message,
    outcome: Outcome,
    policy: RetryPolicy,
    *,
    resend_unknown: bool,
    now: float,
    jitter: float,
) -> Transition:
    """Decide what becomes of `message` after an attempt that ended with `outcome`.

    Args:
        message: the message; `attempts` counts the one that just ended.
        resend_unknown: send again what may have been sent (the channel's
            `unknown_outcome: resend`), instead of holding it for a person.
        now: Unix seconds UTC.
        jitter: a random number in [0, 1).
    """
    match outcome.kind:
        case OutcomeKind.DELIVERED:
            return Transition(State.DELIVERED)
        case OutcomeKind.PERMANENT:
            return Transition(State.FAILED, Reason.REFUSED, fall_back=not message.maybe_sent)
        case OutcomeKind.CHANNEL_DOWN:
            return Transition(State.PENDING, due_at=now, counts=False)
        case OutcomeKind.UNKNOWN if not resend_unknown:
            return Transition(State.UNKNOWN, Reason.ANSWER_LOST, maybe_sent=True)
        case _:
            return _again(message, outcome, policy, now, jitter)


def settle_lapsed(message: Message, *, attempt_open: bool, resend_unknown: bool, now: float) -> Transition:
    """Decide what becomes of a message whose claimant vanished.

    If an attempt was on record without a result, it may have been sent.
    Otherwise nothing can have left. After MAX_CLAIMS of these it is set aside,
    because it may be what ends the workers; what waits for a person anyway is not.
    """
    if attempt_open and not resend_unknown:
        return Transition(State.UNKNOWN, Reason.ANSWER_LOST, maybe_sent=True, lapsed=True)
    if message.claims >= MAX_CLAIMS:
        return Transition(State.FAILED, Reason.SET_ASIDE, maybe_sent=attempt_open, lapsed=True)
    return Transition(State.PENDING, due_at=now, maybe_sent=attempt_open, lapsed=True)


def _again(message: Message, outcome: Outcome, policy: RetryPolicy, now: float, jitter: float) -> Transition:
    maybe_sent = outcome.kind is OutcomeKind.UNKNOWN
    due = now + policy.delay(message.attempts, jitter)
    if outcome.retry_after is not None:
        due = max(due, now + min(outcome.retry_after, LONGEST_RETRY_AFTER))
    started = message.first_attempt_at if message.first_attempt_at is not None else now
    if due > started + policy.within:
        reached = message.maybe_sent or maybe_sent
        return Transition(State.FAILED, Reason.GAVE_UP, maybe_sent=maybe_sent, fall_back=not reached)
    return Transition(State.PENDING, due_at=due, maybe_sent=maybe_sent)
