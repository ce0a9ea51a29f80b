"""The life of an alert: opened with its timers when its rule speaks, closed when that is over."""

from __future__ import annotations

from dataclasses import replace

from notifier.core.alert import Alert, AlertChange, Change
from notifier.core.channel import Audience
from notifier.core.labels import labels, quiet_until
from notifier.core.message import NewMessage, Send, State
from notifier.core.occasion import Occasion, OccasionKind
from notifier.core.once import is_shadow, of
from notifier.core.plan import Plan
from notifier.core.reason import QUIETED, Reason
from notifier.core.rules import Delivery, Rule, RuleSet
from notifier.core.situation import Decision, Situation
from notifier.core.speak import speak
from notifier.core.standing import Standing
from notifier.core.timer import OF_ALERT, Stop, Timer, TimerKind


def open_alert(
    plan: Plan,
    rule: Rule,
    ruleset: RuleSet,
    situation: Situation,
    standing: Standing,
    now: float,
    key: str | None = None,
) -> Plan:
    """Return the plan of a rule that alerts, with its alert and, if that is new, its timers.

    If its news is kept quiet, it is told when that is over, and escalated and repeated from then on.

    Args:
        key: what the alert is about; default: the order.
    """
    about = situation.order.ref if key is None else key
    own = labels(rule, situation)
    known = standing.alert(rule.id, about)
    quiet = any(decision.reason in QUIETED for decision in plan.decisions)
    change = AlertChange(
        rule.id,
        about,
        Change.OPEN,
        rule.severity_of(situation.update.code),
        own,
        situation.order.ref,
        quiet=quiet,
    )
    origin = (situation.order.ref, situation.update.id)
    due: list[Timer] = []
    if quiet and situation.order.ref:  # what is about the shop is looked at again and again anyway
        at = quiet_until(own, rule, ruleset, standing, now)
        due = [Timer(rule.id, TimerKind.TELL, about, "", at, *origin)]
    elif not quiet and (known is None or known.quiet):
        due = [
            Timer(rule.id, TimerKind.ESCALATE, about, str(number), now + step.after, *origin)
            for number, step in enumerate(rule.escalate)
        ]
        if rule.repeat is not None:
            due.append(Timer(rule.id, TimerKind.REPEAT, about, "", now + rule.repeat, *origin))
    # What a silence kept back before is told with this, or when that is over.
    stops = () if known is None else (Stop(rule.id, (TimerKind.TELL,), about),)
    messages = tuple(replace(message, alert=about) for message in plan.messages)
    return replace(plan, messages=messages, alerts=(change,), timers=(*plan.timers, *due), stops=stops)


def resolve(
    rule: Rule,
    alert: Alert,
    why: str,
    ruleset: RuleSet,
    situation: Situation,
    standing: Standing,
    now: float,
) -> Plan:
    """Return what follows when an alert is over: it is closed, and that is said to whom it was told.

    Args:
        why: in words or by the name of a status.
    """
    change = AlertChange(rule.id, alert.key, Change.RESOLVE, ref=alert.ref, why=why)
    stop = Stop(rule.id, OF_ALERT, alert.key)
    facts = {**situation.occasion.facts, "why": why}
    told = replace(situation, occasion=Occasion(OccasionKind.RESOLVED, now, facts))
    deliveries = [Delivery((send,)) for send in _told_on(rule, alert, ruleset, standing, now)]
    subject = of(rule, f"resolved/{alert.key}#{alert.id}", is_shadow(rule, ruleset), entries=len(deliveries))
    born: list[NewMessage] = []
    if deliveries:
        _, born = speak(rule, [subject], ruleset, told, standing, now, deliveries, on_record=True)
    messages = tuple(replace(message, alert=alert.key) for message in born)
    channels = ", ".join(m.send.channel for m in messages if m.state is State.PENDING)
    decision = Decision(rule.id, True, Reason.RESOLVED, f"send: {channels}" if channels else "")
    return Plan((decision,), messages, stops=(stop,), alerts=(change,))


def close(rule: Rule, ruleset: RuleSet, situation: Situation, standing: Standing, now: float) -> Plan:
    """Close the alert that a rule has about the order, unless this is news from before it."""
    alert = standing.alert(rule.id, situation.order.ref)
    if alert is None or situation.late:
        return Plan((Decision(rule.id, False, Reason.OTHER_STATUS),))
    return resolve(rule, alert, situation.update.status, ruleset, situation, standing, now)


def _told_on(rule: Rule, alert: Alert, ruleset: RuleSet, standing: Standing, now: float) -> list[Send]:
    """Return the operators' channels on which the alert was told, each once.

    Of an alert that is about no order it is not on record: those that the rule names first, and the
    steps whose time has come.
    """
    if not alert.ref and alert.quiet:
        return []
    if not alert.ref:
        steps = [step for step in rule.escalate if alert.opened_at + step.after <= now]
        every = [*rule.deliveries, *(delivery for step in steps for delivery in step.deliveries)]
        return list({d.options[0].channel: d.options[0] for d in reversed(every)}.values())[::-1]
    found = {
        trace.send.channel: Send(trace.send.channel, trace.send.template)
        for trace in standing.traces
        if trace.rule == rule.id
        and trace.alert == alert.key
        and trace.reached
        and trace.made_at >= alert.opened_at  # else it was told of one before
    }
    channels = ruleset.channels
    return [s for name, s in found.items() if name in channels and channels[name].audience is Audience.OPS]
