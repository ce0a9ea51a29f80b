"""`notifier orders held`: what waits because nobody knows its order."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence

import click

from notifier.cli import output, waiting
from notifier.cli.database import existing_store
from notifier.config.rulefile import load_rules
from notifier.config.settings import read_settings
from notifier.core.message import UpdateState
from notifier.core.update import RecordedUpdate
from notifier.errors import RulesError


@click.command()
@click.option(
    "--limit", type=click.IntRange(1, 100_000), default=50, show_default=True, help="At most so many."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON; times are Unix seconds UTC.")
def held(limit: int, as_json: bool) -> None:
    """List updates that wait because their order is not registered, oldest first.

    They are decided as soon as the shop registers the order, by PUT /orders/REF
    or `notifier orders import`; after orders.hold_for they expire.

    \b
    Example:  notifier orders held
    """
    now = time.time()
    with existing_store() as store:
        # Later than any clock: what was held a moment ago counts too.
        found = store.updates.held(now + 1e9, limit)
        total = store.updates.counts().get(UpdateState.HELD, 0)
    hold_for = _hold_for()
    if as_json:
        output.as_json([_entry(update, hold_for, now) for update in found])
        return
    if not found:
        click.echo("no update waits for its order: all is registered")
        return
    _print(found, hold_for, now)
    if total > len(found):
        click.echo(f"{total - len(found)} more: --limit {total} lists them all", err=True)
    ref = found[0].update.ref
    click.echo(f"register them: {waiting.registration(ref)}, or notifier orders import FILE", err=True)


def _print(found: Sequence[RecordedUpdate], hold_for: float | None, now: float) -> None:
    rows = []
    for update in found:
        age = now - update.received_at
        left = "never" if hold_for is None else _left(hold_for - age)
        times = (output.moment(update.happened_at), output.moment(update.received_at))
        rows.append((update.update.ref, f"{update.label} ({update.code})", *times, waiting.span(age), left))
    output.table(("order", "status", "happened", "held since", "age", "expires"), rows)


def _left(seconds: float) -> str:
    return f"in {waiting.span(seconds)}" if seconds > 0 else "now"


def _entry(update: RecordedUpdate, hold_for: float | None, now: float) -> dict[str, object]:
    return {
        "ref": update.update.ref,
        "update": update.id,
        "code": update.code,
        "status": update.status,
        "happened_at": update.happened_at,
        "held_since": update.received_at,
        "age": round(now - update.received_at, 3),
        "expires_at": None if hold_for is None else update.received_at + hold_for,
    }


def _hold_for() -> float | None:
    """Return orders.hold_for in seconds; rules that cannot be used expire nothing."""
    try:
        return load_rules(read_settings(os.environ).rules, os.environ).ruleset.orders.hold_for
    except RulesError:
        return None
