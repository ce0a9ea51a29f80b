"""From one update to what is told: the verdict of every rule, and all that follows.

The steps, in order, for each rule that the update concerns:

1. the trigger fits the update's status; or the status resolves the rule's alert; or the order is
   now where a `stuck` rule watches it,
2. what speaks later gets a timer, and is judged when that is due,
3. it is known who the customer is, if the rule needs to know,
4. every clause of `match` fits,
5. `if` gives true,
6. `once` has not been used up,
7. each entry of `send` finds a channel that can and may reach somebody, and when,
8. an alert is opened, and what the rule `cancels` ends.

All of it is a function of its arguments: no clock, no database, no network. What is
due later comes back through `notifier.core.due`, what is about no order through `shopwide`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from notifier.core import missing, status
from notifier.core.alerting import close, open_alert
from notifier.core.channel import Audience
from notifier.core.facts import facts, values
from notifier.core.later import schedule, watch
from notifier.core.lookup import is_settled
from notifier.core.message import State
from notifier.core.occasion import OccasionKind
from notifier.core.once import fresh, is_shadow, subjects
from notifier.core.plan import Plan, join
from notifier.core.reason import Reason
from notifier.core.rules import Once, Rule, RuleSet
from notifier.core.situation import Decision, Situation
from notifier.core.speak import speak
from notifier.core.standing import Standing
from notifier.core.timer import Timer, TimerKind
from notifier.core.trigger import NewShipment, ReplacedShipment, StatusTrigger, Stuck
from notifier.errors import RenderError

COUNT_EVERY = 5.0
"""Seconds that news waits for more before the orders of a rate are counted again."""


def decide(ruleset: RuleSet, situation: Situation, standing: Standing, now: float) -> Plan:
    """Judge one update by every rule that it concerns and that has not judged it yet.

    Args:
        standing: what is on record, as far as `wants.wants` asks for it.
        now: Unix seconds UTC.
    """
    code = situation.update.code
    settled = is_known(ruleset, situation, now)
    plans: list[Plan] = []
    for rule in ruleset.concerned(code):
        before = situation.judged.get(rule.id)
        if rule is ruleset.orders.missing_contact:
            continue  # judged last
        if before is not None and before.reason is not Reason.AWAITING_CONTACT:
            plans.append(Plan((before,)))
        elif isinstance(rule.trigger, Stuck):
            plans.append(watch(rule, rule.trigger, ruleset, situation, standing, now))
        elif not rule.fits(code):
            plans.append(close(rule, ruleset, situation, standing, now))
        elif isinstance(rule.trigger, StatusTrigger) and rule.trigger.after is not None:
            plans.append(schedule(rule, rule.trigger, ruleset, situation, standing))
        elif not settled and waits(rule, ruleset, situation, standing):
            plans.append(Plan((Decision(rule.id, False, Reason.AWAITING_CONTACT),)))
        else:
            plans.append(judge(rule, ruleset, situation, standing, now))
        if plans[-1].messages:
            standing = standing.having(plans[-1].messages)
    plan = join(plans)
    if hastens := _hastened(ruleset, situation, standing):
        plan = replace(plan, hastens=hastens)
    if not plan.awaits_contact:
        plan = _missed(plan, ruleset, situation, standing, now)
    counted = tuple(
        Timer(rule_id, TimerKind.RATE, "", "", now + COUNT_EVERY)
        for rule_id, rate in ruleset.rates
        if code in rate.of or code in rate.among
    )
    return replace(plan, timers=(*plan.timers, *counted)) if counted else plan


def expire(ruleset: RuleSet, situation: Situation, standing: Standing, now: float) -> Plan:
    """Give up an update whose order was never registered: no rule judges it, operators may be told."""
    concerned = ruleset.concerned(situation.update.code)
    given_up = Plan(
        tuple(
            Decision(rule.id, False, Reason.EXPIRED)
            for rule in concerned
            if rule is not ruleset.orders.missing_contact
        )
    )
    return _missed(given_up, ruleset, situation, standing, now)


def is_known(ruleset: RuleSet, situation: Situation, now: float) -> bool:
    """Tell whether nobody needs to be asked (any more) who the customer is."""
    return is_settled(
        situation.order,
        situation.lookup,
        ruleset.orders,
        situation.update.received_at,
        now,
        waited=any(d.reason is Reason.AWAITING_CONTACT for d in situation.judged.values()),
    )


def waits(rule: Rule, ruleset: RuleSet, situation: Situation, standing: Standing) -> bool:
    """Tell whether a rule has to know the contact first: not if it would say nothing anyway."""
    if rule.once is Once.CONTACT:
        return True  # its key is the contact's
    keys = {key for subject in subjects(rule, ruleset, situation, standing) for key in subject.keys}
    return rule.needs_contact and not keys <= standing.taken


def judge(rule: Rule, ruleset: RuleSet, situation: Situation, standing: Standing, now: float) -> Plan:
    """Judge a rule whose trigger fits, and return all that follows."""
    if blocked := _obstacle(rule, ruleset, situation, standing, now):
        return Plan((blocked,))
    about = list(subjects(rule, ruleset, situation, standing))
    if not about:
        return Plan((Decision(rule.id, False, Reason.NO_MATCH, "the update names no parcel"),))
    decision, born = speak(rule, about, ruleset, situation, standing, now)
    is_news = decision.fired or decision.reason in (Reason.SILENCED, Reason.MUTED)
    cancels = frozenset(rule.cancels if decision.fired and not rule.shadow else ())
    plan = Plan((decision,), tuple(born), cancels=cancels)
    if not rule.alerts or not is_news or _is_over(rule, situation):
        return plan
    return open_alert(plan, rule, ruleset, situation, standing, now)


def _is_over(rule: Rule, situation: Situation) -> bool:
    """Tell whether what ends the rule's alert is known already: nothing would come to end it."""
    is_late = situation.late and situation.occasion.kind is OccasionKind.UPDATE
    return is_late and not rule.resolve.isdisjoint(situation.order.reached)


def _obstacle(
    rule: Rule, ruleset: RuleSet, situation: Situation, standing: Standing, now: float
) -> Decision | None:
    """Return the clause that keeps a rule from speaking, None if all of them fit."""
    update, order = situation.update, situation.order
    of_parcels = isinstance(rule.trigger, NewShipment | ReplacedShipment)
    if of_parcels and not fresh(rule, ruleset, situation, standing):
        return Decision(rule.id, False, Reason.NOTHING_NEW)
    for clause in rule.match:
        if not any(clause.test.fits(value) for value in values(clause.field, update, order)):
            return Decision(rule.id, False, Reason.NO_MATCH, f"{clause.field} is not {clause.test}")
    if rule.never & order.reached:
        had = sorted(map(status.name, rule.never & order.reached))
        return Decision(rule.id, False, Reason.HAD_STATUS, ", ".join(had))
    if rule.sent and rule.sent.isdisjoint(_told(rule, ruleset, standing)):
        return Decision(rule.id, False, Reason.NOT_TOLD_BEFORE, ", ".join(sorted(rule.sent)))
    if rule.condition is None:
        return None
    told = facts(update, order, ruleset.shop, now, late=situation.late)
    try:
        if rule.condition(told):
            return None
    except RenderError as error:
        return Decision(rule.id, False, Reason.CONDITION_FAILED, str(error))
    return Decision(rule.id, False, Reason.CONDITION_FALSE, rule.condition_source)


def _told(rule: Rule, ruleset: RuleSet, standing: Standing) -> frozenset[str]:
    """Return the rules that have told the customer of this order."""
    channels = [c.name for c in ruleset.channels.values() if c.audience is Audience.CUSTOMER]
    return standing.told(channels, show=is_shadow(rule, ruleset))


def _hastened(ruleset: RuleSet, situation: Situation, standing: Standing) -> Mapping[str, float]:
    """Return the rules whose messages about the order waited for the tracking code that is here now."""
    if not ruleset.awaiting_code or not any(s.tracking_code for s in situation.update.shipments):
        return {}
    waiting = {trace.rule for trace in standing.traces if trace.state is State.PENDING}
    return {name: rule.settle for name, rule in ruleset.awaiting_code.items() if name in waiting}


def _missed(plan: Plan, ruleset: RuleSet, situation: Situation, standing: Standing, now: float) -> Plan:
    """Add what `orders.missing_contact` says to what the rules have decided."""
    judged = missing.judge(ruleset, situation, plan.decisions, plan.messages, standing, now)
    if judged is None:
        return plan
    decision, born = judged
    return replace(plan, decisions=(*plan.decisions, decision), messages=(*plan.messages, *born))
