"""The sender: the steps of one message, from the claim to the result.

Each step is a method of its own, because they belong to different threads:
`service.dispatcher` puts them together.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import structlog

from notifier.core import rest, retry
from notifier.core.channel import Audience, Channel
from notifier.core.contact import Contact
from notifier.core.facts import facts
from notifier.core.message import Message, Rendered, State
from notifier.core.plan import fall_back, still_wanted
from notifier.core.private import without_customer
from notifier.core.quota import Limits
from notifier.core.reason import Reason
from notifier.core.rest import Health
from notifier.core.result import Result
from notifier.core.retry import Outcome, OutcomeKind, Transition
from notifier.core.rules import Category
from notifier.core.situation import Situation
from notifier.errors import RenderError, StoreError
from notifier.service import missed
from notifier.service.running import Running
from notifier.store.protocol import Store
from notifier.store.sending import Begin

LEASE = 120.0
"""How long a claim on a message holds, in seconds; the worker extends it while it lives."""

TROUBLE_PAUSE = 1.0
"""Seconds to wait after the database could not do it."""

LOOK_AGAIN = 300.0
"""Seconds after which a message that found no other way than its resting channel is judged again."""

_ELSEWHERE = (
    Reason.NO_ADDRESS,
    Reason.UNUSABLE_ADDRESS,
    Reason.ADDRESS_REFUSED,
    Reason.CHANNEL_NOT_ALLOWED,
)
"""Why a message is dropped on one channel and may still be told on the next of its `first_of`."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Ready:
    """A claimed message that is wanted, with its words, recipient, and what they were made of."""

    message: Message
    recipient: str = field(repr=False)
    rendered: Rendered = field(repr=False)
    channel: Channel
    situation: Situation
    running: Running


@dataclass(frozen=True, slots=True)
class Return:
    """A claimed message that goes back as it was; due as before, or at `due_at` (Unix seconds UTC)."""

    message: Message
    due_at: float | None = None


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
    """

    def __init__(
        self,
        store: Store,
        running: Callable[[], Running],
        worker: str,
        clock: Callable[[], float],
        jitter: Callable[[], float],
        unsubscribe: Callable[[str], str] = lambda message_id: "",  # noqa: ARG005
    ) -> None:
        self._store = store
        self._running = running
        self._worker = worker
        self._clock = clock
        self._jitter = jitter
        self._unsubscribe = unsubscribe
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
        """Judge claimed messages once more and make their words.

        One may not be wanted any more, its channel may rest, or its template fail:
        then the result is here already. If the database cannot tell now, all go back.
        """
        running, now = self._running(), self._clock()
        try:
            resting = {s.name: s.reason for s in self._store.channels.paused() if s.blocks(now)}
            situations = self._store.outbox.situations(messages)
        except StoreError as error:
            log.error("the database could not do it; messages wait", error=str(error))
            return [Return(message, now + TROUBLE_PAUSE) for message in messages]
        except Exception:
            if len(messages) > 1:  # it may be one of them alone
                return [one for message in messages for one in self.prepare([message])]
            log.exception("unexpected error; the message is set aside", message=messages[0].id)
            return [set_aside(messages[0])]
        made: list[Ready | Result | Return] = []
        for message, situation in zip(messages, situations, strict=True):
            try:
                made.append(self._prepare(message, situation, running, resting, now))
            except Exception:
                log.exception("unexpected error; the message is set aside", message=message.id)
                made.append(set_aside(message))
        return made

    def _prepare(
        self,
        message: Message,
        situation: Situation,
        running: Running,
        resting: Mapping[str, Reason],
        now: float,
    ) -> Ready | Result | Return:
        wanted = still_wanted(message, running.ruleset, situation, now)
        if wanted.dropped is not None:
            elsewhere = wanted.dropped in _ELSEWHERE and not message.maybe_sent
            successor = fall_back(message, running.ruleset, situation, now) if elsewhere else None
            return Result(message, Transition(State.DROPPED, wanted.dropped), successor=successor)
        channel = running.ruleset.channels[message.send.channel]
        if message.leaves != (channel.name in resting):
            return Return(message)  # it has come back since the claim, or begun to rest: claim by that
        if message.leaves:
            return self._elsewhere(message, resting[channel.name], running, situation, now)
        kind = running.gateway.kind(channel.name)
        if kind is None:  # refused by a reload between the claim and now
            return Return(message, now + TROUBLE_PAUSE)
        try:
            rendered = self._render(message, situation, running, channel, kind, now)
        except RenderError as error:
            failed = Transition(State.FAILED, Reason.TEMPLATE_FAILED)
            return Result(message, failed, detail=str(error))
        return Ready(message, wanted.recipient, rendered, channel, situation, running)

    def start(self, ready: Sequence[Ready]) -> list[Ready]:
        """Put attempts on record before anything is sent; return those whose claims are ours still."""
        begins = [
            Begin(
                one.message,
                one.recipient,
                one.rendered.subject,
                one.rendered.text or one.rendered.sms or one.rendered.chat,
            )
            for one in ready
        ]
        begun = self._store.outbox.start_attempts(begins, self._clock())
        return [one for one in ready if one.message.id in begun]

    def transmit(self, ready: Ready) -> Outcome:
        """Send: the network, and nothing else. Never raises."""
        return ready.running.gateway.send(
            ready.channel.name, ready.rendered, ready.recipient, ready.message.message_id
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

    def _elsewhere(
        self, message: Message, why: Reason, running: Running, situation: Situation, now: float
    ) -> Result | Return:
        """Take the next way of a `first_of`, because the channel rests; without one, wait on."""
        successor = None if message.maybe_sent else fall_back(message, running.ruleset, situation, now)
        if successor is None:
            return Return(message, now + LOOK_AGAIN if message.fallbacks else None)
        return Result(message, Transition(State.DROPPED, why), successor=successor)

    def _render(
        self,
        message: Message,
        situation: Situation,
        running: Running,
        channel: Channel,
        kind: str,
        now: float,
    ) -> Rendered:
        order, shop = situation.order, running.ruleset.shop
        shipment = next((s for s in order.shipments if s.key == message.shipment), None)
        rule = running.ruleset.rule(message.rule)
        is_marketing = rule is not None and rule.category is Category.MARKETING
        link = self._unsubscribe(message.message_id) if is_marketing else ""
        told = facts(
            situation.update,
            order,
            shop,
            now,
            shipment=shipment,
            late=situation.late,
            unsubscribe_url=link,
        )
        # Operators read the shop's language, whoever the customer is.
        contact = order.contact if channel.audience is Audience.CUSTOMER else None
        contact = contact or Contact()
        rendered = running.templates.render(
            message.send.template, kind, told, contact.locale, contact.timezone, contact.country
        )
        return replace(rendered, unsubscribe_url=link)


def set_aside(message: Message, outcome: Outcome | None = None) -> Result:
    """Return the result of a message that notifier itself could not cope with: a person decides."""
    transition = Transition(State.FAILED, Reason.SET_ASIDE, maybe_sent=outcome is not None)
    return Result(message, transition, outcome, detail="an error of notifier itself")
