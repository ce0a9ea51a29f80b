"""The kernel's notices (inotify(7)) of whatever may change what is read under some paths.

A path can come to mean another file in many ways: it is written to, another
file is renamed over it, or one of the links on the way to it is swapped, as
Kubernetes does with a ConfigMap. So every folder is watched in which a name
decides where the path leads, and the file or the folders that it leads to.
Notices are hints: whoever gets one looks at the files themselves. Where there
are none (NFS, no watch left), looking now and then has to do.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from inotify_simple import INotify, flags

MOST_LINKS = 40
"""Links on the way to a file, as many as the kernel follows (path_resolution(7))."""

_NAMES = flags.CREATE | flags.MOVED_TO | flags.MOVED_FROM | flags.DELETE | flags.DELETE_SELF | flags.MOVE_SELF
_CONTENT = flags.MODIFY | flags.CLOSE_WRITE | flags.ATTRIB


class Notices:
    """Watches some paths, and what they lead to; used by one thread.

    Args:
        paths: files and folders of two levels, which need not exist.
    """

    def __init__(self, paths: Sequence[Path]) -> None:
        self._paths = paths
        self._inotify: INotify | None = None
        self._names: dict[int, set[str] | None] = {}  # by watch: the names that matter, None for all
        self._written: set[tuple[int, str]] = set()
        with contextlib.suppress(OSError):  # no instance left
            self._inotify = INotify()
        self._watch()

    @property
    def writing(self) -> bool:
        """Whether somebody was seen to write a file and not yet to close it."""
        return bool(self._written)

    def poll(self) -> bool:
        """Tell whether anything happened since the last call; never waits."""
        if self._inotify is None:
            return False
        happened = moved = False
        for event in self._inotify.read(timeout=0):
            if event.mask & flags.Q_OVERFLOW:
                happened = moved = True
                self._written.clear()
            elif event.wd in self._names and self._matters(event.wd, event.name):
                happened = True
                moved |= bool(event.mask & (_NAMES | flags.IGNORED))
                self._note(event.wd, event.name, event.mask)
        if moved:
            self._watch()
        return happened

    def close(self) -> None:
        """Stop watching."""
        if self._inotify is not None:
            self._inotify.close()
            self._inotify = None

    def _matters(self, watch: int, name: str) -> bool:
        names = self._names[watch]
        return names is None or not name or name in names

    def _note(self, watch: int, name: str, mask: int) -> None:
        if mask & flags.MODIFY:
            self._written.add((watch, name))
        elif mask & (flags.CLOSE_WRITE | flags.DELETE | flags.MOVED_FROM | flags.IGNORED):
            self._written.discard((watch, name))

    def _watch(self) -> None:
        """Watch what the paths lead to now, and nothing else any more."""
        if self._inotify is None:
            return
        found: dict[int, set[str] | None] = {}
        for path in self._paths:
            for folder, name in steps(path):
                watch = self._add(folder, _NAMES)
                if watch is not None and (names := found.setdefault(watch, set())) is not None:
                    names.add(name)
            for place in _contents(path):
                watch = self._add(place, _NAMES | _CONTENT)
                if watch is not None:
                    found[watch] = None
        for watch in self._names.keys() - found.keys():
            with contextlib.suppress(OSError):  # gone with what it watched
                self._inotify.rm_watch(watch)
        self._names = found
        self._written = {(watch, name) for watch, name in self._written if watch in found}

    def _add(self, path: Path, mask: int) -> int | None:
        assert self._inotify is not None
        try:
            return int(self._inotify.add_watch(path, mask | flags.MASK_ADD))
        except OSError:  # it is gone, may not be read, or no watch is left
            return None


def steps(path: Path) -> Iterator[tuple[Path, str]]:
    """Yield every folder and name in it that decide where `path` leads: links, the end, what is missing."""
    left = list(reversed(path.absolute().parts[1:]))
    here, links = Path("/"), 0
    while left and links < MOST_LINKS:
        name = left.pop()
        if name == "..":
            here = here.parent  # `here` holds no link, so this is where the kernel goes as well
            continue
        step = here / name
        try:
            target = step.readlink()
        except OSError:  # no link, or not there
            if not left or not step.is_dir():
                yield here, name
                return
            here = step
            continue
        links += 1
        yield here, name
        if target.is_absolute():
            here = Path("/")
        left += [part for part in reversed(target.parts) if part != target.anchor]


def _contents(path: Path) -> Iterator[Path]:
    """Yield the file, or the folder and the folders in it."""
    yield path
    with contextlib.suppress(OSError), os.scandir(path) as entries:
        yield from (Path(e.path) for e in entries if not e.name.startswith(".") and e.is_dir())
