"""Threads that are made when there is work and nobody idle to do it, and that stay."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable


class Crew:
    """Runs jobs at once, each in a thread.

    Whoever gives the jobs bounds their number. The threads are daemons: a job
    that hangs does not keep the process from ending.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._jobs: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._idle = 0
        self._size = 0

    def do(self, job: Callable[[], None]) -> None:
        """Start a job; it must not raise."""
        with self._lock:
            if self._idle:
                self._idle -= 1
            else:
                self._size += 1
                name = f"{self._name}-{self._size}"
                threading.Thread(target=self._work, name=name, daemon=True).start()
        self._jobs.put(job)

    def _work(self) -> None:
        while True:
            self._jobs.get()()
            with self._lock:
                self._idle += 1
