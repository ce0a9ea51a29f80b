"""The timekeeper: what is due goes off, and internal events are judged, each in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

import structlog

from notifier.core import brake, shopwide
from notifier.core.due import Due
from notifier.core.event import Event, EventKind
from notifier.core.going_off import go_off, judge_event
from notifier.core.later import watched
from notifier.core.plan import NOTHING, Plan, join
from notifier.core.rules import RuleSet
from notifier.core.shopwide import Count
from notifier.core.situation import Situation
from notifier.core.standing import Standing, Wants
from notifier.core.timer import Timer
from notifier.core.trigger import Rate, Stuck
from notifier.service.braking import Braking
from notifier.store.protocol import Store

BATCH = 50
"""Timers or events in one go."""

LONGEST_STAY = 60 * 86_400.0
"""Orders without news for so many seconds are not watched anew when rules change."""

MOST_TOLD = 500
"""What one digest counts, at most."""

log = structlog.get_logger()


class StoredRecords:
    """See `notifier.core.records.Records`: what the store has on record."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def standing(self, wants: Wants, now: float) -> Standing:
        """Return what is on record, as far as it is wanted."""
        return self._store.standing(wants, now)

    def situation(self, timer: Timer) -> Situation | None:
        """Return the update that a timer comes from, and its order as it is now."""
        return self._store.timers.situation(timer)

    def alike_due(self, timer: Timer, until: float) -> float:
        """Return when the last timer like this one is due by then."""
        return self._store.timers.alike_due(timer, until)

    def counts(self, rate: Rate, now: float) -> Mapping[str, Count]:
        """Count orders by the value of `rate.by`."""
        return self._store.timers.counts(rate, now)

    def last_received(self) -> float | None:
        """Return when the last update arrived."""
        return self._store.timers.last_received()

    def told(self, rules: Collection[str], since: float, until: float) -> int:
        """Return how much these rules said."""
        return len(self._store.outbox.told(rules, since, until, MOST_TOLD))


class Timekeeper:
    """Lets timers go off.

    Args:
        store: where they are.
        rules: returns the rules in force.
        clock: returns Unix seconds UTC.
    """

    def __init__(self, store: Store, rules: Callable[[], RuleSet], clock: Callable[[], float]) -> None:
        self._store = store
        self._records = StoredRecords(store)
        self._rules = rules
        self._clock = clock
        self._watched: str | None = None  # the last order that was watched anew, None when all were

    def keep(self) -> None:
        """Take up the rules in force: set the timers that they have whatever happens, and end all others.

        The orders on their way are watched anew, by and by (`run_once`).
        """
        self._watched = ""
        now = self._clock()
        last = self._store.timers.last_received()
        self._store.timers.keep(shopwide.standing_timers(self._rules(), now, last), now)

    def next_due(self) -> float | None:
        """Return when the next timer is due, Unix seconds UTC."""
        return self._store.timers.next_due()

    def run_once(self) -> int:
        """Let one batch go off; return how much was done."""
        ruleset = self._rules()
        anew = self._watch_anew(ruleset)
        timers = self._store.timers.due(self._clock(), BATCH)
        if timers:
            braking = Braking(self._store, ruleset, self._clock())
            for timer in timers:
                self._go_off(timer, ruleset, braking)
        events = self._store.events.untold(BATCH)
        for event in events:
            self._judge(event, ruleset)
        return len(timers) + len(events) + anew

    def _watch_anew(self, ruleset: RuleSet) -> int:
        """Watch a batch of orders by the `stuck` rules in force; return how many there were."""
        after, self._watched = self._watched, None
        if after is None or not any(isinstance(rule.trigger, Stuck) for rule in ruleset.rules):
            return 0
        now = self._clock()
        situations = self._store.timers.orders(after, now - LONGEST_STAY, BATCH)
        timers = [timer for seen in situations for timer in watched(ruleset, seen, now)]
        if timers:
            self._store.timers.watch(timers, now)
        if situations and self._watched is None:  # else the rules were changed once more
            self._watched = situations[-1].order.ref
        return len(situations)

    def _go_off(self, timer: Timer, ruleset: RuleSet, braking: Braking) -> None:
        with self._store.transaction():
            now = self._clock()  # within: what a digest does not list now is made later
            try:
                due = go_off(timer, ruleset, self._records, now)
            except (ArithmeticError, LookupError, TypeError, ValueError):
                # It must not keep all others waiting.
                log.exception("timer not judged", rule=timer.rule, kind=timer.kind, ref=timer.ref)
                due = Due()
            if self._store.timers.settle(timer, due.plan, due.again_at, ruleset.fingerprint, now):
                braking.count(due.plan, now)
                _tell(timer, due.plan)

    def _judge(self, event: Event, ruleset: RuleSet) -> None:
        with self._store.transaction():
            now = self._clock()
            plans = [judge_event(event, ruleset, self._records, now)]
            if event.kind == EventKind.BRAKE_PULLED:
                plans.append(self._ask(ruleset, now))
            plan = join(plans)
            if self._store.events.settle(event, plan, ruleset.fingerprint, now) and plan.messages:
                log.info("event told", kind=event.kind, subject=event.subject, messages=len(plan.messages))

    def _ask(self, ruleset: RuleSet, now: float) -> Plan:
        """Ask what is to become of the messages that the brake holds."""
        braked = self._store.brake.state()
        if ruleset.brake is None or braked is None:
            return NOTHING
        flow = brake.Flow(braked.count, braked.usual, braked.window)
        return brake.ask(ruleset, ruleset.brake, flow, now)


def _tell(timer: Timer, plan: Plan) -> None:
    verdicts = {decision.rule: decision.reason.value for decision in plan.decisions}
    if verdicts or plan.messages or plan.alerts:
        log.info(
            "timer went off",
            kind=timer.kind,
            rule=timer.rule,
            ref=timer.ref or None,
            about=timer.about or None,
            verdict=verdicts.get(timer.rule),
            messages=len(plan.messages),
            alerts=[f"{change.change.name.lower()} {change.key}" for change in plan.alerts] or None,
        )
