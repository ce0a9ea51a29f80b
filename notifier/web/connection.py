"""One connection of the worker: gunicorn's protocol, with bounds on time and memory.

Stock behaviour that this changes:

- A connection that never sends a request, or drips its body, lives for ever. Here
  a request has LONGEST_REQUEST seconds to arrive, and as long again whenever
  another STEADY bytes of it have come. A client that does not read its answer has
  as long, too, and again whenever it has read a part of it.
- Headers may take half a megabyte for each connection, and what is sent behind a
  request without limit. Here a head has LARGEST_HEAD, and all that waits to be
  complete shares one budget.
- A body is handed on as it comes, a quarter of a megabyte at once. Here it comes in PIECEs.
- gunicorn's own errors (a malformed request line, too many headers) are plain
  text. Here they have the shape of all others.
- A request to upgrade to WebSocket is answered like the request that it also is.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from gunicorn.asgi.protocol import ASGIProtocol

from notifier.web import errors
from notifier.web.budget import Share

LONGEST_REQUEST = 30.0
"""Seconds from a connection to its first request, from a request's headers to its last byte, and for an
answer that is not read."""

STEADY = 65_536
"""Bytes of a request that show that its sender does not drip it: a long import may go on."""

LARGEST_HEAD = 32_768
"""Bytes of a request line and its headers, at most."""

FREE = 4_096
"""Bytes of a head that do not count against the budget."""

PIECE = 8_192
"""Bytes of a body that the application gets at a time. Falcon keeps the first piece until the answer."""

WRITTEN_AHEAD = 16_384
"""Bytes of answers that wait for their reader before no more are made."""


class Protocol(ASGIProtocol):
    """One connection."""

    def connection_made(self, transport: Any) -> None:
        """Start."""
        self.since = self.unread_since = self.worker.loop.time()
        self.received = self.head = self.unread = 0
        self.share = Share(FREE)
        super().connection_made(transport)
        transport.set_write_buffer_limits(high=WRITTEN_AHEAD)
        if self.worker.is_full():
            self._refuse(HTTPStatus.SERVICE_UNAVAILABLE, "too many connections")
        self.worker.connections[self] = None

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self.worker.connections.pop(self, None)
        self.share.release()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take bytes."""
        self.received += len(data)
        if self.received >= STEADY:
            self.received = 0
            self.since = self.worker.loop.time()
        super().data_received(data)
        # Of a request that came whole, as most do, nothing is left to wait.
        if not self._closed and (self._current_request is None or self.share.held or self._behind()):
            self._bound(len(data))

    @property
    def is_idle(self) -> bool:
        """Whether it waits for its next request, or for the rest of the next head."""
        return bool(self._awaiting_request) and not self._closed

    @property
    def is_unfinished(self) -> bool:
        """Whether it waits for its first request, or for the rest of a body."""
        receiver = self._body_receiver
        never_asked = self.req_count <= 1 and self._current_request is None
        return not self._closed and (never_asked or (receiver is not None and not receiver._complete))

    def close_to_make_room(self) -> None:
        """Close the connection in favour of a new one."""
        if self._current_request is None:
            self._keepalive_timeout()
        else:
            self._refuse(HTTPStatus.SERVICE_UNAVAILABLE, "too many connections")

    def close_if_idle(self) -> None:
        """Close the connection unless a request is being answered."""
        if self.is_idle:
            self._keepalive_timeout()

    def close_if_overdue(self, now: float) -> None:
        """Close the connection if it has waited too long for the rest of a request."""
        if self._reading_paused:
            self.since = now  # it is we who do not read
        if self.is_unfinished and now - self.since > LONGEST_REQUEST:
            self._keepalive_timeout()
        unread = self.transport.get_write_buffer_size()
        if not unread or unread != self.unread:
            self.unread, self.unread_since = unread, now
        elif now - self.unread_since > LONGEST_REQUEST:
            self.transport.abort()  # to close it would wait for the reader

    def _bound(self, size: int) -> None:
        """Refuse what takes too much memory before it is complete; `size` bytes have come."""
        if self._current_request is None:
            self.head += size
            if self.head > LARGEST_HEAD:
                self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "the headers are too large")
                return
        if not self.share.hold(self.head + self._behind()):
            self._refuse(HTTPStatus.SERVICE_UNAVAILABLE, "too much is being received at the moment")

    def _behind(self) -> int:
        """Return how many bytes wait behind the request that is being received or answered."""
        if self._current_request is None or self._callback_parser is None:
            return 0
        return len(self._callback_parser._buffer)

    def _refuse(self, status: HTTPStatus, message: str) -> None:
        """Answer with an error, and close."""
        again = [("Retry-After", errors.RETRY_AFTER)] if status is HTTPStatus.SERVICE_UNAVAILABLE else []
        self._send_error_response(status, message, again)
        self._keepalive_timeout()

    def _on_body(self, chunk: bytes) -> None:
        if len(chunk) <= PIECE:
            super()._on_body(chunk)
            return
        for start in range(0, len(chunk), PIECE):
            super()._on_body(chunk[start : start + PIECE])

    def _on_headers_complete(self) -> Any:
        self.since = self.worker.loop.time()
        self.head = 0
        if self.share.held:
            self.share.release()
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
