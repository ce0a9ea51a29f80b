"""The `notifier` command: its groups, and what becomes of errors.

Exit codes: 0 done · 1 not done (the text says why) · 2 wrong usage · 65 what was
given is no update (`explain --update`) · 66 no such thing · 75 the database is busy,
try again · 78 settings, rules or templates cannot be used, or the address or the
database's place that they name cannot be had (sysexits.h).
"""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

import click

from notifier import __version__
from notifier.cli import output
from notifier.cli.commands import ALIASES, COMMANDS, SECTIONS
from notifier.cli.lazy import LazyGroup
from notifier.errors import ConfigError, NotFound, NotifierError, RulesError, StoreError

_EXIT_CODES: list[tuple[type[NotifierError], int]] = [
    (ConfigError, 78),
    (StoreError, 75),
    (NotFound, 66),
    (NotifierError, 1),
]


class _Commands(LazyGroup):
    """Knows old names as well, and lists the commands by section.

    The web process must not load the worker's libraries, hence lazily.
    """

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        return super().get_command(ctx, ALIASES.get(cmd_name, cmd_name))

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        width = max(map(len, COMMANDS))
        for section, commands in SECTIONS.items():
            with formatter.section(section):
                formatter.write_dl([(name.ljust(width), one.summary) for name, one in commands.items()])


@click.group(
    cls=_Commands,
    places={name: f"{one.module}:{name.replace('-', '_')}" for name, one in COMMANDS.items()},
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog='Completion: eval "$(_NOTIFIER_COMPLETE=bash_source notifier)" (or zsh_source, fish_source).',
)
@click.version_option(__version__, "-V", "--version", message="notifier %(version)s")
@click.option(
    "--env-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Read settings (NAME=value lines) from this file; the environment wins.",
)
@click.option("--reported", is_flag=True, hidden=True, help="`notifier run` has reported oversights already.")
def notifier(env_file: Path | None, reported: bool) -> None:  # noqa: ARG001  load_settings looks for it
    """Tell the right people, once, what Cottoncast says of an order.

    \b
    Try it:         notifier demo
    Set it up:      notifier init shop && cd shop && notifier --env-file notifier.env run
    See the words:  notifier preview
    After an edit:  notifier check
    How is it?      notifier status
    Who was told?   notifier explain 41
    """
    if env_file is not None:
        for name, value in dict(_assignments(env_file)).items():  # of two lines the last counts
            os.environ.setdefault(name, value)


def main() -> None:
    """Run the command line; errors of ours become a sentence and an exit code."""
    # Processes that we start import nothing from the folder where they happen to run (python(1), -P).
    os.environ["PYTHONSAFEPATH"] = "1"
    try:
        notifier.main(prog_name="notifier", color=output.colour())
    except RulesError as error:
        output.problems(error.problems)
        sys.exit(78)
    except NotifierError as error:
        output.error(str(error))
        sys.exit(next(code for kind, code in _EXIT_CODES if isinstance(error, kind)))


def _assignments(path: Path) -> list[tuple[str, str]]:
    """Return the NAME=value lines of a file as systemd's EnvironmentFile= reads them, without its escapes."""
    found = []
    try:
        lines = path.read_text("utf-8").splitlines()
    except ValueError:
        raise ConfigError(f"{path}: not UTF-8 text") from None
    for number, line in enumerate(lines, 1):
        text = line.strip()
        if not text or text.startswith(("#", ";")):
            continue
        name, equals, value = text.partition("=")
        if not equals or not name.strip().isidentifier():
            raise ConfigError(f"{path}:{number}: expected NAME=value")
        value = value.strip()
        if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'":
            value = value[1:-1]
        elif re.search(r"(?:^|\s)#", value):
            raise ConfigError(
                f"{path}:{number}: {name.strip()}: a # behind a value begins no comment; put the comment on "
                "a line of its own, or the value into quotes if the # belongs to it"
            )
        found.append((name.strip(), value))
    return found
