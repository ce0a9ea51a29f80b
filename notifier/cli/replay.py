"""`notifier replay`: recorded history through changed rules, and what that would have changed."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

from notifier.bootstrap.replay import AFTER, BEFORE
from notifier.bootstrap.replay import replay as replayed
from notifier.cli import output
from notifier.cli.replay_data import as_data
from notifier.cli.replay_page import page
from notifier.cli.replay_report import Report, Row, Section, report
from notifier.config import duration
from notifier.config.mistake import Mistake
from notifier.config.settings import read_settings
from notifier.core.walltime import moment
from notifier.simulation.comparison import Change

SHOWN = 5
"""Examples of each kind, unless told otherwise."""

_STDOUT = Path("-")

_LABELS = {BEFORE: "rules in force", AFTER: "changed rules"}
_COLOURS = {Change.ADDED: "green", Change.LOST: "red", Change.MOVED: "yellow", Change.CHANGED: "cyan"}


def _when(ctx: click.Context, param: click.Parameter, value: str) -> datetime | float:  # noqa: ARG001
    """Return seconds before now, or a date and time on the shop's clocks."""
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        try:
            return duration.parse(value)
        except Mistake:
            raise click.BadParameter(
                f'"{value}" is no time; write 30d, 2026-03-01 or "2026-03-01 08:00"'
            ) from None
    if found.tzinfo is not None:
        raise click.BadParameter(f'"{value}" names a zone; the clocks of the shop count')
    return found


@click.command()
@click.option(
    "--rules", required=True, type=click.Path(path_type=Path), metavar="FILE", help="The changed rules."
)
@click.option(
    "--templates", type=click.Path(path_type=Path), metavar="FOLDER",
    help="The changed templates; default: those in force.",
)  # fmt: skip
@click.option(
    "--since", default="30d", show_default=True, callback=_when, metavar="WHEN",
    help='From when on: 30d, 2026-03-01 or "2026-03-01 08:00".',
)  # fmt: skip
@click.option("--until", default="0s", callback=_when, metavar="WHEN", help="Up to when; default: now.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON: every message and verdict that differs.")
@click.option(
    "--html", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE",
    help="Write a page as well, to show to others; - prints it instead of the report.",
)  # fmt: skip
@click.option(
    "--limit", type=click.IntRange(0), metavar="EXAMPLES", help=f"How many of each kind; default: {SHOWN}."
)
def replay(
    rules: Path,
    templates: Path | None,
    since: datetime | float,
    until: datetime | float,
    as_json: bool,
    html: Path | None,
    limit: int | None,
) -> None:
    """Try changed rules on what happened: which messages would be added, lost, moved or changed?

    Plays the recorded updates to the rules in force and to the changed ones on a
    simulated clock, and compares. Nothing is sent or written. Contacts count as
    they are known today. Exit code 0 if nothing differs, 1 if something does.

    \b
    Examples:  notifier replay --rules new.yaml
               notifier replay --rules new.yaml --since 2026-03-01 --until 2026-04-01 --html change.html
    """
    if as_json and html == _STDOUT:
        raise click.UsageError("--json and --html - both print to standard output.")
    settings = read_settings(os.environ)
    now = time.time()
    target = html.absolute() if html is not None and html != _STDOUT else html

    def choose(zone: str) -> tuple[float, float]:
        begin, end = (_at(when, zone, now) for when in (since, until))
        if begin >= end:
            raise click.UsageError("--since must be before --until")
        return begin, min(end, now)

    with _progress() as advance:
        result = replayed(settings, rules, templates, choose, now, advance)
    if target is not None:
        _write(target, page(report(result, SHOWN if limit is None else limit)))
    if target == _STDOUT:
        pass
    elif as_json:
        output.as_json(as_data(result, limit))
    else:
        for line in lines(report(result, SHOWN if limit is None else limit)):
            click.echo(line)
    sys.exit(1 if result.differs else 0)


def lines(told: Report) -> Iterator[str]:
    """Yield the report line by line."""
    yield click.style(f"{told.since} to {told.until} ({told.zone})", bold=True)
    yield f"  {output.counted(told.updates, 'update')} of {output.counted(told.orders, 'order')}"
    yield f"  before  {output.plain(told.before)}"
    yield f"  after   {output.plain(told.after)}"
    if told.passed_over:
        yield f"  {told.passed_over}"
    if not told.differs:
        yield f"Nothing differs: {output.counted(told.total.before, 'message')} either way."
        return
    yield ""
    yield from _table(told)
    for section in told.sections:
        yield ""
        yield from _section(section)
    yield ""
    if told.words:
        yield f"Templates that read differently: {', '.join(told.words)}"
    if told.turned:
        yield f"{output.counted(told.turned, 'verdict')} turned (listed by --json)"


def _table(told: Report) -> Iterator[str]:
    """Yield the numbers by rule; those that tell nothing are left out."""
    head = ("messages by", "before", "after", "added", "lost", "moved", "changed")
    rows = [(row.rule, *_numbers(row)) for row in told.rows if row.before or row.after or row.differs]
    rows.append(("in all", *_numbers(told.total)))
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    for number, row in enumerate((head, *rows)):
        cells = (
            cell.ljust(w) if n == 0 else cell.rjust(w)
            for n, (cell, w) in enumerate(zip(row, widths, strict=True))
        )
        yield click.style("  ".join(cells), bold=number in (0, len(rows)))


def _numbers(row: Row) -> tuple[str, ...]:
    differing = (row.added, row.lost, row.moved, row.changed)
    return (f"{row.before:,}", f"{row.after:,}", *(f"{n:,}" if n else "·" for n in differing))


def _section(section: Section) -> Iterator[str]:
    yield click.style(f"{section.rule}: {section.title}", fg=_COLOURS[section.change], bold=True)
    for reason in section.reasons:
        yield f"  {reason.count:,} × {reason.said}"
    for example in section.examples:
        order = f"  order {output.plain(example.order)}" if example.order else ""
        why = f"  {example.why}" if len(section.reasons) > 1 else ""
        yield f"  {example.when}{order}  {output.plain(example.what)}{why}"
    if section.examples and section.more:
        yield click.style(f"  … and {section.more:,} more", dim=True)


def _at(when: datetime | float, zone: str, now: float) -> float:
    return moment(when, ZoneInfo(zone)) if isinstance(when, datetime) else now - when


@contextmanager
def _progress() -> Iterator[Callable[[str, int, int], None]]:
    """Show how far both sides are, on a terminal only."""
    console = Console(stderr=True)
    columns = ("{task.description}", BarColumn(20), MofNCompleteColumn(), TimeRemainingColumn())
    # No thread of its own: processes are started meanwhile.
    with Progress(
        *columns, console=console, transient=True, auto_refresh=False, disable=not console.is_terminal
    ) as bar:
        tasks = {side: bar.add_task(label, total=None) for side, label in _LABELS.items()}

        def advance(side: str, done: int, total: int) -> None:
            bar.update(tasks[side], completed=done, total=total)
            bar.refresh()

        yield advance


def _write(path: Path, text: str) -> None:
    """Write the page for its owner only, as it holds references of orders; `-` is standard output."""
    if path == _STDOUT:
        click.echo(text)
    else:
        output.file(path, text.encode())
