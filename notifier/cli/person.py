"""The person at the keyboard: her name, and her consent."""

from __future__ import annotations

import contextlib
import os
import pwd
import sys
from collections.abc import Iterator

import click

from notifier.cli import output
from notifier.errors import RequestError
from notifier.service import silencing


def name(given: str | None) -> str:
    """Return who does it: as given, else the user who is logged in, also where sudo made her another.

    Where no variable names the user, it is the account of the process, or its number where there
    is no such account either: root in a container has no login.

    Raises:
        UsageError: what was given is no name.
    """
    if given is None:
        return next(filter(None, map(_usable, _names())))
    try:
        return silencing.text(given, "--by")
    except RequestError as error:
        raise click.UsageError(str(error)) from None


def _names() -> Iterator[str]:
    for variable in ("SUDO_USER", "USER", "LOGNAME"):
        yield os.environ.get(variable, "")
    with contextlib.suppress(KeyError):
        yield pwd.getpwuid(os.getuid()).pw_name
    yield f"user {os.getuid()}"


def _usable(found: str) -> str:
    try:
        return silencing.text(found, "--by")
    except RequestError:
        return ""


def confirm(otherwise: str) -> None:
    """Ask whether to go on; where nobody can be asked, `--yes` has to say so.

    Args:
        otherwise: what it says where nobody can be asked, such as "nothing was erased".
    """
    if not (sys.stdin.isatty() and output.terminal()):
        raise click.UsageError(f"{otherwise}: there is nobody to ask, add --yes")
    click.confirm("Go on?", abort=True, err=True)
