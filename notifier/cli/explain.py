"""`notifier explain`: the whole story of an order, with every rule's verdict, and what comes next."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import BinaryIO

import click

from notifier.cli import explain_message, explain_next, lazy, output, rejected, waiting
from notifier.cli.database import existing_store, history_of
from notifier.cli.explain_message import Waits
from notifier.cli.explain_plan import Clock, decision_line, timer_document, unread
from notifier.cli.rules_in_force import lenient_rules
from notifier.core.alert import Alert
from notifier.core.history import OrderHistory, UpdateHistory
from notifier.core.lookup import LookupState
from notifier.core.message import State, UpdateState
from notifier.core.reason import Reason
from notifier.core.rules import MISSING_CONTACT, RuleSet
from notifier.core.situation import Decision
from notifier.core.standing import Wants
from notifier.core.timer import Timer, TimerKind
from notifier.store.rejected import Rejected
from notifier.store.sending import ChannelState


@click.command()
@click.argument("ref", required=False)
@click.option("--all", "every", is_flag=True, help="Also list the rules that had nothing to say.")
@click.option(
    "--update",
    "body",
    type=click.File("rb", lazy=True),
    metavar="FILE",
    help="Instead of REF: what would this webhook body do now? `-` reads it from standard input.",
)
@click.option(
    "--contact",
    "contact",
    multiple=True,
    metavar="FIELD=VALUE,...",
    help="With --update: as if the shop had registered this customer.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON with every verdict.")
def explain(
    ref: str | None, every: bool, body: BinaryIO | None, contact: tuple[str, ...], as_json: bool
) -> None:
    """Tell what happened to order REF: each update, each rule's verdict and reason, each message.

    Says where the contact is from, what is waited for, and what would happen next, and
    when, if nothing more came: timers and waiting messages are judged as of then.

    With --update nothing happened yet: the body of a webhook, as Cottoncast sends it, is
    decided by rules.yaml against what is on record of its order. Nothing is written
    or sent. Exit code 65 if it is no update, 78 if the rules cannot be used.

    \b
    Examples:  notifier explain 41
               notifier explain --update update.json
               notifier explain --update update.json --contact email=jane@example.org,locale=nl
    """
    if (ref is None) == (body is None):
        raise click.UsageError("give either REF or --update FILE, such as: notifier explain 41")
    if body is not None:
        # The channels' libraries are loaded only when they are needed.
        lazy.load("explain_update:run")(body, contact, as_json=as_json)
        return
    if contact:
        raise click.UsageError("--contact goes with --update")
    _explain_order(ref or "", every=every, as_json=as_json)


def _explain_order(ref: str, *, every: bool, as_json: bool) -> None:
    now = time.time()
    with existing_store() as store:
        turned_away = store.rejected.of_order(ref)
        if turned_away and store.updates.history(ref) is None:
            _only_rejected(ref, turned_away, as_json=as_json)
            return
        history = history_of(store, ref)
        waiting.worker(store)
        attended = store.is_attended()
        paused = [state for state in store.channels.paused() if not state.is_over(now)]
        timers = store.timers.waiting(history.order.ref)
        known = store.standing(Wants(history.order.ref), now).alerts
        own = [alert for alert in known if alert.ref == history.order.ref]
        is_waiting = bool(timers) or any(m.state is State.PENDING for m in explain_message.messages(history))
        rules = lenient_rules() if is_waiting else None
        steps = explain_next.upcoming(store, history, timers, rules, now)
    if as_json:
        output.as_json(
            asdict(history)
            | {
                "paused": [asdict(channel) for channel in paused],
                "alerts": [asdict(alert) for alert in own],
                "rejected": [asdict(one) for one in turned_away],
                "timers": [timer_document(timer) for timer in timers],
                "next": explain_next.as_json(steps),
            }
        )
        return
    clock = Clock(now, rules.shop.timezone if rules else "UTC")
    for line in lines(history, every, paused, timers, clock, rules, attended=attended):
        click.echo(line)
    for line in _rejected(turned_away):
        click.echo(line)
    for line in (*_alerts(own), *explain_next.lines(steps, clock, judged=rules is not None)):
        click.echo(line)


def lines(
    history: OrderHistory,
    every: bool,
    paused: Sequence[ChannelState] = (),
    timers: Sequence[Timer] = (),
    clock: Clock | None = None,
    rules: RuleSet | None = None,
    *,
    attended: bool = True,
) -> Iterator[str]:
    """Yield the story line by line.

    Args:
        every: list also the rules that had nothing to say.
        paused: the channels that are paused now.
        timers: what waits of the order.
        clock: what time it is; default: now, in UTC.
        rules: those in force, None if they are not known.
        attended: a worker is running.
    """
    order = history.order
    title = " · ".join(filter(None, [f"Order {order.ref}", order.id, order.status_label]))
    yield click.style(title, bold=True)
    yield from _whose(history)
    if not history.updates:
        yield "  no update has arrived yet"
    waits = Waits.of(history, paused, clock or Clock(time.time()), rules, attended=attended)
    for update in history.updates:
        yield ""
        yield from _update(update, history, every, waits, timers)


def _only_rejected(ref: str, found: Sequence[Rejected], *, as_json: bool) -> None:
    """Tell of an order of which no webhook could be read."""
    if as_json:
        output.as_json({"updates": [], "rejected": [asdict(one) for one in found]})
        return
    click.echo(click.style(f"Order {output.plain(ref)}", bold=True))
    click.echo("  no update is on record")
    for line in _rejected(found):
        click.echo(line)


def _rejected(found: Sequence[Rejected]) -> Iterator[str]:
    if found:
        yield ""
        yield from rejected.lines(found)


def _alerts(found: Sequence[Alert]) -> Iterator[str]:
    if found:
        yield ""
        yield click.style("Alerts", bold=True)
    for alert in found:
        line = f"  alert {alert.id} {alert.rule}, {alert.severity}: {alert.state},"
        line += f" open since {output.moment(alert.opened_at)}"
        if alert.acknowledged_at is not None:
            line += f", acknowledged {output.moment(alert.acknowledged_at)} by {alert.by}"
        if alert.resolved_at is not None:
            line += f", resolved {output.moment(alert.resolved_at)} {alert.why}".rstrip()
        yield output.plain(line)


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


def _update(
    update: UpdateHistory, history: OrderHistory, every: bool, waits: Waits, timers: Sequence[Timer]
) -> Iterator[str]:
    news = update.update
    at = output.moment(news.happened_at)
    late = click.style("  late", fg="yellow") if update.late else ""
    yield click.style(f"{at}  {news.label} ({news.code})", bold=True) + late
    yield f"  update {news.id}, arrived {output.moment(news.received_at)}, {_state(update)}"
    told = news.update.event_at
    if told is not None and told != news.happened_at:
        yield f"  the sender said {output.moment(told)}, which cannot be: its arrival counts"
    yield from (f"  {line}" for line in unread(news.update))
    yield from _contact(update, history)
    for parcel in news.shipments:
        words = (parcel.tracking_code or "-", parcel.carrier_label, parcel.link)
        yield output.plain(f"  parcel {' '.join(filter(None, words))}")
    for decision in update.decisions:
        if every or not _is_silent(decision):
            yield from _decision(decision, update, waits, timers)
    judged = {decision.rule for decision in update.decisions}
    for message in update.messages:
        if message.message.rule not in judged:
            yield f"  · {message.message.rule}:"
            yield from (f"      {line}" for line in explain_message.lines(message, waits))
    silent = sum(d.reason is Reason.OTHER_STATUS for d in update.decisions)
    if silent and not every:
        rules = "1 other rule waits" if silent == 1 else f"{silent} other rules wait"
        yield click.style(f"  · {rules} for another status (--all lists them)", dim=True)


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


def _decision(
    decision: Decision, update: UpdateHistory, waits: Waits, timers: Sequence[Timer]
) -> Iterator[str]:
    yield f"  {decision_line(decision)}"
    if decision.reason is Reason.SCHEDULED:
        yield f"      {_scheduled(decision, update, waits, timers)}"
    for told in update.messages:
        if told.message.rule == decision.rule:
            yield from (f"      {line}" for line in explain_message.lines(told, waits))


def _scheduled(decision: Decision, update: UpdateHistory, waits: Waits, timers: Sequence[Timer]) -> str:
    """Say until when a rule waits that speaks later."""
    of_rule = [t for t in timers if t.rule == decision.rule and t.kind in (TimerKind.AFTER, TimerKind.STUCK)]
    meant = [t for t in of_rule if t.update_id == update.update.id]
    # A status that is told again sets no second timer: the first one goes on.
    meant = meant or [t for t in of_rule if t.kind is TimerKind.STUCK or t.key == update.update.code]
    if not meant:
        return "waits no more: the order moved on, or another update speaks for it"
    kind = "`stuck`" if meant[0].kind is TimerKind.STUCK else "`after`"
    return f"waits: {kind}, until {waits.clock.at(meant[0].due_at)}"
