"""`notifier rejected`: signed webhooks that were no update, and taking them after all."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import BinaryIO

import click

from notifier.cli import output
from notifier.cli.database import existing_store
from notifier.errors import NotFound, RequestError
from notifier.service.rejected import retry as take
from notifier.store.protocol import Receipt, Store
from notifier.store.rejected import MOST_REJECTED, Rejected

_BECAME = {
    Receipt.RECORDED: "recorded",
    Receipt.HELD: "recorded; held until its order is known",
    Receipt.DUPLICATE: "on record already, nothing to do",
}


@click.group(invoke_without_command=True)
@click.option("--json", "as_json", is_flag=True, help="Print JSON; times are Unix seconds UTC.")
@click.pass_context
def rejected(context: click.Context, as_json: bool) -> None:
    """List webhooks that were signed and answered 400, with the reason.

    Their bodies are kept until an upgrade can read them (`retry`), at most 1,000 and
    16 MiB together, as long as `retention` keeps raw bodies. A body that came several
    times is listed once.

    \b
    Examples:  notifier rejected
               notifier rejected show 7
               notifier rejected retry --all
    """
    if context.invoked_subcommand is not None:
        return
    with existing_store() as store:
        found = store.rejected.newest(MOST_REJECTED)
    if as_json:
        output.as_json([asdict(one) for one in found])
    elif not found:
        click.echo("no webhook was rejected")
    else:
        output.table(
            ("id", "first", "last", "times", "bytes", "order", "why"),
            [
                (
                    one.id, output.moment(one.received_at), output.moment(one.last_at), one.times,
                    one.size, one.ref, one.why,
                )
                for one in found
            ],
        )  # fmt: skip


@rejected.command()
@click.argument("rejected_id", metavar="ID", type=click.IntRange(min=1))
def show(rejected_id: int) -> None:
    """Print the body of rejected webhook ID, byte for byte.

    \b
    Example:  notifier rejected show 7 > body.json
    """
    with existing_store() as store:
        _, body = store.rejected.body(rejected_id)
    click.echo(_for_terminal(body) if output.terminal() else body, nl=False)


@rejected.command()
@click.argument("ids", metavar="[ID]...", nargs=-1, type=click.IntRange(min=1))
@click.option("--all", "every", is_flag=True, help="All of them, the oldest first.")
@click.option(
    "--body", "edited", type=click.File("rb", lazy=True), metavar="FILE",
    help="With one ID: what the sender meant, in place of the body that came; `-` is standard input.",
)  # fmt: skip
def retry(ids: tuple[int, ...], every: bool, edited: BinaryIO | None) -> None:
    """Read rejected webhooks again, and record those that are updates by now.

    Each is recorded as of its first arrival, and judged by the rules like any other. What
    still cannot be read stays, and the exit code is 1.

    \b
    Examples:  notifier rejected retry --all
               notifier rejected retry 7 --body update.json
    """
    if every == bool(ids):
        raise click.UsageError("give either IDs or --all, such as: notifier rejected retry --all")
    if edited is not None and len(ids) != 1:
        raise click.UsageError("--body goes with one ID")
    content = edited.read() if edited is not None else None
    with existing_store() as store:
        chosen = ids or [one.id for one in store.rejected.newest(MOST_REJECTED)]
        if not chosen:
            click.echo("no webhook was rejected")
        failed = [number for number in chosen if not _retried(store, number, content)]
    if failed:
        sys.exit(1)


def lines(found: Sequence[Rejected]) -> Iterator[str]:
    """Yield what `notifier explain` says of the rejected webhooks of an order."""
    for one in found:
        times = f", {one.times} times, last {output.moment(one.last_at)}" if one.times > 1 else ""
        yield click.style(f"{output.moment(one.received_at)}  a webhook was rejected{times}", bold=True)
        yield f"  rejected {one.id}: {output.plain(one.why)}"
        yield f"  `notifier rejected show {one.id}` prints it, `… retry {one.id}` reads it again"


def _retried(store: Store, rejected_id: int, edited: bytes | None) -> bool:
    """Retry one and say what became of it; tell whether it is done."""
    try:
        receipt = take(store, rejected_id, edited)
    except RequestError as error:
        click.echo(f"{rejected_id}: still no update: {output.plain(str(error))}")
        return False
    except NotFound as error:
        output.error(str(error))
        return False
    click.echo(f"{rejected_id}: {_BECAME[receipt]}")
    return True


def _for_terminal(body: bytes) -> bytes:
    """Return a body as text that steers no terminal, with its line breaks."""
    text = body.decode("utf-8", "replace")
    return "\n".join(output.plain(line) for line in text.splitlines()).encode() + b"\n"
