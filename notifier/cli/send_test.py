"""`notifier send-test`: one message over one channel, now."""

from __future__ import annotations

import os
import sys
import uuid
from collections.abc import Iterator
from dataclasses import asdict

import click
from markupsafe import escape

from notifier.bootstrap.worker import load_running
from notifier.cli import output
from notifier.cli.completion import channel_names
from notifier.config.settings import read_settings
from notifier.core.channel import Channel
from notifier.core.message import Rendered
from notifier.core.rest import FAILURES
from notifier.core.retry import Outcome, OutcomeKind, said
from notifier.errors import NotFound
from notifier.service.running import Running

_WORDS = {
    OutcomeKind.DELIVERED: "delivered: the other side has taken it",
    OutcomeKind.TRANSIENT: "not delivered: it failed this time, and the worker would try again",
    OutcomeKind.PERMANENT: "not delivered: it was refused for good, and the worker would not try again",
    OutcomeKind.CHANNEL_DOWN: "not delivered: the channel itself is refused, and the worker would pause it",
    OutcomeKind.UNKNOWN: "unknown: it may have been sent, but the answer was lost",
}

_EXAMPLES = {"email": "you@example.com", "sms": "+31612345678"}
"""What an address looks like, by what a channel sends."""


@click.command()
@click.argument("channel", shell_complete=channel_names)
@click.argument("address", default="")
@click.option("--json", "as_json", is_flag=True, help="Print the outcome as JSON; times are seconds.")
def send_test(channel: str, address: str, as_json: bool) -> None:
    """Send a test message over CHANNEL to ADDRESS and show how it ended, and what would follow from it.

    Leave ADDRESS out for a channel with a fixed recipient, such as Slack.
    Nothing is recorded. Exit code 0 only if it was delivered.

    \b
    Examples:  notifier send-test email you@example.com
               notifier send-test slack
    """
    running = load_running(read_settings(os.environ), os.environ)
    known = running.ruleset.channels
    if channel not in known:
        raise NotFound(f"there is no channel {channel}; rules.yaml has {', '.join(known)}")
    _check_usage(known[channel], running, address)
    if reason := known[channel].paused:
        click.echo(f"{click.style('paused', fg='red', bold=True)}: {reason}: {_cause(channel, running)}")
        sys.exit(1)
    outcome = running.gateway.send(channel, _message(channel, running), address, uuid.uuid4().hex)
    running.gateway.close()
    if as_json:
        output.as_json(asdict(outcome))
    else:
        _tell(outcome, known[channel])
    sys.exit(0 if outcome.kind is OutcomeKind.DELIVERED else 1)


def _check_usage(channel: Channel, running: Running, address: str) -> None:
    if channel.to is not None and not address:
        example = _EXAMPLES.get(running.gateway.kind(channel.name) or channel.name, "ADDRESS")
        raise click.UsageError(
            f"The channel {channel.name} needs an address: notifier send-test {channel.name} {example}"
        )
    if channel.to is None and address:
        raise click.UsageError(
            f"The channel {channel.name} has a recipient of its own: notifier send-test {channel.name}"
        )


def _cause(channel: str, running: Running) -> str:
    """Return why a channel is paused, in the words of the warning about it."""
    parts = [problem.text.partition(f"; channel {channel} is paused") for problem in running.warnings]
    return ", ".join(text for text, found, _ in parts if found)


def _message(channel: str, running: Running) -> Rendered:
    shop = running.ruleset.shop.name
    text = f"This is a test message of {shop}. It says that the channel {channel} works."
    return Rendered(
        subject=f"Test message of {shop}",
        html=f"<p>{escape(text)}</p>",
        text=text,
        sms=text,
        chat=f"<b>Test message</b><br>{escape(text)}",
    )


def told(outcome: Outcome) -> str:
    """Return how a test ended, in one line for people."""
    words = output.plain(f"{said(outcome.code, outcome.detail)} {outcome.provider_id}".strip())
    return _WORDS[outcome.kind] + (f" ({words})" if words else "")


def _tell(outcome: Outcome, channel: Channel) -> None:
    word, _, rest = told(outcome).partition(":")
    colour = "green" if outcome.kind is OutcomeKind.DELIVERED else "red"
    click.echo(click.style(word, fg=colour, bold=True) + f":{rest}")
    for line in _consequences(outcome, channel):
        click.echo(f"  {line}")


def _consequences(outcome: Outcome, channel: Channel) -> Iterator[str]:
    """Yield what the worker would make of such an outcome, beyond the message itself."""
    if outcome.kind is OutcomeKind.UNKNOWN:
        yield (
            "the worker would send it again (unknown_outcome: resend)"
            if channel.resend_unknown
            else "the worker would hold it for a person (unknown_outcome: hold)"
        )
    if outcome.bad_address:
        yield "the address would be marked as refused, and not be tried again until it changes"
    if outcome.retry_after is not None:
        yield f"asked to wait: the whole channel would be left alone for {outcome.retry_after:g} s"
    elif outcome.throttled:
        yield "asked to send less: the whole channel would be left alone for a while"
    elif outcome.unreachable:
        yield f"says nothing about the message: {FAILURES} of these in a row would pause the channel"
