"""The store that the settings name."""

from __future__ import annotations

from notifier.bootstrap.place import check_place, make_private
from notifier.config.settings import Settings
from notifier.errors import NotFound
from notifier.store.protocol import Store
from notifier.store.sqlite.store import SqliteStore


def open_store(settings: Settings) -> Store:
    """Open the database, making it if need be, and bring its tables to this version's form.

    Raises:
        ConfigError: it cannot be where the settings say.
        StoreError: it cannot be opened, or a newer version made it.
    """
    check_place(settings)
    make_private(settings.sqlite_path)
    store = SqliteStore(settings.sqlite_path)
    store.migrate()
    return store


def open_existing_store(settings: Settings) -> Store:
    """Open a database that is there already, for commands that look at it.

    Raises:
        ConfigError: it cannot be where the settings say.
        NotFound: there is none.
        StoreError: it cannot be opened, or a newer version made it.
    """
    check_place(settings)
    path = settings.sqlite_path
    if not path.exists():
        raise NotFound(f"there is no database at {path.absolute()}; NOTIFIER_DATABASE says where it is")
    return open_store(settings)
