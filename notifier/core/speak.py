"""What a rule that fits says, and to whom: its messages, as far as `once` and the recipients allow.

For each entry of `send` the first option is taken that can reach the recipient:

1. the news is not late, and the channel has an address that may be used,
2. no silence or mute keeps it quiet,
3. it is due at once, after `settle`, when `throttle` has room, or with its `group`,
4. then its window is open, or it may wait until that opens.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from notifier.core import timing
from notifier.core.channel import Audience
from notifier.core.labels import labels, muting, quieted
from notifier.core.message import NewMessage, Outside, Send, State
from notifier.core.occasion import OF_ALERT, OccasionKind
from notifier.core.once import Subject, is_shadow, person
from notifier.core.reach import reach
from notifier.core.reason import Reason
from notifier.core.rules import Delivery, Rule, RuleSet
from notifier.core.situation import Decision, Situation
from notifier.core.standing import Standing
from notifier.core.timing import Slot
from notifier.core.update import Shipment


def speak(
    rule: Rule,
    about: Iterable[Subject],
    ruleset: RuleSet,
    situation: Situation,
    standing: Standing,
    now: float,
    deliveries: Sequence[Delivery] | None = None,
    *,
    on_record: bool = False,
) -> tuple[Decision, list[NewMessage]]:
    """Make the messages of a rule that fits, as far as `once` and the recipients allow.

    Args:
        deliveries: to whom; default: the rule's `send`.
        on_record: what is not said leaves a dropped message: there is no verdict that tells of it.
        now: Unix seconds UTC.
    """
    entries = rule.deliveries if deliveries is None else deliveries
    born: list[NewMessage] = []
    for subject in about:
        for delivery, key in zip(entries, subject.keys, strict=True):
            if key not in standing.taken:
                others = standing.having(born) if born else standing
                new = message(rule, delivery.options, key, subject.shipment, ruleset, situation, others, now)
                born.append(new)
    if not born:
        return Decision(rule.id, False, Reason.ALREADY_TOLD), []
    blocked = [m.reason for m in born if m.state is State.DROPPED]
    if len(blocked) == len(born) and blocked[0] is not None:
        why = _keeper(blocked[0], rule, ruleset, situation, standing, now)
        verdict = Decision(rule.id, False, blocked[0], f"send: {_sends(entries)}{why}")
        return verdict, born if on_record else []
    told = [_told(m, entries, rule, ruleset, situation, standing, now) for m in born]
    return Decision(rule.id, True, Reason.FIRED, f"send: {', '.join(told)}"), born


def _told(
    born: NewMessage,
    entries: Sequence[Delivery],
    rule: Rule,
    ruleset: RuleSet,
    situation: Situation,
    standing: Standing,
    now: float,
) -> str:
    """Name the channel of a message, and why those before it were passed over."""
    entry = next((e for e in entries if born.send in e.options), None)
    before = entry.options[: entry.options.index(born.send)] if entry else ()
    passed = [
        f"{send.channel}: {found if isinstance(found, Reason) else Reason.NOT_CONFIGURED}"
        for send in before
        for found in [_way(send, rule, ruleset, situation, standing, now, None)]
    ]
    return f"{born.send.channel} ({', '.join(passed)})" if passed else born.send.channel


def _keeper(
    reason: Reason, rule: Rule, ruleset: RuleSet, situation: Situation, standing: Standing, now: float
) -> str:
    """Name the mute or the silence that kept a rule quiet."""
    if reason is Reason.MUTED:
        found = muting(labels(rule, situation), rule, ruleset, standing)
        return f"; mute: {found.id}" if found else ""
    if reason is Reason.SILENCED:
        about = labels(rule, situation)
        covering = [s.id for s in standing.silences if s.covers(about, now)]
        return f"; silence {covering[0]}" if covering else ""
    return ""


@dataclass(frozen=True, slots=True)
class _Way:
    """One option of `send` that can be used: whom it reaches, and when."""

    send: Send
    recipient: str
    slot: Slot


def message(
    rule: Rule,
    options: tuple[Send, ...],
    once: str,
    shipment: Shipment | None,
    ruleset: RuleSet,
    situation: Situation,
    standing: Standing,
    now: float,
) -> NewMessage:
    """Make the message of one entry of `send`: with the first option that can reach somebody, or dropped.

    A channel that is not configured is passed over while a later option has an
    address; if there is none, the message waits for it.
    """
    ways: list[_Way] = []
    reasons: list[Reason] = []
    for send in options:
        found = _way(send, rule, ruleset, situation, standing, now, shipment)
        if found is None:  # `outside: drop`: later options are for other obstacles
            reasons.append(Reason.OUTSIDE_WINDOW)
            break
        (ways if isinstance(found, _Way) else reasons).append(found)  # type: ignore[arg-type]
    seed = f"{once}|{situation.update.update.identity}|{options[0].channel}"
    shadow = is_shadow(rule, ruleset)
    said: dict[str, Any] = {
        "rule": rule.id,
        "once": once,
        "message_id": hashlib.sha256(seed.encode()).hexdigest()[:32],
        "shipment": shipment.key if shipment else "",
        "shadow": shadow,
        "occasion": situation.occasion,
    }
    if not ways:
        return NewMessage(
            **said, send=options[0], recipient="", due_at=now, state=State.DROPPED, reason=reasons[0]
        )
    ready = [w for w in ways if ruleset.channels[w.send.channel].paused is not Reason.NOT_CONFIGURED]
    way = (ready or ways)[0]
    audience = ruleset.channels[way.send.channel].audience
    for_customer = audience is Audience.CUSTOMER
    held = for_customer and standing.braked and not shadow
    return NewMessage(
        **said,
        send=way.send,
        recipient=way.recipient,
        fallbacks=options[options.index(way.send) + 1 :],
        priority=rule.priority(audience, situation.update.code),
        due_at=way.slot.due_at,
        join=way.slot.join,
        # What one rule makes for show counts for no throttle: others are at work.
        person=person(situation.order) if for_customer and not rule.shadow else "",
        state=State.HELD if held else State.PENDING,
        reason=Reason.BRAKED if held else None,
    )


def _way(
    send: Send,
    rule: Rule,
    ruleset: RuleSet,
    situation: Situation,
    standing: Standing,
    now: float,
    shipment: Shipment | None,
) -> _Way | Reason | None:
    """Return how an option can be used, why it cannot, or None if nothing may be said on any."""
    channel = ruleset.channels.get(send.channel)
    for_customer = channel is not None and channel.audience is Audience.CUSTOMER
    if for_customer and situation.late and not ruleset.shop.tell_late:
        return Reason.LATE
    recipient = reach(send.channel, rule, ruleset, situation, now, shipment)
    if isinstance(recipient, Reason):
        return recipient
    is_end = situation.occasion.kind is OccasionKind.RESOLVED  # of what was told: it waits for a silence
    if not is_end and (why := _quieted(rule, ruleset, situation, standing, now, customer=for_customer)):
        return why
    at = now + rule.settle
    slot: Slot | Reason
    if for_customer:
        if rule.await_code and not _has_code(situation, shipment):
            at = now + max(rule.settle, rule.await_code)
        slot = timing.for_customer(rule, send.channel, situation, standing, at)
    elif situation.occasion.kind in OF_ALERT:
        slot = timing.for_alert(rule, send.channel, situation, standing, now)
    else:
        slot = timing.for_operators(rule, send.channel, situation, standing, at)
    if isinstance(slot, Reason):
        return slot
    opens = timing.in_window(send, ruleset, situation, slot.due_at, now)
    match opens:
        case Outside.DROP:
            return None
        case Outside():
            return Reason.OUTSIDE_WINDOW
        case None:
            return _Way(send, recipient, slot)  # the window was removed from the file
    return _Way(send, recipient, Slot(opens, slot.join))


def _has_code(situation: Situation, shipment: Shipment | None) -> bool:
    """Tell whether what a message is about has a tracking code: its parcel, or one of its order."""
    about = (shipment,) if shipment else situation.order.current
    return any(parcel.tracking_code for parcel in about)


def _quieted(
    rule: Rule, ruleset: RuleSet, situation: Situation, standing: Standing, now: float, *, customer: bool
) -> Reason | None:
    if not standing.silences and not ruleset.mutes:
        return None
    return quieted(labels(rule, situation), rule, ruleset, standing, now, customer=customer)


def _sends(deliveries: Iterable[Delivery]) -> str:
    return ", ".join(" or ".join(s.channel for s in d.options) for d in deliveries)
