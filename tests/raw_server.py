"""A TCP server whose connections do exactly what a test wants, as long as it wants it."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Self


class Peer:
    """The other end of a connection."""

    def __init__(self, line: socket.socket, over: threading.Event) -> None:
        self._line, self._over = line, over
        self.sent = 0

    def hear(self, end: bytes = b"\r\n\r\n") -> bytes:
        """Return what came, once `end` is among it or nothing more will come."""
        heard = b""
        while end not in heard:
            some = self._line.recv(65_536)
            if not some:
                break
            heard += some
        return heard

    def say(self, data: bytes) -> None:
        """Send."""
        self._line.sendall(data)
        self.sent += len(data)

    def flood(self, chunk: bytes, most: int = 64_000_000) -> None:
        """Send a chunk again and again until the other side is gone."""
        while not self._over.is_set() and self.sent < most:
            self.say(chunk)

    def drip(self, data: bytes, pause: float = 0.02) -> None:
        """Send it byte by byte, again and again, until the other side is gone."""
        while True:
            for byte in data:
                if self._over.wait(pause):
                    return
                self.say(bytes([byte]))

    def wait(self) -> None:
        """Do nothing until the test is over."""
        self._over.wait(30)


class RawServer:
    """Listens on a port of its own; `script` runs for each connection, `peers` lists them all."""

    def __init__(self, script: Callable[[Peer], None]) -> None:
        self.script = script
        self.peers: list[Peer] = []
        self._over = threading.Event()
        self._threads: list[threading.Thread] = []

    def __enter__(self) -> Self:
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._server.getsockname()[1]
        self._start(self._accept)
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        for thread in self._threads:
            thread.join(5)

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    def _start(self, target: Callable[[], None]) -> None:
        thread = threading.Thread(target=target, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                line, _ = self._server.accept()
                peer = Peer(line, self._over)
                self.peers.append(peer)
                self._start(lambda line=line, peer=peer: self._talk(line, peer))  # type: ignore[misc]

    def _talk(self, line: socket.socket, peer: Peer) -> None:
        with line, suppress(OSError):
            self.script(peer)
