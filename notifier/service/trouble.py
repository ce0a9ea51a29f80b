"""What the log says while the database cannot do it: a line when it begins, and one a minute after that."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import structlog

EVERY = 60.0
"""Seconds between two lines about the same trouble."""

log = structlog.get_logger()


class Trouble:
    """Logs a trouble that many threads meet again and again; safe to use from all of them.

    Args:
        event: what each line begins with.
        clock: returns seconds; only differences count.
    """

    def __init__(self, event: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._event = event
        self._clock = clock
        self._lock = threading.Lock()
        self._last: tuple[str, float] | None = None
        self._untold = 0

    def met(self, error: Exception, count: int = 1) -> None:
        """Note that it was met; log it if it is another one than before, or a minute has passed.

        Args:
            count: how much failed by it: the lines tell the sum.
        """
        text, now = str(error), self._clock()
        with self._lock:
            self._untold += count
            if self._last is not None and self._last[0] == text and now - self._last[1] < EVERY:
                return
            self._last = (text, now)
            times, self._untold = self._untold, 0
        log.error(self._event, error=text, times=times)

    def over(self) -> None:
        """Note that it works again; log it if it did not."""
        if self._last is None:  # without the lock: it is asked after every success
            return
        with self._lock:
            self._last = None
            times, self._untold = self._untold, 0
        log.info(f"{self._event}: works again", times=times)
