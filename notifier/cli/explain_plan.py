"""Verdicts and what follows from them, in words and as JSON: what is on record, and what would be."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import click

from notifier.cli import output, waiting
from notifier.core import status
from notifier.core.alert import Change
from notifier.core.message import NewMessage, State
from notifier.core.plan import Plan
from notifier.core.reason import EXPLAINED, Reason
from notifier.core.rules import MISSING_CONTACT, Rule
from notifier.core.situation import Decision
from notifier.core.timer import Timer, TimerKind
from notifier.core.trigger import AnyUpdate, NewShipment, ReplacedShipment, StatusTrigger, Stuck
from notifier.core.update import Update

_TIMERS = {
    TimerKind.AFTER: "`after` is over",
    TimerKind.STUCK: "the order is stuck, if nothing moves it until then",
    TimerKind.REPEAT: "the alert is repeated, unless somebody takes care of it",
    TimerKind.RATE: "its orders are counted",
}
_SOON = 1.0


@dataclass(frozen=True, slots=True)
class Clock:
    """What time it is (Unix seconds UTC), and the zone in which people are told the time as well."""

    now: float
    zone: str = "UTC"

    def at(self, seconds: float) -> str:
        """Say when something is due: the time, and how long that is from now."""
        if seconds <= self.now + _SOON:
            return "now"
        return f"{waiting.local(seconds, self.zone)}, in {waiting.span(seconds - self.now)}"


def name(rule: str) -> str:
    """Return what an operator calls a rule."""
    return f"orders.{MISSING_CONTACT}" if rule == MISSING_CONTACT else rule


def verdict(decision: Decision, *, fired: str = "") -> str:
    """Say why a rule fired or not, with the clause that decided it.

    Args:
        fired: what is said of one that fired without any detail.
    """
    nobody_missed = decision.rule == MISSING_CONTACT and decision.reason is Reason.NO_MATCH
    if (decision.fired and decision.reason is Reason.FIRED) or nobody_missed:
        return decision.detail or fired
    why = f"{decision.reason}: {EXPLAINED[decision.reason]}"
    return f"{why} ({decision.detail})" if decision.detail else why


def decision_line(decision: Decision) -> str:
    """Return a verdict as a line that begins with a mark."""
    mark = click.style("✓", fg="green") if decision.fired else "·"
    return f"{mark} {name(decision.rule)}: {output.plain(verdict(decision))}"


def unread(update: Update) -> Iterator[str]:
    """Yield a line for each field that could not be read."""
    for note in update.notes:
        yield click.style(f"not read: {note.field}: {note.words}", fg="yellow")


def when(rule: Rule) -> str:
    """Say what a rule waits for, in the words of its `when`."""
    match rule.trigger:
        case StatusTrigger(codes, unknown):
            names = [*_names(codes), *(["unknown"] if unknown else [])]
            return f"when: {', '.join(names)}"
        case Stuck(codes):
            return f"when: stuck in {', '.join(_names(codes))}"
        case NewShipment():
            return "when: new_shipment"
        case ReplacedShipment():
            return "when: replaced_shipment"
        case AnyUpdate():
            return ""
    return "it speaks of the shop as a whole, not of one update"


def timer_words(timer: Timer) -> str:
    """Say what happens when a timer goes off."""
    if timer.kind is TimerKind.ESCALATE and timer.key.isdigit():
        return f"escalation {int(timer.key) + 1} of the alert, unless somebody takes care of it"
    return _TIMERS.get(timer.kind, timer.kind.value)


def follows(plan: Plan, rule: str, clock: Clock) -> Iterator[str]:
    """Yield what follows from a plan for one rule: its alert, messages and timers."""
    for change in plan.alerts:
        if change.rule == rule and change.change is Change.OPEN:
            yield f"alert about {output.plain(change.key or 'the shop')}, {change.severity}"
        elif change.rule == rule:
            yield f"resolves its alert about {output.plain(change.key or 'the shop')}"
    yield from (message_words(m, clock) for m in plan.messages if m.rule == rule)
    for timer in plan.timers:
        if timer.rule == rule:
            yield f"later: {timer_words(timer)}; {clock.at(timer.due_at)}"


def message_words(message: NewMessage, clock: Clock) -> str:
    """Say what a message would be."""
    to = f" → {output.masked(message.recipient)}" if message.recipient else ""
    words = f"message {message.send.channel}{to}, template {message.send.template}"
    if message.shipment:
        words += f", parcel {output.plain(message.shipment)}"
    if message.reason is not None:
        words += f": {message.state}, {message.reason}: {EXPLAINED[message.reason]}"
    elif message.state is State.PENDING:
        words += f", due {clock.at(message.due_at)}{together(message.join)}"
    return f"{words} (shadow: made and not sent)" if message.shadow else words


def together(join: str) -> str:
    """Say with what a message goes out that has this join key; "" for alone."""
    if join.startswith("group/"):
        return ", with its group"
    return ", when `throttle` has room" if join.startswith("throttle/") else ""


def document(plan: Plan) -> dict[str, object]:
    """Return what follows from a plan as JSON has it; recipients are masked."""
    return {
        "messages": [
            {
                "rule": m.rule,
                "channel": m.send.channel,
                "template": m.send.template,
                "recipient": output.masked(m.recipient),
                "state": m.state,
                "reason": m.reason,
                "due_at": m.due_at,
                "shipment": m.shipment,
                "join": m.join.partition("/")[0],
                "shadow": m.shadow,
            }
            for m in plan.messages
        ],
        "timers": [timer_document(timer) for timer in plan.timers],
        "alerts": [
            {"rule": a.rule, "key": a.key, "change": a.change.name.lower(), "severity": a.severity}
            for a in plan.alerts
        ],
        "cancels": sorted(plan.cancels),
    }


def timer_document(timer: Timer) -> dict[str, object]:
    """Return a timer as JSON has it."""
    return {
        "rule": timer.rule,
        "kind": timer.kind,
        "about": timer.about,
        "key": timer.key,
        "due_at": timer.due_at,
        "update_id": timer.update_id,
    }


def _names(codes: frozenset[str]) -> list[str]:
    known = [n for code, n in status.NAMES.items() if code in codes]
    return [*known, *sorted(codes - status.NAMES.keys())]
