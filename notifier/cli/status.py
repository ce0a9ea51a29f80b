"""`notifier status`: how it is, on one screen, for whoever was woken up by it."""

from __future__ import annotations

import os
import sys
import time
from dataclasses import asdict

import click

from notifier.cli import output
from notifier.cli.condition import LATELY, Condition
from notifier.cli.database import existing_store
from notifier.cli.status_show import show
from notifier.config.settings import read_settings
from notifier.core.message import State
from notifier.errors import StoreError
from notifier.service.machine import LARGE_LOG
from notifier.store.protocol import Store

EVENTS = 5
"""Newest internal events that are shown."""


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON; times are Unix seconds UTC.")
def status(as_json: bool) -> None:
    """Show on one screen how it is, and what needs a person.

    Exit code 0 if all is well, 1 if something needs a person: updates cannot be
    recorded (a small write is tried) or could not be within a day, the disk of the
    database is nearly full, a program keeps its log from being emptied, no worker is
    running, an edit of rules or templates was refused, the brake holds messages to
    customers, an alert is open that nobody has acknowledged or silenced, a channel is
    paused that does not come back by itself (refused by its service, or not
    configured), messages have been overdue or a source of contacts down for
    NOTIFIER_STATUS_AFTER (15 minutes), an update was set aside, or within a day a
    signed webhook could not be read (`notifier rejected`), or a message has failed or
    got an unknown end and no other channel of its rule took over; not what somebody
    has dismissed (`notifier dismiss`).

    \b
    Example:  notifier status
    """
    now, patience = time.time(), read_settings(os.environ).status_after
    with existing_store() as store:
        found = _look(store, now, patience)
    needs = list(found.needs())
    if as_json:
        output.as_json({"ok": not needs, "needs": needs, **asdict(found)})
    else:
        show(found, needs)
    sys.exit(1 if needs else 0)


def _look(store: Store, now: float, patience: float) -> Condition:
    open_now, silences = store.alerts.open(), store.silences.current(now)
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
        alerts=tuple(open_now),
        silences=sum(silence.is_in_force(now) for silence in silences),
        brake=store.brake.state(),
        silenced=tuple(a.id for a in open_now if any(s.covers(a.labels, now) for s in silences)),
        patience=patience,
        overdue=tuple(store.health.overdue(now, patience)),
        write=_try_to_write(store, now),
        pinned=str(store.health.pinned(LARGE_LOG) or ""),
        room=store.health.room(),
        rejected=store.rejected.count(),
        rejected_lately=store.rejected.untended(now - LATELY),
        unrecorded=tuple(store.health.unrecorded(now - LATELY)),
        elsewhere=store.is_elsewhere(),
    )


def _try_to_write(store: Store, now: float) -> str:
    """Return why a write does not go through, "" if it does."""
    try:
        store.health.probe(now)
    except StoreError as error:
        return str(error)
    return ""
