"""From one update to what is told: the verdict of every rule, and the messages that follow.

The steps, in order, for each rule:

1. the trigger fits the update's status,
2. it is known who the customer is, if the rule needs to know,
3. every clause of `match` fits,
4. `if` gives true,
5. `once` has not been used up,
6. each entry of `send` finds a channel that can and may reach somebody.

All of it is a function of its arguments: no clock, no database, no network.
"""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass

from notifier.core import missing, speak
from notifier.core.facts import facts, values
from notifier.core.lookup import is_settled
from notifier.core.message import Message, NewMessage, State
from notifier.core.once import subjects
from notifier.core.reach import is_too_old, reach
from notifier.core.reason import Reason
from notifier.core.rules import Audience, Once, Rule, RuleSet
from notifier.core.situation import Decision, Situation
from notifier.errors import RenderError

WAITED = 60.0
"""A message that waited longer than this many seconds is judged again by the order's course."""


@dataclass(frozen=True, slots=True)
class Plan:
    """All that follows from one update: a decision by every rule, and the messages.

    `awaits_contact` tells that some rules could not be judged yet: the contact is
    to be looked up, and the update judged again when that has ended.
    """

    decisions: tuple[Decision, ...]
    messages: tuple[NewMessage, ...]
    awaits_contact: bool = False


def decide(ruleset: RuleSet, situation: Situation, taken: Set[str], now: float) -> Plan:
    """Judge one update by every rule that has not judged it yet.

    Args:
        taken: those of `once.once_keys` that a message already holds.
        now: Unix seconds UTC.
    """
    settled = is_settled(
        situation.order,
        situation.lookup,
        ruleset.orders,
        situation.update.received_at,
        now,
        waited=any(d.reason is Reason.AWAITING_CONTACT for d in situation.judged.values()),
    )
    decisions: list[Decision] = []
    messages: list[NewMessage] = []
    for rule in ruleset.rules:
        before = situation.judged.get(rule.id)
        if before is not None and before.reason is not Reason.AWAITING_CONTACT:
            decisions.append(before)
        elif not settled and _waits(rule, situation, taken):
            decisions.append(Decision(rule.id, False, Reason.AWAITING_CONTACT))
        else:
            decision, born = _judge(rule, ruleset, situation, taken, now)
            decisions.append(decision)
            messages.extend(born)
    awaits = any(d.reason is Reason.AWAITING_CONTACT for d in decisions)
    if not awaits:
        _miss(ruleset, situation, taken, now, decisions, messages)
    return Plan(tuple(decisions), tuple(messages), awaits)


def expire(ruleset: RuleSet, situation: Situation, taken: Set[str], now: float) -> Plan:
    """Give up an update whose order was never registered: no rule judges it, operators may be told."""
    decisions = [Decision(rule.id, False, Reason.EXPIRED) for rule in ruleset.rules]
    messages: list[NewMessage] = []
    _miss(ruleset, situation, taken, now, decisions, messages)
    return Plan(tuple(decisions), tuple(messages))


def fall_back(message: Message, ruleset: RuleSet, situation: Situation, now: float) -> NewMessage | None:
    """Return the message for the next entry of a `first_of` that can reach the recipient, if there is one."""
    rule = ruleset.rule(message.rule)
    if rule is None or not message.fallbacks:
        return None
    parcels = (s for s in situation.order.shipments if s.key == message.shipment)
    successor = speak.message(
        rule, message.fallbacks, message.once, next(parcels, None), ruleset, situation, now
    )
    return successor if successor.state is State.PENDING else None


@dataclass(frozen=True, slots=True)
class Wanted:
    """The verdict on a message that is about to be sent: its recipient now, or why not any more."""

    recipient: str = ""
    dropped: Reason | None = None


def still_wanted(message: Message, ruleset: RuleSet, situation: Situation, now: float) -> Wanted:
    """Judge a due message once more: the rules, the contact, or the order's course may have changed."""
    rule = ruleset.rule(message.rule)
    if rule is None:
        return Wanted(dropped=Reason.RULE_REMOVED)
    channel = ruleset.channels.get(message.send.channel)
    if channel is None:
        return Wanted(dropped=Reason.CHANNEL_REMOVED)
    if channel.audience is Audience.CUSTOMER:
        if is_too_old(ruleset, situation, now):
            return Wanted(dropped=Reason.TOO_OLD)
        if now - message.created_at > WAITED and situation.overtaken and not ruleset.shop.tell_late:
            return Wanted(dropped=Reason.OVERTAKEN)
    parcels = (s for s in situation.order.shipments if s.key == message.shipment)
    recipient = reach(channel.name, rule, ruleset, situation, now, next(parcels, None))
    if not isinstance(recipient, Reason):
        return Wanted(recipient)
    # It had a contact when it was made.
    gone = recipient in (Reason.NO_CONTACT, Reason.SOURCE_DOWN)
    return Wanted(dropped=Reason.CONTACT_REMOVED if gone else recipient)


def _waits(rule: Rule, situation: Situation, taken: Set[str]) -> bool:
    """Tell whether a rule has to know the contact first: not if it would say nothing anyway."""
    if not rule.trigger.fits(situation.update.code):
        return False
    if rule.once is Once.CONTACT:
        return True  # its key is the contact's
    keys = {key for subject in subjects(rule, situation) for key in subject.keys}
    return rule.needs_contact and not keys <= taken


def _judge(
    rule: Rule, ruleset: RuleSet, situation: Situation, taken: Set[str], now: float
) -> tuple[Decision, list[NewMessage]]:
    update, order = situation.update, situation.order
    if not rule.trigger.fits(update.code):
        return Decision(rule.id, False, Reason.OTHER_STATUS), []
    for clause in rule.match:
        if not any(clause.test.fits(value) for value in values(clause.field, update, order)):
            return Decision(rule.id, False, Reason.NO_MATCH, f"{clause.field} is not {clause.test}"), []
    if rule.condition is not None:
        told = facts(update, order, ruleset.shop, now, late=situation.late)
        try:
            if not rule.condition(told):
                return Decision(rule.id, False, Reason.CONDITION_FALSE), []
        except RenderError as error:
            return Decision(rule.id, False, Reason.CONDITION_FAILED, str(error)), []
    about = list(subjects(rule, situation))
    if not about:
        return Decision(rule.id, False, Reason.NO_MATCH, "the update names no parcel"), []
    return speak.speak(rule, about, ruleset, situation, taken, now)


def _miss(
    ruleset: RuleSet,
    situation: Situation,
    taken: Set[str],
    now: float,
    decisions: list[Decision],
    messages: list[NewMessage],
) -> None:
    """Add what `orders.missing_contact` says to what the rules have decided."""
    judged = missing.judge(ruleset, situation, decisions, messages, taken, now)
    if judged is not None:
        decisions.append(judged[0])
        messages.extend(judged[1])
