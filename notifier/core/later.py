"""What an update makes due later: a rule with `after`, and the watch over an order that may get stuck."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from notifier.core.alerting import close
from notifier.core.once import subjects
from notifier.core.order import Order
from notifier.core.plan import NOTHING, Plan, join
from notifier.core.reason import Reason
from notifier.core.rules import Once, Rule, RuleSet
from notifier.core.schedule import after
from notifier.core.situation import Decision, Situation
from notifier.core.standing import Standing
from notifier.core.timer import Stop, Timer, TimerKind
from notifier.core.trigger import StatusTrigger, Stuck


def stay(order: Order) -> str:
    """Return the key of the timer that watches an order stay where it is."""
    return f"{order.code}@{order.moved_at or 0:.0f}"


def watch(
    rule: Rule,
    trigger: Stuck,
    ruleset: RuleSet,
    situation: Situation,
    standing: Standing,
    now: float,
) -> Plan:
    """Watch an order that is where it should not stay; what was watched before is over, and its alert."""
    update, order = situation.update, situation.order
    has_moved = order.code == update.code and order.moved_at == update.happened_at
    closed = NOTHING
    if has_moved or update.code in rule.resolve:
        closed = close(rule, ruleset, situation, standing, now)
    watched = order.code in trigger.codes and order.moved_at is not None
    key = stay(order) if watched else ""
    stop = Stop(rule.id, (TimerKind.STUCK,), order.ref, but=key)
    if not watched or order.moved_at is None:
        plan = Plan((Decision(rule.id, False, Reason.OTHER_STATUS),), stops=(stop,))
    else:
        due = after(trigger.span, order.moved_at, trigger.hours, ruleset.shop.timezone)
        timer = Timer(rule.id, TimerKind.STUCK, order.ref, key, due, order.ref, order.moved_by)
        plan = Plan((_scheduled(rule, due),), timers=(timer,), stops=(stop,))
    return replace(join([closed, plan]), decisions=closed.decisions) if closed.alerts else plan


def watched(ruleset: RuleSet, situation: Situation, now: float) -> list[Timer]:
    """Return the timers of `stuck` rules for an order as it stands, because the rules were changed.

    An order that has been stuck for longer already is not told of: nobody wants last month's
    orders at once because a rule was added.
    """
    order = situation.order
    found: list[Timer] = []
    for rule in ruleset.rules:
        trigger = rule.trigger
        if isinstance(trigger, Stuck) and order.code in trigger.codes and order.moved_at is not None:
            due = after(trigger.span, order.moved_at, trigger.hours, ruleset.shop.timezone)
            if due > now:
                found.append(
                    Timer(rule.id, TimerKind.STUCK, order.ref, stay(order), due, order.ref, order.moved_by)
                )
    return found


def schedule(
    rule: Rule, trigger: StatusTrigger, ruleset: RuleSet, situation: Situation, standing: Standing
) -> Plan:
    """Have a rule with `after` judge the update later."""
    update, order = situation.update, situation.order
    about = list(subjects(rule, ruleset, situation, standing)) if rule.once is not Once.CONTACT else []
    if about and all(key in standing.taken for subject in about for key in subject.keys):
        return Plan((Decision(rule.id, False, Reason.ALREADY_TOLD),))
    assert trigger.after is not None
    due = after(trigger.after, update.happened_at, trigger.hours, ruleset.shop.timezone)
    timer = Timer(rule.id, TimerKind.AFTER, order.ref, update.code, due, order.ref, update.id)
    # Told again, it is due when the first one is: no time is named here.
    return Plan((Decision(rule.id, False, Reason.SCHEDULED),), timers=(timer,))


def _scheduled(rule: Rule, due: float) -> Decision:
    when = datetime.fromtimestamp(due, UTC).strftime("%Y-%m-%d %H:%M:%SZ")
    return Decision(rule.id, False, Reason.SCHEDULED, f"due {when}")
