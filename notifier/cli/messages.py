"""`notifier messages` and `notifier retry`: the outbox."""

from __future__ import annotations

import os
import time
from dataclasses import asdict

import click

from notifier.bootstrap.database import open_existing_store
from notifier.cli import output
from notifier.config.settings import read_settings
from notifier.core.message import State


@click.command()
@click.option("--failed", is_flag=True, help="Only those that need a person: failed and unknown.")
@click.option(
    "--state",
    "states",
    type=click.Choice([state.value for state in State]),
    multiple=True,
    help="Only these states.",
)
@click.option(
    "--limit", type=click.IntRange(1, 100_000), default=50, show_default=True, help="At most so many."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def messages(failed: bool, states: tuple[str, ...], limit: int, as_json: bool) -> None:
    """List messages, newest first, and the channels that rest.

    \b
    Example:  notifier messages --failed
    """
    wanted = [State.FAILED, State.UNKNOWN] if failed else [State(s) for s in states]
    store = open_existing_store(read_settings(os.environ))
    try:
        found = store.outbox.newest(wanted, limit)
        paused = store.channels.paused()
    finally:
        store.close()
    if as_json:
        output.as_json([asdict(message) for message in found])
        return
    output.table(
        ("id", "state", "order", "rule", "channel", "recipient", "attempts", "due or ended", "why"),
        [
            (
                m.id, m.state, m.ref, m.rule, m.send.channel, output.masked(m.recipient), m.attempts,
                output.moment(m.ended_at or m.due_at), " ".join(filter(None, [m.reason, m.detail])),
            )
            for m in found
        ],
    )  # fmt: skip
    for channel in paused:
        until = f" until {output.moment(channel.until)}" if channel.until else ""
        output.warning(
            f"channel {channel.name} rests since {output.moment(channel.since)}{until}:"
            f" {channel.reason} {channel.detail}".rstrip()
        )


@click.command()
@click.argument("ids", type=click.IntRange(1, 2**63 - 1), nargs=-1, required=True, metavar="ID...")
@click.option("--update", is_flag=True, help="The IDs are of updates that were set aside, not of messages.")
def retry(ids: tuple[int, ...], update: bool) -> None:
    """Send failed or unknown messages again, because you say so.

    A message whose outcome is unknown may have arrived: it can reach the
    recipient twice, with the same Message-ID.

    \b
    Example:  notifier retry 17 18
    """
    store = open_existing_store(read_settings(os.environ))
    try:
        for number in ids:
            if update:
                store.updates.retry(number)
                click.echo(f"update {number} will be decided again")
            else:
                message = store.outbox.retry(number, time.time())
                click.echo(f"message {number} ({message.rule}, {message.send.channel}) will be sent again")
    finally:
        store.close()
