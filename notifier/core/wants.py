"""What has to be looked up before rules can be judged: only what one of them will ask for."""

from __future__ import annotations

from collections.abc import Iterable

from notifier.core.alert import Labels
from notifier.core.channel import Audience
from notifier.core.labels import group_key, labels
from notifier.core.message import SHADOW
from notifier.core.once import person, subjects
from notifier.core.rules import MISSING_CONTACT, Category, Delivery, Once, Rule, RuleSet
from notifier.core.situation import Situation
from notifier.core.standing import Standing, Wants
from notifier.core.trigger import StatusTrigger


def wants(ruleset: RuleSet, situation: Situation, now: float, rules: Iterable[Rule] | None = None) -> Wants:
    """Return what `decide` has to know of beside the situation.

    Args:
        now: Unix seconds UTC.
        rules: those that will be judged; default: all that the update concerns.
    """
    judged = ruleset.concerned(situation.update.code) if rules is None else tuple(rules)
    keys: set[str] = set()
    joins: set[str] = set()
    persons: dict[str, float] = {}
    alerts: set[str] = set()
    for rule in judged:
        if rule.once is Once.CONTACT:
            keys.update(k for s in subjects(rule, ruleset, situation, Standing()) for k in s.keys)
        alerts.update(mute.during for mute in ruleset.mutes if rule.id in mute.rules)
        if (rule.group or rule.throttle) and (rules is not None or _speaks_now(rule, situation)):
            _add_joins(rule, ruleset, situation, now, joins, persons)
    return Wants(situation.order.ref, frozenset(keys), frozenset(joins), persons, frozenset(alerts))


def _speaks_now(rule: Rule, situation: Situation) -> bool:
    """Tell whether an update may have a rule say something that finds its turn: not later, nor of an end."""
    if rule.id == MISSING_CONTACT:
        return False  # it speaks seldom, and finds its turn when it is due
    is_later = isinstance(rule.trigger, StatusTrigger) and rule.trigger.after is not None
    return rule.fits(situation.update.code) and not is_later


def throttle_key(rule: Rule, person_: str, channel: str) -> str:
    """Return the join key of what waits until a customer may be told again; see `group_key`."""
    # Marketing takes its link along, which news of orders must not carry.
    apart = "/marketing" if rule.category is Category.MARKETING else ""
    return f"throttle/{person_}/{channel}{apart}" + (SHADOW if rule.shadow else "")


def _add_joins(
    rule: Rule,
    ruleset: RuleSet,
    situation: Situation,
    now: float,
    joins: set[str],
    persons: dict[str, float],
) -> None:
    about: Labels | None = None
    for name in _channels(rule.deliveries):
        channel = ruleset.channels.get(name)
        if channel is None:
            continue
        if channel.audience is Audience.OPS and rule.group:
            about = about or labels(rule, situation)
            joins.add(group_key(rule, rule.group, name, about))
        elif channel.audience is Audience.CUSTOMER and rule.throttle:
            who = person(situation.order)
            joins.add(throttle_key(rule, who, name))
            since = now - rule.throttle.within
            persons[who] = min(since, persons.get(who, since))


def _channels(deliveries: Iterable[Delivery]) -> set[str]:
    return {send.channel for delivery in deliveries for send in delivery.options}
