"""The store that the settings name."""

from __future__ import annotations

from notifier.config.settings import Settings
from notifier.store.protocol import Store
from notifier.store.sqlite.store import SqliteStore


def open_store(settings: Settings) -> Store:
    """Open the database and bring its tables to this version's form.

    Raises:
        StoreError: it cannot be opened, or a newer version made it.
    """
    store = SqliteStore(settings.sqlite_path)
    store.migrate()
    return store
