"""What the demo prints: lines for people, coloured by click where there is a terminal."""

from __future__ import annotations

import shlex
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import click

from notifier.demo import story
from notifier.demo.arrivals import BOLD, LINK, Arrival, Mail, clock, unescaped
from notifier.demo.stage import Answer, Stage

_BAR = "    " + click.style("│", fg="cyan") + " "

LONGEST_TEXT = 14
"""Lines of a mail's text part that are shown."""


def heading(text: str) -> str:
    """Return a line that begins something."""
    return click.style(text, bold=True)


def done(text: str) -> str:
    """Return a line for something that went well."""
    return f"{click.style('✓', fg='green', bold=True)} {text}"


def failed(text: str) -> str:
    """Return a line for something that did not."""
    return f"{click.style('✗', fg='red', bold=True)} {text}"


def asked(method: str, url: str, answer: Answer) -> str:
    """Return the line for a request and its answer."""
    colour = "green" if answer.status < 300 else "red"
    said = f" {answer.text}" if len(answer.text) < 80 else ""
    return f"    {method} {url} → {click.style(str(answer.status), fg=colour, bold=True)}{said}"


def arrival(thing: Arrival, sent_at: float | None) -> Iterator[str]:
    """Yield the lines for something that arrived.

    Args:
        sent_at: when its webhook was posted, Unix seconds UTC; None if somebody else did.
    """
    when = (
        f"at {clock(thing.at)}"
        if sent_at is None
        else f"{max(0, thing.at - sent_at) * 1000:.0f} ms after the webhook"
    )
    if isinstance(thing, Mail):
        yield "    " + click.style("mail", fg="cyan", bold=True) + f" {when}"
        for name, value in (("From", thing.sender), ("To", thing.recipient), ("Subject", thing.subject)):
            yield _BAR + click.style(f"{name}: ", dim=True) + click.style(value, bold=name == "Subject")
        yield _BAR.rstrip()
        lines = thing.text.partition("\n-- \n")[0].strip().splitlines()
        yield from ((_BAR + line).rstrip() for line in lines[:LONGEST_TEXT])
        if len(lines) > LONGEST_TEXT:
            yield _BAR + "…"
    else:
        yield "    " + click.style("chat", fg="cyan", bold=True) + f" to {thing.service}, {when}"
        for line in _plain(thing.text).splitlines():
            yield _BAR + line


def _plain(mrkdwn: str) -> str:
    linked = LINK.sub(lambda link: f"{link[2]} {link[1]}" if link[2] else link[1], mrkdwn)
    return unescaped(BOLD.sub(lambda words: click.style(words[1], bold=True), linked))


def farewell(stage: Stage) -> Iterator[str]:
    """Yield what a visitor can do while everything is running."""
    database = shlex.quote(stage.database)
    url = f"{stage.url}{story.PATH}"
    yield from _offer("See the mails and messages", f"{stage.chat_url}/")
    yield from _offer("The webhook", url)
    yield from _offer(
        "Edit rules and templates: the worker takes it up at once",
        str(stage.folder / "rules.yaml"),
        str(stage.folder / "templates"),
    )
    yield from _offer(
        "Ask what happened",
        *(
            f"NOTIFIER_DATABASE={database} {_command()} {question}"
            for question in (f"explain {story.REF}", "messages")
        ),
    )
    yield from _offer("Follow the log", f"tail -f {shlex.quote(str(stage.log))}")
    yield from _offer(
        "Send one more update: the parcel is lost", story.curl(url, story.ONE_MORE, stage.secret)
    )


def _offer(title: str, *lines: str) -> Iterator[str]:
    yield click.style(title, bold=True)
    yield from (f"  {line}" for line in lines)


def _command() -> str:
    """Return how this installation's `notifier` is called from any folder."""
    beside = Path(sys.executable).parent / "notifier"
    if not beside.exists():
        return shlex.join([sys.executable, "-m", "notifier"])
    found = shutil.which("notifier")
    return "notifier" if found and Path(found).samefile(beside) else shlex.quote(str(beside))
