"""`notifier orders show`: what is known of an order, where it is from, and its course."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict

import click

from notifier.cli import output, waiting
from notifier.cli.database import existing_store, history_of
from notifier.core import flaw
from notifier.core.contact import Contact
from notifier.core.course import Parcel, sequence
from notifier.core.history import OrderHistory
from notifier.core.lookup import LookupState
from notifier.core.message import UpdateState
from notifier.store.customers import AddressState

_Row = tuple[str, object]

_Marks = Mapping[str, AddressState]
"""The marks on an order's addresses, by address."""


@click.command()
@click.argument("ref")
@click.option("--json", "as_json", is_flag=True, help="Print JSON; times are Unix seconds UTC.")
def show(ref: str, as_json: bool) -> None:
    """Show contact, attributes, items, parcels and course of order REF.

    The course lists the updates as they happened, whenever they arrived.

    \b
    Example:  notifier orders show 41
    """
    with existing_store() as store:
        history = history_of(store, ref)
        contact = history.order.contact or Contact()
        addresses = [address for address in (contact.email, contact.phone) if address]
        found = {address: store.addresses.get(address) for address in addresses}
    marks = {address: state for address, state in found.items() if state is not None}
    if as_json:
        output.as_json(_document(history, marks))
        return
    output.table(("field", "value"), list(_rows(history, marks)))
    if history.updates:
        click.echo()
        output.table(("happened", "status", "late", "state", "arrived", "id"), _course(history))


def _rows(history: OrderHistory, marks: _Marks) -> Iterator[_Row]:
    order = history.order
    yield "order", order.ref
    yield "Cottoncast id", order.id
    yield "status", order.status_label or "no update yet"
    yield from _whose(history)
    if order.contact is not None:
        yield from _contact(order.contact, marks)
    yield from ((f"attribute {name}", value) for name, value in order.attributes.items())
    for item in order.items:
        yield f"item {item.sku or '-'}", f"{item.quantity} × {item.name} {item.image}".rstrip()
    yield from (_parcel(parcel) for parcel in order.shipments)


def _whose(history: OrderHistory) -> Iterator[_Row]:
    order = history.order
    if order.forgotten:
        yield "forgotten", "what is personal was erased; the customer is told nothing more"
    elif order.source:
        yield "contact", f"from {order.source}, {output.moment(order.contact_at)}"
    elif any(update.state is UpdateState.HELD for update in history.updates):
        yield "registered", f"no: its updates are held until {waiting.registration(order.ref)}"
    elif history.lookup is None or history.lookup.state is not LookupState.DUE:
        yield "contact", f"not known; {waiting.registration(order.ref)} tells it"
    if history.lookup is not None and not order.forgotten:
        yield "lookup", waiting.lookup(history.lookup)


def _contact(contact: Contact, marks: _Marks) -> Iterator[_Row]:
    for name in ("name", "email", "phone", "locale", "country", "timezone"):
        if value := getattr(contact, name):
            yield f"contact {name}", value
    if contact.channels is not None:
        yield "contact channels", ", ".join(sorted(contact.channels)) or "none"
    if contact.marketing is not None:
        yield "contact marketing", "yes" if contact.marketing else "no"
    if contact.do_not_contact:
        yield "contact do_not_contact", "yes: she wants to hear nothing"
    for name in sorted(contact.unusable):
        yield f"unusable {name}", flaw.EXPLAINED[contact.unusable[name]]
    for address, state in marks.items():
        if state.refused_at is not None:
            said = f"{address} since {output.moment(state.refused_at)}: {state.detail}"
            yield "refused address", f"{said}; `notifier address allow` has it tried again"
        if state.unsubscribed_at is not None:
            yield "unsubscribed", f"{address} since {output.moment(state.unsubscribed_at)}"


def _parcel(parcel: Parcel) -> _Row:
    link = parcel.link or (f"{parcel.tracking_url} (no safe link)" if parcel.tracking_url else "")
    named = f"first named by update {parcel.named_by}, {output.moment(parcel.named_at)}"
    if parcel.replaced_at is not None:
        named += f"; replaced by another label, {output.moment(parcel.replaced_at)}"
    words = " ".join(filter(None, [parcel.carrier_label, link]))
    return f"parcel {parcel.tracking_code or '-'}", f"{words}; {named}" if words else named


def _course(history: OrderHistory) -> list[tuple[object, ...]]:
    told = {update.update.id: update for update in history.updates}
    return [
        (
            output.moment(news.happened_at), f"{news.label} ({news.code})",
            "late" if told[news.id].late else "", told[news.id].state,
            output.moment(news.received_at), news.id,
        )
        for news in sequence(update.update for update in history.updates)
    ]  # fmt: skip


def _document(history: OrderHistory, marks: _Marks) -> dict[str, object]:
    """Return everything as JSON has it."""
    order = history.order
    told = {update.update.id: update for update in history.updates}
    return {
        "ref": order.ref,
        "orderID": order.id,
        "status": order.status,
        "registered": order.registered,
        "forgotten": order.forgotten,
        "source": order.source,
        "contact_at": order.contact_at,
        "contact": order.contact.document() if order.contact else None,
        "addresses": {address: asdict(state) for address, state in marks.items()},
        "attributes": dict(order.attributes),
        "items": [asdict(item) for item in order.items],
        "shipments": [asdict(parcel) | {"link": parcel.link} for parcel in order.shipments],
        "lookup": asdict(history.lookup) if history.lookup else None,
        "updates": [
            {
                "id": news.id,
                "code": news.code,
                "status": news.status,
                "happened_at": news.happened_at,
                "received_at": news.received_at,
                "late": told[news.id].late,
                "state": told[news.id].state,
            }
            for news in sequence(update.update for update in history.updates)
        ],
    }
