"""`notifier order show`: what is known of an order."""

from __future__ import annotations

import os
from dataclasses import asdict

import click

from notifier.bootstrap.database import open_existing_store
from notifier.cli import output
from notifier.config.settings import read_settings
from notifier.core.history import OrderHistory
from notifier.core.order import Contact
from notifier.errors import NotFound


@click.group()
def order() -> None:
    """Orders and whom they belong to.

    \b
    Example:  notifier order show 41
    """


@order.command()
@click.argument("ref")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def show(ref: str, as_json: bool) -> None:
    """Show contact, attributes, parcels and course of order REF.

    \b
    Example:  notifier order show 41
    """
    history = history_of(ref)
    known = history.order
    contact = asdict(known.contact or Contact())
    if as_json:
        output.as_json(
            {
                "ref": known.ref,
                "orderID": known.id,
                "known": history.known,
                "status": known.status,
                "contact": contact,
                "attributes": dict(known.attributes),
                "shipments": [asdict(s) for s in known.shipments],
            }
        )
        return
    state = known.status_label or "no update yet"
    rows: list[tuple[str, object]] = [("order", known.ref), ("Cottoncast id", known.id), ("status", state)]
    if not history.known:
        rows.append(("registered", "no: its updates are held until PUT /orders/" + known.ref))
    rows += [(f"contact {name}", value) for name, value in contact.items() if value]
    rows += [(f"attribute {name}", value) for name, value in known.attributes.items()]
    rows += [(f"parcel {s.tracking_code or '-'}", f"{s.carrier_label} {s.link}") for s in known.shipments]
    output.table(("field", "value"), rows)


def history_of(ref: str) -> OrderHistory:
    """Return everything on record for an order.

    Raises:
        NotFound: nothing is.
    """
    store = open_existing_store(read_settings(os.environ))
    try:
        history = store.updates.history(ref)
    finally:
        store.close()
    if history is None:
        raise NotFound(f"nothing is on record for order {ref}")
    return history
