"""`notifier brake`: a burst of messages to customers is held; a person lets it go or drops it."""

from __future__ import annotations

import time
from dataclasses import asdict

import click

from notifier.cli import output, person, waiting
from notifier.cli.database import existing_store
from notifier.store.timing import Braked


@click.group(invoke_without_command=True)
@click.option("--json", "as_json", is_flag=True, help="Print JSON; times are Unix seconds UTC.")
@click.pass_context
def brake(context: click.Context, as_json: bool) -> None:
    """Show whether messages to customers are held, and why.

    Far more of them than usual within a short time (`brake` in rules.yaml) are often
    a mistake: a bulk change, or an edited rule. Then they are held, all that follow
    as well, and operators are told. Operators' own messages go on.

    \b
    Examples:  notifier brake
               notifier messages --state held
               notifier brake release
               notifier brake drop
    """
    if context.invoked_subcommand is not None:
        return
    with existing_store() as store:
        state = store.brake.state()
    if as_json:
        output.as_json(asdict(state) if state else None)
    elif state is None:
        click.echo("the brake is not pulled; messages to customers go out")
    else:
        click.echo(click.style("the brake is pulled: ", fg="red", bold=True) + _told(state))
        click.echo("see them: notifier messages --state held", err=True)
        click.echo("then: notifier brake release, or notifier brake drop", err=True)


@brake.command()
def release() -> None:
    """Let the held messages go.

    Each is judged once more before it is sent. What was made until now counts for
    no burst any more.

    \b
    Example:  notifier brake release
    """
    with existing_store() as store:
        if store.brake.state() is None:
            click.echo("the brake is not pulled; nothing is held")
            return
        waiting.worker(store)
        number = store.brake.release(time.time())
    click.echo(f"{_counted(number)} released; the brake is off")


@brake.command()
@click.option("--yes", is_flag=True, help="Do not ask; needed where nobody can be asked.")
def drop(yes: bool) -> None:
    """Drop the held messages for good, and hold no more. Their customers are not told.

    \b
    Example:  notifier brake drop --yes
    """
    with existing_store() as store:
        state = store.brake.state()
        if state is None:
            click.echo("the brake is not pulled; nothing is held")
            return
        if not yes:
            click.echo(f"this drops {_counted(state.held)} to customers for good", err=True)
            person.confirm("nothing was dropped")
        number = store.brake.drop(time.time())
    click.echo(f"{_counted(number)} dropped; the brake is off")


def _told(state: Braked) -> str:
    return (
        f"{_counted(state.held)} held since {output.moment(state.since)}; {state.count} were made in"
        f" {waiting.span(state.window)}, {state.usual:.1f} are usual"
    )


def _counted(number: int) -> str:
    return f"{number} message{'s' * (number != 1)}"
