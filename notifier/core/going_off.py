"""A timer goes off, or an event is judged: what kind it is decides who judges it, by what is on record."""

from __future__ import annotations

from dataclasses import replace

from notifier.core import due, shopwide
from notifier.core.due import Due
from notifier.core.event import Event
from notifier.core.occasion import UPDATE, Occasion, OccasionKind
from notifier.core.plan import NOTHING, Plan
from notifier.core.records import Records
from notifier.core.rules import Rule, RuleSet
from notifier.core.situation import of_no_order
from notifier.core.standing import Standing, Wants
from notifier.core.timer import Timer, TimerKind
from notifier.core.trigger import Rate
from notifier.core.wants import wants

_GATHERED = (TimerKind.ESCALATE, TimerKind.REPEAT)
"""What goes out together with what is due soon of the same kind."""


def go_off(timer: Timer, ruleset: RuleSet, records: Records, now: float) -> Due:
    """Return what follows from a timer that is due.

    Args:
        now: Unix seconds UTC.
    """
    rule = ruleset.rule(timer.rule)
    if rule is None:
        return Due()
    match timer.kind:
        case TimerKind.RATE if isinstance(rule.trigger, Rate):
            counts = records.counts(rule.trigger, now)
            return shopwide.rate(ruleset, rule, counts, _of_shop(rule, ruleset, records, now), now)
        case TimerKind.QUIET:
            last = records.last_received()
            keys = frozenset(shopwide.quiet_key(rule, ruleset, last))
            standing = _of_shop(rule, ruleset, records, now, keys)
            return shopwide.quiet(ruleset, rule, last, standing, now)
        case TimerKind.SCHEDULE:
            told = records.told(ruleset.digested(rule), timer.set_at, now) if rule.digest else 0
            standing = _of_shop(rule, ruleset, records, now)
            return shopwide.schedule(ruleset, rule, timer, told, standing, now)
        case TimerKind.RATE:
            return Due()  # the rule watches something else by now
    return _of_order(timer, rule, ruleset, records, now)


def judge_event(event: Event, ruleset: RuleSet, records: Records, now: float) -> Plan:
    """Return what follows from an internal event.

    Args:
        now: Unix seconds UTC.
    """
    listeners = shopwide.listeners(ruleset, event)
    if not listeners:
        return NOTHING
    situation = of_no_order(Occasion(OccasionKind.INTERNAL, event.at), now)
    asked = wants(ruleset, situation, now, listeners)
    joins = asked.joins | {shopwide.event_key(rule, event) for rule in listeners}
    return shopwide.internal(ruleset, event, records.standing(replace(asked, joins=joins), now), now)


def _of_order(timer: Timer, rule: Rule, ruleset: RuleSet, records: Records, now: float) -> Due:
    """Judge what is due about an order, or about an alert of the shop."""
    occasion = due.occasion_of(timer)
    alike = records.alike_due(timer, now + rule.group.wait) if timer.kind in _GATHERED and rule.group else 0.0
    if not timer.ref:
        standing = replace(_of_shop(rule, ruleset, records, now), alike_due=alike)
        return due.judge(ruleset, timer, of_no_order(occasion, now), standing, now)
    found = records.situation(timer)
    if found is None:
        return Due()
    situation = replace(found, occasion=occasion)
    missing = ruleset.orders.missing_contact
    judged = [rule, missing] if missing else [rule]
    standing = records.standing(wants(ruleset, situation, now, judged), now)
    return due.judge(ruleset, timer, situation, replace(standing, alike_due=alike), now)


def _of_shop(
    rule: Rule, ruleset: RuleSet, records: Records, now: float, keys: frozenset[str] = frozenset()
) -> Standing:
    """Return what is on record for a rule about the shop: its alerts, and what it said."""
    asked = wants(ruleset, of_no_order(UPDATE, now), now, [rule])
    alerts = asked.alerts | {rule.id}
    return records.standing(Wants("", keys, asked.joins, asked.persons, alerts), now)
