"""What commands print: colours and tables on a terminal, plain lines in a pipe, JSON when asked for."""

from __future__ import annotations

import errno
import json
import os
import pwd
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from notifier import files
from notifier.errors import NotifierError, Problem

NO_COLOURS: Mapping[str, str] = {}

_zone: tzinfo = UTC


def terminal() -> bool:
    """Tell whether a person is watching standard output."""
    return sys.stdout.isatty()


def colour() -> bool | None:
    """Return False where colours are unwanted (no-color.org) or impossible; None leaves it to the stream."""
    unwanted = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    return False if unwanted else None


def table(
    columns: Sequence[str], rows: Iterable[Sequence[object]], colours: Mapping[str, str] = NO_COLOURS
) -> None:
    """Print rows: a table on a terminal, tab-separated lines with a heading in a pipe.

    A cell may have several lines; in a pipe they become one.

    Args:
        colours: the colour of a cell that begins with a line of exactly these words; for terminals.
    """
    cells = [["" if cell is None else str(cell) for cell in row] for row in rows]
    if not terminal():
        for row in [[c.upper() for c in columns], *cells]:
            click.echo("\t".join(map(plain, row)))
        return
    grid = Table(box=None, header_style="bold", pad_edge=False)
    for column in columns:
        grid.add_column(column, overflow="fold")
    cells = [["\n".join(map(plain, cell.split("\n"))) for cell in row] for row in cells]
    for row in cells:
        grid.add_row(*(Text(cell, colours.get(cell.partition("\n")[0], "")) for cell in row))
    # Of NO_COLOR, Rich makes a table in bold; elsewhere there is none then.
    Console(force_terminal=colour()).print(grid)


def as_json(value: Any) -> None:
    """Print a value as JSON; a set becomes a sorted list."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2, default=_for_json))


def file(path: Path, content: bytes, *, mode: int = 0o600) -> None:
    """Write a file that the user asked for, by default for its owner alone.

    Raises:
        NotifierError: it cannot be written; the text says why and what else to do.
    """
    try:
        files.write(path, content, mode=mode)
    except OSError as error:
        raise NotifierError(f"{path} cannot be written: {error.strerror}{_who(error)}") from None


def _who(error: OSError) -> str:
    """Return which user was refused: under the installed wrapper that is not the one who typed."""
    if error.errno not in (errno.EACCES, errno.EPERM):
        return ""
    try:
        user = pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        user = str(os.geteuid())
    return f" (this command runs as the user {user}; name a place where that user may write)"


def problems(
    found: Iterable[Problem], *, warn: bool = False, excerpt: Callable[[Problem], list[str]] | None = None
) -> None:
    """Print mistakes with their places on standard error; `warn` calls them warnings.

    Args:
        excerpt: gives the lines to show below each of them.
    """
    for problem in found:
        place, _, text = str(problem).partition(": ")
        said = click.style(f"warning: {text}", fg="yellow") if warn else click.style(text, fg="red")
        click.echo(f"{click.style(place, bold=True)}: {said}", err=True, color=colour())
        for line in excerpt(problem) if excerpt else ():
            click.echo(f"    {click.style(line, dim=True)}", err=True, color=colour())


def error(text: str) -> None:
    """Print an error on standard error."""
    click.echo(f"{click.style('error', fg='red', bold=True)}: {text}", err=True, color=colour())


def warning(text: str) -> None:
    """Print a warning on standard error."""
    click.echo(f"{click.style('warning', fg='yellow', bold=True)}: {text}", err=True, color=colour())


def counted(number: int, one: str, many: str = "") -> str:
    """Return a number with its noun: `1 order`, `2,000 orders`, with `many` for an irregular plural."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def use_zone(name: str) -> None:
    """Have `moment` show the clocks of a time zone (IANA name) from now on, as messages do."""
    global _zone
    _zone = ZoneInfo(name)


def moment(seconds: float | None) -> str:
    """Return a time for people, to the second, with its offset from UTC; a dash for none."""
    if seconds is None:
        return "-"
    return datetime.fromtimestamp(seconds, _zone).isoformat(" ", "seconds").replace("+00:00", "Z")


def masked(address: str) -> str:
    """Return an address that a person can recognise and a screenshot does not give away."""
    local, at, domain = address.rpartition("@")
    if at:
        return f"{local[:2]}…@{domain}"
    return f"{address[:3]}…{address[-2:]}" if len(address) > 6 else address


def plain(text: str) -> str:
    """Return text from outside on one line, without anything that would steer a terminal."""
    return "".join(c if c.isprintable() else " " for c in text)


def _for_json(value: object) -> object:
    return sorted(value) if isinstance(value, frozenset) else str(value)
