"""A message that is due in a simulated world: judged once more, put into words, and delivered at once."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from notifier.core.event import EventKind
from notifier.core.message import Message, State
from notifier.core.reason import Reason
from notifier.core.retry import OutcomeKind
from notifier.core.rules import RuleSet
from notifier.core.situation import Situation
from notifier.core.standing import Standing
from notifier.core.wanted import Wanted, still_wanted
from notifier.errors import RenderError
from notifier.service.preparing import ELSEWHERE
from notifier.simulation.agenda import Agenda, Turn
from notifier.simulation.endings import Endings
from notifier.simulation.journal import Journal, Told
from notifier.simulation.lanes import Lane
from notifier.simulation.memory import Memory
from notifier.simulation.preparing import Preparing


class Delivery:
    """Takes due messages to their ends."""

    def __init__(
        self,
        ruleset: RuleSet,
        memory: Memory,
        preparing: Preparing,
        endings: Endings,
        agenda: Agenda,
        journal: Journal,
    ) -> None:
        self._ruleset = ruleset
        self._outbox = memory.outbox
        self._preparing = preparing
        self._endings = endings
        self._agenda = agenda
        self._journal = journal
        self.lanes = {name: Lane(channel) for name, channel in ruleset.channels.items()}

    def is_due(self, message_id: int) -> None:
        """Take a message that may be due as far as it comes."""
        message, now = self._outbox.get(message_id), self._agenda.now
        if message.state is not State.PENDING or message.due_at > now:
            return  # it has ended, or waits for another time
        if (first := self._outbox.before(message, now)) is not None:
            self._outbox.follow(message, first)
            return
        self._outbox.turn(message)
        situation = self._preparing.situation(message)
        standing = self._preparing.standing(message, now)
        wanted = still_wanted(message, self._ruleset, situation, standing, now)
        if wanted.dropped is not None:
            elsewhere = wanted.dropped in ELSEWHERE and not message.maybe_sent
            self._endings.drop(message, wanted.dropped, situation, now, elsewhere=elsewhere)
        elif wanted.later is not None:
            self._outbox.move(message, due_at=wanted.later)
        elif wanted.shadow:
            self._tell(message, situation, standing, wanted, State.SHADOWED)
        elif not self._has_to_wait(message, situation, now):
            self._tell(message, situation, standing, wanted, State.DELIVERED)

    def _tell(
        self, message: Message, situation: Situation, standing: Standing, wanted: Wanted, end: State
    ) -> None:
        """Put a message into words, with its companions, and send it."""
        now, lane = self._agenda.now, self.lanes[message.send.channel]
        company = self._preparing.company(message, wanted, now)
        try:
            rendered = self._preparing.words((message, situation), company, standing, now)
        except RenderError as error:
            self._endings.unworded(message, situation, error, now)
            return
        sent = end is State.DELIVERED
        first = now if message.first_attempt_at is None else message.first_attempt_at
        outcome = lane.attempt(now) if sent else None
        self._endings.leave_behind(message, company)
        self._endings.merge(message, company)
        if outcome is not None:
            tried = replace(message, attempts=message.attempts + 1, first_attempt_at=first)
            self._endings.failed(message, tried, situation, outcome, now)
            if outcome.kind is OutcomeKind.UNKNOWN:  # it may have told her
                self._endings.went_out(tried, situation, company, now)
            return
        ended = self._outbox.move(
            message,
            state=end,
            ended_at=now,
            attempts=message.attempts + sent,
            first_attempt_at=first,
            recipient=wanted.recipient,
        )
        self._endings.went_out(ended, situation, company, now)
        refs = dict.fromkeys([message.ref, *(other.ref for other, _ in company)])
        self._journal.append(Told(now, ended, wanted.recipient, rendered, tuple(refs), len(company)))

    def _has_to_wait(self, message: Message, situation: Situation, now: float) -> bool:
        """Tell whether there is no room for a message: it waits, or takes the next way of its `first_of`."""
        lane = self.lanes[message.send.channel]
        if not lane.is_limited:
            return False
        allowed = lane.allowance(now)
        if allowed.exhausted_until is not None:
            if lane.is_news(now):
                self._endings.report(EventKind.BUDGET_REACHED, lane.channel.name, "")
            if self._endings.leaves(message, Reason.BUDGET_REACHED, situation, now):
                return True
        if allowed.most >= 1 and not allowed.elsewhere:
            return False
        lane.queue(message)
        self._wake_later(lane, allowed.again_at)
        return True

    def _woken(self, lane: Lane) -> None:
        """Let go what waited for room on a channel, as far as there is some."""
        lane.wakes_at = None
        while lane.has_queue:
            allowed = lane.allowance(self._agenda.now)
            if allowed.most < 1 or allowed.elsewhere:
                self._wake_later(lane, allowed.again_at)
                return
            self.is_due(lane.next())

    def _wake_later(self, lane: Lane, at: float | None) -> None:
        if at is not None and lane.wakes_at is None:
            lane.wakes_at = at
            self._agenda.add(at, Turn.LANE, partial(self._woken, lane))
