"""Who keeps the WAL from being emptied: a program that began to read and never ends.

SQLite cannot bring a commit into the file while somebody reads an older state
(sqlite.org/wal.html, "Avoiding Excessively Large WAL Files"). Each reader holds a
shared lock on a byte of the -shm file (sqlite.org/walformat.html, 2.3.1: WAL_READ_LOCK),
which the kernel lists with the process in /proc/locks (proc(5)). How much of the WAL the
readers of a byte see stands in the file as well (2.2.2: read-mark); whoever reads the newest
state, as our own web process does all the time, is in nobody's way for long.
"""

from __future__ import annotations

import os
import re
import struct
from contextlib import suppress
from pathlib import Path

from notifier.store.health import Pinned

_READ_LOCKS = range(124, 128)
"""The bytes of the readers that keep frames from being overwritten; the one at 123 reads the file alone."""

_READ_MARKS = struct.Struct("=4I")
_READ_MARKS_AT = 104
"""How many frames the readers of each of these bytes see, in the byte order of the machine."""

_LOCK = re.compile(r"\d+: POSIX +ADVISORY +READ +(\d+) [0-9a-f]+:[0-9a-f]+:(\d+) (\d+) (\d+|EOF)")


def pinned(database: Path, above: int, locks: Path = Path("/proc/locks")) -> Pinned | None:
    """Return what keeps a WAL of more than `above` bytes, None if it is smaller or not there.

    Args:
        locks: where the kernel lists the locks of processes.
    """
    try:
        size = database.with_name(f"{database.name}-wal").stat().st_size
        index = database.with_name(f"{database.name}-shm").stat()
    except OSError:
        return None
    if size <= above:
        return None
    marks = _marks(index)
    readers: dict[int, set[int]] = {}  # by what they see
    with suppress(OSError):
        for line in locks.read_text("ascii", "replace").splitlines():
            found = _LOCK.match(line)
            if found and int(found[2]) == index.st_ino and int(found[3]) in _READ_LOCKS:
                readers.setdefault(marks[int(found[3]) - _READ_LOCKS.start], set()).add(int(found[1]))
    oldest = readers[min(readers)] if readers else set()
    return Pinned(size, tuple((pid, _command(pid)) for pid in sorted(oldest - {os.getpid()})))


def _marks(index: os.stat_result) -> tuple[int, ...]:
    """Return how many frames the readers of each byte see; alike for all if that cannot be read.

    Read where SQLite has the file open: to open it here and to close it again would take away all
    locks that this process has on it (fcntl(2), "Record locks").
    """
    for name in map(int, os.listdir("/proc/self/fd")):  # noqa: PTH208  names, not paths
        with suppress(OSError, struct.error):  # one that was closed in the meantime
            if os.path.samestat(os.fstat(name), index):
                return _READ_MARKS.unpack(os.pread(name, _READ_MARKS.size, _READ_MARKS_AT))
    return (0,) * len(_READ_LOCKS)


def _command(pid: int) -> str:
    """Return the name of a process, "" if it is gone."""
    try:
        text = Path(f"/proc/{pid}/comm").read_text("utf-8", "replace").strip()
    except OSError:
        return ""
    return "".join(c if c.isprintable() else "?" for c in text)
