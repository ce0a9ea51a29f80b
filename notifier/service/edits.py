"""Edits of files, told when they have come to rest: within half a second, and never in the middle of one.

An edit is seen by the kernel's notices, or else at one of the looks that come
every few seconds. It is at rest once nothing has moved for SETTLE; while a
file is open for writing it gets longer, and after LONGEST nobody waits any more.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TypeAlias

from notifier.service.notices import Notices

SETTLE = 0.15
"""Seconds without any change after which an edit is at rest."""

WRITING = 2.0
"""The same while a file is being written: programs pause between two parts of it."""

LONGEST = 10.0
"""Seconds after which files are read although they still change: something may write for ever."""

LOOK_EVERY = 3.0
"""Seconds between two looks at the files where no notice comes."""

Stamps: TypeAlias = tuple[tuple[str, int, int, int, int], ...]
"""Of every file: name, inode, times of change of content and of anything in nanoseconds, size in bytes."""


class Edits:
    """What happens to some files; used by one thread.

    Args:
        paths: files, and folders whose folders hold files.
        clock: returns seconds that never jump.
    """

    def __init__(self, paths: Sequence[Path], clock: Callable[[], float]) -> None:
        self._paths = [path.absolute() for path in paths]
        self._clock = clock
        self._notices = Notices(self._paths)
        self._next_look = clock() + LOOK_EVERY
        self._began: float | None = None
        self._quiet_since = 0.0
        self._latest: Stamps | None = None
        self._seen: Stamps | None = None

    @property
    def moving(self) -> bool:
        """Whether there is an edit that has not come to rest."""
        return self._began is not None

    def take(self) -> bool:
        """Tell whether the files differ from those at the last call; call it before they are read."""
        before, self._seen = self._seen, stamps(self._paths)
        self._began = None
        return before != self._seen

    def forget(self) -> None:
        """Have the files taken for changed: nothing came of them."""
        self._seen = None

    def at_rest(self) -> bool:
        """Tell whether there is an edit, and it has come to rest; to be called all the time."""
        now = self._clock()
        noticed = self._notices.poll()
        if not noticed and self._began is None and now < self._next_look and self._seen is not None:
            return False
        self._next_look = now + LOOK_EVERY
        found = stamps(self._paths)
        if found == self._seen and not self._notices.writing:
            self._began = None
            return False
        if self._began is None:
            self._began = self._quiet_since = now
        elif noticed or found != self._latest:
            self._quiet_since = now
        self._latest = found
        patience = WRITING if self._notices.writing else SETTLE
        return now - self._quiet_since >= patience or now - self._began >= LONGEST

    def close(self) -> None:
        """Stop watching."""
        self._notices.close()


def stamps(paths: Sequence[Path]) -> Stamps:
    """Return what changes with any file that is read; one that is gone counts as empty."""
    return tuple(sorted(_stamps(paths)))


def _stamps(paths: Sequence[Path]) -> Iterator[tuple[str, int, int, int, int]]:
    for path in paths:
        files = (file for entry in _entries(path) for file in _entries(entry)) if path.is_dir() else [path]
        for file in files:
            try:
                stat = file.stat()
            except OSError:
                yield str(file), 0, 0, 0, 0
            else:
                yield str(file), stat.st_ino, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_size


def _entries(path: Path) -> list[Path]:
    """Return what is in a folder but hidden files and editors' backups, which nobody reads; or the file."""
    try:
        names = os.listdir(path)  # noqa: PTH208  names are all that is asked for
    except OSError:
        return [path]
    return [path / name for name in names if not name.startswith(".") and not name.endswith("~")]
