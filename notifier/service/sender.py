"""The sender: due messages are claimed, judged once more, rendered, put on record, sent, and settled."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

import structlog

from notifier.core import retry
from notifier.core.contact import Contact
from notifier.core.facts import facts
from notifier.core.message import Message, Rendered, State
from notifier.core.plan import fall_back, still_wanted
from notifier.core.reason import Reason
from notifier.core.retry import Outcome, OutcomeKind, Transition
from notifier.core.rules import Audience, Category, Channel
from notifier.core.situation import Situation
from notifier.errors import NotAllowed, RenderError, StoreError
from notifier.service.running import Running
from notifier.store.protocol import Store

LEASE = 120.0
"""How long a claim on a message holds, in seconds; the worker extends it while it lives."""

_SETTLE_TRIES = 30
_SETTLE_PAUSE = 1.0

_ELSEWHERE = (
    Reason.NO_ADDRESS,
    Reason.UNUSABLE_ADDRESS,
    Reason.ADDRESS_REFUSED,
    Reason.CHANNEL_NOT_ALLOWED,
)
"""Why a message is dropped on one channel and may still be told on the next of its `first_of`."""

log = structlog.get_logger()


class Sender:
    """Sends messages; safe to use from several threads.

    Args:
        store: where they are.
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

    def claim(self, limit: int) -> list[Message]:
        """Claim up to `limit` due messages."""
        return self._store.outbox.claim(self._worker, self._clock(), LEASE, limit)

    def hold(self) -> None:
        """Extend the claims on the messages that are being sent."""
        self._store.outbox.extend(self._worker, self._clock(), LEASE)

    def give_back(self, message: Message) -> None:
        """Return a claimed message that was not begun."""
        self._store.outbox.give_back(message)

    def send(self, message: Message) -> None:
        """Take one claimed message to its next state.

        1. Judge it once more: it may not be wanted any more.
        2. Make the words.
        3. Put the attempt on record.
        4. Send, outside of any transaction.
        5. Settle by the outcome.
        """
        running, now = self._running(), self._clock()
        situation = self._store.outbox.situation(message)
        wanted = still_wanted(message, running.ruleset, situation, now)
        if wanted.dropped is not None:
            self._drop(message, situation, running, wanted.dropped)
            return
        channel = running.ruleset.channels[message.send.channel]
        kind = running.gateway.kind(channel.name)
        if kind is None:  # paused between the claim and now
            self.give_back(message)
            return
        try:
            rendered = self._render(message, situation, running, channel, kind, now)
        except RenderError as error:
            failed = Transition(State.FAILED, Reason.TEMPLATE_FAILED)
            self._settle(message, failed, detail=str(error))
            log.error("template failed", message=message.id, error=str(error))
            return
        words = rendered.text or rendered.sms or rendered.chat
        try:
            self._store.outbox.start_attempt(
                message, wanted.recipient, rendered.subject, words, self._clock()
            )
        except NotAllowed:
            return  # the lease ran out before anything was sent
        outcome = running.gateway.send(channel.name, rendered, wanted.recipient, message.message_id)
        self._after(message, outcome, situation, running, channel)

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
            self._settle(message, transition, outcome=vanished if attempt_open else None)
            log.warning("message recovered", message=message.id, state=transition.state)
        return len(lapsed)

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

    def _after(
        self,
        message: Message,
        outcome: Outcome,
        situation: Situation,
        running: Running,
        channel: Channel,
    ) -> None:
        now = self._clock()
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
        successor = fall_back(tried, running.ruleset, situation, now) if transition.fall_back else None
        self._settle(message, transition, outcome=outcome, successor=successor)
        write = log.info if outcome.kind is OutcomeKind.DELIVERED else log.warning
        write(
            f"message {transition.state}",
            message=message.id,
            rule=message.rule,
            channel=channel.name,
            attempt=tried.attempts,
            outcome=outcome.kind,
            code=outcome.code,
            detail=outcome.detail,
        )

    def _drop(self, message: Message, situation: Situation, running: Running, reason: Reason) -> None:
        successor = None
        if reason in _ELSEWHERE and not message.maybe_sent:
            successor = fall_back(message, running.ruleset, situation, self._clock())
        self._settle(message, Transition(State.DROPPED, reason), successor=successor)
        log.info("message dropped", message=message.id, rule=message.rule, reason=reason)

    def _settle(self, message: Message, transition: Transition, **more: object) -> None:
        """Write the result; a busy database must not turn a sent mail into an unknown one."""
        for tries in range(_SETTLE_TRIES):
            try:
                self._store.outbox.settle(message, transition, self._clock(), **more)  # type: ignore[arg-type]
            except StoreError as error:
                log.error("result not recorded yet", message=message.id, tries=tries + 1, error=str(error))
                time.sleep(_SETTLE_PAUSE)
            except NotAllowed:
                log.warning("result refused: the claim went to another worker", message=message.id)
                return
            else:
                return
