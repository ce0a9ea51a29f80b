"""`notifier send-test`: one message over one channel, now."""

from __future__ import annotations

import os
import sys
import uuid

import click
from markupsafe import escape

from notifier.bootstrap.worker import load_running
from notifier.cli import output
from notifier.config.settings import read_settings
from notifier.core.message import Rendered
from notifier.core.retry import OutcomeKind
from notifier.errors import NotFound


@click.command()
@click.argument("channel")
@click.argument("address", default="")
def send_test(channel: str, address: str) -> None:
    """Send a test message over CHANNEL to ADDRESS and show how it ended.

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
    for problem in running.warnings:
        if f"channel {channel} is paused" in problem.text:
            output.warning(str(problem))
    shop = running.ruleset.shop.name
    text = f"This is a test message of {shop}. It says that the channel {channel} works."
    rendered = Rendered(
        subject=f"Test message of {shop}",
        html=f"<p>{escape(text)}</p>",
        text=text,
        sms=text,
        chat=f"<b>Test message</b><br>{escape(text)}",
    )
    outcome = running.gateway.send(channel, rendered, address, uuid.uuid4().hex)
    delivered = outcome.kind is OutcomeKind.DELIVERED
    said = " ".join(filter(None, [outcome.code, outcome.detail, outcome.provider_id]))
    click.echo(f"{click.style(outcome.kind, fg='green' if delivered else 'red', bold=True)} {said}".rstrip())
    sys.exit(0 if delivered else 1)
