"""gunicorn's `asgi` worker, with a graceful end and a limit of connections that holds.

Stock behaviour that this changes:

- At a stop or reload a kept-alive connection is closed as soon as its answer is
  out, announced or not, and a request on its way meets a broken pipe. Here the
  worker lingers: every answer from then on says `Connection: close`, late
  requests are answered, and what is still idle after LINGER seconds is closed.
- It accepts as many connections as come. Here MOST_CONNECTIONS are kept, and for
  one more the oldest that waits for its client is closed.
- It listens at its sockets again with asyncio's backlog of 100, also at those that
  systemd holds, whose queue then stays that short. Here they keep theirs.
"""

from __future__ import annotations

import asyncio
import resource
from typing import Any

import uvloop
from gunicorn.workers import gasgi

from notifier.web.connection import Protocol
from notifier.web.listening import BACKLOG

LINGER = 2.0
"""Seconds that idle connections stay open for late requests once the worker is to stop."""

MOST_CONNECTIONS = 2_048
"""Connections at a time, as far as the limit of open files allows."""

OTHER_FILES = 100
"""Open files that are no connections: the database's, the log, the sockets that are listened at."""


class Loop(uvloop.Loop):
    """An event loop whose servers listen with our backlog where none is named."""

    def create_server(self, *args: Any, backlog: int = BACKLOG, **kwargs: Any) -> Any:
        """Listen; see asyncio's documentation."""
        return super().create_server(*args, backlog=backlog, **kwargs)


class Worker(gasgi.ASGIWorker):
    """One process that answers."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.connections: dict[Protocol, None] = {}  # the oldest first
        self.most_connections = MOST_CONNECTIONS
        self.lingering = False
        self._farewell: asyncio.Task[None] | None = None

    def _setup_event_loop(self) -> None:
        self.loop = Loop()
        asyncio.set_event_loop(self.loop)
        self.most_connections = min(
            MOST_CONNECTIONS, _open_files(MOST_CONNECTIONS + OTHER_FILES) - OTHER_FILES
        )

    def is_full(self) -> bool:
        """Tell whether there is no room for another connection; one that waits for its client is closed."""
        if len(self.connections) < self.most_connections:
            return False
        for connection in self.connections:
            if connection.is_unfinished:
                connection.close_to_make_room()
                return False
        for connection in self.connections:
            if connection.is_idle:
                connection.close_to_make_room()
                return False
        return True

    def handle_exit_signal(self) -> None:
        """SIGTERM: take no new connections, linger, then stop."""
        if self._farewell is None:
            self._farewell = self.loop.create_task(self._linger())

    async def _serve(self) -> None:
        sweep = self.loop.create_task(self._sweep())
        await super()._serve()
        sweep.cancel()

    async def _sweep(self) -> None:
        """Once a second, close what waits too long; a timer for each request would cost more."""
        while True:
            await asyncio.sleep(1.0)
            now = self.loop.time()
            for connection in list(self.connections):
                connection.close_if_overdue(now)

    async def _linger(self) -> None:
        self.lingering = True
        for server in self.servers:
            server.close()
        deadline = self.loop.time() + LINGER
        while self.connections and self.loop.time() < deadline:
            await asyncio.sleep(0.02)
        for connection in list(self.connections):
            connection.close_if_idle()
        self.alive = False


def _open_files(wanted: int) -> int:
    """Raise the limit of open files to `wanted`, as far as it may be raised; return what it is then."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return wanted if soft == resource.RLIM_INFINITY else soft


# The stock worker makes its protocols by this name.
gasgi.ASGIProtocol = Protocol
