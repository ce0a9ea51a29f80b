"""The file beside the database that is locked around every write.

Whoever removes it while processes run would split them into two groups that no
longer exclude each other: so a lock counts only while the locked file is the one
at the path, and a missing file is made anew.

Its first byte is written after each commit, which the kernel reports to those
who wait (`watch`). Behind it stands which database file and which WAL belong
together (`files`).
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from notifier.errors import StoreBusy, StoreError, StoreMoved
from notifier.store.sqlite.files import FileId, Files, file_id

_FIRST_POLL, _LONGEST_POLL = 0.0002, 0.005


class LockFile:
    """One open description of the file: threads and processes that hold others are excluded.

    Args:
        path: where it is, or will be made.
        wait: how long to wait for the lock before StoreBusy, in seconds.

    Raises:
        StoreError: it cannot be opened or made.
    """

    def __init__(self, path: Path, wait: float) -> None:
        self._path = path
        self._wait = wait
        self._file = self._open()
        self._id = _id_of(self._file)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold the lock.

        Raises:
            StoreBusy: others held it all the time.
            StoreMoved: the folder is gone.
        """
        deadline = time.monotonic() + self._wait
        self._acquire(deadline)
        try:
            while not self._is_at_its_path():
                fresh = self._open()
                os.close(self._file)
                self._file, self._id = fresh, _id_of(fresh)
                self._acquire(deadline)
            yield
        finally:
            fcntl.flock(self._file, fcntl.LOCK_UN)

    def notify(self) -> None:
        """Wake those who wait for a commit."""
        with suppress(OSError):  # what is committed stays committed on a full disk
            os.pwrite(self._file, b"\n", 0)

    def files(self) -> Files | None:
        """Return the database file and the WAL that were last open together, None if that is not known."""
        try:
            return Files.parse(os.pread(self._file, 200, 1).decode("ascii"))
        except (OSError, ValueError):
            return None

    def note(self, files: Files) -> None:
        """Note which database file and which WAL are open together."""
        if self.files() != files:
            with suppress(OSError):
                os.pwrite(self._file, f"\n{files}\n".encode("ascii"), 0)

    def close(self) -> None:
        """Close the file, which gives up the lock."""
        os.close(self._file)

    def _open(self) -> int:
        try:
            return os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except FileNotFoundError:
            raise StoreMoved(f"the database's folder {self._path.parent} is gone; put it back") from None
        except OSError as error:
            raise StoreError(
                f"cannot open the database's lock file {self._path}: {error.strerror}"
            ) from error

    def _acquire(self, deadline: float) -> None:
        pause = _FIRST_POLL
        while True:
            try:
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise StoreBusy(
                        f"the database's write lock was held for more than {self._wait:g} s"
                    ) from None
            time.sleep(pause)
            pause = min(pause * 1.5, _LONGEST_POLL)

    def _is_at_its_path(self) -> bool:
        return file_id(self._path) == self._id


def _id_of(file: int) -> FileId:
    found = os.fstat(file)
    return found.st_dev, found.st_ino
