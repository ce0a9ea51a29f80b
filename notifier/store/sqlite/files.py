"""Which files a database is: told apart by device and inode, without opening any.

(A descriptor of the database that is closed would release SQLite's own locks on
it: sqlite.org/howtocorrupt.html, section 2.2.)
"""

from __future__ import annotations

import os
import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Self
from urllib.parse import quote

import structlog

from notifier.errors import StoreMoved
from notifier.store.sqlite.connecting import MIGRATIONS_TABLE

FileId = tuple[int, int]
"""Device and inode."""

_KEPT = "-wal.former"
"""What is added to the database's name for the WAL of a database that is there no more."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Files:
    """A database file and its WAL; None for one that is not there."""

    database: FileId | None
    wal: FileId | None

    @classmethod
    def at(cls, path: Path) -> Self:
        """Return what is at the path now."""
        return cls(file_id(path), file_id(f"{path}-wal"))

    def __str__(self) -> str:
        return " ".join(str(number) for one in (self.database, self.wal) for number in one or (0, 0))

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return what `str` wrote; ValueError if it is something else."""
        device, inode, wal_device, wal_inode = map(int, text.split())
        return cls((device, inode), (wal_device, wal_inode) if wal_inode else None)


def set_aside_foreign_wal(path: Path, known: Files | None) -> None:
    """Rename a WAL that belongs to another database than the one at the path: SQLite would play it into it.

    Such a one is left behind when a backup is moved into place. It is kept: it may
    hold what never came into the database file.

    Args:
        known: a database and its WAL as they were open together.
    """
    now = Files.at(path)
    if known is None or now.wal is None or now.wal != known.wal or now.database == known.database:
        return
    kept = _beside(path, _KEPT)
    _beside(path, "-wal").replace(kept)
    _beside(path, "-shm").unlink(missing_ok=True)  # the index of that WAL
    log.warning("the database was replaced; the WAL of the one before is kept apart", kept=str(kept))


def check_whole(path: Path) -> None:
    """Raise StoreMoved if the WAL was removed and its index was not: new readers would read nonsense.

    SQLite makes the WAL first and removes it last, so this is never its own doing.
    """
    if _beside(path, "-shm").exists() and not _beside(path, "-wal").exists():
        raise StoreMoved(
            f"{path}-wal was removed; the process that has the database open brings its content in"
            f" (if notifier is not running, remove {path}-shm as well)"
        )


def check_same(path: Path, open_one: sqlite3.Connection) -> None:
    """Raise StoreMoved unless the file at the path is a copy of the database that is open.

    A copy has the same key and the same migrations. Anything else takes a restart:
    links are signed with the key, and an older form has to be migrated.
    """
    try:
        # Reads the file alone: the WAL beside it may be another database's.
        found = sqlite3.connect(f"file:{quote(str(path))}?mode=ro&immutable=1", uri=True)
        try:
            is_same = _marks(found) == _marks(open_one)
        finally:
            found.close()
    except sqlite3.Error as error:
        raise StoreMoved(
            f"{path} was replaced by a file that is no database of notifier ({error});"
            " put the database or a backup of it there"
        ) from error
    if not is_same:
        raise StoreMoved(
            f"{path} was replaced by another database, or by one of another version of notifier;"
            " put a backup of this one there, or restart notifier to work with that one"
        )


def _marks(connection: sqlite3.Connection) -> tuple[list[str], list[str]]:
    return (
        [row[0] for row in connection.execute("SELECT value FROM settings WHERE name = 'key'")],
        sorted(row[0] for row in connection.execute(f"SELECT name FROM {MIGRATIONS_TABLE}")),
    )


def _beside(path: Path, end: str) -> Path:
    return path.with_name(path.name + end)


def file_id(path: Path | str) -> FileId | None:
    """Return which file is at a path, None if none is."""
    try:
        found = os.stat(path)  # noqa: PTH116  for every transaction: a Path costs more than the call
    except OSError:
        return None
    return found.st_dev, found.st_ino
