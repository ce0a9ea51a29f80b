"""`notifier explain`: the whole story of an order, with every rule's verdict."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict

import click

from notifier.cli import output
from notifier.cli.order import history_of
from notifier.core.history import MessageHistory, OrderHistory, UpdateHistory
from notifier.core.message import State, UpdateState
from notifier.core.plan import Decision
from notifier.core.reason import EXPLAINED, Reason

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
@click.option("--all", "every", is_flag=True, help="Also list the rules that wait for another status.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON with every verdict.")
def explain(ref: str, every: bool, as_json: bool) -> None:
    """Tell what happened to order REF: each update, each rule's verdict and reason, each message.

    \b
    Example:  notifier explain 41
    """
    history = history_of(ref)
    if as_json:
        output.as_json(asdict(history))
        return
    for line in lines(history, every):
        click.echo(line)


def lines(history: OrderHistory, every: bool) -> Iterator[str]:
    """Yield the story line by line.

    Args:
        every: list also the rules that wait for another status.
    """
    order = history.order
    title = " · ".join(filter(None, [f"Order {order.ref}", order.id, order.status_label]))
    yield click.style(title, bold=True)
    if not history.known:
        yield "  not registered: its updates are held; PUT /orders/" + order.ref + " releases them"
    if not history.updates:
        yield "  no update has arrived yet"
    for update in history.updates:
        yield ""
        yield from _update(update, every)


def _update(update: UpdateHistory, every: bool) -> Iterator[str]:
    news = update.update
    at = output.moment(news.happened_at)
    late = click.style("  late", fg="yellow") if update.late else ""
    yield click.style(f"{at}  {news.label} ({news.code})", bold=True) + late
    yield f"  update {news.id}, arrived {output.moment(news.received_at)}" + (
        f", decided {output.moment(update.decided_at)} by rules {update.fingerprint}"
        if update.state is UpdateState.DECIDED
        else f", {update.state}" + (f": {update.detail}" if update.detail else "")
    )
    for parcel in news.shipments:
        yield f"  parcel {parcel.tracking_code or '-'} {parcel.carrier_label} {parcel.link}".rstrip()
    for decision in update.decisions:
        if every or decision.reason is not Reason.OTHER_STATUS:
            yield from _decision(decision, update)
    waiting = sum(d.reason is Reason.OTHER_STATUS for d in update.decisions)
    if waiting and not every:
        yield click.style(f"  · {waiting} other rules wait for another status (--all lists them)", dim=True)


def _decision(decision: Decision, update: UpdateHistory) -> Iterator[str]:
    mark = click.style("✓", fg="green") if decision.fired else "·"
    why = decision.detail if decision.fired else f"{decision.reason}: {EXPLAINED[decision.reason]}"
    if decision.detail and not decision.fired:
        why += f" ({decision.detail})"
    yield f"  {mark} {decision.rule}: {why}"
    for told in update.messages:
        if told.message.rule == decision.rule:
            yield from _message(told)


def _message(told: MessageHistory) -> Iterator[str]:
    message = told.message
    state = click.style(message.state, fg=_COLOURS[message.state], bold=True)
    to = f" → {output.masked(message.recipient)}" if message.recipient else ""
    line = f"      message {message.id} {message.send.channel}{to}: {state}"
    if message.state is State.PENDING:
        line += f", due {output.moment(message.due_at)}"
    if message.ended_at:
        line += f" {output.moment(message.ended_at)}"
    if message.reason:
        line += f", {message.reason}: {EXPLAINED[message.reason]}"
    if message.detail:
        line += f" ({message.detail})"
    yield line
    for attempt in told.attempts:
        answer = " ".join(filter(None, [attempt.outcome or "no result yet", attempt.code, attempt.detail]))
        yield f"        attempt {attempt.number} {output.moment(attempt.started_at)}: {answer}"
