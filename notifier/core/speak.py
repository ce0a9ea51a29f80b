"""What a rule that fits says, and to whom: its messages, as far as `once` and the recipients allow."""

from __future__ import annotations

import hashlib
from collections.abc import Set
from dataclasses import replace

from notifier.core.message import NewMessage, Send, State
from notifier.core.once import Subject
from notifier.core.reach import reach
from notifier.core.reason import Reason
from notifier.core.rules import Audience, Rule, RuleSet
from notifier.core.situation import Decision, Situation
from notifier.core.update import Shipment


def speak(
    rule: Rule,
    about: list[Subject],
    ruleset: RuleSet,
    situation: Situation,
    taken: Set[str],
    now: float,
) -> tuple[Decision, list[NewMessage]]:
    """Make the messages of a rule that fits, as far as `once` and the recipients allow.

    Args:
        taken: the once keys that a message already holds.
        now: Unix seconds UTC.
    """
    born = [
        message(rule, delivery.options, key, subject.shipment, ruleset, situation, now)
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


def message(
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
