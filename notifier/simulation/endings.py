"""How messages of a simulated world end: told, tried again, given up, dropped, or told another way."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeAlias

from notifier.core import missing, retry
from notifier.core.channel import Audience
from notifier.core.event import EventKind
from notifier.core.message import Message, NewMessage, State
from notifier.core.plan import Plan
from notifier.core.reason import UNKNOWN_CUSTOMER, Reason
from notifier.core.retry import Outcome, Transition
from notifier.core.rules import RuleSet
from notifier.core.situation import Situation
from notifier.core.wanted import fall_back
from notifier.core.wants import wants
from notifier.errors import RenderError
from notifier.service.wording import Told as Worded
from notifier.simulation.journal import Journal, Told, Tried
from notifier.simulation.memory import Memory

Report: TypeAlias = Callable[[str, str, str], None]
"""Told of what operators should know of: an event's kind, subject and detail."""

JITTER = 1.0
"""Every wait between two attempts is as long as it can be: the same arguments give the same world."""


class Endings:
    """Ends messages, and starts what takes their place."""

    def __init__(self, ruleset: RuleSet, memory: Memory, journal: Journal, report: Report) -> None:
        self._ruleset = ruleset
        self._memory = memory
        self._outbox = memory.outbox
        self._journal = journal
        self.report = report

    def went_out(self, message: Message, situation: Situation, company: list[Worded], now: float) -> None:
        """Note that a message went out with others, and what parcels customers are told of by it."""
        customer = self._ruleset.channels[message.send.channel].audience is Audience.CUSTOMER
        self._outbox.went_out(message, _parcels(message, situation) if customer else frozenset(), now)
        if customer:
            for other, about in company:
                self._outbox.carries(other, _parcels(other, about))

    def unworded(self, message: Message, situation: Situation, error: RenderError, now: float) -> None:
        """End a message whose template fails, and take the next way of its `first_of`."""
        self.report(EventKind.TEMPLATE_FAILED, message.send.template, str(error))
        successor = None if message.maybe_sent else fall_back(message, self._ruleset, situation, now)
        going = self._outbox.merged_into(message) if successor is not None else []
        self.end(
            message,
            State.FAILED,
            Reason.TEMPLATE_FAILED,
            now,
            detail=str(error),
            follow=bool(going),
        )
        if successor is not None:
            self._succeed(message, successor, going, now)

    def failed(
        self,
        message: Message,
        tried: Message,
        situation: Situation,
        outcome: Outcome,
        now: float,
    ) -> None:
        """Decide what becomes of a message after an attempt that failed; `tried` counts it."""
        channel = self._ruleset.channels[message.send.channel]
        move = retry.settle(
            tried, outcome, channel.retry, resend_unknown=channel.resend_unknown, now=now, jitter=JITTER
        )
        successor = fall_back(tried, self._ruleset, situation, now) if move.fall_back else None
        if move.state is State.PENDING:
            self._try_again(message, tried, move, now)
            return
        if move.reason is Reason.GAVE_UP:
            about = f"message {message.id} of rule {message.rule}"
            self.report(EventKind.SEND_GAVE_UP, channel.name, about)
        going = self._outbox.merged_into(message) if successor is not None else []
        self.end(
            message,
            move.state,
            move.reason,
            now,
            follow=bool(going),
            attempts=tried.attempts,
            maybe_sent=message.maybe_sent or move.maybe_sent,
            detail=outcome.detail,
        )
        if successor is not None:
            self._succeed(message, successor, going, now)

    def _try_again(self, message: Message, tried: Message, move: Transition, now: float) -> None:
        due = now if move.due_at is None else move.due_at
        waiting = self._outbox.move(
            message,
            due_at=due,
            attempts=tried.attempts,
            first_attempt_at=tried.first_attempt_at,
            maybe_sent=message.maybe_sent or move.maybe_sent,
        )
        self._journal.append(Tried(now, waiting, due))

    def end(
        self,
        message: Message,
        state: State,
        reason: Reason | None,
        now: float,
        *,
        follow: bool = False,
        **more: object,
    ) -> None:
        """End a message after an attempt; those that went into it share its fate if nobody got it.

        Args:
            follow: they go with the one that takes its place instead.
        """
        ended = self._outbox.move(message, state=state, reason=reason, ended_at=now, **more)
        self._journal.append(Told(now, ended))
        if state is State.UNKNOWN:
            self._outbox.went_out(ended, frozenset(), now)
        elif not ended.maybe_sent and not follow:
            for other in self._outbox.merged_into(ended):
                self._journal.append(
                    Told(now, self._outbox.move(other, state=state, reason=reason, ended_at=now))
                )

    def drop(
        self, message: Message, why: Reason, situation: Situation, now: float, *, elsewhere: bool
    ) -> None:
        """End a message that is not wanted any more; `elsewhere` takes the next way of its `first_of`."""
        successor = fall_back(message, self._ruleset, situation, now) if elsewhere else None
        self._memory.drop(message, why, now)
        if successor is not None:
            self._succeed(message, successor, [], now)
        elif why in UNKNOWN_CUSTOMER:
            self._miss(message, situation, now)

    def _miss(self, message: Message, situation: Situation, now: float) -> None:
        """Let `orders.missing_contact` speak of a customer who cannot be told any more."""
        rule = self._ruleset.orders.missing_contact
        asked = wants(self._ruleset, situation, now, [rule] if rule else [])
        judged = missing.judge_again(
            message, self._ruleset, situation, self._memory.standing(asked, now), now
        )
        if judged is not None:
            decision, born = judged
            self._memory.apply(Plan((decision,), tuple(born)), message.update_id, message.ref, now)

    def leaves(self, message: Message, why: Reason, situation: Situation, now: float) -> bool:
        """Take the next way of a `first_of`; False if there is none."""
        if message.maybe_sent or not message.fallbacks:
            return False
        successor = fall_back(message, self._ruleset, situation, now)
        if successor is None:
            return False
        going = self._outbox.merged_into(message)
        self._memory.drop(message, why, now)
        self._succeed(message, successor, [self._outbox.get(other.id) for other in going], now)
        return True

    def _succeed(self, message: Message, successor: NewMessage, going: Sequence[Message], now: float) -> None:
        """Start what takes the place of a message; what went with that goes with it."""
        if going:
            successor = replace(successor, join=message.join)
        born = self._memory.bear(successor, message.update_id, message.ref, now)
        for other in going:
            self._outbox.move(other, state=State.MERGED, into=born.id)

    def leave_behind(self, message: Message, company: list[Worded]) -> None:
        """Let those wait again that went with a message before, and do not now."""
        along = {other.id for other, _ in company}
        for other in self._outbox.merged_into(message):
            if other.id not in along:
                self._outbox.move(other, state=State.PENDING, into=None)

    def merge(self, message: Message, company: list[Worded]) -> None:
        """Have others go out with a message."""
        for other, _ in company:
            if other.state is not State.MERGED:
                self._outbox.move(other, state=State.MERGED, into=message.id)


def _parcels(message: Message, situation: Situation) -> frozenset[str]:
    """Return the parcels that a customer is told of: the one that a message is about, or all of its order."""
    return frozenset([message.shipment] if message.shipment else (s.key for s in situation.order.shipments))
