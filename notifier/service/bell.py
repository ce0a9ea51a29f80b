"""A bell that several threads wait for: each ring lets one of them go on."""

from __future__ import annotations

import threading


class Bell:
    """Rings are not counted: several before anybody waits are one."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._rung = False

    def ring(self) -> None:
        """Let one thread go on: one that waits, or the next to wait."""
        with self._changed:
            self._rung = True
            self._changed.notify()

    def wait(self, seconds: float) -> None:
        """Wait for a ring, at most `seconds`."""
        with self._changed:
            self._changed.wait_for(lambda: self._rung, seconds)
            self._rung = False
