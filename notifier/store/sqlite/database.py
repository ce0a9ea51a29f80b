"""Connections, the write lock and transactions of one SQLite file.

WAL with `synchronous=FULL`: what was committed survives a power cut. Every
write transaction and every checkpoint happens under one `flock` beside the
database: SQLite before 3.51.3 can corrupt a WAL database that several processes
checkpoint (sqlite.org/wal.html, "WAL-reset bug"), and its own busy handler is
unfair under load.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlite_utils import Database as SqliteUtils

from notifier.errors import NotAllowed, NotifierError, StoreBusy, StoreError, StoreFull

LOCK_WAIT = 10.0
"""How long to wait for the write lock, in seconds."""

READERS_WAIT = 1.0
"""How long to wait for readers before the WAL is left as it is, in seconds; nobody can write meanwhile."""

_FIRST_POLL, _LONGEST_POLL = 0.0002, 0.005

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


@dataclass(slots=True)
class _Session:
    """One thread's connection: SQLite objects are never shared between threads."""

    db: SqliteUtils
    lock: int
    depth: int = 0
    version: int = -1

    @property
    def connection(self) -> sqlite3.Connection:
        return self.db.conn


class Database:
    """One SQLite file, opened lazily, once in each thread (and so never carried over a fork)."""

    def __init__(self, path: Path, lock_wait: float = LOCK_WAIT) -> None:
        self.path = path
        self._lock_wait = lock_wait
        self._local = threading.local()
        self._sessions: list[_Session] = []
        self._opening = threading.Lock()

    @property
    def tables(self) -> SqliteUtils:
        """This thread's sqlite-utils database, for schema and reads."""
        return self._session().db

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Write: `BEGIN IMMEDIATE` under the lock, commit at the end, roll back whole on any exception.

        A transaction within a transaction joins it as a savepoint: whoever catches
        its exception has only undone its part.
        """
        session = self._session()
        if session.depth:
            name = f"nested_{session.depth}"
            with self._bracket(
                session, f"SAVEPOINT {name}", f"RELEASE {name}", f"ROLLBACK TO {name}; RELEASE {name}"
            ):
                yield session.connection
        else:
            with self._write_lock(session):
                with self._bracket(session, "BEGIN IMMEDIATE", "COMMIT", "ROLLBACK"):
                    yield session.connection
                with suppress(OSError):  # what is committed stays committed on a full disk
                    os.pwrite(session.lock, b"\n", 0)  # wakes whoever watches (`watch`)
            session.version = -1  # data_version tells of other connections only

    @contextmanager
    def _bracket(self, session: _Session, begin: str, end: str, undo: str) -> Iterator[None]:
        with translated():
            session.connection.execute(begin)
            session.depth += 1
            try:
                yield
                session.connection.execute(end)
            except BaseException:
                # A full disk has rolled back already; undoing it again would hide the reason.
                if session.connection.in_transaction:
                    for statement in undo.split("; "):
                        session.connection.execute(statement)
                raise
            finally:
                session.depth -= 1

    @property
    def writing(self) -> bool:
        """Tell whether this thread has a transaction open."""
        return self._session().depth > 0

    def read(self, sql: str, parameters: Sequence[Any] | Mapping[str, Any] = ()) -> list[Mapping[str, Any]]:
        """Return all rows of a SELECT, as of now or as of this thread's open transaction."""
        session = self._session()
        try:
            return session.connection.execute(sql, parameters).fetchall()
        except sqlite3.Error as error:
            raise _translation(error) from error

    @property
    def lock_path(self) -> Path:
        """The file beside the database that is locked around every write, and written to after it."""
        return self.path.with_name(self.path.name + ".lock")

    def changed(self) -> bool:
        """Tell whether anybody committed since this thread asked last."""
        session = self._session()
        with translated():
            (version,) = session.connection.execute("PRAGMA data_version").fetchone()
        before, session.version = session.version, version
        return bool(version != before)

    def empty_log(self) -> None:
        """Bring the WAL into the file and empty it, so that it holds no older version of a row.

        In the file SQLite overwrites what is deleted (secure_delete), but not the copy
        that stays behind in the unused part of a page when a row moved to another one;
        only VACUUM takes that away.

        Does nothing within a transaction, or while another program keeps reading.
        """
        session = self._session()
        if session.depth:
            return
        with translated(), self._write_lock(session):
            session.connection.execute(f"PRAGMA busy_timeout = {READERS_WAIT * 1000:.0f}")
            try:
                session.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            finally:
                session.connection.execute(f"PRAGMA busy_timeout = {self._lock_wait * 1000:.0f}")

    def rewrite(self) -> None:
        """Write the whole file anew: what was deleted is then in no part of any page."""
        session = self._session()
        with translated(), self._write_lock(session):
            session.connection.execute("VACUUM")
        self.empty_log()

    @property
    def size(self) -> int:
        """The bytes of the file."""
        return self.path.stat().st_size

    def close(self) -> None:
        """Close every thread's connection, under the lock: closing the last one checkpoints."""
        with self._opening:
            sessions, self._sessions = self._sessions, []
        self._local = threading.local()
        for session in sessions:
            with translated(), self._write_lock(session):
                session.connection.close()
            os.close(session.lock)

    def _session(self) -> _Session:
        session: _Session | None = getattr(self._local, "session", None)
        if session is None:
            session = self._local.session = self._open()
            with self._opening:
                self._sessions.append(session)
        return session

    def _open(self) -> _Session:
        try:
            lock = os.open(self.lock_path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            why = f"cannot open the database's lock file {self.lock_path}: {error.strerror}"
            raise StoreError(why) from error
        try:
            with translated():
                # Closed by close() from another thread than the one that used it, hence the flag.
                connection = sqlite3.connect(
                    self.path,
                    timeout=self._lock_wait,
                    isolation_level=None,
                    check_same_thread=False,
                    cached_statements=256,
                )
                connection.row_factory = sqlite3.Row
                session = _Session(SqliteUtils(connection, execute_plugins=False), lock)
                # Switching to WAL writes to the file.
                with self._write_lock(session):
                    for pragma in _SETUP:
                        connection.execute(pragma)
        except BaseException:
            os.close(lock)
            raise
        return session

    @contextmanager
    def _write_lock(self, session: _Session) -> Iterator[None]:
        deadline = time.monotonic() + self._lock_wait
        pause = _FIRST_POLL
        while True:
            try:
                fcntl.flock(session.lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise StoreBusy(
                        f"the database's write lock was held for more than {self._lock_wait:g} s"
                    ) from None
            time.sleep(pause)
            pause = min(pause * 1.5, _LONGEST_POLL)
        try:
            yield
        finally:
            fcntl.flock(session.lock, fcntl.LOCK_UN)


@contextmanager
def translated() -> Iterator[None]:
    """Turn SQLite's errors into ours; a violated constraint means that somebody else holds the key."""
    try:
        yield
    except sqlite3.Error as error:
        raise _translation(error) from error


def _translation(error: sqlite3.Error) -> NotifierError:
    if isinstance(error, sqlite3.IntegrityError):
        return NotAllowed("the key is held already")
    match getattr(error, "sqlite_errorcode", 0) & 0xFF:
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return StoreBusy("the database is locked by another program")
        case sqlite3.SQLITE_FULL:
            return StoreFull("no space left for the database")
    # SQLite's texts name no values, so they are safe to show.
    return StoreError(f"the database failed: {error}")
