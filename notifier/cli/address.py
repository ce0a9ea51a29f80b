"""`notifier address`: the marks that keep us from writing to an address."""

from __future__ import annotations

import time
from dataclasses import asdict

import click

from notifier import addresses
from notifier.cli import output
from notifier.cli.database import existing_store

LONGEST_REASON = 500
"""Characters in the words for a refusal, at most."""


def checked(text: str) -> str:
    """Return an e-mail address or a phone number in the form in which contacts hold it.

    Raises:
        BadParameter: it is neither; the text says why.
    """
    if "@" not in text and not text.startswith("+"):
        raise click.BadParameter("it is no e-mail address, and a phone number begins with +")
    try:
        return addresses.email(text) if "@" in text else addresses.any_phone(text)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


_argument = click.argument("address", callback=lambda _context, _parameter, text: checked(text))


@click.group()
def address() -> None:
    """Addresses that are not written to: refused for good, or unsubscribed from marketing.

    A server's "there is no such address" marks it, and so do you when a bounce
    came back by mail. No address is kept in the clear for this: only a keyed
    fingerprint of it.

    \b
    Example:  notifier address show jane@example.org
    """


@address.command()
@_argument
@click.option("--json", "as_json", is_flag=True, help="Print JSON; times are Unix seconds UTC.")
def show(address: str, as_json: bool) -> None:
    """Show the marks on ADDRESS: an e-mail address, or a phone number such as +31612345678.

    \b
    Example:  notifier address show jane@example.org
    """
    with existing_store() as store:
        state = store.addresses.get(address)
    if as_json:
        output.as_json(asdict(state) if state else None)
        return
    name = output.masked(address)
    if state is None:
        click.echo(f"{name}: no marks, it is written to")
        return
    if state.refused_at is not None:
        why = f": {output.plain(state.detail)}" if state.detail else ""
        click.echo(f"{name}: refused since {output.moment(state.refused_at)}{why}")
    if state.unsubscribed_at is not None:
        click.echo(f"{name}: unsubscribed from marketing since {output.moment(state.unsubscribed_at)}")


@address.command()
@_argument
@click.option(
    "--reason", default="by hand", show_default=True, metavar="TEXT", help="Why, for whoever looks later."
)
def refuse(address: str, reason: str) -> None:
    """Mark ADDRESS as refused for good: it is not written to until it changes or is allowed.

    Messages that wait for it are dropped when they are due, with the reason
    address_refused.

    \b
    Example:  notifier address refuse jane@example.org --reason "bounced: mailbox is gone"
    """
    words = " ".join(output.plain(reason).split())
    if len(words) > LONGEST_REASON:
        raise click.BadParameter(f"at most {LONGEST_REASON} characters", param_hint="--reason")
    with existing_store() as store:
        store.addresses.refuse(address, words, time.time())
    click.echo(f"{output.masked(address)}: refused, it is not written to any more")


@address.command()
@_argument
@click.option("--marketing", is_flag=True, help="Undo her unsubscription as well: only if she asked for it.")
def allow(address: str, marketing: bool) -> None:
    """Take the mark of a refusal from ADDRESS: it is written to again. An unsubscription stays.

    \b
    Example:  notifier address allow jane@example.org
    """
    with existing_store() as store:
        said = ["it is not refused any more" if store.addresses.allow(address) else "it was not refused"]
        if marketing:
            undone = store.addresses.resubscribe(address)
            said.append("its unsubscription is undone" if undone else "it was not unsubscribed")
        elif (state := store.addresses.get(address)) is not None and state.unsubscribed_at is not None:
            said.append("it stays unsubscribed from marketing")
    click.echo(f"{output.masked(address)}: {', '.join(said)}")
