"""A group of commands that loads each of them only when it is asked for."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any

import click

from notifier.config.mistake import nearest


def load(place: str) -> Any:
    """Return what lies at `module:name` within notifier.cli."""
    module, _, name = place.partition(":")
    return getattr(importlib.import_module(f"notifier.cli.{module}"), name)


class LazyGroup(click.Group):
    """A group whose commands lie in modules of their own, some of them heavy.

    Args:
        places: command to `module:name` within notifier.cli, in the order of the help.
    """

    def __init__(self, *args: Any, places: Mapping[str, str], **more: Any) -> None:
        super().__init__(*args, **more)
        self._places = places

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  click passes it
        """Return the names of all commands."""
        return list(self._places)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Load a command, None if there is none of that name."""
        if cmd_name not in self._places:
            return None
        command: click.Command = load(self._places[cmd_name])
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command that the words ask for; of an unknown one, say which was probably meant."""
        asked = args[0]
        if not (asked.startswith("-") or ctx.resilient_parsing or self.get_command(ctx, asked)):
            near = nearest(asked, self.list_commands(ctx))
            ctx.fail(f"There is no command '{asked}'." + (f" Did you mean '{near}'?" if near else ""))
        return super().resolve_command(ctx, args)
