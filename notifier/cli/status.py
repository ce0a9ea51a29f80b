"""`notifier status`: how it is, on one screen, for whoever was woken up by it."""

from __future__ import annotations

import sys
import time
from dataclasses import asdict

import click

from notifier.cli import output
from notifier.cli.condition import LATELY, Condition
from notifier.cli.database import existing_store
from notifier.cli.status_show import show
from notifier.core.message import State
from notifier.store.protocol import Store

EVENTS = 5
"""Newest internal events that are shown."""


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON; times are Unix seconds UTC.")
def status(as_json: bool) -> None:
    """Show on one screen how it is, and what needs a person.

    Exit code 0 if all is well, 1 if something needs a person: no worker is running,
    an edit of rules or templates was refused, the brake holds messages to customers,
    an alert is open that nobody has acknowledged, a channel is paused that does not
    come back by itself (refused by its service, or not configured), a source of
    contacts has been down for 15 minutes, an update was set aside, or a message
    has failed or got an unknown end within a day.

    \b
    Example:  notifier status
    """
    now = time.time()
    with existing_store() as store:
        found = _look(store, now)
    needs = list(found.needs())
    if as_json:
        output.as_json({"ok": not needs, "needs": needs, **asdict(found)})
    else:
        show(found, needs)
    sys.exit(1 if needs else 0)


def _look(store: Store, now: float) -> Condition:
    return Condition(
        now=now,
        worker=store.is_attended(),
        rules=store.rulesets.current(),
        updates=store.updates.counts(),
        messages=store.outbox.backlog(now, now - LATELY),
        delivered=store.outbox.counts().get(State.DELIVERED, 0),
        channels=tuple(state for state in store.channels.paused() if not state.is_over(now)),
        sources=tuple(store.sources.down()),
        events=tuple(store.events.newest(EVENTS)),
        alerts=tuple(store.alerts.open()),
        silences=sum(silence.starts_at <= now for silence in store.silences.current(now)),
        brake=store.brake.state(),
    )
