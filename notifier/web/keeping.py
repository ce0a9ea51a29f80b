"""Keeps signed webhooks that are no update: durable before the answer, and never in the way of good ones."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor

from notifier.errors import StoreBusy, StoreError
from notifier.store.protocol import Store
from notifier.store.rejected import Unreadable
from notifier.web.alarm import Alarm

MOST_WAITING = 256
"""Bodies that wait to be written, at most; of more the sender is asked to come again."""

MOST_WAITING_BYTES = 1_048_576
"""Bytes of them together, at most; one body may be larger if it is alone."""

PAUSE = 0.5
"""Seconds between two writes: a flood of rejected bodies leaves the write lock to the updates."""


class Keeper:
    """Writes what comes within PAUSE in one transaction; for the event loop's thread.

    Args:
        pool: where the database is waited for; one write at a time.
        clock: returns Unix seconds UTC.
        alarm: told of what was kept.
    """

    def __init__(self, store: Store, pool: Executor, clock: Callable[[], float], alarm: Alarm) -> None:
        self._alarm = alarm
        self._store = store
        self._pool = pool
        self._clock = clock
        self._waiting: list[tuple[Unreadable, asyncio.Future[None]]] = []
        self._bytes = 0
        self._work: asyncio.Task[None] | None = None

    async def keep(self, one: Unreadable) -> None:
        """Return once it is on disk.

        Raises:
            StoreError: the database cannot take it, or too many wait.
        """
        too_large = self._bytes + len(one.body) > MOST_WAITING_BYTES
        if self._waiting and (too_large or len(self._waiting) >= MOST_WAITING):
            raise StoreBusy("too many rejected webhooks wait to be kept")
        loop = asyncio.get_running_loop()
        kept: asyncio.Future[None] = loop.create_future()
        self._waiting.append((one, kept))
        self._bytes += len(one.body)
        if self._work is None:
            self._work = loop.create_task(self._write_all())
        await kept
        self._alarm.rejected(one.why)

    async def _write_all(self) -> None:
        """Write batch after batch until nothing waits."""
        while self._waiting:
            batch, self._waiting, self._bytes = self._waiting, [], 0
            error = await self._write([one for one, _ in batch])
            for _, kept in batch:
                if kept.done():
                    continue  # the sender has gone
                if error is None:
                    kept.set_result(None)
                else:
                    kept.set_exception(error)
            await asyncio.sleep(PAUSE)
        self._work = None

    async def _write(self, batch: list[Unreadable]) -> StoreError | None:
        try:
            keep = self._store.rejected.keep
            await asyncio.get_running_loop().run_in_executor(self._pool, keep, batch, self._clock())
        except StoreError as error:
            return error
        except RuntimeError:  # the pool has closed
            return StoreBusy("the server is shutting down")
        return None
