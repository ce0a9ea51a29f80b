"""`notifier orders`: the group of commands about orders; `order` is its old name."""

from __future__ import annotations

import click

from notifier.cli.lazy import LazyGroup


@click.group(
    cls=LazyGroup,
    places={
        "show": "orders_show:show",
        "held": "orders_held:held",
        "lookup": "orders_lookup:lookup",
        "import": "orders_import:import_orders",
    },
)
def orders() -> None:
    """Orders and whom they belong to.

    \b
    Example:  notifier orders show 41
    """
