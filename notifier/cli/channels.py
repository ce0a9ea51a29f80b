"""`notifier channels`: how each channel does, and pausing it by hand."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping

import click

from notifier.cli import output, waiting
from notifier.cli.channels_show import View, show
from notifier.cli.completion import channel_names
from notifier.cli.database import existing_store
from notifier.config.duration import parse
from notifier.config.mistake import Mistake
from notifier.config.rulefile import load_rules
from notifier.config.settings import read_settings
from notifier.core.channel import Channel
from notifier.core.quota import Limits
from notifier.core.reason import Reason
from notifier.errors import NotFound, RulesError


@click.group(invoke_without_command=True)
@click.option("--json", "as_json", is_flag=True, help="Print JSON; times are Unix seconds UTC.")
@click.pass_context
def channels(context: click.Context, as_json: bool) -> None:
    """Show each channel's state, queue, limits, last success and last failure.

    A channel that is paused keeps its messages, for as long as it takes. Of those
    that a service refused, throttled or did not answer, one message tries again
    by itself when the time is over; the first that is delivered brings all back.

    \b
    Examples:  notifier channels
               notifier channels pause sms --for 2h --because "new provider"
               notifier channels resume sms
    """
    if context.invoked_subcommand is None:
        _show(as_json)


@channels.command()
@click.argument("name", shell_complete=channel_names)
@click.option(
    "--for", "length", metavar="TIME", help="How long, such as 30m, 2h or 1d; without it until `resume`."
)
@click.option("--because", default="", metavar="TEXT", help="Why, for whoever looks next.")
def pause(name: str, length: str | None, because: str) -> None:
    """Let channel NAME rest: its messages wait, and nothing is lost.

    A rule's `first_of` takes its next channel once a message has waited for the
    channel's retry.for.

    \b
    Example:  notifier channels pause sms --for 2h --because "new provider"
    """
    now = time.time()
    until = None
    if length is not None:
        try:
            until = now + parse(length)
        except Mistake as mistake:
            raise click.UsageError("; ".join(filter(None, [f"--for {mistake.text}", mistake.hint]))) from None
        if until <= now:
            raise click.UsageError("--for must be longer than 0s")
    _known(name)
    with existing_store() as store, store.transaction():
        store.channels.pause(name, Reason.PAUSED_BY_HAND, until, because, now)
        store.events.add("channel_paused", name, because, now)
    ends = f"until {output.moment(until)}" if until else f"until `notifier channels resume {name}`"
    click.echo(f"{name} is paused {ends}; its messages wait")


@channels.command()
@click.argument("name", shell_complete=channel_names)
def resume(name: str) -> None:
    """Let channel NAME work again.

    Of one that a service refused, throttled or did not answer, the next message
    tries it now, and the others wait for what becomes of that. A pause by hand is
    over. One whose URL is not set, or whose budget is used up, stays as it is.

    \b
    Example:  notifier channels resume sms
    """
    with existing_store() as store:
        rests = [state for state in store.channels.paused() if state.name == name]
        if not rests:
            _known(name)
        now = time.time()
        with store.transaction():
            if store.channels.resume(name, [Reason.PAUSED_BY_HAND]):
                store.events.add("channel_resumed", name, "", now)
            store.channels.probe(name, now)
        left = [state for state in store.channels.paused() if state.name == name]
    for state in left:
        if state.reason is Reason.NOT_CONFIGURED:
            raise NotFound(f"{waiting.pause(state)}; `notifier check` says what is missing")
        if state.reason is Reason.BUDGET_REACHED:
            raise NotFound(f"{waiting.pause(state)}; raise `budget` in rules.yaml")
    if left:
        click.echo(f"{name} is tried by its next message now; the others wait for what becomes of that")
    else:
        click.echo(f"{name} works again" if rests else f"{name} was not paused")


def _known(name: str) -> None:
    """Raise NotFound for a channel that rules.yaml does not have; say nothing if that cannot be read."""
    known = _configured()
    if known and name not in known:
        raise NotFound(f"there is no channel {name}; rules.yaml has {', '.join(known)}")


def _configured() -> Mapping[str, Channel]:
    """Return the channels of rules.yaml; nothing, with a warning, if it cannot be used."""
    settings = read_settings(os.environ)
    try:
        return load_rules(settings.rules, os.environ).ruleset.channels
    except RulesError as error:
        output.problems(error.problems, warn=True)
        output.warning("rules.yaml cannot be used; this shows what the database knows")
        return {}


def _show(as_json: bool) -> None:
    now, known = time.time(), _configured()
    with existing_store() as store:
        paused = [state for state in store.channels.paused() if not state.is_over(now)]
        waiting.worker(store)
        events = store.events.newest(500)
        names = [*known, *sorted({state.name for state in paused} - set(known))]
        views = [
            View(
                name,
                known.get(name),
                tuple(state for state in paused if state.name == name),
                store.channels.record(name, known[name].limits(0) if name in known else Limits(0), now),
                tuple(event for event in events if event.subject == name),
            )
            for name in names
        ]
    show(views, now, as_json=as_json)
