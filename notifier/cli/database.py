"""The database as commands find it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager

from notifier.bootstrap.database import open_existing_store
from notifier.cli import output
from notifier.config.settings import read_settings
from notifier.core.history import OrderHistory
from notifier.errors import NotFound
from notifier.store.protocol import Store


@contextmanager
def existing_store() -> Iterator[Store]:
    """Open the database that the settings name, and close it at the end; show times as the shop has them.

    Raises:
        ConfigError: the settings cannot be used.
        NotFound: there is no database where they say.
        StoreError: it cannot be opened, or a newer version made it.
    """
    with closing(open_existing_store(read_settings(os.environ))) as store:
        output.use_zone(store.rulesets.current().timezone)
        yield store


def history_of(store: Store, ref: str) -> OrderHistory:
    """Return everything on record for an order.

    Raises:
        NotFound: nothing is.
    """
    history = store.updates.history(ref)
    if history is None:
        raise NotFound(f"nothing is on record for order {ref}")
    return history
