"""The sender: the steps of one message, from the claim to the result.

Each step is a method of its own, because they belong to different threads:
`service.dispatcher` puts them together.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import structlog

from notifier.core import rest, retry
from notifier.core.message import Message
from notifier.core.private import without_customer
from notifier.core.quota import Limits
from notifier.core.rest import Health
from notifier.core.result import Result
from notifier.core.retry import Outcome, OutcomeKind
from notifier.core.wanted import fall_back
from notifier.service import missed, refusals
from notifier.service.preparing import Preparer
from notifier.service.running import Running
from notifier.service.steps import Ready, Return, set_aside
from notifier.store.protocol import Store
from notifier.store.sending import Begin, ChannelState

LEASE = 120.0
"""How long a claim on a message holds, in seconds; the worker extends it while it lives."""

log = structlog.get_logger()


class Sender:
    """Knows the steps; `prepare` and `transmit` are safe to use from several threads.

    Args:
        store: where messages are.
        running: returns the rules, templates and channels in force.
        worker: this worker's name.
        clock: returns Unix seconds UTC.
        jitter: returns a random number in [0, 1).
        unsubscribe: returns the link by which the recipient of a message, named by
            its message_id, can take back her consent.
        acknowledge: returns the link that acknowledges the alerts of a message, named by its id.
    """

    def __init__(
        self,
        store: Store,
        running: Callable[[], Running],
        worker: str,
        clock: Callable[[], float],
        jitter: Callable[[], float],
        unsubscribe: Callable[[str], str] = lambda message_id: "",  # noqa: ARG005
        acknowledge: Callable[[int], str] = lambda message: "",  # noqa: ARG005
    ) -> None:
        self._store = store
        self._running = running
        self._worker = worker
        self._clock = clock
        self._jitter = jitter
        self._preparer = Preparer(store, running, clock, unsubscribe, acknowledge)
        self._health: dict[str, Health] = {}

    def claim(self, limit: int, limits: Mapping[str, Limits], now: float) -> list[Message]:
        """Claim up to `limit` due messages, the most urgent first."""
        return self._store.outbox.claim(self._worker, now, LEASE, limit, limits)

    def next_due(self, now: float, limits: Mapping[str, Limits]) -> float | None:
        """Return when it is worth claiming again after a claim at `now`, None if nothing waits."""
        return self._store.outbox.next_due(now, limits)

    def hold(self) -> None:
        """Extend the claims on the messages that are being sent."""
        self._store.outbox.extend(self._worker, self._clock(), LEASE)

    def prepare(self, messages: Sequence[Message]) -> list[Ready | Result | Return]:
        """Judge claimed messages once more and make their words; see `service.preparing`."""
        return self._preparer.prepare(messages)

    def start(self, ready: Sequence[Ready]) -> list[Ready]:
        """Put attempts on record before anything is sent; return those whose claims are ours still."""
        begins = [
            Begin(
                one.message,
                one.recipient,
                *one.worded.on_record,
                carried=one.worded.carried,
                merged=one.merged,
                seen=one.situation.newest,
            )
            for one in ready
        ]
        begun = self._store.outbox.start_attempts(begins, self._clock())
        return [one for one in ready if one.message.id in begun]

    def transmit(self, ready: Ready) -> Outcome:
        """Send: the network, and nothing else. Never raises."""
        return ready.running.gateway.send(
            ready.channel.name, ready.worded.rendered, ready.recipient, ready.message.message_id
        )

    def judge(self, ready: Ready, outcome: Outcome) -> Result:
        """Decide what an attempt that ended with `outcome` means for its message and its channel."""
        try:
            return self._judge(ready, outcome)
        except Exception:
            log.exception("unexpected error; the message is set aside", message=ready.message.id)
            return set_aside(ready.message, outcome)

    def _judge(self, ready: Ready, outcome: Outcome) -> Result:
        message, channel, now = ready.message, ready.channel, self._clock()
        outcome = without_customer(outcome, ready.situation.order.contact)
        first = message.first_attempt_at if message.first_attempt_at is not None else now
        tried = replace(message, attempts=message.attempts + 1, first_attempt_at=first)
        transition = retry.settle(
            tried,
            outcome,
            channel.retry,
            resend_unknown=channel.resend_unknown,
            now=now,
            jitter=self._jitter(),
        )
        successor = None
        if transition.fall_back:
            successor = fall_back(tried, ready.running.ruleset, ready.situation, now)
        health = self._health.get(channel.name, Health())
        self._health[channel.name], effect = rest.judge(health, outcome, now, self._jitter())
        return Result(message, transition, outcome, "", successor, effect)

    def weigh(
        self, results: Sequence[Result | Return], paused: Sequence[ChannelState]
    ) -> list[Result | Return]:
        """Have wait what is refused as everybody is, within a transaction; see `service.refusals`."""
        return refusals.weigh(self._store, self._running().ruleset.channels, results, paused, self._clock())

    def settle(self, results: Sequence[Result | Return]) -> frozenset[int]:
        """Write results; return the ids of messages whose claims went to another worker."""
        for one in results:
            if isinstance(one, Return):
                self._store.outbox.give_back(one.message, one.due_at)
        ended = [one for one in results if isinstance(one, Result)]
        return missed.settle(self._store, self._running, ended, self._clock())

    def recover(self) -> int:
        """Settle messages whose claimant vanished; return how many there were."""
        now = self._clock()
        lapsed = self._store.outbox.lapsed(now, limit=100)
        for message, attempt_open in lapsed:
            channel = self._running().ruleset.channels.get(message.send.channel)
            transition = retry.settle_lapsed(
                message,
                attempt_open=attempt_open,
                resend_unknown=channel is not None and channel.resend_unknown,
                now=now,
            )
            vanished = Outcome(OutcomeKind.UNKNOWN, detail="the worker ended during the attempt")
            self.settle([Result(message, transition, vanished if attempt_open else None)])
            log.warning("message recovered", message=message.id, state=transition.state)
        return len(lapsed)
