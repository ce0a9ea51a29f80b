"""The person at the keyboard: her name, and her consent."""

from __future__ import annotations

import os
import sys

import click

from notifier.cli import output
from notifier.errors import RequestError
from notifier.service import silencing


def name(given: str | None) -> str:
    """Return who does it: as given, else the user who is logged in, also where sudo made her another.

    Raises:
        UsageError: what was given is no name, or nobody can be named.
    """
    found = given if given is not None else os.environ.get("SUDO_USER") or os.environ.get("USER")
    if found is None:
        raise click.UsageError("nobody is logged in by name: say who you are with --by NAME")
    try:
        return silencing.text(found, "--by")
    except RequestError as error:
        raise click.UsageError(str(error)) from None


def confirm(otherwise: str) -> None:
    """Ask whether to go on; where nobody can be asked, `--yes` has to say so.

    Args:
        otherwise: what it says where nobody can be asked, such as "nothing was erased".
    """
    if not (sys.stdin.isatty() and output.terminal()):
        raise click.UsageError(f"{otherwise}: there is nobody to ask, add --yes")
    click.confirm("Go on?", abort=True, err=True)
