"""`GET /healthz`: the process answers. `GET /readyz`: an update would be recorded now."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

import falcon
from falcon.asgi import Request, Response

from notifier.errors import StoreBusy
from notifier.service.intake import Intake
from notifier.store.protocol import Store
from notifier.web.readers import Readers
from notifier.web.webhook import Answer

PROBE_EVERY = 30.0
"""Seconds for which a write that succeeded shows that the next one would: an update's, or a probe's."""


class Health:
    """`GET /healthz`."""

    async def on_get(self, req: Request, resp: Response) -> None:
        """Answer."""
        resp.media = {"status": "ok"}

    on_head = on_get


class Ready:
    """`GET /readyz`.

    Each look tries the lock, a transaction and a read; a small write is tried only if none
    succeeded within PROBE_EVERY. However many ask, there is one look at a time, and all get
    what it found.

    Args:
        pool: where the database is waited for.
        clock: returns Unix seconds UTC.
    """

    def __init__(
        self, store: Store, intake: Intake[Answer], pool: Readers, clock: Callable[[], float]
    ) -> None:
        self._store = store
        self._intake = intake
        self._pool = pool
        self._clock = clock
        self._looking: asyncio.Future[None] | None = None
        self._probed_at = -PROBE_EVERY

    async def on_get(self, req: Request, resp: Response) -> None:
        """Find out whether a write would go through; StoreError becomes 503."""
        if not self._intake.alive:
            raise StoreBusy("the server is shutting down")
        if self._looking is None or self._looking.done():
            self._looking = asyncio.ensure_future(self._pool.run(self._look))
        await asyncio.shield(self._looking)
        resp.status = falcon.HTTP_200
        resp.media = {"status": "ok"}

    on_head = on_get

    def _look(self) -> None:
        self._store.check()
        written_at = max(self._probed_at, self._intake.recorded_at)
        if self._intake.failed_at < written_at and time.monotonic() - written_at < PROBE_EVERY:
            return
        self._store.health.probe(self._clock())
        self._probed_at = time.monotonic()
