"""How `notifier status` looks: a line for each question, colours on a terminal."""

from __future__ import annotations

import shutil
import textwrap
from collections.abc import Iterator, Sequence

import click

from notifier.cli import output, waiting
from notifier.cli.condition import Condition
from notifier.core.alert import AlertState
from notifier.core.message import UpdateState

_INDENT = 10
_PIPE_WIDTH = 10_000
"""In a pipe a line is never broken."""


def show(found: Condition, needs: Sequence[str]) -> None:
    """Print it all, what needs a person first."""
    if needs:
        for number, need in enumerate(needs):
            _line("to do" if not number else "", need, fg="red", bold=not number)
    else:
        _line("all well", "nothing needs a person", fg="green")
    _line("worker", "running" if found.worker else "none is running", None if found.worker else "red")
    for label, text, colour in _rules(found):
        _line(label, text, colour)
    _line("updates", _updates(found))
    _line("messages", _messages(found))
    _line("alerts", _alerts(found))
    for number, channel in enumerate(found.channels):
        _line("" if number else "channels", waiting.pause(channel), "yellow")
    if not found.channels:
        _line("channels", "none is paused")
    for number, source in enumerate(found.sources):
        since, due = output.moment(source.since), output.moment(source.until)
        text = f"{source.name} is down since {since}: {source.detail}; next try {due}"
        _line("" if number else "sources", text, "yellow")
    if not found.sources:
        _line("sources", "none is down")
    for number, event in enumerate(found.events):
        text = f"{output.moment(event.at)} {event.kind} {event.subject} {event.detail}"
        _line("" if number else "events", text)
    if not found.events:
        _line("events", "none yet")


def _rules(found: Condition) -> Iterator[tuple[str, str, str | None]]:
    rules = found.rules
    if rules.fingerprint is None:
        yield "rules", "no worker has taken any up yet", None
    else:
        yield "rules", f"{rules.fingerprint} in force since {output.moment(rules.since)}", None
    if (refused := rules.rejected) is not None:
        more = f" (and {refused.problems - 1} more)" if refused.problems > 1 else ""
        yield "", f"edit refused {output.moment(refused.at)}: {refused.problem}{more}", "red"


def _updates(found: Condition) -> str:
    counted = [f"{found.updates[state]} {state}" for state in UpdateState if found.updates.get(state)]
    if found.rejected:
        counted.append(f"{found.rejected} rejected (notifier rejected)")
    return ", ".join(counted) or "none yet"


def _messages(found: Condition) -> str:
    queue = found.messages
    oldest = ""
    if queue.oldest_due is not None:
        oldest = f" (the oldest for {waiting.span(found.now - queue.oldest_due)})"
    return (
        f"{queue.due} due{oldest}, {queue.later} later, {queue.sending} in work,"
        f" {found.delivered} delivered, {queue.failed} failed, {queue.unknown} unknown"
    )


def _alerts(found: Condition) -> str:
    taken = sum(alert.state is AlertState.ACKNOWLEDGED for alert in found.alerts)
    silences = f"; {output.counted(found.silences, 'silence')} in force" if found.silences else ""
    counted = f"{len(found.alerts) - taken} open, {taken} acknowledged" if found.alerts else "none is open"
    return counted + silences


def _line(label: str, text: str, fg: str | None = None, *, bold: bool = False) -> None:
    wide = shutil.get_terminal_size().columns if output.terminal() else _PIPE_WIDTH
    lines = textwrap.wrap(
        output.plain(text).rstrip(), max(40, wide - _INDENT), break_long_words=False, break_on_hyphens=False
    )
    for number, line in enumerate(lines):
        click.echo(f"{label if not number else '':<{_INDENT}}{click.style(line, fg=fg, bold=bold or None)}")
