"""Mail servers: who they are, how far a mail got with one, and what can go wrong on the way.

Whether a mail may have gone out is decided by one moment: the last byte of its
text handed over. Before it, a broken connection is harmless; after it, only
the server's answer tells.
"""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field
from enum import StrEnum

from notifier.channels.bounds import TooMuch
from notifier.channels.peer import Peer


class Phase(StrEnum):
    """What the connection was about when it failed."""

    CONNECT = "connect"
    TLS = "tls"
    AUTH = "auth"
    MAIL = "mail"
    RCPT = "rcpt"
    DATA = "data"
    AFTER_DATA = "after data"


class Failure(StrEnum):
    """How it failed: the server said no, cannot do it, is not who it should be, or is not there.

    LOST is a line that was never there or is cut, SILENT one on which no answer
    came in time, NONSENSE an answer that is none.
    """

    REFUSED = "refused"
    UNSUPPORTED = "unsupported"
    CERTIFICATE = "certificate"
    LOST = "lost"
    SILENT = "silent"
    NONSENSE = "nonsense"


class SmtpError(Exception):
    """A mail that was not, or not surely, handed over.

    Args:
        phase: where it ended.
        failure: how.
        code: the server's reply code if it gave one, else 0.
        text: the server's words, as they came; our own if it gave no code.
    """

    def __init__(self, phase: Phase, failure: Failure, code: int = 0, text: str = "") -> None:
        self.phase, self.failure, self.code, self.text = phase, failure, code, text
        super().__init__(f"{phase}: {failure}" + (f" ({code})" if code else ""))

    @property
    def died_early(self) -> bool:
        """The line was cut, or 421 announced it (RFC 5321, 3.8), before the mail's text was handed over."""
        dead = self.failure is Failure.LOST or self.code == 421
        return dead and self.phase is not Phase.AFTER_DATA


@dataclass(frozen=True, slots=True)
class Server:
    """Where mails are handed over and as whom; timeouts in seconds, `mode` is Apprise's word."""

    host: str
    port: int
    mode: str
    user: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    verify: bool = True
    local_hostname: str = "localhost"
    connect_timeout: float = 5.0
    read_timeout: float = 30.0
    text_timeout: float = 30.0

    @property
    def peer(self) -> Peer:
        """The other end of its connections."""
        return Peer(self.host, self.port)


def refusal(phase: Phase, peer: Peer, code: int, words: bytes) -> SmtpError:
    """Return what a reply other than the expected one means: a proper refusal, or nothing at all."""
    if 400 <= code <= 599:
        return SmtpError(phase, Failure.REFUSED, code, words.decode("utf-8", "replace"))
    return SmtpError(phase, Failure.NONSENSE, text=f"{peer} gives no proper answer")


def trouble(phase: Phase, peer: Peer, error: BaseException) -> SmtpError:
    """Return what an error of the socket or of TLS means."""
    match error:
        case ssl.SSLCertVerificationError():
            failure = Failure.CERTIFICATE
        case TimeoutError():
            failure = Failure.SILENT
        case TooMuch():
            failure = Failure.NONSENSE
        case _:
            failure = Failure.LOST
    return SmtpError(phase, failure, text=peer.trouble(error))
