"""Updates, timers and events of a simulated world, judged by the daemon's own core."""

from __future__ import annotations

from functools import partial

from notifier.core import brake
from notifier.core.course import sequence
from notifier.core.decide import decide, expire
from notifier.core.due import Due, occasion_of
from notifier.core.event import Event, EventKind
from notifier.core.going_off import go_off, judge_event
from notifier.core.reason import Reason
from notifier.core.rules import Brake, RuleSet
from notifier.core.shopwide import LOOK_EVERY
from notifier.core.situation import Situation
from notifier.core.timer import Timer, TimerKind
from notifier.core.trigger import Rate
from notifier.core.update import RecordedUpdate, Update
from notifier.core.wants import wants
from notifier.service.reporting import EVERY
from notifier.simulation.agenda import Agenda, Turn
from notifier.simulation.journal import Arrived, Happened, Journal, Judged
from notifier.simulation.memory import Memory
from notifier.simulation.timers import Key, key_of
from notifier.store.protocol import Receipt

_OFTEN = (EventKind.EXPRESSION_FAILED, EventKind.TEMPLATE_FAILED)
"""Mistakes that each message may meet again: they are reported once in a while."""


class Judge:
    """Gives verdicts, and has the memory write what follows."""

    def __init__(self, ruleset: RuleSet, agenda: Agenda, journal: Journal) -> None:
        self._ruleset = ruleset
        self._agenda = agenda
        self._journal = journal
        self._memory: Memory
        self._events = 0
        self._counted: dict[str, int] = {}
        self._reported: dict[tuple[str, str], float] = {}

    def use(self, memory: Memory) -> None:
        """Say what is on record."""
        self._memory = memory

    def arrive(self, updates: list[Update]) -> None:
        """Record updates that arrive at the same moment, and judge them."""
        now, orders = self._agenda.now, self._memory.orders
        recorded: list[RecordedUpdate] = []
        for update in updates:
            news, receipt = orders.record(update, now)
            self._journal.append(Arrived(now, news, receipt))
            if receipt is Receipt.RECORDED:
                recorded.append(news)
            elif receipt is Receipt.HELD and self._ruleset.orders.hold_for is not None:
                ends = now + self._ruleset.orders.hold_for
                self._agenda.schedule(ends, Turn.EXPIRE, partial(self.expire, news.id))
        self.judge(recorded)

    def judge(self, recorded: list[RecordedUpdate]) -> None:
        """Judge updates: the orders as they come, those of one as they happened."""
        if len(recorded) > 1:
            first = {news.update.ref: place for place, news in reversed(list(enumerate(recorded)))}
            recorded = sorted(sequence(recorded), key=lambda news: first[news.update.ref])
        for news in recorded:
            self._decide(self._memory.orders.judge(news))

    def expire(self, update_id: int) -> None:
        """Give up an update whose order was never registered, if it is held still."""
        memory, ruleset, now = self._memory, self._ruleset, self._agenda.now
        situation = memory.orders.expire(update_id)
        if situation is not None:
            standing = memory.standing(wants(ruleset, situation, now), now)
            plan = expire(ruleset, situation, standing, now)
            ref = situation.order.ref
            self._journal.append(Judged(now, ref, update_id, plan.decisions, situation.late))
            memory.apply(plan, update_id, ref, now)

    def wait_for(self, timer: Timer) -> None:
        """Let a timer go off when it is due."""
        self._agenda.add(timer.due_at, Turn.TIMER, partial(self._go_off, key_of(timer), timer.due_at))

    def report(self, kind: str, subject: str, detail: str) -> None:
        """Let something happen to notifier itself that rules may listen to; some of it once in a while."""
        now = self._agenda.now
        before = self._reported.get((kind, subject))
        if kind in _OFTEN and before is not None and now - before < EVERY:
            return
        self._reported[kind, subject] = now
        self._events += 1
        event = Event(self._events, now, kind, subject, detail)
        self._journal.append(Happened(now, event))
        self._memory.apply(judge_event(event, self._ruleset, self._memory, now), 0, "", now)

    def _decide(self, situation: Situation) -> None:
        ruleset, memory, now = self._ruleset, self._memory, self._agenda.now
        memory.count(situation)
        standing = memory.standing(wants(ruleset, situation, now), now)
        plan = decide(ruleset, situation, standing, now)
        update, ref = situation.update, situation.order.ref
        self._journal.append(Judged(now, ref, update.id, plan.decisions, situation.late))
        memory.apply(plan, update.id, ref, now)
        for decision in plan.decisions:
            if decision.reason is Reason.CONDITION_FAILED:
                self.report(EventKind.EXPRESSION_FAILED, decision.rule, decision.detail)
        if ruleset.brake is not None and not memory.braked and plan.to_customers:
            self._watch(ruleset.brake, now)

    def _watch(self, watched: Brake, now: float) -> None:
        """Pull the brake if there are too many messages to customers."""
        flow = self._memory.flow(watched.window, now)
        if brake.is_burst(flow, watched):
            self._memory.braked = True
            self.report(EventKind.BRAKE_PULLED, "", f"{flow.count} messages")
            self._memory.apply(brake.ask(self._ruleset, watched, flow, now), 0, "", now)

    def _go_off(self, key: Key, due_at: float) -> None:
        memory, now = self._memory, self._agenda.now
        timer = memory.timers.due(key, due_at)
        if timer is None:
            return
        due = self._due(timer, now)
        again = memory.timers.settle(timer, due.again_at, now)
        if again is not None:
            self.wait_for(again)
        if due.plan.decisions:
            kind = occasion_of(timer).kind
            self._journal.append(Judged(now, timer.ref, timer.update_id, due.plan.decisions, kind=kind))
        memory.apply(due.plan, timer.update_id, timer.ref, now)

    def _due(self, timer: Timer, now: float) -> Due:
        """Judge a timer; a rate only if it counts something else than before: it is looked at often."""
        rule = self._ruleset.rule(timer.rule)
        if rule is not None and isinstance(rule.trigger, Rate) and timer.kind is TimerKind.RATE:
            version = self._memory.version(rule.trigger, now)
            if self._counted.get(rule.id) == version and not self._memory.alerts.is_quiet(rule.id):
                return Due(again_at=now + LOOK_EVERY if self._memory.alerts.is_open(rule.id) else None)
            self._counted[rule.id] = version
        return go_off(timer, self._ruleset, self._memory, now)
