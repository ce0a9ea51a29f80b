"""One exchange with a server: when it has to be over, and how much is read of it.

A socket's own timeout counts anew with every byte, and nothing in it counts bytes: a server
that sends one a second, or never stops, would hold a thread and fill the memory.
"""

from __future__ import annotations

import io
import socket
import ssl
import time
from typing import Any


class TooMuch(OSError):
    """The other side does not stop."""


class NotTaken(TimeoutError):
    """What we send is not taken in time, so that the other side has a part of it at most."""


class Bound:
    """What is left of one exchange.

    Args:
        seconds: from now until it has to be over.
        size: bytes that are read of the other side, at most.
    """

    def __init__(self, seconds: float, size: int) -> None:
        self._ends = time.monotonic() + seconds
        self.size = size

    def left(self) -> float:
        """Return the seconds that are left; raises TimeoutError if there are none."""
        left = self._ends - time.monotonic()
        if left <= 0:
            raise TimeoutError("timed out")
        return left

    def take(self, count: int) -> None:
        """Count bytes that were read; raises TooMuch."""
        self.size -= count
        if self.size < 0:
            raise TooMuch


class Socket:
    """A connected socket that keeps to its `bound`, from one exchange to the next another one.

    It stands in for a socket in `http.client` and `smtplib`: what they read comes
    through `makefile`, what they write through `sendall`.
    """

    def __init__(self, plain: socket.socket, bound: Bound) -> None:
        self.plain = plain
        self.bound = bound

    def __getattr__(self, name: str) -> Any:
        return getattr(self.plain, name)

    def makefile(self, _mode: str = "rb") -> io.BufferedReader:
        """Return what reads from it, in bytes."""
        return io.BufferedReader(_Reader(self))

    def sendall(self, data: Any) -> None:
        """Send all of it; raises NotTaken, and OSError as a socket does."""
        rest = memoryview(data).cast("B")
        while rest:
            try:
                self.plain.settimeout(self.bound.left())
                rest = rest[self.plain.send(rest) :]
            except TimeoutError as error:
                raise NotTaken(*error.args) from None

    def pending(self) -> int:
        """Return how many bytes TLS holds that were not read yet."""
        return self.plain.pending() if isinstance(self.plain, ssl.SSLSocket) else 0


class _Reader(io.RawIOBase):
    """Reads from a Socket, which stays open as long as this does."""

    def __init__(self, owner: Socket) -> None:
        self._owner = owner
        self._inner = owner.plain.makefile("rb", buffering=0)

    def readable(self) -> bool:
        """Say yes."""
        return True

    def readinto(self, buffer: Any) -> int | None:
        """Read what has come, or wait for it as long as the bound allows."""
        self._owner.plain.settimeout(self._owner.bound.left())
        count = self._inner.readinto(buffer)
        self._owner.bound.take(count or 0)
        return count

    def close(self) -> None:
        """Let go of the socket."""
        self._inner.close()
        super().close()
