"""What a store is for sending: the outbox, and the channels. See `notifier.store.protocol`."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from notifier.core.history import Attempt
from notifier.core.message import Message, State
from notifier.core.quota import Limits
from notifier.core.reason import Reason
from notifier.core.rest import WIRE_REASONS
from notifier.core.result import Result
from notifier.core.retry import Outcome
from notifier.core.situation import Situation
from notifier.core.standing import Standing

NO_LIMITS: Mapping[str, Limits] = {}


@dataclass(frozen=True, slots=True)
class Begin:
    """An attempt that is about to be made: its message, its recipient, and the words to be sent.

    `carried` are the keys of the parcels that a customer is told of by it; `merged` the messages that
    go out with it; `seen` the newest update of its order that the words know of (None: never mind).
    """

    message: Message
    recipient: str
    subject: str
    text: str
    carried: frozenset[str] = frozenset()
    merged: tuple[int, ...] = ()
    seen: int | None = None


@dataclass(frozen=True, slots=True)
class Answered:
    """An attempt on a channel: its message, whom that was for, and how it ended (None: it has not yet).

    Times are Unix seconds UTC.
    """

    message: int
    recipient: str = field(repr=False)
    outcome: Outcome | None
    began: float
    ended: float | None


@dataclass(frozen=True, slots=True)
class ChannelState:
    """A channel that rests: why, since when, and until when (None: until somebody acts).

    It can have several reasons at once; each is a state of its own. `code` is the reply code of
    the refusal that everybody gets, if that is why.
    """

    name: str
    reason: Reason
    since: float
    until: float | None
    detail: str = ""
    code: str = ""

    def blocks(self, now: float) -> bool:
        """Tell whether it keeps every message waiting at `now`."""
        return self.until is None or self.until > now

    def is_over(self, now: float) -> bool:
        """Tell whether it is nothing but history: after a rest by the wire all messages but one wait on."""
        return not self.blocks(now) and self.reason not in WIRE_REASONS


@dataclass(frozen=True, slots=True)
class ChannelRecord:
    """What a channel did and has to do.

    Messages that are due, wait for another time, are being sent, and need a person;
    since when the oldest of the due ones exists; the newest attempts that did and did not
    deliver; deliveries of the last hour and day; and what was used of rate and budget,
    None where there is no such limit.
    """

    due: int = 0
    later: int = 0
    sending: int = 0
    failed: int = 0
    unknown: int = 0
    oldest_due: float | None = None
    last_success: Attempt | None = None
    last_failure: Attempt | None = None
    delivered_last_hour: int = 0
    delivered_last_day: int = 0
    rate_used: int | None = None
    budget_used: int | None = None


@dataclass(frozen=True, slots=True)
class Backlog:
    """What lies in the outbox, on all channels.

    Messages that are due, wait for another time, are being sent, and need a person; since
    when the oldest of the due ones exists; and those that failed or got an unknown end since
    the time that was asked for, without those that another way of the rule took over or
    that a person has dismissed.
    """

    due: int = 0
    later: int = 0
    sending: int = 0
    failed: int = 0
    unknown: int = 0
    oldest_due: float | None = None
    failed_since: int = 0
    unknown_since: int = 0


class Outbox(Protocol):
    """Messages: born with a plan, claimed and settled by the sender."""

    def claim(
        self,
        worker: str,
        now: float,
        lease: float,
        limit: int,
        limits: Mapping[str, Limits] = NO_LIMITS,
    ) -> list[Message]:
        """Claim due messages for `lease` seconds: the most urgent first, among these the oldest.

        A message waits while an earlier one of the same order on the same channel is
        due, being sent or about to be tried again: a customer is not told of the
        arrival before the departure. (What is about no order has no such order.) Of those
        with the same join key the first goes, the others wait for what becomes of it.
        How many a channel gives is decided by `core.quota.allowance`. Of one that rests come
        only messages that have another way and have waited for the channel's patience, or at
        once if its budget is used up: that is put on record as a rest, with an internal event
        when it begins.

        Args:
            limit: messages in all, at most.
            limits: by channel; one without is bounded by `limit` alone.
        """

    def extend(self, worker: str, now: float, lease: float) -> None:
        """Give a living worker's claims `lease` seconds from now: a slow server must not outlast them."""

    def situations(self, messages: Sequence[Message]) -> list[Situation]:
        """Return each message's update and its order as it is now, as told by all updates on record."""

    def standing(self, messages: Sequence[Message], now: float, alerts: Collection[str] = ()) -> Standing:
        """Return what judges due messages once more.

        The unresolved alerts that they belong to, and those of the rules `alerts`; silences; and for
        those with a join key when the last one with it went out and when their customers were told.
        """

    def companions(self, message: Message) -> list[Message]:
        """Return what goes out with a message, the oldest first: nothing if it has no join key.

        That are those that were MERGED into it before, and the pending ones with the same join key on
        the same channel, itself among them if it is pending.
        """

    def told(self, rules: Collection[str], since: float, until: float, limit: int) -> list[Message]:
        """Return messages of these rules made after `since` and up to `until`, but for DROPPED ones.

        Of an update and a rule the first one only; the oldest first.
        """

    def start_attempts(self, begins: Sequence[Begin], now: float) -> frozenset[int]:
        """Put attempts on record before anything is sent; return the ids of the messages that may be sent.

        Those that go out with one become MERGED into it, as far as they are pending still; what was
        MERGED into it before, and does not go along any more, is pending again.
        One that is missing has gone to another worker, or its order has had another update, or its
        alert has been resolved since its words were made: then it is pending again, as if it had not
        been claimed.
        """

    def settle(self, results: Sequence[Result], now: float) -> frozenset[int]:
        """End claims: move the messages as their transitions say.

        With `outcome`, the attempt on record gets it, and `effect` begins and ends
        rests of the channel. An outcome with `bad_address` marks the recipient as
        refused. That a channel went down or came up, and that a message was given up,
        are internal events. Of one that is SHADOWED the words are kept, without an attempt. Those that
        were MERGED into one that FAILED fail as well, and come back to it with `retry`; a transient
        failure leaves them with it, its successor takes them along, and if it is DROPPED, which is a
        verdict on it alone, they are pending again.

        Returns:
            The ids of those whose claims have gone to another worker; nothing of them was written.
        """

    def answered(self, channel: str, since: float, limit: int) -> list[Answered]:
        """Return the newest attempts on a channel since `since`, at most `limit`, in the order of their ends.

        Those that have not ended come last.
        """

    def put_back(self, message_ids: Collection[int], due_at: float) -> list[int]:
        """Make messages PENDING that were refused for what is the channel's fault, as if not tried that time.

        Those are left as they are that were told another way since, or ended otherwise. The marks
        that their refusals left on addresses are taken away.

        Returns:
            The ids of updates whose verdicts spoke of these marks: they can be judged again.
        """

    def give_back(self, message: Message, due_at: float | None = None) -> None:
        """Return a claimed message on which nothing was started; due as before, or at `due_at`."""

    def lapsed(self, now: float, limit: int) -> list[tuple[Message, bool]]:
        """Claim messages whose lease ran out, each with whether an attempt is on record without a result."""

    def retry(self, message_id: int, now: float) -> Message:
        """Send a failed or unknown message again, by a person's wish. Raises NotFound, NotAllowed.

        If its recipient was marked as refused, the mark is taken away.
        """

    def get(self, message_id: int) -> Message | None:
        """Return one message."""

    def newest(self, states: Collection[State], limit: int) -> list[Message]:
        """Return the newest messages in these states (all states if empty)."""

    def words(self, message_ids: Collection[int]) -> Mapping[int, tuple[str, str]]:
        """Return subject and text of messages whose words are on record, by id."""

    def counts(self) -> Mapping[str, int]:
        """Return the number of messages by state."""

    def backlog(self, now: float, since: float) -> Backlog:
        """Return what lies in the outbox at `now`, and what of it failed since."""

    def next_due(self, now: float, limits: Mapping[str, Limits] = NO_LIMITS) -> float | None:
        """Return when it is worth claiming again after a claim at `now` gave nothing, None if nothing waits.

        That is when a message, a lease, a rest or a quota is due, whichever is first. What ends
        by a commit (a message that is being sent) is not waited for by the clock.
        """


class Channels(Protocol):
    """Channels that rest, and what they did."""

    def pause(self, name: str, reason: Reason, until: float | None, detail: str, now: float) -> None:
        """Let a channel rest for one more reason; its messages wait until none is left."""

    def resume(self, name: str, reasons: Collection[Reason] = tuple(Reason)) -> bool:
        """End the rests of a channel that have these reasons; False if there were none."""

    def probe(self, name: str, now: float) -> None:
        """Have a channel that rests by what came over the wire probed by one message now."""

    def paused(self) -> list[ChannelState]:
        """Return all channels that rest, one state for each reason."""

    def record(self, name: str, limits: Limits, now: float) -> ChannelRecord:
        """Return what a channel did and has to do."""
