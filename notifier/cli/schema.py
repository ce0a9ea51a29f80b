"""`notifier schema`: what an editor has to know of rules.yaml."""

from __future__ import annotations

import click

from notifier.config.schema import text


@click.command()
def schema() -> None:
    """Print the JSON Schema of rules.yaml, by which editors complete, explain and check it.

    `notifier init` puts it beside rules.yaml, whose first line names it. It goes
    with the version: write it anew after an upgrade.

    \b
    Example:  notifier schema > rules.schema.json
    """
    click.echo(text(), nl=False)
