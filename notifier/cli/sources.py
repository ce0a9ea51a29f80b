"""`notifier sources`: how the remote sources of contacts do, and what happened lately."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict

import click

from notifier.cli import output, waiting
from notifier.cli.database import existing_store
from notifier.core.event import Event
from notifier.core.lookup import Lookup, LookupState
from notifier.store.customers import SourceState


@click.command()
@click.option(
    "--events", "limit", type=click.IntRange(0, 10_000), default=10, show_default=True,
    help="So many of the newest internal events.",
)  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print JSON; times are Unix seconds UTC.")
def sources(limit: int, as_json: bool) -> None:
    """Show which remote sources of contacts are down, which orders wait for them, and internal events.

    What waits for a source that is down is asked again by itself, within
    orders.retry.for of rules.yaml.

    \b
    Example:  notifier sources --events 50
    """
    with existing_store() as store:
        waiting.worker(store)
        down, lookups = store.sources.down(), store.lookups.counts()
        searches = store.lookups.waiting(limit=100)
        events = store.events.newest(limit) if limit else []
    if as_json:
        output.as_json(
            {
                "down": [asdict(source) for source in down],
                "lookups": {state.value: lookups.get(state, 0) for state in LookupState},
                "waiting": [asdict(search) for search in searches],
                "events": [asdict(event) for event in events],
            }
        )
        return
    _print_down(down)
    click.echo(f"lookups: {_by_state(lookups)}")
    _print_waiting(searches)
    _print_events(events)


def _print_down(down: Sequence[SourceState]) -> None:
    if not down:
        click.echo(click.style("no source is down", fg="green"))
        return
    output.table(
        ("source", "down since", "failures", "next try", "why"),
        [
            (
                s.name, output.moment(s.since), s.failures,
                output.moment(s.until), s.detail,
            )
            for s in down
        ],
    )  # fmt: skip
    click.echo()


def _print_waiting(searches: Sequence[Lookup]) -> None:
    """List the orders whose customers wait; the words of a source that is down stand above."""
    if searches:
        click.echo()
        rows = [
            (s.ref, output.moment(s.started_at), s.attempts, output.moment(s.due_at), s.detail)
            for s in searches
        ]
        output.table(("order", "waits since", "attempts", "next try", "why"), rows)


def _by_state(lookups: Mapping[str, int]) -> str:
    counted = [f"{lookups[state]} {state}" for state in LookupState if lookups.get(state)]
    return ", ".join(counted) or "none yet"


def _print_events(events: Sequence[Event]) -> None:
    if events:
        click.echo()
        rows = [(output.moment(e.at), e.kind, e.subject, e.detail) for e in events]
        output.table(("at", "event", "about", "words"), rows)
