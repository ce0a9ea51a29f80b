"""The other end of a connection, and in words what went wrong with it.

The words are for operators: they name the host and the port, because one
channel may reach several, and hold nothing else of a channel's URL.
"""

from __future__ import annotations

import socket
import ssl
from dataclasses import dataclass

from notifier.channels.bounds import NotTaken, TooMuch


@dataclass(frozen=True, slots=True)
class Peer:
    """A host, by name or IP address, and a port."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    def trouble(self, error: BaseException) -> str:
        """Return what an error on the connection to this peer means.

        Args:
            error: what the socket or TLS raised; anything else is a lost connection.
        """
        match error:
            case socket.gaierror(errno=socket.EAI_AGAIN):
                return f"{self.host} cannot be looked up now: no name server answers"
            case socket.gaierror():
                return f"{self.host} cannot be found"
            case ConnectionRefusedError():
                return f"connection refused by {self}"
            case ssl.SSLCertVerificationError():
                return f"the certificate of {self} cannot be verified: {error.verify_message}"
            case ssl.SSLEOFError() | ssl.SSLZeroReturnError() | ConnectionError():
                return f"connection to {self} lost"
            case ssl.SSLError():
                return f"no TLS with {self}"
            case TooMuch():
                return f"{self} does not stop answering"
            case NotTaken():
                return f"{self} does not take what we send"
            case TimeoutError():
                return f"no answer from {self} in time"
            case OSError(strerror=str(reason)) if reason:
                return f"no connection to {self}: {reason.lower()}"
            case _:
                return f"connection to {self} lost"
