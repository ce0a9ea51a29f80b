"""gunicorn's `asgi` worker, made polite at its end and consistent in its errors.

Stock behaviour that this changes:

- At a stop or reload a kept-alive connection is closed as soon as its answer is
  out, announced or not, and a request on its way meets a broken pipe. Here the
  worker lingers: every answer from then on says `Connection: close`, late
  requests are answered, and what is still idle after LINGER seconds is closed.
- A connection that never sends a request, or drips its body, lives for ever. Here
  a request has LONGEST_REQUEST seconds to arrive, and as long again whenever
  another STEADY bytes of it have come.
- gunicorn's own errors (a malformed request line, too many headers) are plain
  text. Here they have the shape of all others.
- A request to upgrade to WebSocket is answered like the request that it also is.
"""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import Any

from gunicorn.asgi.protocol import ASGIProtocol
from gunicorn.workers import gasgi

from notifier.web import errors

LINGER = 2.0
"""Seconds that idle connections stay open for late requests once the worker is to stop."""

LONGEST_REQUEST = 30.0
"""Seconds from a connection to its first request, and from a request's headers to its last byte."""

STEADY = 65_536
"""Bytes of a request that show that its sender does not drip it: a long import may go on."""


class Protocol(ASGIProtocol):
    """One connection."""

    def connection_made(self, transport: Any) -> None:
        """Start."""
        self.since = self.worker.loop.time()
        self.received = 0
        super().connection_made(transport)
        self.worker.connections.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self.worker.connections.discard(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take bytes."""
        self.received += len(data)
        if self.received >= STEADY:
            self.received = 0
            self.since = self.worker.loop.time()
        super().data_received(data)

    def close_if_idle(self) -> None:
        """Close the connection unless a request is being answered."""
        if self._awaiting_request:
            self._keepalive_timeout()

    def close_if_overdue(self, now: float) -> None:
        """Close the connection if it has waited too long for the rest of a request."""
        if self._reading_paused:
            self.since = now  # it is we who do not read
        receiver = self._body_receiver
        never_asked = self.req_count <= 1 and self._current_request is None
        unfinished = receiver is not None and not receiver._complete
        if (never_asked or unfinished) and now - self.since > LONGEST_REQUEST:
            self._keepalive_timeout()

    def _on_headers_complete(self) -> Any:
        self.since = self.worker.loop.time()
        return super()._on_headers_complete()

    def _will_close(self, request: Any, response_requires_close: bool) -> bool:
        return self.worker.lingering or bool(super()._will_close(request, response_requires_close))

    def _is_websocket_upgrade(self, request: Any) -> bool:
        return False

    def _get_reason_phrase(self, status: int) -> str:
        return HTTPStatus(status).phrase

    def _send_error_response(self, status: int, message: str, extra_headers: Any = ()) -> None:
        # Some of gunicorn's words for a 400 are no more than the offending token.
        body = errors.body(f"malformed request: {message}" if status == HTTPStatus.BAD_REQUEST else message)
        head = f"HTTP/1.1 {status} {self._get_reason_phrase(status)}\r\n"
        head += "".join(f"{name}: {value}\r\n" for name, value in extra_headers)
        head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        self._safe_write(head.encode("latin-1", "replace") + body)


class Worker(gasgi.ASGIWorker):
    """One process that answers."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.connections: set[Protocol] = set()
        self.lingering = False
        self._farewell: asyncio.Task[None] | None = None

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


# The stock worker makes its protocols by this name.
gasgi.ASGIProtocol = Protocol
