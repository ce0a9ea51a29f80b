"""Connections, the write lock and transactions of one SQLite file.

WAL with `synchronous=FULL`: what was committed survives a power cut. Every
write transaction and every checkpoint happens under one `flock` beside the
database: SQLite before 3.51.3 can corrupt a WAL database that several processes
checkpoint (sqlite.org/wal.html, "WAL-reset bug"), and its own busy handler is
unfair under load.

Before and after each transaction, and before reads, the files that are open must be
those at the path: what is written to a file that was moved away or removed is lost.
When the database, or a backup of it, is at the path again, it is opened anew.
"""

from __future__ import annotations

import math
import sqlite3
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlite_utils import Database as SqliteUtils

from notifier.errors import StoreMoved
from notifier.store.sqlite.connecting import checkpoint, connect, translated, translation
from notifier.store.sqlite.files import FileId, Files, check_same, check_whole, set_aside_foreign_wal
from notifier.store.sqlite.lockfile import LockFile

LOOK_EVERY = 0.05
"""Seconds for which reads take the files for those at the path once they were: to look costs as much
as to read. What is read in them would have been read a moment before the files were moved."""

LOCK_WAIT = 10.0
"""How long to wait for the write lock, in seconds."""


@dataclass(slots=True)
class _Session:
    """One thread's connection: SQLite objects are never shared between threads.

    `reading` is held while it reads, so that no other thread takes the connection away then.
    """

    db: SqliteUtils
    lock: LockFile
    reading: threading.Lock = field(default_factory=threading.Lock)
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
        self._files: Files | None = None  # that are open; changes under the write lock
        self._seen_at = -math.inf  # when they were at the path, by the monotonic clock
        # Connections to files that are gone: they end last, as other threads may read from them still.
        self._former: list[tuple[FileId | None, sqlite3.Connection]] = []

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
            with session.lock.held():
                self._stay_home()
                with self._bracket(session, "BEGIN IMMEDIATE", "COMMIT", "ROLLBACK"):
                    yield session.connection
                if self._is_away():  # moved in this moment: nobody may take it for recorded
                    self._stay_home(copies=False)
                session.lock.notify()
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
        if not session.depth and self._may_be_away():
            with session.lock.held():
                self._stay_home()
        try:
            with session.reading:
                return session.connection.execute(sql, parameters).fetchall()
        except sqlite3.Error as error:
            raise translation(error) from error

    @property
    def lock_path(self) -> Path:
        """The file beside the database that is locked around every write, and written to after it."""
        return self.path.with_name(self.path.name + ".lock")

    def changed(self) -> bool:
        """Tell whether anybody committed since this thread asked last."""
        session = self._session()
        if self._may_be_away():
            with session.lock.held():
                self._stay_home()
            session.version = -1
        with translated(), session.reading:
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
        with session.lock.held():
            self._stay_home()
            checkpoint(session.connection)

    def rewrite(self) -> None:
        """Write the whole file anew: what was deleted is then in no part of any page."""
        session = self._session()
        with translated(), session.lock.held():
            self._stay_home()
            session.connection.execute("VACUUM")
        self.empty_log()

    @property
    def file(self) -> FileId | None:
        """Which file is open, by device and inode; None before the first use."""
        return None if self._files is None else self._files.database

    @property
    def size(self) -> int:
        """The bytes of the file."""
        return self.path.stat().st_size

    def close(self) -> None:
        """Close every thread's connection, under the lock: closing the last one checkpoints."""
        with self._opening:
            sessions, self._sessions = self._sessions, []
        self._local = threading.local()
        with suppress(StoreMoved), ExitStack() as stack:
            if sessions:
                stack.enter_context(sessions[0].lock.held())
                self._stay_home(sessions)
        while self._former:
            self._former.pop()[1].close()
        for session in sessions:
            with translated(), ExitStack() as stack:
                with suppress(StoreMoved):  # the folder is gone, and the lock with it
                    stack.enter_context(session.lock.held())
                session.connection.close()
            session.lock.close()
        self._files = None

    def _session(self) -> _Session:
        session: _Session | None = getattr(self._local, "session", None)
        if session is None:
            session = self._local.session = self._open()
        return session

    def _open(self) -> _Session:
        lock = LockFile(self.lock_path, self._lock_wait)
        try:
            with lock.held():
                if self._files is None:
                    set_aside_foreign_wal(self.path, lock.files())
                    check_whole(self.path)
                else:
                    self._stay_home()
                session = _Session(connect(self.path, self._lock_wait, create=self._files is None), lock)
                self._note_files(lock)
                with self._opening:
                    self._sessions.append(session)
        except BaseException:
            lock.close()
            raise
        return session

    def _note_files(self, lock: LockFile) -> None:
        self._files = Files.at(self.path)
        lock.note(self._files)

    def _is_away(self) -> bool:
        """Tell whether what is at the path is not what is open."""
        away = self._files is not None and Files.at(self.path) != self._files
        self._seen_at = -math.inf if away else time.monotonic()
        return away

    def _may_be_away(self) -> bool:
        """Tell whether, as far as reads have to know, what is at the path is not what is open."""
        return time.monotonic() > self._seen_at + LOOK_EVERY and self._is_away()

    def _stay_home(self, sessions: Sequence[_Session] | None = None, *, copies: bool = True) -> None:
        """Open what is at the path if it is not what is open, for all threads; under the lock.

        No other thread of ours can be within a transaction now, and a read that goes on
        ends on the connection that it began with.

        Args:
            copies: whether a copy of the database may take its place.

        Raises:
            StoreMoved: what is there is no copy of the database, or nothing is.
        """
        known, now = self._files, Files.at(self.path)
        if known is None or now == known:
            return
        self._seen_at = -math.inf
        if now.database is None:
            raise StoreMoved(f"the database {self.path} is gone: it was moved or removed; put it back")
        sessions = self._sessions if sessions is None else sessions
        one = sessions[0]
        if now.database == known.database:
            self._bring_in_removed_wal(one)
        elif copies:
            check_same(self.path, one.connection)
            set_aside_foreign_wal(self.path, known)
        else:
            raise StoreMoved(f"the database {self.path} was replaced while it was written")
        with ExitStack() as stack:
            for session in sessions:
                stack.enter_context(session.reading)
            self._former += [(known.database, session.connection) for session in sessions]
            self._leave(now.database)
            # Of another file the new ones first: no old one may be the last that closes it, for SQLite
            # would then remove the WAL at the path.
            for session in sessions:
                session.db, session.version = connect(self.path, self._lock_wait), -1
        self._note_files(one.lock)

    def _leave(self, file: FileId | None) -> None:
        """Close all connections that were open to a file, before it is opened anew.

        SQLite shares the index of a WAL between all connections of a process to a file. While an old
        one is open, new ones would go on with the old index, which other processes do not have.
        """
        for known, connection in self._former:
            if known == file:
                connection.close()
        self._former = [one for one in self._former if one[0] != file]

    def _bring_in_removed_wal(self, session: _Session) -> None:
        """Save what only a WAL holds that was removed: it is still open here."""
        wal = self.path.with_name(f"{self.path.name}-wal")
        if wal.exists() and wal.stat().st_size:
            return  # another process was first, and has written since
        if not checkpoint(session.connection):
            raise StoreMoved(f"{wal} was removed, and its content cannot be saved while others read")
