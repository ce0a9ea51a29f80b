"""A claimed message is judged once more, and its words are made."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace

import structlog

from notifier.core.channel import Audience
from notifier.core.event import EventKind
from notifier.core.message import Message, State
from notifier.core.once import person
from notifier.core.reason import Reason
from notifier.core.result import Result
from notifier.core.retry import Transition
from notifier.core.situation import Situation
from notifier.core.standing import Standing
from notifier.core.wanted import Wanted, fall_back, goes_along, still_wanted
from notifier.errors import RenderError, StoreError
from notifier.service.reporting import Reporter
from notifier.service.running import Running
from notifier.service.steps import TROUBLE_PAUSE, Ready, Return, set_aside
from notifier.service.wording import Told, Wording
from notifier.store.protocol import Store

LOOK_AGAIN = 300.0
"""Seconds after which a message that found no other way than its resting channel is judged again."""

ELSEWHERE = (
    Reason.NO_ADDRESS,
    Reason.UNUSABLE_ADDRESS,
    Reason.ADDRESS_REFUSED,
    Reason.CHANNEL_NOT_ALLOWED,
    Reason.OUTSIDE_WINDOW,
)
"""Why a message is dropped on one channel and may still be told on the next of its `first_of`."""

log = structlog.get_logger()


class Preparer:
    """Makes claimed messages ready; safe to use from several threads.

    Args:
        store: where messages are.
        running: returns the rules, templates and channels in force.
        clock: returns Unix seconds UTC.
        unsubscribe: returns the link by which the reader of a message ends marketing.
        acknowledge: returns the link that acknowledges the alerts of a message, named by its id.
    """

    def __init__(
        self,
        store: Store,
        running: Callable[[], Running],
        clock: Callable[[], float],
        unsubscribe: Callable[[str], str],
        acknowledge: Callable[[int], str],
    ) -> None:
        self._store = store
        self._running = running
        self._clock = clock
        self._wording = Wording(self._listed, unsubscribe, acknowledge)
        self._reporter = Reporter(store)

    def prepare(self, messages: Sequence[Message]) -> list[Ready | Result | Return]:
        """Judge claimed messages once more and make their words.

        One may not be wanted any more, its channel may rest, or its template fail:
        then the result is here already. If the database cannot tell now, all go back.
        """
        running, now = self._running(), self._clock()
        try:
            standing = self._store.outbox.standing(messages, now, running.ruleset.muting)
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
                one = self._prepare(message, situation, standing, running, resting, now)
                made.append(one)
                if message.join and isinstance(one, Ready) and one.channel.audience is Audience.CUSTOMER:
                    standing = standing.with_told(person(situation.order), now)
            except Exception:
                log.exception("unexpected error; the message is set aside", message=message.id)
                made.append(set_aside(message))
        return made

    def _prepare(
        self,
        message: Message,
        situation: Situation,
        standing: Standing,
        running: Running,
        resting: Mapping[str, Reason],
        now: float,
    ) -> Ready | Result | Return:
        wanted = still_wanted(message, running.ruleset, situation, standing, now)
        if wanted.dropped is not None:
            elsewhere = wanted.dropped in ELSEWHERE and not message.maybe_sent
            successor = fall_back(message, running.ruleset, situation, now) if elsewhere else None
            overtaken = wanted.dropped is Reason.OVERTAKEN
            detail = f"the order is {situation.order.status} by now" if overtaken else ""
            return Result(
                message, Transition(State.DROPPED, wanted.dropped), detail=detail, successor=successor
            )
        if wanted.later is not None:
            return Return(message, wanted.later)
        channel = running.ruleset.channels[message.send.channel]
        if message.leaves != (channel.name in resting):
            return Return(message)  # it has come back since the claim, or begun to rest: claim by that
        if message.leaves:
            return self._elsewhere(message, resting[channel.name], running, situation, now)
        kind = running.gateway.kind(channel.name)
        if kind is None:  # refused by a reload between the claim and now
            return Return(message, now + TROUBLE_PAUSE)
        ruleset = running.ruleset
        company, standing = self._company(message, wanted, standing, running, now)
        try:
            worded = self._wording.make(
                (message, situation),
                company,
                standing,
                ruleset,
                running.templates,
                channel,
                kind,
                now,
                lambda rendered: running.gateway.fits(channel.name, rendered),
            )
        except RenderError as error:
            failed = Transition(State.FAILED, Reason.TEMPLATE_FAILED)
            self._reporter.report(EventKind.TEMPLATE_FAILED, message.send.template, str(error), now)
            # A link that is too long for a text message fits into a mail.
            successor = None if message.maybe_sent else fall_back(message, ruleset, situation, now)
            return Result(message, failed, detail=str(error), successor=successor)
        merged = tuple(other.id for other, _ in company)
        if wanted.shadow:
            shown = (wanted.recipient, *worded.on_record)
            return Result(message, Transition(State.SHADOWED), shown=shown, merged=merged)
        return Ready(message, wanted.recipient, worded, channel, situation, running, merged)

    def _listed(self, rules: Collection[str], since: float, until: float, most: int) -> list[Told]:
        found = self._store.outbox.told(rules, since, until, most)
        return list(zip(found, self._store.outbox.situations(found), strict=True))

    def _company(
        self, message: Message, wanted: Wanted, standing: Standing, running: Running, now: float
    ) -> tuple[list[Told], Standing]:
        """Return what goes out with a message, and what is on record of all of them.

        It goes out with those of its join key that can; the others are judged when it is their turn.
        """
        found = self._store.outbox.companions(message) if message.join else []
        others = [other for other in found if other.id != message.id]
        if not others:
            return [], standing
        situations = self._store.outbox.situations(others)
        known = self._store.outbox.standing(others, now, running.ruleset.muting)
        company = [
            (other, situation)
            for other, situation in zip(others, situations, strict=True)
            if goes_along(other, (message, wanted), running.ruleset, situation, known, now)
        ]
        return company, replace(standing, alerts=(*standing.alerts, *known.alerts))

    def _elsewhere(
        self, message: Message, why: Reason, running: Running, situation: Situation, now: float
    ) -> Result | Return:
        """Take the next way of a `first_of`, because the channel rests; without one, wait on."""
        successor = None if message.maybe_sent else fall_back(message, running.ruleset, situation, now)
        if successor is None:
            return Return(message, now + LOOK_AGAIN if message.fallbacks else None)
        return Result(message, Transition(State.DROPPED, why), successor=successor)
