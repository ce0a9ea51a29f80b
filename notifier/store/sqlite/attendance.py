"""Whether any worker works on a database: each holds a shared lock on a file beside it.

The kernel lets go of it however the process ends, so nothing has to be written
while there is nothing to do, and nobody is taken for alive who is not.
"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from notifier.errors import StoreError


class Attendance:
    """The lock file of one database."""

    def __init__(self, database: Path) -> None:
        self._path = database.with_name(database.name + ".worker.lock")
        self._held: int | None = None

    def begin(self) -> None:
        """Hold the lock until `end`. Raises StoreError if the file cannot be made."""
        if self._held is None:
            try:
                self._held = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
                fcntl.flock(self._held, fcntl.LOCK_SH)
            except OSError as error:
                raise StoreError(f"cannot lock {self._path}: {error.strerror}") from error

    def end(self) -> None:
        """Let go of the lock."""
        if self._held is not None:
            os.close(self._held)
            self._held = None

    def is_held(self) -> bool:
        """Tell whether anybody holds it."""
        try:
            mine = os.open(self._path, os.O_RDWR | os.O_CLOEXEC)
        except OSError:
            return False
        try:
            fcntl.flock(mine, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        else:
            return False
        finally:
            os.close(mine)
