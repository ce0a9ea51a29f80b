"""The store that the settings name."""

from __future__ import annotations

from notifier.config.settings import Settings
from notifier.errors import NotFound
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


def open_existing_store(settings: Settings) -> Store:
    """Open a database that is there already, for commands that look at it.

    Raises:
        NotFound: there is none where the settings say.
        StoreError: it cannot be opened, or a newer version made it.
    """
    path = settings.sqlite_path
    if not path.exists():
        raise NotFound(f"there is no database at {path.absolute()}; NOTIFIER_DATABASE says where it is")
    return open_store(settings)
