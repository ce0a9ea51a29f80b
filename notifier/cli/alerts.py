"""`notifier alerts`, `notifier ack` and `notifier resolve`: operators' alerts."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict

import click

from notifier.cli import output, person, waiting
from notifier.cli.database import existing_store
from notifier.core.alert import Alert, AlertState
from notifier.core.message import Message
from notifier.core.timer import Timer, TimerKind
from notifier.errors import NotAllowed, NotFound, NotifierError
from notifier.store.protocol import Store

SEARCHED = 20_000
"""Newest messages among which those of an alert about no order are looked for."""

COLOURS = {"critical": "bold red", "warning": "yellow", "info": "cyan"}
"""The colours of severities."""

_IDS = click.IntRange(1, 2**63 - 1)
_ids = click.argument("ids", type=_IDS, nargs=-1, required=True, metavar="ID...")
_by = click.option("--by", metavar="NAME", help="Who says so; default: the user who is logged in.")


@click.command()
@click.argument("alert_id", type=_IDS, required=False, metavar="[ID]")
@click.option("--all", "every", is_flag=True, help="Also those that are resolved, newest first.")
@click.option(
    "--limit", type=click.IntRange(1, 100_000), default=50, show_default=True, help="With --all: how many."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON; times are Unix seconds UTC.")
def alerts(alert_id: int | None, every: bool, limit: int, as_json: bool) -> None:
    """List open alerts, the worst first; or show the one with this ID, and what was said of it.

    An alert is open until somebody takes care of it (`notifier ack`), or until it is
    resolved: by a status under `resolve`, by a rate that is low again, or by hand
    (`notifier resolve`). Escalation and repeats end with that.

    \b
    Examples:  notifier alerts
               notifier alerts 7
    """
    with existing_store() as store:
        waiting.worker(store)
        if alert_id is not None:
            _show(store, alert_id, as_json=as_json)
            return
        found = store.alerts.newest(limit) if every else store.alerts.open()
        upcoming = next_of(store, found)
    if as_json:
        output.as_json([document(alert, upcoming.get(alert.id)) for alert in found])
    elif not found:
        click.echo("no alert is on record" if every else "no alert is open")
    else:
        _print(found, upcoming)


@click.command()
@_ids
@_by
def ack(ids: tuple[int, ...], by: str | None) -> None:
    """Say that you take care of the alerts with these IDs: no more escalation and repeats.

    The link in a message about an alert does the same with one click.

    \b
    Example:  notifier ack 7 8
    """
    who = person.name(by)
    _each(ids, lambda store, number: store.alerts.acknowledge(number, who, time.time()), "is acknowledged")


@click.command()
@_ids
@_by
def resolve(ids: tuple[int, ...], by: str | None) -> None:
    """Close the alerts with these IDs by hand. The next such news opens new ones.

    \b
    Example:  notifier resolve 7
    """
    who = person.name(by)
    _each(ids, lambda store, number: store.alerts.resolve(number, who, time.time()), "is resolved")


def about(alert: Alert) -> str:
    """Say what an alert is about: an order, or a value such as a carrier."""
    if alert.ref:
        return f"order {alert.ref}"
    own = [
        f"{field} {', '.join(values)}"
        for field, values in alert.labels.items()
        if field not in ("rule", "severity")
    ]
    return ", ".join(own) or alert.key or "the shop"


def next_of(store: Store, found: Sequence[Alert]) -> Mapping[int, Timer]:
    """Return the timer of each alert that goes off next, by the alert's id; none of one that is over."""
    timers = {a.id: store.timers.of_alert(a) for a in found if a.state is AlertState.OPEN}
    return {alert_id: waits[0] for alert_id, waits in timers.items() if waits}


def then(timer: Timer | None) -> str:
    """Say what comes next of an alert, and when."""
    if timer is None:
        return ""
    is_step = timer.kind is TimerKind.ESCALATE and timer.key.isdigit()
    what = f"escalation {int(timer.key) + 1}" if is_step else timer.kind.value
    return f"{what} {output.moment(timer.due_at)}"


def document(alert: Alert, upcoming: Timer | None) -> dict[str, object]:
    """Return an alert as JSON has it."""
    then_ = {"what": upcoming.kind, "step": upcoming.key, "at": upcoming.due_at} if upcoming else None
    return asdict(alert) | {"about": about(alert), "next": then_}


def _each(ids: tuple[int, ...], move: Callable[[Store, int], Alert], done: str) -> None:
    """Move several alerts; those that cannot be moved keep no other from it."""
    errors: list[NotifierError] = []
    with existing_store() as store:
        for number in ids:
            try:
                alert = move(store, number)
            except (NotFound, NotAllowed) as error:
                errors.append(error)
            else:
                click.echo(f"alert {number} ({alert.rule}, {output.plain(about(alert))}) {done}")
    for other in errors[1:]:
        output.error(str(other))
    if errors:
        raise errors[0]


def _print(found: Sequence[Alert], upcoming: Mapping[int, Timer]) -> None:
    if not output.terminal():
        output.table(
            ("id", "severity", "rule", "about", "state", "since", "acknowledged by", "next"),
            [
                (a.id, a.severity, a.rule, about(a), a.state, output.moment(a.opened_at), a.by,
                 then(upcoming.get(a.id)))
                for a in found
            ],
        )  # fmt: skip
        return
    rows = [
        (
            a.id,
            a.severity,
            f"{a.rule}\n{about(a)}",
            f"{a.state}{f' by {a.by}' if a.by else ''}\n{then(upcoming.get(a.id))}".rstrip(),
            output.moment(a.opened_at),
        )
        for a in found
    ]
    output.table(("id", "severity", "rule, about", "state, next", "since"), rows, COLOURS)


def _show(store: Store, alert_id: int, *, as_json: bool) -> None:
    alert = store.alerts.get(alert_id)
    if alert is None:
        raise NotFound(f"there is no alert {alert_id}")
    upcoming = next_of(store, [alert]).get(alert_id)
    said = messages_of(store, alert)
    if as_json:
        output.as_json(document(alert, upcoming) | {"messages": [asdict(message) for message in said]})
        return
    output.table(("field", "value"), list(_rows(alert, upcoming)), COLOURS)
    if said:
        click.echo()
        output.table(
            ("message", "made for", "state", "to", "due or ended"),
            [
                (
                    m.id, m.occasion.kind, m.state,
                    f"{m.send.channel} {output.masked(m.recipient)}".rstrip(),
                    output.moment(m.ended_at or m.due_at),
                )
                for m in said
            ],
        )  # fmt: skip


def _rows(alert: Alert, upcoming: Timer | None) -> Iterator[tuple[str, object]]:
    yield "alert", alert.id
    yield "severity", alert.severity
    yield "rule", alert.rule
    yield "about", about(alert)
    yield from ((field, ", ".join(values)) for field, values in alert.labels.items() if field in _TOLD)
    yield "state", alert.state
    yield "open since", output.moment(alert.opened_at)
    if alert.acknowledged_at is not None:
        yield "acknowledged", f"{output.moment(alert.acknowledged_at)} by {alert.by}"
    if alert.resolved_at is not None:
        yield "resolved", f"{output.moment(alert.resolved_at)} {alert.why}".rstrip()
    if upcoming is not None:
        yield "next", then(upcoming)


_TOLD = ("status", "carrier", "country")
"""Labels that are shown in rows of their own."""


def messages_of(store: Store, alert: Alert) -> list[Message]:
    """Return what was said of an alert, the oldest first."""
    if alert.ref:
        history = store.updates.history(alert.ref)
        updates = history.updates if history else ()
        every = [told.message for update in updates for told in update.messages]
    else:
        every = store.outbox.newest((), SEARCHED)
    # The key is that of every alert that there was about this; told apart they are by time.
    return sorted(
        (
            m
            for m in every
            if (m.rule, m.alert) == (alert.rule, alert.key)
            and alert.opened_at <= m.created_at
            and (alert.resolved_at is None or m.created_at <= alert.resolved_at)
        ),
        key=lambda m: m.id,
    )
