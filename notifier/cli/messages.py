"""`notifier messages`: the outbox."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict

import click

from notifier.cli import output, waiting
from notifier.cli.database import existing_store
from notifier.cli.lazy import LazyGroup
from notifier.core.message import Message, State
from notifier.store.health import Dismissed
from notifier.store.sending import ChannelState


@click.group(cls=LazyGroup, places={"extract": "messages_extract:extract"}, invoke_without_command=True)
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
@click.option("--words", is_flag=True, help="Also print subject and text: what was or would be sent.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON; times are Unix seconds UTC.")
def messages(failed: bool, states: tuple[str, ...], limit: int, words: bool, as_json: bool) -> None:
    """List messages, newest first, and the channels that are paused.

    \b
    Examples:  notifier messages --failed
               notifier messages --state shadowed --words
    """
    if click.get_current_context().invoked_subcommand is not None:
        return
    wanted = [State.FAILED, State.UNKNOWN] if failed else [State(s) for s in states]
    with existing_store() as store:
        waiting.worker(store)
        found = store.outbox.newest(wanted, limit)
        paused = {s.name: s for s in store.channels.paused() if not s.is_over(time.time())}
        said = store.outbox.words([message.id for message in found]) if words else {}
        dismissed = store.health.dismissals(Dismissed.MESSAGE, [message.id for message in found])
    if as_json:
        output.as_json([asdict(message) | _said(message, said) for message in found])
        return
    if output.terminal():
        _print_short(found, paused)
    else:
        _print_all(found, paused)
    for one in dismissed:
        who = f"{output.moment(one.at)} by {one.by}: {one.reason}"
        click.echo(output.plain(f"message {one.about} was dismissed {who}"), err=True)
    for channel in paused.values():
        output.warning(waiting.pause(channel))
    for message in found:
        for line in _spoken(message, said):
            click.echo(line)


def _said(message: Message, said: Mapping[int, tuple[str, str]]) -> dict[str, str]:
    subject, text = said.get(message.id, ("", ""))
    return {"subject": subject, "text": text} if said else {}


def _spoken(message: Message, said: Mapping[int, tuple[str, str]]) -> Iterator[str]:
    """Yield the words of a message, indented under a line that names it."""
    if message.id not in said:
        return
    subject, text = said[message.id]
    yield ""
    yield click.style(f"message {message.id} {message.send.channel} {message.rule}", bold=True)
    for line in filter(None, [subject, *text.splitlines()]):
        yield output.plain(f"  {line}")


_Paused = Mapping[str, ChannelState]


def _print_all(found: Sequence[Message], paused: _Paused) -> None:
    output.table(
        ("id", "state", "order", "rule", "channel", "recipient", "attempts", "due or ended", "why"),
        [
            (
                m.id, m.state, m.ref, m.rule, m.send.channel, output.masked(m.recipient), m.attempts,
                output.moment(m.ended_at or m.due_at), _why(m, paused),
            )
            for m in found
        ],
    )  # fmt: skip


def _print_short(found: Sequence[Message], paused: _Paused) -> None:
    """Print two lines for each message, so that the table fits into 80 columns."""
    output.table(
        ("id", "state", "order, rule", "to", "due or ended, why"),
        [
            (
                m.id, m.state, f"{m.ref}\n{m.rule}",
                f"{m.send.channel}\n{output.masked(m.recipient)}".rstrip(),
                f"{output.moment(m.ended_at or m.due_at)}\n{_why(m, paused)}".rstrip(),
            )
            for m in found
        ],
    )  # fmt: skip


def _why(message: Message, paused: _Paused) -> str:
    """Say why a message is where it is, as far as there is something to say."""
    is_waiting = message.state is State.PENDING and message.send.channel in paused
    rest = f"waits: channel {message.send.channel} is paused" if is_waiting else ""
    return " ".join(filter(None, [rest, message.reason, message.detail]))
