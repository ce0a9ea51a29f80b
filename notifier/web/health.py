"""`GET /healthz`: the process answers. `GET /readyz`: an update would be recorded now."""

from __future__ import annotations

import asyncio
from concurrent.futures import Executor

import falcon
from falcon.asgi import Request, Response

from notifier.errors import StoreBusy
from notifier.service.intake import Intake
from notifier.store.protocol import Store
from notifier.web.webhook import Answer


class Health:
    """`GET /healthz`."""

    async def on_get(self, req: Request, resp: Response) -> None:
        """Answer."""
        resp.media = {"status": "ok"}

    on_head = on_get


class Ready:
    """`GET /readyz`."""

    def __init__(self, store: Store, intake: Intake[Answer], pool: Executor) -> None:
        self._store = store
        self._intake = intake
        self._pool = pool

    async def on_get(self, req: Request, resp: Response) -> None:
        """Try a write transaction; StoreError becomes 503."""
        if not self._intake.alive:
            raise StoreBusy("the server is shutting down")
        await asyncio.get_running_loop().run_in_executor(self._pool, self._store.check)
        resp.status = falcon.HTTP_200
        resp.media = {"status": "ok"}

    on_head = on_get
