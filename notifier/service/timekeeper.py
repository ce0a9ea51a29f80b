"""The timekeeper: what is due goes off, and internal events are judged, each in one transaction."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import structlog

from notifier.core import brake, due, shopwide
from notifier.core.due import Due
from notifier.core.event import Event, EventKind
from notifier.core.occasion import Occasion, OccasionKind
from notifier.core.plan import NOTHING, Plan, join
from notifier.core.rules import Rule, RuleSet
from notifier.core.situation import of_no_order
from notifier.core.standing import Standing
from notifier.core.timer import Timer, TimerKind
from notifier.core.trigger import Rate
from notifier.core.wants import wants
from notifier.store.protocol import Store

BATCH = 50
"""Timers or events in one go."""

MOST_TOLD = 500
"""What one digest counts, at most."""

log = structlog.get_logger()


class Timekeeper:
    """Lets timers go off.

    Args:
        store: where they are.
        rules: returns the rules in force.
        clock: returns Unix seconds UTC.
    """

    def __init__(self, store: Store, rules: Callable[[], RuleSet], clock: Callable[[], float]) -> None:
        self._store = store
        self._rules = rules
        self._clock = clock

    def keep(self) -> None:
        """Set the timers that the rules in force have whatever happens, and end those of other rules."""
        now = self._clock()
        last = self._store.timers.last_received()
        self._store.timers.keep(shopwide.standing_timers(self._rules(), now, last), now)

    def next_due(self) -> float | None:
        """Return when the next timer is due, Unix seconds UTC."""
        return self._store.timers.next_due()

    def run_once(self) -> int:
        """Let one batch go off; return how many there were.

        One that cannot be judged ends with an error in the log: it must not keep all
        others waiting.
        """
        ruleset = self._rules()
        timers = self._store.timers.due(self._clock(), BATCH)
        for timer in timers:
            self._go_off(timer, ruleset)
        events = self._store.events.untold(BATCH)
        for event in events:
            self._judge(event, ruleset)
        return len(timers) + len(events)

    def _go_off(self, timer: Timer, ruleset: RuleSet) -> None:
        now = self._clock()
        with self._store.transaction():
            rule = ruleset.rule(timer.rule)
            try:
                what = self._due(timer, rule, ruleset, now) if rule else Due()
            except (ArithmeticError, LookupError, TypeError, ValueError):
                log.exception("timer not judged", rule=timer.rule, kind=timer.kind, ref=timer.ref)
                what = Due()
            if self._store.timers.settle(timer, what.plan, what.again_at, ruleset.fingerprint, now):
                self._tell(timer, what.plan)

    def _due(self, timer: Timer, rule: Rule, ruleset: RuleSet, now: float) -> Due:
        match timer.kind:
            case TimerKind.RATE if isinstance(rule.trigger, Rate):
                counts = self._store.timers.counts(rule.trigger, now)
                return shopwide.rate(ruleset, rule, counts, self._for_shop(rule, ruleset, now), now)
            case TimerKind.QUIET:
                last = self._store.timers.last_received()
                key = shopwide.quiet_key(rule, ruleset, timer, last)
                standing = self._for_shop(rule, ruleset, now, frozenset(key))
                return shopwide.quiet(ruleset, rule, timer, last, standing, now)
            case TimerKind.SCHEDULE:
                told = self._told(rule, timer, now)
                standing = self._for_shop(rule, ruleset, now)
                return shopwide.schedule(ruleset, rule, timer, told, standing, now)
            case TimerKind.RATE:
                return Due()  # the rule watches something else by now
        return self._of_order(timer, rule, ruleset, now)

    def _of_order(self, timer: Timer, rule: Rule, ruleset: RuleSet, now: float) -> Due:
        """Judge what is due about an order, or about an alert of the shop."""
        if not timer.ref:
            situation = of_no_order(due.occasion_of(timer), now)
            return due.judge(ruleset, timer, situation, self._for_shop(rule, ruleset, now), now)
        found = self._store.timers.situation(timer)
        if found is None:
            return Due()
        situation = replace(found, occasion=due.occasion_of(timer))
        standing = self._store.standing(wants(ruleset, situation, now, [rule]), now)
        return due.judge(ruleset, timer, situation, standing, now)

    def _for_shop(
        self, rule: Rule, ruleset: RuleSet, now: float, keys: frozenset[str] = frozenset()
    ) -> Standing:
        """Return what is on record for a rule about the shop: its alerts, and what it said."""
        nothing = of_no_order(Occasion(), now)
        asked = wants(ruleset, nothing, now, [rule])
        return self._store.standing(replace(asked, alerts=asked.alerts | {rule.id}, keys=keys), now)

    def _told(self, rule: Rule, timer: Timer, now: float) -> int:
        if rule.digest is None:
            return 0
        return len(self._store.outbox.told(rule.digest.rules, timer.set_at, now, MOST_TOLD))

    def _judge(self, event: Event, ruleset: RuleSet) -> None:
        now = self._clock()
        with self._store.transaction():
            listeners = shopwide.listeners(ruleset, event)
            plans: list[Plan] = []
            if listeners:
                situation = of_no_order(Occasion(OccasionKind.INTERNAL, event.at), now)
                asked = wants(ruleset, situation, now, listeners)
                joins = asked.joins | {shopwide.event_key(rule, event) for rule in listeners}
                standing = self._store.standing(replace(asked, joins=joins), now)
                plans.append(shopwide.internal(ruleset, event, standing, now))
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

    def _tell(self, timer: Timer, plan: Plan) -> None:
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
