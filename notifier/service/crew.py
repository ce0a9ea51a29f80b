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
        self._idle = 0  # threads that wait for a job; below 0: jobs that wait for a thread
        self._size = 0

    def do(self, job: Callable[[], None]) -> None:
        """Start a job; it must not raise."""
        with self._lock:
            if self._idle > 0 or not self._grow():
                self._idle -= 1
            alone = self._size == 0
        if alone:
            self._work_off(job)
        else:
            self._jobs.put(job)

    def _grow(self) -> bool:
        """Make one more thread; if the system gives none, those that are there come to the job in time."""
        name = f"{self._name}-{self._size + 1}"
        try:
            threading.Thread(target=self._work, name=name, daemon=True).start()
        except RuntimeError:
            return False
        self._size += 1
        return True

    def _work(self) -> None:
        while True:
            self._work_off(self._jobs.get())

    def _work_off(self, job: Callable[[], None]) -> None:
        job()
        with self._lock:
            self._idle += 1
