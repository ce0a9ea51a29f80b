"""Alerts that are acknowledged or resolved from the command line: by number, by what fits, or by message."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, field

import click

from notifier.cli import output
from notifier.cli.database import existing_store
from notifier.core.alert import Alert, Labels
from notifier.errors import NotAllowed, NotFound, NotifierError
from notifier.service import moving
from notifier.service.moving import Move
from notifier.store.protocol import Store


@dataclass(frozen=True, slots=True)
class Asked:
    """Which alerts are meant: by `ids`, by `matchers` (field to values), or all of the message `message`."""

    ids: tuple[int, ...] = ()
    matchers: Labels = field(default_factory=dict)
    message: int | None = None


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
    ids = moving.movable(store, asked.matchers, asked.message, what)
    click.echo(f"{output.counted(len(ids), 'alert')} {moving.meant(asked.matchers, asked.message)}:")
    moved = what.several(store.alerts, ids, who, time.time())
    for alert in moved:
        _tell(alert, what)
    if len(moved) < len(ids):
        click.echo(f"{len(ids) - len(moved)} had been {what.done} by somebody else meanwhile", err=True)


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
