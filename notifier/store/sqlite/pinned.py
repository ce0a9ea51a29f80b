"""Who keeps the WAL from being emptied: a program that began to read and never ends.

SQLite cannot bring a commit into the file while somebody reads an older state
(sqlite.org/wal.html, "Avoiding Excessively Large WAL Files"). Each reader holds a
shared lock on a byte of the -shm file (sqlite.org/walformat.html, 2.3.1: WAL_READ_LOCK),
which the kernel lists with the process in /proc/locks (proc(5)).
"""

from __future__ import annotations

import os
import re
from contextlib import suppress
from pathlib import Path

from notifier.store.health import Pinned

_READ_LOCKS = range(124, 128)
"""The bytes of the readers that keep frames from being overwritten; the one at 123 reads the file alone."""

_LOCK = re.compile(r"\d+: POSIX +ADVISORY +READ +(\d+) [0-9a-f]+:[0-9a-f]+:(\d+) (\d+) (\d+|EOF)")


def pinned(database: Path, above: int, locks: Path = Path("/proc/locks")) -> Pinned | None:
    """Return what keeps a WAL of more than `above` bytes, None if it is smaller or not there.

    Args:
        locks: where the kernel lists the locks of processes.
    """
    try:
        size = database.with_name(f"{database.name}-wal").stat().st_size
        inode = database.with_name(f"{database.name}-shm").stat().st_ino
    except OSError:
        return None
    if size <= above:
        return None
    readers = set()
    with suppress(OSError):
        for line in locks.read_text("ascii", "replace").splitlines():
            found = _LOCK.match(line)
            if found and int(found[2]) == inode and int(found[3]) in _READ_LOCKS:
                readers.add(int(found[1]))
    return Pinned(size, tuple((pid, _command(pid)) for pid in sorted(readers - {os.getpid()})))


def _command(pid: int) -> str:
    """Return the name of a process, "" if it is gone."""
    try:
        text = Path(f"/proc/{pid}/comm").read_text("utf-8", "replace").strip()
    except OSError:
        return ""
    return "".join(c if c.isprintable() else "?" for c in text)
