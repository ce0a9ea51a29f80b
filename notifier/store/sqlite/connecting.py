"""One connection to the SQLite file: how it is opened, how its WAL is emptied, what its errors mean."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from sqlite_utils import Database as SqliteUtils

from notifier.errors import NotAllowed, NotifierError, StoreBusy, StoreError, StoreFull

READERS_WAIT = 1.0
"""How long to wait for readers before the WAL is left as it is, in seconds; nobody can write meanwhile."""

MIGRATIONS_TABLE = "_sqlite_migrations"
"""The table in which sqlite-utils keeps which migrations were run."""

MIGRATION_SET = "notifier"
"""The name of ours."""

_SETUP = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
    "PRAGMA trusted_schema=OFF",
    # What was deleted is overwritten: a forgotten customer must not be found in a free page.
    "PRAGMA secure_delete=ON",
    # The indexes' pages that are written again and again stay in memory: 8 MB for each connection.
    "PRAGMA cache_size=-8000",
    # Bringing the WAL into the file stops all writers for a while: seldom, but before it is large.
    "PRAGMA wal_autocheckpoint=4000",
    # A reader that stays open must not leave a large WAL behind for ever.
    "PRAGMA journal_size_limit=32000000",
)


def connect(path: Path, wait: float, *, create: bool = False) -> SqliteUtils:
    """Open a connection and its WAL; under the write lock.

    Args:
        wait: how long SQLite waits for programs that do not know our lock, in seconds.
        create: make the file if it is not there.

    Raises:
        StoreError: it cannot be opened, or is no database, or that of another program.
    """
    with translated():
        # Closed by another thread than the one that uses it, hence the flag.
        connection = sqlite3.connect(
            f"file:{quote(str(path.absolute()))}?mode={'rwc' if create else 'rw'}",
            uri=True,
            timeout=wait,
            isolation_level=None,
            check_same_thread=False,
            cached_statements=256,
        )
        connection.row_factory = sqlite3.Row
        try:
            _check_ours(connection, path)
        except BaseException:
            connection.close()
            raise
        for pragma in _SETUP:  # switching to WAL writes to the file
            connection.execute(pragma)
        connection.execute("PRAGMA schema_version").fetchone()  # the first read makes and opens the WAL
    return SqliteUtils(connection, execute_plugins=False)


def _check_ours(connection: sqlite3.Connection, path: Path) -> None:
    """Raise StoreError, with nothing written, if the file has tables of another program only."""
    tables = [
        name
        for (name,) in connection.execute(
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
        )
    ]
    if not tables:
        return  # new
    if MIGRATIONS_TABLE in tables:
        ours = f"SELECT 1 FROM {MIGRATIONS_TABLE} WHERE migration_set = ?"
        if connection.execute(ours, (MIGRATION_SET,)).fetchone():
            return
    raise StoreError(
        f"{path} is no database of notifier (it has the table {tables[0]});"
        " set NOTIFIER_DATABASE to a file of its own"
    )


def checkpoint(connection: sqlite3.Connection) -> bool:
    """Bring the WAL into the file and empty it, under the write lock; False if readers are in the way."""
    with translated():
        (before,) = connection.execute("PRAGMA busy_timeout").fetchone()
        connection.execute(f"PRAGMA busy_timeout = {READERS_WAIT * 1000:.0f}")
        try:
            busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        finally:
            connection.execute(f"PRAGMA busy_timeout = {before}")
    return not busy


@contextmanager
def translated() -> Iterator[None]:
    """Turn SQLite's errors into ours; a violated constraint means that somebody else holds the key."""
    try:
        yield
    except sqlite3.Error as error:
        raise translation(error) from error


def translation(error: sqlite3.Error) -> NotifierError:
    """Return our error for one of SQLite's."""
    if isinstance(error, sqlite3.IntegrityError):
        return NotAllowed("the key is held already")
    match getattr(error, "sqlite_errorcode", 0) & 0xFF:
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return StoreBusy("the database is locked by another program")
        case sqlite3.SQLITE_FULL:
            return StoreFull("no space left for the database")
        case sqlite3.SQLITE_READONLY:
            return StoreError("the database may not be written: its file or its disk is read-only")
    # SQLite's texts name no values, so they are safe to show.
    return StoreError(f"the database failed: {error}")
