"""Alerts that are acknowledged or resolved from the command line: by number, by what fits, or by message."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field

import click

from notifier.cli import output
from notifier.cli.database import existing_store
from notifier.core.alert import Alert, AlertState, Labels, fits
from notifier.errors import NotAllowed, NotFound, NotifierError
from notifier.service import silencing
from notifier.store.protocol import Store
from notifier.store.timing import Alerts


@dataclass(frozen=True, slots=True)
class Asked:
    """Which alerts are meant: by `ids`, by `matchers` (field to values), or all of the message `message`."""

    ids: tuple[int, ...] = ()
    matchers: Labels = field(default_factory=dict)
    message: int | None = None


@dataclass(frozen=True, slots=True)
class Move:
    """What is done to alerts that are in one of the states `of`."""

    done: str
    of: frozenset[AlertState]
    one: Callable[[Alerts, int, str, float], Alert]
    several: Callable[[Alerts, Collection[int], str, float], list[Alert]]


ACKNOWLEDGE = Move(
    "acknowledged",
    frozenset({AlertState.OPEN}),
    lambda alerts, *rest: alerts.acknowledge(*rest),
    lambda alerts, *rest: alerts.acknowledge_all(*rest),
)
RESOLVE = Move(
    "resolved",
    frozenset({AlertState.OPEN, AlertState.ACKNOWLEDGED}),
    lambda alerts, *rest: alerts.resolve(*rest),
    lambda alerts, *rest: alerts.resolve_all(*rest),
)


def move(asked: Asked, who: str, what: Move) -> None:
    """Move alerts and say which.

    Raises:
        NotFound: there is none of them, or nothing fits.
        NotAllowed: one that was named by its number is not where the move leads from.
    """
    with existing_store() as store:
        if asked.ids:
            _each(store, asked.ids, who, what)
        else:
            _all(store, asked, who, what)


def about(alert: Alert) -> str:
    """Say what an alert is about: an order, or a value such as a carrier."""
    if alert.ref:
        return f"order {alert.ref}"
    own = [
        f"{name} {', '.join(values)}"
        for name, values in alert.labels.items()
        if name not in ("rule", "severity")
    ]
    return ", ".join(own) or alert.key or "the shop"


def _all(store: Store, asked: Asked, who: str, what: Move) -> None:
    if asked.message is not None:
        if store.outbox.get(asked.message) is None:
            raise NotFound(f"there is no message {asked.message}")
        found, by = store.alerts.of_message(asked.message), f"of message {asked.message}"
    else:
        found = [alert for alert in store.alerts.open() if fits(asked.matchers, alert.labels)]
        by = f"with {silencing.described(asked.matchers)}"
    movable = [alert.id for alert in found if alert.state in what.of]
    if not movable:
        states = ", ".join(f"{n} {state}" for state, n in _counted(found))
        raise NotFound(f"no alert {by} can be {what.done}{f': {states} already' if states else ''}")
    click.echo(f"{output.counted(len(movable), 'alert')} {by}:")
    moved = what.several(store.alerts, movable, who, time.time())
    for alert in moved:
        _tell(alert, what)
    if len(moved) < len(movable):
        click.echo(f"{len(movable) - len(moved)} had been {what.done} by somebody else meanwhile", err=True)


def _counted(alerts: Iterable[Alert]) -> list[tuple[AlertState, int]]:
    states = [alert.state for alert in alerts]
    return [(state, states.count(state)) for state in AlertState if state in states]


def _each(store: Store, ids: Iterable[int], who: str, what: Move) -> None:
    """Move several alerts; those that cannot be moved keep no other from it."""
    errors: list[NotifierError] = []
    for number in ids:
        try:
            _tell(what.one(store.alerts, number, who, time.time()), what)
        except (NotFound, NotAllowed) as error:
            errors.append(error)
    for other in errors[1:]:
        output.error(str(other))
    if errors:
        raise errors[0]


def _tell(alert: Alert, what: Move) -> None:
    click.echo(f"alert {alert.id} ({alert.rule}, {output.plain(about(alert))}) is {what.done}")
