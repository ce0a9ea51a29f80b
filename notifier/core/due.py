"""What a timer about an order or an alert brings: its rule is judged by what is true now."""

from __future__ import annotations

from dataclasses import dataclass, replace

from notifier.core import decide, missing, timing
from notifier.core.alert import Alert, AlertState
from notifier.core.alerting import open_alert
from notifier.core.labels import labels, quiet_until
from notifier.core.later import stay
from notifier.core.occasion import UPDATE, Occasion, OccasionKind
from notifier.core.once import is_shadow, of, subjects
from notifier.core.plan import NOTHING, Plan
from notifier.core.reason import QUIETED, Reason
from notifier.core.rules import Delivery, Rule, RuleSet
from notifier.core.situation import Decision, Situation
from notifier.core.speak import speak
from notifier.core.standing import Standing
from notifier.core.timer import OF_ALERT, Timer, TimerKind
from notifier.core.trigger import Quiet, Rate, StatusTrigger, Stuck
from notifier.core.wanted import has_moved_past

LOOK_AGAIN = 15.0
"""Seconds after which a timer asks again whether the contact that it needs is known by now."""


LOOK_IN_SILENCE = 300.0
"""Seconds after which an escalation asks again whether it is silenced: a silence may be ended by hand."""


@dataclass(frozen=True, slots=True)
class Due:
    """What follows from a timer, and when it goes off again, Unix seconds UTC (None: never)."""

    plan: Plan = NOTHING
    again_at: float | None = None


def occasion_of(timer: Timer) -> Occasion:
    """Return the occasion of what a timer about an order says; of an alert it is the alert's."""
    if timer.kind in (TimerKind.AFTER, TimerKind.STUCK):
        return Occasion(OccasionKind(timer.kind.value), timer.due_at)
    return Occasion()


def judge(ruleset: RuleSet, timer: Timer, situation: Situation, standing: Standing, now: float) -> Due:
    """Judge what is due about an order: AFTER, STUCK, ESCALATE and REPEAT.

    Args:
        situation: the update that set it, and the order as it is now.
    """
    rule = ruleset.rule(timer.rule)
    if rule is None:
        return Due()
    alert = standing.alert(timer.rule, timer.about) if timer.kind in OF_ALERT else None
    if timer.kind is TimerKind.TELL:
        return Due() if alert is None else _tell_at_last(rule, alert, ruleset, situation, standing, now)
    if timer.kind in OF_ALERT:
        if alert is None or alert.state is not AlertState.OPEN:
            return Due()
        if timer.kind is TimerKind.ESCALATE:
            return _escalate(rule, timer, alert, ruleset, situation, standing, now)
        return _repeat(rule, timer, alert, ruleset, situation, standing, now)
    return _speak(rule, timer, ruleset, replace(situation, occasion=occasion_of(timer)), standing, now)


def _speak(
    rule: Rule, timer: Timer, ruleset: RuleSet, situation: Situation, standing: Standing, now: float
) -> Due:
    order = situation.order
    is_meant = timer.kind is TimerKind.STUCK and isinstance(rule.trigger, Stuck)
    is_meant = is_meant or (
        timer.kind is TimerKind.AFTER
        and isinstance(rule.trigger, StatusTrigger)
        and rule.trigger.after is not None
    )
    if not is_meant:
        return Due()  # the rule was changed since
    stays = timer.key == stay(order) if timer.kind is TimerKind.STUCK else True
    if not stays or has_moved_past(rule, situation):
        return Due(Plan((Decision(rule.id, False, Reason.OVERTAKEN),)))
    if not decide.is_known(ruleset, situation, now) and decide.waits(rule, ruleset, situation, standing):
        waiting = Decision(rule.id, False, Reason.AWAITING_CONTACT)
        return Due(Plan((waiting,), awaits_contact=True), now + LOOK_AGAIN)
    return Due(
        _missed(decide.judge(rule, ruleset, situation, standing, now), ruleset, situation, standing, now)
    )


def _missed(plan: Plan, ruleset: RuleSet, situation: Situation, standing: Standing, now: float) -> Plan:
    """Add what `orders.missing_contact` says of a customer who could not be told."""
    judged = missing.judge(ruleset, situation, plan.decisions, plan.messages, standing, now)
    if judged is None or not judged[0].fired:
        return plan  # its verdict on the update stays what it was
    decision, born = judged
    return replace(plan, decisions=(*plan.decisions, decision), messages=(*plan.messages, *born))


def _tell_at_last(
    rule: Rule, alert: Alert, ruleset: RuleSet, situation: Situation, standing: Standing, now: float
) -> Due:
    """Tell what a silence or a mute kept back, if nothing keeps it back now; else when it is asked again."""
    if alert.quiet and alert.state is not AlertState.OPEN:
        return Due()
    kind = OccasionKind.UPDATE
    if isinstance(rule.trigger, Stuck):
        kind = OccasionKind.STUCK
    elif isinstance(rule.trigger, StatusTrigger) and rule.trigger.after is not None:
        kind = OccasionKind.AFTER
    told = replace(
        situation, occasion=UPDATE if kind is OccasionKind.UPDATE else Occasion(kind, alert.opened_at)
    )
    decision, born = speak(rule, subjects(rule, ruleset, told, standing), ruleset, told, standing, now)
    if decision.reason in QUIETED:
        return Due(NOTHING, quiet_until(labels(rule, told), rule, ruleset, standing, now))
    gathered = tuple(timing.after_silence(rule, message) for message in born)
    plan = Plan((decision,) if decision.fired else (), gathered)
    return Due(open_alert(plan, rule, ruleset, told, standing, now))


def _escalate(
    rule: Rule,
    timer: Timer,
    alert: Alert,
    ruleset: RuleSet,
    situation: Situation,
    standing: Standing,
    now: float,
) -> Due:
    step = int(timer.key)
    if step >= len(rule.escalate):
        return Due()
    facts = {"step": step + 1, **_about(rule, alert)}
    told = replace(situation, occasion=Occasion(OccasionKind.ESCALATED, timer.due_at, facts))
    what = f"escalate/{alert.key}#{alert.id}/{step}"
    plan = _tell(rule, what, rule.escalate[step].deliveries, alert, ruleset, told, standing, now)
    return _unless_quiet(plan, None, rule, ruleset, told, standing, now)


def _repeat(
    rule: Rule,
    timer: Timer,
    alert: Alert,
    ruleset: RuleSet,
    situation: Situation,
    standing: Standing,
    now: float,
) -> Due:
    if rule.repeat is None:
        return Due()
    told = replace(situation, occasion=Occasion(OccasionKind.REPEATED, timer.due_at, _about(rule, alert)))
    what = f"repeat/{alert.key}#{alert.id}/{timer.due_at:.0f}"
    plan = _tell(rule, what, rule.deliveries, alert, ruleset, told, standing, now)
    return _unless_quiet(plan, now + rule.repeat, rule, ruleset, told, standing, now)


def _unless_quiet(
    plan: Plan,
    again_at: float | None,
    rule: Rule,
    ruleset: RuleSet,
    situation: Situation,
    standing: Standing,
    now: float,
) -> Due:
    """Return what an alert's timer brings; what is kept quiet now is due when that is over."""
    if not any(message.reason in QUIETED for message in plan.messages):
        return Due(plan, again_at)
    own = labels(rule, situation)
    return Due(NOTHING, quiet_until(own, rule, ruleset, standing, now, LOOK_IN_SILENCE))


def _tell(
    rule: Rule,
    what: str,
    deliveries: tuple[Delivery, ...],
    alert: Alert,
    ruleset: RuleSet,
    situation: Situation,
    standing: Standing,
    now: float,
) -> Plan:
    """Say more of an alert; the verdict on the update that opened it stays what it was."""
    subject = of(rule, what, is_shadow(rule, ruleset), entries=len(deliveries))
    _, born = speak(rule, [subject], ruleset, situation, standing, now, deliveries, on_record=True)
    return Plan((), tuple(replace(message, alert=alert.key) for message in born))


def _about(rule: Rule, alert: Alert) -> dict[str, object]:
    """Return what an alert is about where no order says it."""
    if alert.ref:
        return {}
    own = {field: values[0] for field, values in alert.labels.items() if field not in ("rule", "severity")}
    kind = {Quiet: OccasionKind.QUIET, Rate: OccasionKind.RATE}.get(type(rule.trigger))
    return ({"labels": own} if own else {}) | ({"about": kind.value} if kind else {})
