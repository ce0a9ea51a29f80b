"""When a message goes out: windows, throttles and groups. Pure; `speak` and `wanted` ask here."""

from __future__ import annotations

from dataclasses import dataclass, replace

from notifier.core.labels import group_key, labels
from notifier.core.message import NewMessage, Outside, Send, State
from notifier.core.once import person
from notifier.core.reason import Reason
from notifier.core.rules import Rule, RuleSet
from notifier.core.schedule import opens_at
from notifier.core.situation import Situation
from notifier.core.standing import Join, Standing
from notifier.core.wants import throttle_key

LINGER = 5.0
"""Seconds after which escalations go out without the last of those that they wait for."""


@dataclass(frozen=True, slots=True)
class Slot:
    """When a message is due, Unix seconds UTC, and with what it goes out together ('' for alone)."""

    due_at: float
    join: str = ""


def for_customer(
    rule: Rule, channel: str, situation: Situation, standing: Standing, at: float
) -> Slot | Reason:
    """Return when a customer may be told what is due at `at`, or that she was told often enough."""
    if rule.throttle is None:
        return Slot(at)
    who = person(situation.order)
    free_at = room_at(rule, standing.lately.get(who, ()), at)
    has_room = free_at <= at
    if not rule.throttle.merge and not has_room:
        return Reason.THROTTLED_OUT
    # What the brake holds asks for room once more when it is let go, all that waits for her together.
    if has_room and (not standing.braked or not rule.throttle.merge):
        return Slot(at)
    join = throttle_key(rule, who, channel)
    waiting = standing.joins.get(join, Join()).due_at
    return Slot(max(at, free_at if waiting is None else waiting), join)


def room_at(rule: Rule, lately: tuple[float, ...], at: float) -> float:
    """Return when a throttled customer may be told again; `at` or before: she may.

    Args:
        lately: when she was told or is to be told, Unix seconds UTC.
    """
    if rule.throttle is None:
        return at
    within = sorted(t for t in lately if t > at - rule.throttle.within)
    return within[-rule.throttle.most] + rule.throttle.within if len(within) >= rule.throttle.most else at


def for_operators(rule: Rule, channel: str, situation: Situation, standing: Standing, at: float) -> Slot:
    """Return when operators are told what is due at `at`: with the group that waits, or a new one."""
    if rule.group is None:
        return Slot(at)
    join = group_key(rule, rule.group, channel, labels(rule, situation))
    others = standing.joins.get(join, Join())
    if others.due_at is not None:
        return Slot(max(at, others.due_at), join)
    due = at + rule.group.wait
    return Slot(due if others.last_at is None else max(due, others.last_at + rule.group.interval), join)


def for_alert(rule: Rule, channel: str, situation: Situation, standing: Standing, now: float) -> Slot:
    """Return when operators are told what becomes of an alert: at once, or with others of its group.

    An end goes out at once, with ends that wait already. A step of an escalation waits for those of the
    same step that are due within the group's `wait`, a reminder for other reminders. Whether the
    group's interval is over is asked when it is due.
    """
    if rule.group is None:
        return Slot(now)
    occasion = situation.occasion
    join = group_key(rule, rule.group, channel, labels(rule, situation))
    gathered = max(now, standing.alike_due) + LINGER if standing.alike_due else now
    return Slot(gathered, f"{join}/{occasion.kind}{occasion.facts.get('step', '')}")


def after_silence(rule: Rule, message: NewMessage) -> NewMessage:
    """Return a message that a silence kept back so that it goes out with others of its rule that it did."""
    if message.join or message.state is not State.PENDING or message.person:
        return message
    return replace(message, join=f"silence/{message.send.channel}/{rule.id}", due_at=message.due_at + LINGER)


def in_window(
    send: Send, ruleset: RuleSet, situation: Situation, at: float, since: float
) -> float | Outside | None:
    """Return when what is due at `at` can go out by the window of `send`.

    Outside.DROP and Outside.NEXT if it cannot, and that is what is wanted then; None without a
    window of that name.

    Args:
        since: since when it waits, for `max_defer`; Unix seconds UTC.
    """
    if not send.window:
        return at
    hours = ruleset.windows.get(send.window)
    if hours is None:
        return None
    zone = ruleset.zone_of(situation.order.contact)
    opens = opens_at(hours, at, zone)
    if opens is not None and opens <= at:
        return at
    if send.outside is not Outside.DEFER:
        return send.outside
    if opens is None or (send.max_defer is not None and opens - since > send.max_defer):
        return Outside.NEXT
    return opens
