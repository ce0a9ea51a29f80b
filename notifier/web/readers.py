"""The threads that wait for the database on behalf of the API, pages, health and rare events."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from notifier.errors import StoreBusy

THREADS = 4

LONGEST_QUEUE = 200
"""Requests that may wait for a thread or work in one; beyond it the client is asked to come again."""

LONGEST_WAIT = 5.0
"""Seconds that a request may wait for a thread. In it, the store itself bounds its wait for the database."""

P = ParamSpec("P")
T = TypeVar("T")


class Readers(ThreadPoolExecutor):
    """A pool of threads with a longest queue and a longest wait."""

    def __init__(self) -> None:
        super().__init__(THREADS, thread_name_prefix="reader")
        self._asked = 0

    async def run(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Return what `work` gives, called in a thread; for the event loop's thread.

        Raises:
            StoreBusy: too many wait, or none of the threads was free in time. It was not called then.
        """
        if self._asked >= LONGEST_QUEUE:
            raise StoreBusy("too many requests wait for the database")
        self._asked += 1
        try:
            began = self.submit(work, *args, **kwargs)
            waited = asyncio.wrap_future(began)
            await asyncio.wait([waited], timeout=LONGEST_WAIT)
            if not waited.done() and began.cancel():
                raise StoreBusy("the database takes too long")
            return await waited
        finally:
            self._asked -= 1
