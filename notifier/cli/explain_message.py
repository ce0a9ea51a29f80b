"""The lines of `notifier explain` about one message: where it is, why, and what it waits for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import click

from notifier.cli import output, waiting
from notifier.cli.explain_plan import Clock
from notifier.core.history import MessageHistory, OrderHistory
from notifier.core.message import Message, State
from notifier.core.occasion import OccasionKind
from notifier.core.reason import EXPLAINED, Reason
from notifier.core.retry import said
from notifier.core.rules import RuleSet
from notifier.core.schedule import opens_at
from notifier.store.sending import ChannelState

MOMENT = 5.0
"""Seconds after its due time for which nobody asks why a message has not been sent."""

_COLOURS = {
    State.DELIVERED: "green",
    State.FAILED: "red",
    State.UNKNOWN: "yellow",
    State.HELD: "yellow",
    State.PENDING: "cyan",
    State.SENDING: "cyan",
}


@dataclass(frozen=True, slots=True)
class Waits:
    """What messages wait for: paused channels, by message the one before it of its order, a worker, a time.

    `rules` are those in force, None if they are not known.
    """

    paused: Mapping[str, ChannelState]
    before: Mapping[int, int]
    attended: bool
    clock: Clock
    zone: str = ""
    rules: RuleSet | None = None

    @classmethod
    def of(
        cls,
        history: OrderHistory,
        paused: Sequence[ChannelState],
        clock: Clock,
        rules: RuleSet | None = None,
        *,
        attended: bool,
    ) -> Waits:
        """Find out what the messages of an order wait for."""
        last: dict[str, int] = {}
        before: dict[int, int] = {}
        for message in sorted(messages(history), key=lambda m: m.id):
            if message.state in (State.PENDING, State.SENDING):
                channel = message.send.channel
                if channel in last:
                    before[message.id] = last[channel]
                if message.state is State.SENDING or message.attempts or message.due_at <= clock.now:
                    last[channel] = message.id
        contact = history.order.contact
        zone = (contact.timezone if contact else None) or clock.zone
        return cls({channel.name: channel for channel in paused}, before, attended, clock, zone, rules)


def messages(history: OrderHistory) -> list[Message]:
    """Return all messages of an order."""
    return [told.message for update in history.updates for told in update.messages]


def lines(told: MessageHistory, waits: Waits) -> Iterator[str]:
    """Yield a message with its state, what it waits for, and every attempt."""
    message = told.message
    state = click.style(message.state, fg=_COLOURS.get(message.state), bold=True)
    to = f" → {output.masked(message.recipient)}" if message.recipient else ""
    kind = message.occasion.kind
    made_for = "" if kind is OccasionKind.UPDATE else f" ({kind})"
    line = f"message {message.id} {message.send.channel}{to}{made_for}: {state}"
    if message.state is State.PENDING:
        is_later = message.due_at > waits.clock.now
        line += f", due {waits.clock.at(message.due_at) if is_later else output.moment(message.due_at)}"
    if message.ended_at:
        line += f" {output.moment(message.ended_at)}"
    if message.into is not None:
        line += f", went out with message {message.into}"
    if message.state is State.SHADOWED:
        line += ", made and not sent (mode: shadow)"
    if message.reason:
        line += f", {message.reason}: {_because(message.state, message.reason)}"
    if message.detail:
        line += f" ({message.detail})"
    yield line
    if message.state is State.PENDING and (why := _why(message, waits)):
        yield f"  waits{why}"
    for attempt in told.attempts:
        answer = f"{attempt.outcome or 'no result yet'} {said(attempt.code, attempt.detail)}".strip()
        yield f"  attempt {attempt.number} {output.moment(attempt.started_at)}: {answer}"


def deferred(message: Message, rules: RuleSet | None, zone: str) -> str:
    """Say why a pending message is due when it is, "" if nothing but its turn is waited for.

    Args:
        zone: of the window that it may wait for.
    """
    if message.attempts:
        return "it is tried again then"
    why = []
    if message.join.startswith("throttle/"):
        why.append("the customer was told as often as `throttle` allows; what waits goes out as one")
    elif message.join.startswith("group/"):
        why.append("its group collects what else there is to say")
    if message.send.window:
        hours = rules.windows.get(message.send.window) if rules else None
        opens = opens_at(hours, message.due_at - 1, zone) if hours else None
        if opens is not None and opens > message.due_at - 1:
            why.append(f"its window {message.send.window} opens then")
    rule = rules.rule(message.rule) if rules else None
    if not why and rule is not None and rule.settle and message.due_at <= message.created_at + rule.settle:
        why.append("`settle`: more news of the order may come")
    if not why and rule is not None and rule.await_code:
        why.append("`wait_for`: its tracking code may come")
    return " and ".join(why)


def _why(message: Message, waits: Waits) -> str:
    """Say what a pending message waits for, with what leads to it."""
    if pause := waits.paused.get(message.send.channel):
        return f": {waiting.pause(pause)}"
    if message.id in waits.before:
        return f": message {waits.before[message.id]} of this order goes first"
    now = waits.clock.now
    if message.due_at > now and (why := deferred(message, waits.rules, waits.zone)):
        return f": {why}"
    if not waits.attended:
        return ": no worker is running"
    if message.due_at < now - MOMENT:
        return " for its turn: the channel's rate, or its senders are busy (notifier channels)"
    return ""


def _because(state: State, reason: Reason) -> str:
    why = EXPLAINED[reason]
    # A message that was dropped on a paused channel does not wait: it has a successor.
    return why.replace("its messages wait", "it took its next way") if state is State.DROPPED else why
