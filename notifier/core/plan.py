"""From one update to what is told: the verdict of every rule, and the messages that follow.

The steps, in order, for each rule:

1. the trigger fits the update's status,
2. every clause of `match` fits,
3. `if` gives true,
4. `once` has not been used up,
5. each entry of `send` finds a channel with an address, and customers are not
   told what is late or too old.

All of it is a function of its arguments: no clock, no database, no network.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Set
from dataclasses import dataclass, replace

from notifier.core.facts import facts, values
from notifier.core.message import Message, NewMessage, Send, State
from notifier.core.order import Order
from notifier.core.reason import Reason
from notifier.core.rules import Audience, Facts, Once, Rule, RuleSet
from notifier.core.update import RecordedUpdate, Shipment
from notifier.errors import RenderError


@dataclass(frozen=True, slots=True)
class Situation:
    """One update, the order as it stands with it, and whether the update comes late."""

    update: RecordedUpdate
    order: Order
    late: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """The verdict of one rule on one update."""

    rule: str
    fired: bool
    reason: Reason
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """All that follows from one update: a decision by every rule, and the messages."""

    decisions: tuple[Decision, ...]
    messages: tuple[NewMessage, ...]


@dataclass(frozen=True, slots=True)
class Subject:
    """What one firing of a rule is about: the once keys of its entries, and the parcel if it is one."""

    keys: tuple[str, ...]
    shipment: Shipment | None = None


def once_keys(ruleset: RuleSet, situation: Situation) -> frozenset[str]:
    """Return every key that `decide` may ask about, so that the store can say which are taken."""
    code = situation.update.code
    return frozenset(
        key
        for rule in ruleset.rules
        if rule.trigger.fits(code)
        for subject in _subjects(rule, situation)
        for key in subject.keys
    )


def decide(ruleset: RuleSet, situation: Situation, taken: Set[str], now: float) -> Plan:
    """Judge one update by every rule.

    Args:
        taken: those of `once_keys` that a message already holds.
        now: Unix seconds UTC.
    """
    decisions: list[Decision] = []
    messages: list[NewMessage] = []
    for rule in ruleset.rules:
        decision, born = _judge(rule, ruleset, situation, taken, now)
        decisions.append(decision)
        messages.extend(born)
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
    """Judge a due message once more: the rules, the contact or the shop's patience may have changed."""
    if ruleset.rule(message.rule) is None:
        return Wanted(dropped=Reason.RULE_REMOVED)
    channel = ruleset.channels.get(message.send.channel)
    if channel is None:
        return Wanted(dropped=Reason.CHANNEL_REMOVED)
    if channel.audience is Audience.CUSTOMER and _too_old(ruleset, situation.update, now):
        return Wanted(dropped=Reason.TOO_OLD)
    if channel.to is None:
        return Wanted()
    facts_now = facts(situation.update, situation.order, ruleset.shop, now, late=situation.late)
    try:
        recipient = channel.to(facts_now)
    except RenderError:
        return Wanted(dropped=Reason.NO_ADDRESS)
    if recipient:
        return Wanted(recipient)
    gone = situation.order.contact is None
    return Wanted(dropped=Reason.CONTACT_REMOVED if gone else Reason.NO_ADDRESS)


def _judge(
    rule: Rule, ruleset: RuleSet, situation: Situation, taken: Set[str], now: float
) -> tuple[Decision, list[NewMessage]]:
    update, order = situation.update, situation.order
    if not rule.trigger.fits(update.code):
        return Decision(rule.id, False, Reason.OTHER_STATUS), []
    for clause in rule.match:
        if not any(clause.test.fits(value) for value in values(clause.field, update, order)):
            return Decision(rule.id, False, Reason.NO_MATCH, f"{clause.field} is not {clause.test}"), []
    told = facts(update, order, ruleset.shop, now, late=situation.late)
    if rule.condition is not None:
        try:
            if not rule.condition(told):
                return Decision(rule.id, False, Reason.CONDITION_FALSE), []
        except RenderError as error:
            return Decision(rule.id, False, Reason.CONDITION_FAILED, str(error)), []
    subjects = list(_subjects(rule, situation))
    if not subjects:
        return Decision(rule.id, False, Reason.NO_MATCH, "the update names no parcel"), []
    born = [
        _message(rule, delivery.options, key, subject.shipment, ruleset, situation, now)
        for subject in subjects
        for delivery, key in zip(rule.deliveries, subject.keys, strict=True)
        if key not in taken
    ]
    if not born:
        return Decision(rule.id, False, Reason.ALREADY_TOLD), []
    blocked = [m.reason for m in born if m.state is State.DROPPED]
    if len(blocked) == len(born) and blocked[0] is not None:
        return Decision(rule.id, False, blocked[0], f"send: {_sends(rule)}"), []
    return Decision(rule.id, True, Reason.FIRED, f"send: {', '.join(m.send.channel for m in born)}"), born


def _subjects(rule: Rule, situation: Situation) -> Iterator[Subject]:
    update, order = situation.update, situation.order
    match rule.once:
        case Once.SHIPMENT:
            for shipment in {s.key: s for s in update.shipments}.values():
                yield _subject(rule, _pair(order.ref, shipment.key), shipment)
        case Once.ORDER:
            yield _subject(rule, order.ref)
        case Once.CONTACT:
            yield _subject(rule, _person(order))
        case Once.STATUS:
            yield _subject(rule, _pair(order.ref, update.code))


def _subject(rule: Rule, value: str, shipment: Shipment | None = None) -> Subject:
    keys = tuple(f"{rule.id}/{rule.once}/{value}/{n}" for n in range(len(rule.deliveries)))
    return Subject(keys, shipment)


def _pair(ref: str, what: str) -> str:
    """Join both so that no other order's pair reads the same: a reference may hold slashes."""
    return ref.replace("%", "%25").replace("/", "%2F") + "/" + what


def _person(order: Order) -> str:
    """A name for the customer that can be stored without storing the address."""
    contact = order.contact
    address = (contact.email or contact.phone) if contact else None
    return hashlib.sha256((address or order.ref).lower().encode()).hexdigest()[:32]


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
    told = facts(situation.update, situation.order, ruleset.shop, now, shipment=shipment, late=situation.late)
    reached = [(send, _recipient(send, ruleset, situation, told, now)) for send in options]
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
    return replace(born, send=send, recipient=str(recipient), fallbacks=rest)


def _recipient(send: Send, ruleset: RuleSet, situation: Situation, told: Facts, now: float) -> str | Reason:
    """Return the address on that channel ('' for a fixed one), or why there is none."""
    channel = ruleset.channels.get(send.channel)
    if channel is None:
        return Reason.CHANNEL_REMOVED
    if channel.audience is Audience.CUSTOMER:
        if situation.late and not ruleset.shop.tell_late:
            return Reason.LATE
        if _too_old(ruleset, situation.update, now):
            return Reason.TOO_OLD
    if channel.to is None:
        return ""
    try:
        address = channel.to(told)
    except RenderError:
        return Reason.NO_ADDRESS
    if address:
        return address
    return Reason.NO_CONTACT if situation.order.contact is None else Reason.NO_ADDRESS


def _too_old(ruleset: RuleSet, update: RecordedUpdate, now: float) -> bool:
    limit = ruleset.shop.max_update_age
    return limit is not None and now - update.happened_at > limit


def _sends(rule: Rule) -> str:
    return ", ".join(" or ".join(s.channel for s in d.options) for d in rule.deliveries)
