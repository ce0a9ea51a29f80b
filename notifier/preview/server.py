"""The server of a preview: on this machine only, for one person, with the standard library's WSGI server."""

from __future__ import annotations

import errno
import socketserver
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

from notifier.errors import ConfigError

HOST = "127.0.0.1"
PORTS = range(8081, 8100)
"""Where a free port is looked for."""


class Server(socketserver.ThreadingMixIn, WSGIServer):
    """Answers each request in a thread of its own, which ends with the process."""

    daemon_threads = True

    def server_bind(self) -> None:
        """Bind without asking the DNS for this machine's name, as the standard library's would."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = HOST, self.server_address[1]
        self.setup_environ()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of browsers that go away in the middle of an answer."""


class _Handler(WSGIRequestHandler):
    timeout = 30
    """Seconds that a request may take to arrive."""

    def log_message(self, format: str, *args: Any) -> None:
        """Write no log."""


def bind(port: int | None) -> Server:
    """Return a server that listens on this machine.

    Args:
        port: None for a free one, of PORTS if there is one.

    Raises:
        ConfigError: the port cannot be had.
    """
    if port is not None:
        try:
            return Server((HOST, port), _Handler)
        except OSError as error:
            raise ConfigError(f"--port: {HOST}:{port} cannot be used: {error.strerror}") from None
    for candidate in (*PORTS, 0):
        try:
            return Server((HOST, candidate), _Handler)
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise ConfigError(f"{HOST}:{candidate} cannot be used: {error.strerror}") from None
    raise ConfigError(f"no port of {HOST} is free")
