"""`orders.missing_contact`: a customer should be told, and nobody knows how to reach her.

It is judged like a rule, after the others, and once more when a message to her has ended for
want of an address.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from notifier.core.channel import Audience
from notifier.core.message import Message, NewMessage, State
from notifier.core.once import subjects
from notifier.core.reach import is_reachable, reach
from notifier.core.reason import UNKNOWN_CUSTOMER, Reason
from notifier.core.rules import MISSING_CONTACT, RuleSet
from notifier.core.situation import Decision, Situation
from notifier.core.speak import speak
from notifier.core.standing import Standing


def judge(
    ruleset: RuleSet,
    situation: Situation,
    decisions: Iterable[Decision],
    messages: Sequence[NewMessage],
    standing: Standing,
    now: float,
) -> tuple[Decision, list[NewMessage]] | None:
    """Return its verdict on an update and the messages that follow, None if there is no such rule.

    Args:
        decisions: those of the rules, and `messages` what follows from them.
        now: Unix seconds UTC.
    """
    rule = ruleset.orders.missing_contact
    if rule is None:
        return None
    reasons = [d.reason for d in decisions] + [m.reason for m in messages]
    missed = any(reason in UNKNOWN_CUSTOMER for reason in reasons) or any(
        _waits_in_vain(message, ruleset, situation, now) for message in messages
    )
    if not missed or not _is_lost(ruleset, situation, now):
        return Decision(MISSING_CONTACT, False, Reason.NO_MATCH, "nobody was missed"), []
    about = list(subjects(rule, ruleset, situation, standing))
    return speak(rule, about, ruleset, situation, standing, now)


def judge_again(
    message: Message, ruleset: RuleSet, situation: Situation, standing: Standing, now: float
) -> tuple[Decision, list[NewMessage]] | None:
    """Return what it says after `message` has ended for want of an address, None if nothing.

    Args:
        situation: as it is now, with the address that was refused marked as such.
        now: Unix seconds UTC.
    """
    rule, channel = ruleset.orders.missing_contact, ruleset.channels.get(message.send.channel)
    if rule is None or channel is None or channel.audience is not Audience.CUSTOMER:
        return None
    if not _is_lost(ruleset, situation, now):
        return None
    about = list(subjects(rule, ruleset, situation, standing))
    decision, born = speak(rule, about, ruleset, situation, standing, now)
    return (decision, born) if decision.fired else None


def _is_lost(ruleset: RuleSet, situation: Situation, now: float) -> bool:
    """Tell whether she cannot be reached although nothing of her own will stands against it."""
    contact = situation.order.contact
    is_silenced = situation.order.forgotten or (contact is not None and contact.do_not_contact)
    return not is_silenced and not is_reachable(ruleset, situation, now)


def _waits_in_vain(message: NewMessage, ruleset: RuleSet, situation: Situation, now: float) -> bool:
    """Tell whether it waits for a channel to be configured because she has no address for one that is."""
    rule = ruleset.rule(message.rule)
    if rule is None or message.state is not State.PENDING or _is_configured(message.send.channel, ruleset):
        return False
    others = {o.channel for delivery in rule.deliveries for o in delivery.options}
    return any(
        reach(name, rule, ruleset, situation, now) in UNKNOWN_CUSTOMER
        for name in others
        if _is_configured(name, ruleset)
    )


def _is_configured(channel: str, ruleset: RuleSet) -> bool:
    return channel in ruleset.channels and ruleset.channels[channel].paused is not Reason.NOT_CONFIGURED
