"""One SMTP connection that knows how far it got.

Whether a mail may have gone out is decided by one moment: the last byte of its
text handed over. Before it, a broken connection is harmless; after it, only
the server's answer tells.
"""

from __future__ import annotations

import contextlib
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from typing import Any

from notifier.channels.peer import Peer

GOODBYE = 2.0
"""Seconds to wait for the answer to QUIT: by then the mail is accepted, nothing depends on it."""


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
    """How it failed: the server said no, cannot do it, is not who it should be, or is gone."""

    REFUSED = "refused"
    UNSUPPORTED = "unsupported"
    CERTIFICATE = "certificate"
    LOST = "lost"


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

    @property
    def peer(self) -> Peer:
        """The other end of its connections."""
        return Peer(self.host, self.port)


class Connection:
    """An open connection, logged in; raises SmtpError."""

    def __init__(self, server: Server) -> None:
        self._peer = server.peer
        with _failures(Phase.CONNECT, self._peer):
            self._smtp = _connect(server)
        try:
            with self._step(Phase.CONNECT):
                self._smtp.ehlo_or_helo_if_needed()
            if server.mode == "starttls":
                with self._step(Phase.TLS):
                    self._smtp.starttls(context=tls(server.verify))
                    self._smtp.ehlo_or_helo_if_needed()
            if server.user and server.password:
                with self._step(Phase.AUTH):
                    self._smtp.login(server.user, server.password)
        except SmtpError:
            self._smtp.close()
            raise

    def send(self, sender: str, recipient: str, mail: bytes) -> str:
        """Hand over one mail and return the server's words; afterwards the next one may follow.

        Args:
            sender: the envelope's sender, a bare ASCII address.
            recipient: the one recipient, a bare ASCII address.
            mail: the whole mail, 7 bit, lines ending in CRLF.
        """
        options = [f"size={len(mail)}"] if self._smtp.has_extn("size") else []
        with self._step(Phase.MAIL):
            self._expect(self._smtp.mail(sender, options), Phase.MAIL)
        with self._step(Phase.RCPT):
            self._expect(self._smtp.rcpt(recipient), Phase.RCPT)
        with self._step(Phase.DATA):
            answer = self._smtp.data(mail)
            self._expect(answer, Phase.AFTER_DATA)
        return answer[1].decode("utf-8", "replace")

    def close(self) -> None:
        """Say goodbye; never fails, because the mail is long accepted or refused."""
        with contextlib.suppress(OSError, smtplib.SMTPException):
            if self._smtp.sock:
                self._smtp.sock.settimeout(GOODBYE)
            self._smtp.quit()
        self._smtp.close()

    @contextmanager
    def _step(self, phase: Phase) -> Iterator[None]:
        self._smtp.phase = phase
        with _failures(phase, self._peer, self._smtp):
            yield

    def _expect(self, answer: tuple[int, bytes], phase: Phase) -> None:
        code, words = answer
        if not 200 <= code <= 299:
            raise _refused(phase, self._peer, code, words)


class _Phased:
    """Mixed into smtplib's classes: notes the moment when the whole text of a mail is handed over."""

    phase = Phase.CONNECT

    def __init__(self, server: Server, **options: Any) -> None:
        self._read_timeout = server.read_timeout
        super().__init__(
            server.host,  # type: ignore[call-arg]
            server.port,
            local_hostname=server.local_hostname,
            timeout=server.connect_timeout,
            **options,
        )

    def _get_socket(self, host: str, port: int, timeout: float) -> Any:
        sock = super()._get_socket(host, port, timeout)  # type: ignore[misc]
        sock.settimeout(self._read_timeout)
        return sock

    def send(self, s: Any) -> None:
        super().send(s)  # type: ignore[misc]
        # smtplib sends commands as str and a mail's text as bytes. If sending it fails
        # half-way, the final dot is not out and the server cannot have accepted it.
        if self.phase is Phase.DATA and isinstance(s, bytes):
            self.phase = Phase.AFTER_DATA


class _Smtp(_Phased, smtplib.SMTP):
    pass


class _SmtpTls(_Phased, smtplib.SMTP_SSL):
    pass


def _connect(server: Server) -> _Smtp | _SmtpTls:
    if server.mode == "ssl":
        return _SmtpTls(server, context=tls(server.verify))
    return _Smtp(server)


@lru_cache(maxsize=2)
def tls(verify: bool) -> ssl.SSLContext:
    """Return the TLS settings, made once: reading the certificates costs 27 ms of CPU."""
    context = ssl.create_default_context()
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


@contextmanager
def _failures(phase: Phase, peer: Peer, smtp: _Smtp | _SmtpTls | None = None) -> Iterator[None]:
    """Turn what smtplib and the socket raise into SmtpError."""
    try:
        yield
    except smtplib.SMTPResponseException as error:
        raise _refused(_reached(phase, smtp), peer, error.smtp_code, error.smtp_error) from None
    except ssl.SSLCertVerificationError as error:
        raise SmtpError(phase, Failure.CERTIFICATE, text=peer.trouble(error)) from None
    except smtplib.SMTPServerDisconnected as error:
        # smtplib hides what the socket raised behind its own exception.
        trouble = peer.trouble(error.__context__ or error)
        raise SmtpError(_reached(phase, smtp), Failure.LOST, text=trouble) from None
    except smtplib.SMTPException:
        # STARTTLS or AUTH not offered, or no login method in common
        lacking = "STARTTLS" if phase is Phase.TLS else "login that we know"
        raise SmtpError(phase, Failure.UNSUPPORTED, text=f"{peer} offers no {lacking}") from None
    except OSError as error:
        raise SmtpError(_reached(phase, smtp), Failure.LOST, text=peer.trouble(error)) from None


def _reached(phase: Phase, smtp: _Smtp | _SmtpTls | None) -> Phase:
    return smtp.phase if smtp is not None else phase


def _refused(phase: Phase, peer: Peer, code: int, words: bytes | str) -> SmtpError:
    """A reply without a proper code says nothing, and counts as a lost connection.

    Words in str are smtplib's own, on an endless line: no reply either.
    """
    if 400 <= code <= 599 and isinstance(words, bytes):
        return SmtpError(phase, Failure.REFUSED, code, words.decode("utf-8", "replace"))
    return SmtpError(phase, Failure.LOST, text=f"{peer} gives no proper answer")
