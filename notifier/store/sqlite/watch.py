"""Waiting for commits without asking all the time.

Every transaction of ours ends with a byte written to the file of the write
lock, which the kernel tells us of (inotify(7)). Where it cannot, or where a
program wrote that does not know the lock, SQLite's `data_version` tells, a
little later.
"""

from __future__ import annotations

import time

from inotify_simple import INotify, flags

from notifier.store.sqlite.database import Database

LOOK_EVERY = 0.02
"""Seconds between two looks where the kernel does not tell of commits."""


class Watch:
    """Waits for commits; used by one thread."""

    def __init__(self, database: Database) -> None:
        self._db = database
        self._notices: INotify | None = None
        self._tried = False

    def wait(self, seconds: float) -> bool:
        """Wait until anybody commits, at most `seconds`; tell whether somebody did since the last call."""
        notices = self._open()
        if self._db.changed():
            return True
        if notices is not None:
            events = notices.read(timeout=int(seconds * 1000))
            if any(event.mask & flags.IGNORED for event in events):
                self.close()  # the file was removed: the one that takes its place is to be watched
                self._tried = False
            return self._db.changed()
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            time.sleep(LOOK_EVERY)
            if self._db.changed():
                return True
        return False

    def close(self) -> None:
        """Stop watching."""
        if self._notices is not None:
            self._notices.close()
            self._notices = None

    def _open(self) -> INotify | None:
        if not self._tried:
            self._tried = True
            self._db.changed()  # opens the connection, and with it the file of the lock
            try:
                self._notices = INotify()
                self._notices.add_watch(self._db.lock_path, flags.MODIFY)
            except OSError:  # no instance left, or a file system that does not tell
                self.close()
        return self._notices
