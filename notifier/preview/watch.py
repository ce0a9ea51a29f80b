"""The files under the eyes of a preview: read anew after each edit, and those who wait are told."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from notifier.errors import Problem
from notifier.preview.showroom import Showroom
from notifier.service.edits import Edits

_LOOK = 0.05
"""Seconds between two looks for notices of the kernel."""


@dataclass(frozen=True, slots=True)
class State:
    """What was read last; `version` counts from 1.

    With `problems` the files cannot be used as they are, and the showroom is that of the last
    version that could, None if there never was one.
    """

    version: int
    showroom: Showroom | None
    problems: tuple[Problem, ...]


Read = Callable[[], tuple[Showroom | None, tuple[Problem, ...]]]
"""Reads everything: what there is to see, None if it cannot be used, and the problems."""


class Watch:
    """Holds the state, for any number of threads.

    Args:
        paths: what is watched.
    """

    def __init__(self, read: Read, paths: list[Path]) -> None:
        self._read = read
        self._edits = Edits(paths, time.monotonic)
        self._changed = threading.Condition()
        self._over = threading.Event()
        self._edits.take()
        self._state = State(1, *read())

    @property
    def state(self) -> State:
        """What was read last."""
        return self._state

    def run(self) -> None:
        """Read anew after every edit; returns after `close`."""
        while not self._over.wait(_LOOK):
            if self._edits.at_rest() and self._edits.take():
                showroom, problems = self._read()
                with self._changed:
                    kept = showroom or self._state.showroom
                    self._state = State(self._state.version + 1, kept, problems)
                    self._changed.notify_all()
        self._edits.close()

    def wait(self, version: int, timeout: float) -> bool:
        """Wait some seconds for another version than this; tell whether there is one, or it is over."""
        with self._changed:
            return self._changed.wait_for(
                lambda: self._state.version != version or self._over.is_set(), timeout
            )

    def close(self) -> None:
        """Let everybody go who waits."""
        self._over.set()
        with self._changed:
            self._changed.notify_all()
