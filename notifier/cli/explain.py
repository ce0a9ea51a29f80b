"""`notifier explain`: the whole story of an order, with every rule's verdict."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass

import click

from notifier.cli import output, waiting
from notifier.cli.database import existing_store, history_of
from notifier.core.history import MessageHistory, OrderHistory, UpdateHistory
from notifier.core.lookup import LookupState
from notifier.core.message import State, UpdateState
from notifier.core.reason import EXPLAINED, Reason
from notifier.core.retry import said
from notifier.core.rules import MISSING_CONTACT
from notifier.core.situation import Decision
from notifier.store.sending import ChannelState

MOMENT = 5.0
"""Seconds after its due time for which nobody asks why a message has not been sent."""

_COLOURS = {
    State.DELIVERED: "green",
    State.FAILED: "red",
    State.UNKNOWN: "yellow",
    State.PENDING: "cyan",
    State.SENDING: "cyan",
    State.DROPPED: None,
}


@click.command()
@click.argument("ref")
@click.option("--all", "every", is_flag=True, help="Also list the rules that had nothing to say.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON with every verdict.")
def explain(ref: str, every: bool, as_json: bool) -> None:
    """Tell what happened to order REF: each update, each rule's verdict and reason, each message.

    Says where the contact is from, and what is waited for: a contact that is
    looked up, a channel that is paused, an order that is not registered.

    \b
    Example:  notifier explain 41
    """
    with existing_store() as store:
        history = history_of(store, ref)
        waiting.worker(store)
        attended = store.is_attended()
        paused = [state for state in store.channels.paused() if not state.is_over(time.time())]
    if as_json:
        output.as_json(asdict(history) | {"paused": [asdict(channel) for channel in paused]})
        return
    for line in lines(history, every, paused, attended=attended):
        click.echo(line)


def lines(
    history: OrderHistory, every: bool, paused: Sequence[ChannelState] = (), *, attended: bool = True
) -> Iterator[str]:
    """Yield the story line by line.

    Args:
        every: list also the rules that had nothing to say.
        paused: the channels that are paused now.
        attended: a worker is running.
    """
    order = history.order
    title = " · ".join(filter(None, [f"Order {order.ref}", order.id, order.status_label]))
    yield click.style(title, bold=True)
    yield from _whose(history)
    if not history.updates:
        yield "  no update has arrived yet"
    for update in history.updates:
        yield ""
        yield from _update(update, history, every, _Waits.of(history, paused, attended))


@dataclass(frozen=True, slots=True)
class _Waits:
    """What messages wait for: paused channels, by message the one before it of its order, a worker."""

    paused: Mapping[str, ChannelState]
    before: Mapping[int, int]
    attended: bool

    @classmethod
    def of(cls, history: OrderHistory, paused: Sequence[ChannelState], attended: bool) -> _Waits:
        last: dict[str, int] = {}
        before: dict[int, int] = {}
        told = (told.message for update in history.updates for told in update.messages)
        for message in sorted(told, key=lambda m: m.id):
            if message.state in (State.PENDING, State.SENDING):
                name = message.send.channel
                if name in last:
                    before[message.id] = last[name]
                if message.state is State.SENDING or message.fence or message.due_at <= time.time():
                    last[name] = message.id
        return cls({channel.name: channel for channel in paused}, before, attended)


def _whose(history: OrderHistory) -> Iterator[str]:
    """Tell where the contact is from, or why there is none."""
    order, search = history.order, history.lookup
    states = {update.state for update in history.updates}
    if order.forgotten:
        yield "  forgotten: what is personal was erased; the customer is told nothing more"
        return
    if order.source:
        unreachable = "" if order.contact and order.contact.reachable else ", without any address"
        yield f"  contact from {order.source}, {output.moment(order.contact_at)}{unreachable}"
    elif UpdateState.HELD in states:
        yield f"  not registered: its updates are held; {waiting.registration(order.ref)} releases them"
    elif search is None or search.state is not LookupState.DUE:
        yield f"  contact not known; {waiting.registration(order.ref)} tells it"
    if search and (search.state is not LookupState.FOUND or UpdateState.AWAITING_CONTACT in states):
        yield f"  contact {waiting.lookup(search)}"


def _update(update: UpdateHistory, history: OrderHistory, every: bool, waits: _Waits) -> Iterator[str]:
    news = update.update
    at = output.moment(news.happened_at)
    late = click.style("  late", fg="yellow") if update.late else ""
    yield click.style(f"{at}  {news.label} ({news.code})", bold=True) + late
    yield f"  update {news.id}, arrived {output.moment(news.received_at)}, {_state(update)}"
    told = news.update.event_at
    if told is not None and told != news.happened_at:
        yield f"  the sender said {output.moment(told)}, which cannot be: its arrival counts"
    yield from _contact(update, history)
    for parcel in news.shipments:
        words = (parcel.tracking_code or "-", parcel.carrier_label, parcel.link)
        yield output.plain(f"  parcel {' '.join(filter(None, words))}")
    for decision in update.decisions:
        if every or not _is_silent(decision):
            yield from _decision(decision, update, waits)
    silent = sum(d.reason is Reason.OTHER_STATUS for d in update.decisions)
    if silent and not every:
        yield click.style(f"  · {silent} other rules wait for another status (--all lists them)", dim=True)


def _state(update: UpdateHistory) -> str:
    if update.state is UpdateState.DECIDED:
        return f"decided {output.moment(update.decided_at)} by rules {update.fingerprint}"
    return f"{update.state}: {output.plain(update.detail)}" if update.detail else update.state


def _contact(update: UpdateHistory, history: OrderHistory) -> Iterator[str]:
    """Tell by which contact an update was decided, or what it waits for."""
    order, search = history.order, history.lookup
    if update.state is UpdateState.AWAITING_CONTACT and search is not None:
        yield f"  waits for the contact: {waiting.lookup(search)}"
    elif update.decided_at is not None and order.contact_at is not None:
        is_same = order.contact_at <= update.decided_at
        when = f"from {order.source}, {output.moment(order.contact_at)}"
        yield f"  contact {when}" if is_same else f"  decided before today's contact came {when}"


def _is_silent(decision: Decision) -> bool:
    """Tell whether a rule had nothing to say: it waits for another status, or nobody was missed."""
    nobody_missed = decision.rule == MISSING_CONTACT and decision.reason is Reason.NO_MATCH
    return decision.reason is Reason.OTHER_STATUS or nobody_missed


def _decision(decision: Decision, update: UpdateHistory, waits: _Waits) -> Iterator[str]:
    mark = click.style("✓", fg="green") if decision.fired else "·"
    is_missing = decision.rule == MISSING_CONTACT
    name = f"orders.{MISSING_CONTACT}" if is_missing else decision.rule
    if decision.fired or (is_missing and decision.reason is Reason.NO_MATCH):
        why = decision.detail
    else:
        why = f"{decision.reason}: {EXPLAINED[decision.reason]}"
        why += f" ({decision.detail})" if decision.detail else ""
    yield f"  {mark} {name}: {why}"
    for told in update.messages:
        if told.message.rule == decision.rule:
            yield from _message(told, waits)


def _message(told: MessageHistory, waits: _Waits) -> Iterator[str]:
    message = told.message
    state = click.style(message.state, fg=_COLOURS[message.state], bold=True)
    to = f" → {output.masked(message.recipient)}" if message.recipient else ""
    line = f"      message {message.id} {message.send.channel}{to}: {state}"
    if message.state is State.PENDING:
        line += f", due {output.moment(message.due_at)}"
    if message.ended_at:
        line += f" {output.moment(message.ended_at)}"
    if message.reason:
        line += f", {message.reason}: {_because(message.state, message.reason)}"
    if message.detail:
        line += f" ({message.detail})"
    yield line
    pause = waits.paused.get(message.send.channel)
    if message.state is State.PENDING and pause is not None:
        yield f"        waits: {waiting.pause(pause)}"
    elif message.state is State.PENDING and message.id in waits.before:
        yield f"        waits: message {waits.before[message.id]} of this order goes first"
    elif message.state is State.PENDING and not waits.attended:
        yield "        waits: no worker is running"
    elif message.state is State.PENDING and message.due_at < time.time() - MOMENT:
        yield "        waits for its turn: the channel's rate, or its senders are busy (notifier channels)"
    for attempt in told.attempts:
        answer = f"{attempt.outcome or 'no result yet'} {said(attempt.code, attempt.detail)}".strip()
        yield f"        attempt {attempt.number} {output.moment(attempt.started_at)}: {answer}"


def _because(state: State, reason: Reason) -> str:
    why = EXPLAINED[reason]
    # A message that was dropped on a paused channel does not wait: it has a successor.
    return why.replace("its messages wait", "it took its next way") if state is State.DROPPED else why
