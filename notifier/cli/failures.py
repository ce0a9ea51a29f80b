"""`notifier retry` and `notifier dismiss`: what becomes of messages that need a person."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

import click

from notifier.cli import output, person
from notifier.cli.completion import channel_names
from notifier.cli.database import existing_store
from notifier.config.duration import parse
from notifier.config.mistake import Mistake
from notifier.core.message import Message, State
from notifier.errors import NotAllowed, NotFound, NotifierError, RequestError
from notifier.service import silencing
from notifier.store.health import Dismissed, Failures
from notifier.store.protocol import Store

_NAMES = {Dismissed.EVENT: "event", Dismissed.REJECTED: "rejected webhook"}


def _ago(ctx: click.Context, param: click.Parameter, value: str | None) -> float | None:  # noqa: ARG001
    """Return how long ago, in seconds."""
    try:
        return None if value is None else parse(value)
    except Mistake as mistake:
        raise click.BadParameter("; ".join(filter(None, [mistake.text, mistake.hint]))) from None


_FILTERS = (
    click.argument("ids", type=click.IntRange(1, 2**63 - 1), nargs=-1, metavar="[ID]..."),
    click.option("--failed", is_flag=True, help="Instead of IDs: all that failed …"),
    click.option("--unknown", is_flag=True, help="… all whose outcome is unknown …"),
    click.option("--channel", metavar="NAME", shell_complete=channel_names, help="… on this channel …"),
    click.option("--rule", metavar="ID", help="… of this rule …"),
    click.option("--since", metavar="TIME", callback=_ago, help="… within this time, such as 30m, 2h or 3d."),
    click.option("--dry-run", is_flag=True, help="Only say how many and which."),
)


def _filters(command: Callable[..., None]) -> Callable[..., None]:
    for option in reversed(_FILTERS):
        command = option(command)
    return command


@click.command()
@_filters
@click.option("--update", is_flag=True, help="The IDs are of updates: have them judged again.")
def retry(ids: tuple[int, ...], dry_run: bool, update: bool, **filters: Any) -> None:
    """Send failed or unknown messages again, because you say so.

    Give IDs, or say which: --failed, with --channel, --rule and --since. What another
    channel of its rule took over, and what was dismissed, is sent again only by its ID.

    A message whose outcome is unknown may have arrived: it can reach the
    recipient twice, with the same Message-ID.

    With --update: an update that was set aside or expired, or of which a customer
    was not told because nobody knew how to reach her. Sources are asked again;
    what has been told is not told twice.

    \b
    Examples:  notifier retry 17 18
               notifier retry --failed --channel email --since 2h --dry-run
               notifier retry --update 5
    """
    if update and (not ids or any(filters.values()) or dry_run):
        raise click.UsageError("--update takes the IDs of updates, and nothing else")
    if not update:
        _check(ids, filters)
    now = time.time()
    with existing_store() as store:
        if update:
            _each(ids, lambda number: _retry_update(store, number))
            return
        if ids and not dry_run:
            _each(ids, lambda number: _retry(store, number, now))
            return
        found = _chosen(store, ids, filters, now)
        if dry_run:
            _show(found, "would be sent again")
        else:
            _each([message.id for message in found], lambda number: _retry(store, number, now))


@click.command()
@_filters
@click.option("--event", is_flag=True, help="The IDs are of events: updates that were answered 503.")
@click.option("--rejected", is_flag=True, help="The IDs are of webhooks that `notifier rejected` lists.")
@click.option("--reason", metavar="TEXT", help="Why, for whoever looks next.")
@click.option("--by", metavar="NAME", help="Who says so; default: the user who is logged in.")
def dismiss(
    ids: tuple[int, ...],
    dry_run: bool,
    event: bool,
    rejected: bool,
    reason: str | None,
    by: str | None,
    **filters: Any,
) -> None:
    """Say that failed or unknown messages need nobody any more: `notifier status` stops counting them.

    Give IDs, or say which: --failed, --unknown, with --channel, --rule and --since. Nothing is
    sent or changed; who, when and why stay on record, and `notifier messages` shows them.

    \b
    Examples:  notifier dismiss 17 18 --reason "told by phone"
               notifier dismiss --failed --channel sms --since 1d --reason "provider was down, mailed by hand"
               notifier dismiss --event 7 --reason "compared with the Studio"
               notifier dismiss --rejected 3 --reason "a test of Cottoncast's"
    """
    others = [kind for kind, given in ((Dismissed.EVENT, event), (Dismissed.REJECTED, rejected)) if given]
    if len(others) > 1:
        raise click.UsageError("--event and --rejected are two things; say one at a time")
    if others and (not ids or any(filters.values()) or dry_run):
        raise click.UsageError(f"--{others[0]} takes the IDs of {_NAMES[others[0]]}s, and nothing else")
    if reason is None and not dry_run:
        raise click.UsageError('say why: --reason "told by phone"')
    try:
        why = silencing.text(reason, "--reason") if reason is not None else ""
    except RequestError as error:
        raise click.UsageError(str(error)) from None
    now = time.time()
    with existing_store() as store:
        for kind in others:
            store.health.dismiss(kind, ids, person.name(by), why, now)
            click.echo(f"{_counted(len(ids), _NAMES[kind])} dismissed")
            return
        _check(ids, filters)
        found = _chosen(store, ids, filters, now)
        if dry_run:
            _show(found, "would be dismissed")
            return
        if found:
            numbers = [message.id for message in found]
            store.health.dismiss(Dismissed.MESSAGE, numbers, person.name(by), why, now)
    click.echo(f"{_counted(len(found), 'message')} dismissed")


def _check(ids: Sequence[int], filters: dict[str, Any]) -> None:
    if bool(ids) == any(filters.values()):
        raise click.UsageError("say which: IDs, or --failed with --channel, --rule, --since")
    if not ids and not (filters["failed"] or filters["unknown"]):
        raise click.UsageError("say --failed or --unknown as well: what is unknown may have arrived")


def _chosen(store: Store, ids: Sequence[int], filters: dict[str, Any], now: float) -> list[Message]:
    """Return the messages that are meant, by their IDs or by what they have in common."""
    if ids:
        found = [store.outbox.get(number) for number in ids]
        return [message or _missing(number) for number, message in zip(ids, found, strict=True)]
    states = [State(state) for state in (State.FAILED, State.UNKNOWN) if filters[state]]
    since = 0.0 if filters["since"] is None else now - filters["since"]
    return store.health.failures(Failures(states, filters["channel"], filters["rule"], since))


def _missing(number: int) -> Message:
    raise NotFound(f"there is no message {number}")


def _show(found: Sequence[Message], what: str) -> None:
    output.table(
        ("id", "state", "order", "rule", "channel", "ended", "why"),
        [
            (
                m.id, m.state, m.ref, m.rule, m.send.channel, output.moment(m.ended_at),
                " ".join(filter(None, [m.reason, m.detail])),
            )
            for m in found
        ],
    )  # fmt: skip
    click.echo(f"{_counted(len(found), 'message')} {what}", err=True)


def _counted(number: int, word: str) -> str:
    return f"{number} {word}{'s' * (number != 1)}"


def _each(numbers: Sequence[int], move: Callable[[int], str]) -> None:
    """Move each; one that cannot be moved keeps no other from it."""
    errors: list[NotifierError] = []
    for number in numbers:
        try:
            click.echo(move(number))
        except (NotFound, NotAllowed) as error:
            errors.append(error)
    for other in errors[1:]:
        output.error(str(other))
    if errors:
        raise errors[0]
    if not numbers:
        click.echo("0 messages need a person")


def _retry(store: Store, number: int, now: float) -> str:
    message = store.outbox.retry(number, now)
    return f"message {number} ({message.rule}, {message.send.channel}) will be sent again"


def _retry_update(store: Store, number: int) -> str:
    store.updates.retry(number)
    return f"update {number} will be judged again"
