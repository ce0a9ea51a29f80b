"""A real HTTP server on this machine, on a port of its own, that can go down and come up again on it."""

from __future__ import annotations

import ssl
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar, Self


class HttpServer:
    """The server; `connections` counts the lines on which requests came, `over` is set while it is down.

    Args:
        tls: its certificate; then it speaks HTTPS.
    """

    handler: ClassVar[type[Handler]]
    """What answers; its `owner` is this object."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.port = 0
        self.connections = 0
        self.over = threading.Event()
        self._tls = tls
        self._server: _Server | None = None

    def start(self) -> Self:
        """Listen; after a stop() on the same port again."""
        self.over.clear()
        self._server = _Server(("127.0.0.1", self.port), self.handler)
        self._server.owner = self
        if self._tls is not None:
            self._server.socket = self._tls.wrap_socket(self._server.socket, server_side=True)
        self.port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def stop(self) -> None:
        """Be down: connections are refused from now on."""
        self.over.set()
        if self._server is not None:
            self._server.shutdown()
            self._server.close_lines()
            self._server.server_close()
            self._server = None

    def hang_up(self) -> None:
        """Cut the connections that are kept alive, and go on."""
        if self._server is not None:
            self._server.close_lines()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """Where it listens, without a slash at the end."""
        return f"http{'s' if self._tls else ''}://127.0.0.1:{self.port}"


class Handler(BaseHTTPRequestHandler):
    """Base of what answers: connections are kept, nothing is printed."""

    protocol_version = "HTTP/1.1"
    server: _Server
    # Without these two a kept connection waits 40 ms for every answer.
    disable_nagle_algorithm = True
    wbufsize = -1

    @property
    def owner(self) -> Any:
        """The HttpServer that this answers for."""
        return self.server.owner

    def log_message(self, *_: object) -> None:
        """Print nothing."""


class _Server(ThreadingHTTPServer):
    owner: HttpServer
    daemon_threads = True
    # A line cut by a client is what some tests are about, not worth a traceback.
    block_on_close = False

    def __init__(self, *args: Any) -> None:
        self._lines: set[Any] = set()
        super().__init__(*args)

    def process_request(self, request: Any, client_address: Any) -> None:
        self.owner.connections += 1
        self._lines.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._lines.discard(request)
        super().shutdown_request(request)

    def close_lines(self) -> None:
        """Cut the connections that are kept alive."""
        for line in list(self._lines):
            self.shutdown_request(line)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: a client that gives up is what some tests are about."""
