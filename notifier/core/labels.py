"""What a message to operators is about, in the fields that `group`, `mute` and silences can name."""

from __future__ import annotations

import math

from notifier.core.alert import AlertState, Labels
from notifier.core.message import SHADOW
from notifier.core.reason import Reason
from notifier.core.rules import Mute, Rule, RuleSet
from notifier.core.situation import Situation
from notifier.core.standing import Standing
from notifier.core.tempo import Group

LOOK_AGAIN = 300.0
"""Seconds after which it is asked again whether a mute is over."""


def labels(rule: Rule, situation: Situation) -> Labels:
    """Return what `rule` speaks about: no field without a value.

    The carriers are those of the update's parcels, or of all of the order if it lists none.
    """
    update, order = situation.update, situation.order
    shipments = update.shipments or order.shipments
    found: dict[str, tuple[str, ...]] = {"rule": (rule.id,)}
    if order.ref:
        found["ref"] = (order.ref,)
    if carriers := tuple(dict.fromkeys(s.carrier for s in shipments if s.carrier)):
        found["carrier"] = carriers
    if order.country:
        found["country"] = (order.country,)
    if update.code:
        found["status"] = (update.status,)
    found["severity"] = (rule.severity_of(update.code).value,)
    given = situation.occasion.facts.get("labels")  # of the shop's triggers: the value of `by`
    if isinstance(given, dict):
        found |= {field: (str(value),) for field, value in given.items() if value}
    return found


def group_key(rule: Rule, group: Group, channel: str, about: Labels) -> str:
    """Return the join key of what goes out together on a channel; what is made for show goes by itself."""
    parts = [f"{field}={','.join(about.get(field, ()))}" for field in group.by]
    return "/".join(["group", channel, *parts]) + (SHADOW if rule.shadow else "")


def quieted(
    about: Labels, rule: Rule, ruleset: RuleSet, standing: Standing, now: float, *, customer: bool
) -> Reason | None:
    """Return why a message stays unsaid: a silence, or a mute; None if nothing keeps it quiet.

    Args:
        customer: it goes to a customer: only silences that say so stop it.
    """
    if any(s.covers(about, now) for s in standing.silences if s.customers or not customer):
        return Reason.SILENCED
    if not customer and muting(about, rule, ruleset, standing):
        return Reason.MUTED
    return None


def quiet_until(
    about: Labels, rule: Rule, ruleset: RuleSet, standing: Standing, now: float, most: float = math.inf
) -> float:
    """Return when it is worth asking again whether something keeps operators' news quiet, Unix seconds UTC.

    Args:
        most: seconds after which it is asked again in any case, for a silence may be ended by hand.
    """
    ends = [s.quiet_until(now) for s in standing.silences if s.covers(about, now)]
    if muting(about, rule, ruleset, standing):
        ends.append(now + LOOK_AGAIN)
    return min(max(ends, default=now), now + most)


def muting(about: Labels, rule: Rule, ruleset: RuleSet, standing: Standing) -> Mute | None:
    """Return what mutes a rule now, None if nothing does."""
    for mute in ruleset.mutes:
        during = ruleset.rule(mute.during)
        if during is not None and during.shadow and not rule.shadow:
            continue  # what is only for show keeps nobody quiet
        if rule.id in mute.rules and any(
            alert.rule == mute.during
            and alert.state is not AlertState.RESOLVED
            and all(
                not set(alert.labels.get(field, ())).isdisjoint(about.get(field, ())) for field in mute.same
            )
            for alert in standing.alerts
        ):
            return mute
    return None
