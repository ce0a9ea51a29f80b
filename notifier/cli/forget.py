"""`notifier forget`: erase what is personal of an order, or of a person."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Sequence

import click

from notifier.cli import output, person
from notifier.cli.address import checked
from notifier.cli.database import existing_store, history_of
from notifier.errors import NotFound
from notifier.store.customers import Traces
from notifier.store.protocol import Store

_DIGITS = re.compile(r"[0-9]{8,15}")
"""A phone number without its + and its signs: E.164 has at most 15 digits, and few have under 8."""

_SHOWN = 10
"""References that are named in the question, at most."""


@click.command()
@click.argument("what", metavar="REF|EMAIL|PHONE")
@click.option(
    "--ref", "is_ref", is_flag=True, help="It is a reference, although it holds @ or begins with +."
)
@click.option("--yes", is_flag=True, help="Do not ask; needed where nobody can be asked.")
def forget(what: str, is_ref: bool, yes: bool) -> None:
    """Forget order REF, or every order whose contact has this EMAIL or PHONE.

    A forgotten order is forgotten whole, whoever else it names: contact,
    attributes, items, raw webhooks, tracking codes and links, recipients and
    words of messages are gone for good, and the customer is told nothing more.
    What stays: the reference, states, times and counts; and an unsubscription, as
    a fingerprint.

    Of an order whose contact has another address by now, only the messages that
    went to this one are erased, recipient and words.

    Backups made before still hold it all: let them expire. A PHONE begins with +.
    The references of forgotten orders are printed, one a line.

    \b
    Examples:  notifier forget 41
               notifier forget jane@example.org --yes
    """
    is_person = not is_ref and ("@" in what or what.startswith("+"))
    address = checked(what) if is_person else ""
    with existing_store() as store:
        found = store.orders.of_person(address) if address else Traces((_known(store, what, is_ref=is_ref),))
        if not found:
            raise NotFound(f"no order with {output.masked(address)} is on record")
        for line in _announced(found, is_person=is_person):
            click.echo(line, err=True)
        if not yes:
            person.confirm("nothing was erased")
        if address:
            gone = store.orders.forget_person(address, time.time())
        else:
            gone = found if store.orders.forget(what, time.time()) else Traces()
    for ref in gone.orders:
        click.echo(ref)
    click.echo(f"{_done(gone)}; backups made before still hold it", err=True)


def _announced(found: Traces, *, is_person: bool) -> Iterator[str]:
    """Say what is about to be erased, and of which orders."""
    if found.orders:
        why = "; registered or looked up, the address is their contact's" if is_person else ""
        yield f"this erases all that is personal of {_counted(found.orders)}, for good{why}"
    if found.messages:
        yield (
            f"this erases only the messages to this address of {_counted(found.messages)}, for good;"
            " the rest stays, it is not their contact's"
        )


def _done(gone: Traces) -> str:
    """Say what was erased."""
    orders, messages = len(gone.orders), len(gone.messages)
    said = [f"{orders} order{'s' * (orders != 1)} forgotten"] if orders else ["no order forgotten"]
    if messages:
        said.append(f"messages of {messages} order{'s' * (messages != 1)} erased")
    return ", ".join(said)


def _known(store: Store, ref: str, *, is_ref: bool) -> str:
    """Return the reference of an order that something is on record for. Raises NotFound."""
    if store.rejected.of_order(ref):
        return ref
    try:
        return history_of(store, ref).order.ref
    except NotFound:
        if is_ref or not _DIGITS.fullmatch(re.sub(r"[\s()./-]", "", ref)):
            raise
        raise NotFound(
            "nothing is on record under this reference; a phone number begins with +, such as +31612345678"
        ) from None


def _counted(refs: Sequence[str]) -> str:
    shown = ", ".join(refs[:_SHOWN])
    more = f" and {len(refs) - _SHOWN} more" if len(refs) > _SHOWN else ""
    return f"{len(refs)} order{'s' * (len(refs) != 1)}: {shown}{more}"
