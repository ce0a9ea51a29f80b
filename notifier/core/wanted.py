"""A message that is about to be sent is judged once more: much may have changed since it was decided."""

from __future__ import annotations

from dataclasses import dataclass, replace

from notifier.core import speak, timing
from notifier.core.alert import AlertState
from notifier.core.channel import Audience
from notifier.core.labels import LOOK_AGAIN, labels, quiet_until, quieted
from notifier.core.message import Message, NewMessage, Outside, State
from notifier.core.occasion import OccasionKind
from notifier.core.once import is_shadow, person
from notifier.core.reach import is_too_old, reach
from notifier.core.reason import Reason
from notifier.core.rules import Once, Rule, RuleSet
from notifier.core.situation import Situation
from notifier.core.standing import Join, Standing
from notifier.core.trigger import StatusTrigger, Stuck

WAITED = 60.0
"""A message that had to wait, or was late by more than this many seconds, is judged by the order's course."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """The verdict on a message that is due: its recipient now, why not any more, or when instead.

    With `shadow` it is made and recorded, and not sent.
    """

    recipient: str = ""
    dropped: Reason | None = None
    later: float | None = None
    shadow: bool = False


def still_wanted(
    message: Message,
    ruleset: RuleSet,
    situation: Situation,
    standing: Standing,
    now: float,
    *,
    in_company: bool = False,
) -> Wanted:
    """Judge a due message once more: the rules, the contact, or the order's course may have changed.

    Args:
        standing: alerts and silences; and of its join key, and the customer, what was told lately.
        in_company: it goes out with another, and needs no room of its own.
    """
    rule = ruleset.rule(message.rule)
    if rule is None:
        return Wanted(dropped=Reason.RULE_REMOVED)
    channel = ruleset.channels.get(message.send.channel)
    if channel is None:
        return Wanted(dropped=Reason.CHANNEL_REMOVED)
    for_customer = channel.audience is Audience.CUSTOMER
    if why := _outdated(message, rule, ruleset, situation, now, customer=for_customer):
        return Wanted(dropped=why)
    if why := _over(message, rule, standing):
        return Wanted(dropped=why)
    if (standing.silences or ruleset.mutes) and (
        why := quieted(labels(rule, situation), rule, ruleset, standing, now, customer=for_customer)
    ):
        if for_customer or not message.alert:
            return Wanted(dropped=why)
        if why is Reason.SILENCED or message.occasion.kind is not OccasionKind.RESOLVED:
            until = quiet_until(labels(rule, situation), rule, ruleset, standing, now, LOOK_AGAIN)
            return Wanted(later=until)
    later = now if in_company else _later(message, rule, situation, standing, now, customer=for_customer)
    opens = timing.in_window(message.send, ruleset, situation, max(now, later), message.created_at)
    if isinstance(opens, Outside):
        return Wanted(dropped=Reason.OUTSIDE_WINDOW)
    later = later if opens is None else opens
    if later > now:
        return Wanted(later=later)
    parcels = (s for s in situation.order.shipments if s.key == message.shipment)
    recipient = reach(channel.name, rule, ruleset, situation, now, next(parcels, None))
    if not isinstance(recipient, Reason):
        return Wanted(recipient, shadow=is_for_show(message, ruleset))
    # It had a contact when it was made.
    gone = recipient in (Reason.NO_CONTACT, Reason.SOURCE_DOWN)
    return Wanted(dropped=Reason.CONTACT_REMOVED if gone else recipient)


def goes_along(
    other: Message,
    leader: tuple[Message, Wanted],
    ruleset: RuleSet,
    situation: Situation,
    standing: Standing,
    now: float,
) -> bool:
    """Tell whether a message with the join key of one that goes out now can be part of it.

    It is wanted as well, its window is open, and it is for the same recipient: her order may be
    somebody else's by now.
    """
    first, verdict = leader
    if other.send.channel != first.send.channel:  # they take another way together
        other = replace(other, send=first.send)
    wanted = still_wanted(other, ruleset, situation, standing, now, in_company=True)
    return (
        wanted.dropped is None
        and wanted.later is None
        and (wanted.recipient, wanted.shadow) == (verdict.recipient, verdict.shadow)
    )


def is_for_show(message: Message, ruleset: RuleSet) -> bool:
    """Tell whether a message is made and recorded, and not sent: so it was born, or so its rule is by now."""
    rule = ruleset.rule(message.rule)
    return message.shadow or (rule is not None and is_shadow(rule, ruleset))


def fall_back(message: Message, ruleset: RuleSet, situation: Situation, now: float) -> NewMessage | None:
    """Return the message for the next entry of a `first_of` that can reach the recipient, if there is one."""
    rule = ruleset.rule(message.rule)
    if rule is None or not message.fallbacks:
        return None
    parcels = (s for s in situation.order.shipments if s.key == message.shipment)
    # It has waited already for what `settle` and `group` wait for.
    at_once = replace(rule, settle=0.0, await_code=0.0, group=None, throttle=None)
    successor = speak.message(
        at_once,
        message.fallbacks,
        message.once,
        next(parcels, None),
        ruleset,
        situation,
        Standing(),
        now,
    )
    if successor.state is not State.PENDING:
        return None
    return replace(successor, alert=message.alert, shadow=message.shadow)


def has_moved_past(rule: Rule, situation: Situation) -> bool:
    """Tell whether the order has gone where what the rule says is not true any more."""
    code = situation.order.code
    if isinstance(rule.trigger, Stuck):
        return code not in rule.trigger.codes
    if isinstance(rule.trigger, StatusTrigger) and rule.trigger.fits(code):
        return False  # further on, and still what it speaks of
    return situation.overtaken


def is_contradicted(rule: Rule, situation: Situation) -> bool:
    """Tell whether what the rule says has become untrue, whether it waited or not.

    One that tells an order's statuses one time only tells of the newest with what it has.
    """
    if not situation.contradicted_by:
        return False
    trigger = rule.trigger
    if rule.once is Once.STATUS or not isinstance(trigger, StatusTrigger):
        return True
    return not trigger.fits(situation.order.code)


def _outdated(
    message: Message, rule: Rule, ruleset: RuleSet, situation: Situation, now: float, *, customer: bool
) -> Reason | None:
    """Return why the news is no news any more."""
    kind = message.occasion.kind
    if kind is OccasionKind.STUCK and has_moved_past(rule, situation):
        return Reason.OVERTAKEN
    if not customer:
        return None
    if is_too_old(ruleset, situation, now):
        return Reason.TOO_OLD
    # What waits for its tracking code is told when that is here, as long as it is true.
    waited = not rule.await_code and (
        message.due_at > message.created_at or now - message.created_at > WAITED
    )
    if ruleset.shop.tell_late:
        return None
    if (waited and has_moved_past(rule, situation)) or is_contradicted(rule, situation):
        return Reason.OVERTAKEN
    return None


def _over(message: Message, rule: Rule, standing: Standing) -> Reason | None:
    """Return why what belongs to an alert has nothing more to say."""
    if not message.alert or message.occasion.kind is OccasionKind.RESOLVED:
        return None
    alert = standing.alert(rule.id, message.alert)
    if alert is None or alert.opened_at > message.created_at:  # another one by now
        return Reason.RESOLVED
    asks = message.occasion.kind in (OccasionKind.ESCALATED, OccasionKind.REPEATED)
    return Reason.ACKNOWLEDGED if asks and alert.state is AlertState.ACKNOWLEDGED else None


def _later(
    message: Message, rule: Rule, situation: Situation, standing: Standing, now: float, *, customer: bool
) -> float:
    """Return when there is room for it: others of its group or to this customer may just have gone out.

    One that was tried has had its turn.
    """
    if not message.join or message.attempts or message.occasion.kind is OccasionKind.RESOLVED:
        return now
    if customer:
        return timing.room_at(rule, standing.lately.get(person(situation.order), ()), now)
    last = standing.joins.get(message.join, Join()).last_at
    return now if rule.group is None or last is None else max(now, last + rule.group.interval)
