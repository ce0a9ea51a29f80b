"""Whether any worker works on a database: each holds a shared lock on a file beside it.

The kernel lets go of it however the process ends, so nothing has to be written
while there is nothing to do, and nobody is taken for alive who is not. The file
also names the database file that the worker has open.
"""

from __future__ import annotations

import fcntl
import os
from contextlib import suppress
from pathlib import Path

from notifier.errors import StoreError
from notifier.store.sqlite.files import FileId, file_id


class Attendance:
    """The lock file of one database."""

    def __init__(self, database: Path) -> None:
        self._database = database
        self._path = database.with_name(database.name + ".worker.lock")
        self._held: int | None = None

    def begin(self, database: FileId | None = None) -> None:
        """Hold the lock until `end`, also if the file was removed meanwhile.

        Args:
            database: which file the worker has open.

        Raises:
            StoreError: the file cannot be made.
        """
        if self._held is not None:
            mine = os.fstat(self._held)
            if file_id(self._path) != (mine.st_dev, mine.st_ino):
                self.end()
        try:
            if self._held is None:
                self._held = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
                fcntl.flock(self._held, fcntl.LOCK_SH)
        except OSError as error:
            raise StoreError(f"cannot lock {self._path}: {error.strerror}") from error
        named = _line(database)
        with suppress(OSError):
            if os.pread(self._held, 200, 0) != named:
                os.ftruncate(self._held, 0)
                os.pwrite(self._held, named, 0)

    def end(self) -> None:
        """Let go of the lock."""
        if self._held is not None:
            os.close(self._held)
            self._held = None

    def is_held(self) -> bool:
        """Tell whether anybody holds it."""
        return self._look()[0]

    def is_elsewhere(self) -> bool:
        """Tell whether somebody holds it who has another file open than the one at the path."""
        held, named = self._look()
        return held and bool(named) and named != _line(file_id(self._database))

    def _look(self) -> tuple[bool, bytes]:
        try:
            mine = os.open(self._path, os.O_RDWR | os.O_CLOEXEC)
        except OSError:
            return False, b""
        try:
            fcntl.flock(mine, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True, os.pread(mine, 200, 0)
        else:
            return False, b""
        finally:
            os.close(mine)


def _line(file: FileId | None) -> bytes:
    return b"%d %d\n" % file if file else b""
