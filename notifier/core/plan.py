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

import hashlib
from collections.abc import Set
from dataclasses import dataclass, replace

from notifier.core.facts import facts, values
from notifier.core.lookup import is_settled
from notifier.core.message import Message, NewMessage, Send, State
from notifier.core.once import Subject, subjects
from notifier.core.reach import is_reachable, is_too_old, reach
from notifier.core.reason import UNKNOWN_CUSTOMER, Reason
from notifier.core.rules import MISSING_CONTACT, Audience, Once, Rule, RuleSet
from notifier.core.situation import Decision, Situation
from notifier.core.update import Shipment
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
    successor = _message(rule, message.fallbacks, message.once, next(parcels, None), ruleset, situation, now)
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
    return _speak(rule, about, ruleset, situation, taken, now)


def _speak(
    rule: Rule,
    about: list[Subject],
    ruleset: RuleSet,
    situation: Situation,
    taken: Set[str],
    now: float,
) -> tuple[Decision, list[NewMessage]]:
    """Make the messages of a rule that fits, as far as `once` and the recipients allow."""
    born = [
        _message(rule, delivery.options, key, subject.shipment, ruleset, situation, now)
        for subject in about
        for delivery, key in zip(rule.deliveries, subject.keys, strict=True)
        if key not in taken
    ]
    if not born:
        return Decision(rule.id, False, Reason.ALREADY_TOLD), []
    blocked = [m.reason for m in born if m.state is State.DROPPED]
    if len(blocked) == len(born) and blocked[0] is not None:
        return Decision(rule.id, False, blocked[0], f"send: {_sends(rule)}"), []
    return Decision(rule.id, True, Reason.FIRED, f"send: {', '.join(m.send.channel for m in born)}"), born


def _miss(
    ruleset: RuleSet,
    situation: Situation,
    taken: Set[str],
    now: float,
    decisions: list[Decision],
    messages: list[NewMessage],
) -> None:
    """Judge `orders.missing_contact`: a customer should have been told, and nobody knows her.

    Adds to `decisions` and `messages`.
    """
    rule = ruleset.orders.missing_contact
    if rule is None:
        return
    reasons = [d.reason for d in decisions] + [m.reason for m in messages]
    missed = any(reason in UNKNOWN_CUSTOMER for reason in reasons)
    if is_reachable(situation) or situation.order.forgotten or not missed:
        decisions.append(Decision(MISSING_CONTACT, False, Reason.NO_MATCH, "nobody was missed"))
        return
    decision, born = _speak(rule, list(subjects(rule, situation)), ruleset, situation, taken, now)
    decisions.append(decision)
    messages.extend(born)


def _message(
    rule: Rule,
    options: tuple[Send, ...],
    once: str,
    shipment: Shipment | None,
    ruleset: RuleSet,
    situation: Situation,
    now: float,
) -> NewMessage:
    """Make the message of one entry of `send`: with the first option that can reach somebody, or dropped.

    A channel that is not configured is passed over while a later option has an
    address; if there is none, the message waits for it.
    """
    reached = [(send, _reach_now(send, rule, ruleset, situation, now, shipment)) for send in options]
    usable = [(send, address) for send, address in reached if not isinstance(address, Reason)]
    ready = [
        (send, address)
        for send, address in usable
        if ruleset.channels[send.channel].paused is not Reason.NOT_CONFIGURED
    ]
    seed = f"{once}|{situation.update.update.identity}|{options[0].channel}"
    born = NewMessage(
        rule=rule.id,
        send=options[0],
        recipient="",
        once=once,
        message_id=hashlib.sha256(seed.encode()).hexdigest()[:32],
        due_at=now,
        shipment=shipment.key if shipment else "",
    )
    if not usable:
        why = next(address for _, address in reached if isinstance(address, Reason))
        return replace(born, state=State.DROPPED, reason=why)
    send, recipient = (ready or usable)[0]
    rest = options[options.index(send) + 1 :]
    urgency = rule.priority(ruleset.channels[send.channel].audience, situation.update.code)
    return replace(born, send=send, recipient=str(recipient), fallbacks=rest, priority=urgency)


def _reach_now(
    send: Send, rule: Rule, ruleset: RuleSet, situation: Situation, now: float, shipment: Shipment | None
) -> str | Reason:
    """Return the recipient, or why nobody is told; customers are not told what is late."""
    channel = ruleset.channels.get(send.channel)
    for_customer = channel is not None and channel.audience is Audience.CUSTOMER
    if for_customer and situation.late and not ruleset.shop.tell_late:
        return Reason.LATE
    return reach(send.channel, rule, ruleset, situation, now, shipment)


def _sends(rule: Rule) -> str:
    return ", ".join(" or ".join(s.channel for s in d.options) for d in rule.deliveries)
