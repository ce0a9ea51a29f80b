"""`notifier alerts`, `notifier ack` and `notifier resolve`: operators' alerts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict

import click

from notifier.cli import alerts_moving, output, person, waiting
from notifier.cli.alerts_moving import about
from notifier.cli.completion import matcher_words
from notifier.cli.database import existing_store
from notifier.core.alert import Alert, AlertState
from notifier.core.message import Message
from notifier.core.timer import Timer, TimerKind
from notifier.errors import NotFound, RequestError
from notifier.service import moving, silencing
from notifier.store.protocol import Store

SEARCHED = 20_000
"""Newest messages among which those of an alert about no order are looked for."""

COLOURS = {"critical": "bold red", "warning": "yellow", "info": "cyan"}
"""The colours of severities."""

_IDS = click.IntRange(1, 2**63 - 1)
_which = click.argument(
    "words", nargs=-1, metavar="[ID | FIELD=VALUE[,VALUE]]...", shell_complete=matcher_words
)
_message = click.option(
    "--message", type=_IDS, metavar="ID", help="All that this message is about, and what waits for its group."
)
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
@_which
@_message
@_by
def ack(words: tuple[str, ...], message: int | None, by: str | None) -> None:
    """Say that you take care of alerts: no more escalation and repeats.

    By their IDs, or all that are open and fit every FIELD=VALUE (rule, ref, carrier,
    country, status or severity; of several values one has to fit). The link in a
    message about alerts does the same for all of them, with one click.

    \b
    Examples:  notifier ack 7 8
               notifier ack rule=problem carrier=dhl
               notifier ack --message 123
    """
    alerts_moving.move(_asked(words, message), person.name(by), moving.ACKNOWLEDGE)


@click.command()
@_which
@_message
@_by
def resolve(words: tuple[str, ...], message: int | None, by: str | None) -> None:
    """Close alerts by hand. The next such news opens new ones.

    By their IDs, or all that are not resolved and fit every FIELD=VALUE, see `notifier ack`.

    \b
    Examples:  notifier resolve 7
               notifier resolve rule=problem carrier=dhl
    """
    alerts_moving.move(_asked(words, message), person.name(by), moving.RESOLVE)


def _number(word: str) -> int:
    """Return the id that a word is. Raises UsageError."""
    if not (word.isascii() and word.isdecimal() and len(word) < 19 and int(word)):
        raise click.UsageError(f"{output.plain(word)} is no alert's ID, and no FIELD=VALUE")
    return int(word)


def _asked(words: tuple[str, ...], message: int | None) -> alerts_moving.Asked:
    """Return which alerts are meant. Raises UsageError."""
    ids = [word for word in words if "=" not in word]
    if bool(ids) + (len(ids) < len(words)) + (message is not None) != 1:
        raise click.UsageError("say which: IDs, or FIELD=VALUE, or --message ID")
    try:
        given = silencing.by_field([word for word in words if "=" in word])
        return alerts_moving.Asked(tuple(map(_number, ids)), silencing.matchers(given), message)
    except RequestError as error:
        raise click.UsageError(str(error)) from None


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
