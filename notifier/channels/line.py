"""An open line to a mail server: connected, encrypted, logged in.

smtplib's own classes do the talking. What they raise is turned into SmtpError
where it arises, together with the phase that the line was in. To open a line is
one exchange, from the banner to the login; then each command is one, and each answer.
"""

from __future__ import annotations

import contextlib
import smtplib
import ssl
from functools import lru_cache
from typing import Any

from notifier.channels.bounds import Bound, Socket
from notifier.channels.smtp import Failure, Phase, Server, SmtpError, refusal, trouble

_NO_SUCH_COMMAND = frozenset({500, 502})
"""Answers to EHLO of a server that only knows HELO (RFC 5321, 3.2 and 4.2.4)."""

LARGEST_REPLY = 65_536
"""Bytes of an answer that are read (RFC 5321, 4.5.3.1.5: a line has 512), and of all until a line is open."""

_LOGINS = ("CRAM-MD5", "PLAIN", "LOGIN")
"""Ways to log in that smtplib knows, the best first."""


def open_line(server: Server) -> Line:
    """Connect and log in; raises SmtpError."""
    line = _connect(server)
    try:
        line.greet()
        if server.mode == "starttls":
            line.encrypt(tls(server.verify))
        if server.user and server.password:
            line.log_in(server.user, server.password)
    except SmtpError:
        line.hang_up()
        raise
    line.opening = None
    return line


class Line(smtplib.SMTP):
    """smtplib's connection; `send` and `getreply` raise SmtpError with the phase that was set before.

    `patience` is how long, in seconds, each command and each answer may take once the
    line is open; until then all of them together are within the bound `opening`.
    """

    sock: Any  # a Socket, where smtplib has a socket
    phase = Phase.CONNECT
    opening: Bound | None

    def __init__(self, server: Server, **options: Any) -> None:
        self.peer = server.peer
        self.patience = server.read_timeout
        self.opening = Bound(server.connect_timeout + server.read_timeout, LARGEST_REPLY)
        super().__init__(
            server.host,
            server.port,
            local_hostname=server.local_hostname,
            timeout=server.connect_timeout,
            **options,
        )

    def _get_socket(self, host: str, port: int, timeout: float) -> Any:
        return Socket(super()._get_socket(host, port, timeout), self._bound())  # type: ignore[misc]

    def _bound(self) -> Bound:
        return self.opening or Bound(self.patience, LARGEST_REPLY)

    def send(self, s: Any) -> None:
        """Hand over a command or a text, whole or not at all: cut short, it misses its end."""
        if self.sock is not None:
            self.sock.bound = self._bound()
        try:
            super().send(s)
        except smtplib.SMTPServerDisconnected as error:
            # smtplib hides what the socket raised behind its own exception.
            text = self.peer.trouble(error.__context__ or error)
            raise SmtpError(self.phase, Failure.LOST, text=text) from None

    def getreply(self) -> tuple[int, bytes]:
        """Return the code of the server's answer, 200 to 599, and its words."""
        if self.sock is not None:
            self.sock.bound = self._bound()
        try:
            code, words = super().getreply()
        except smtplib.SMTPServerDisconnected as error:
            raise trouble(self.phase, self.peer, error.__context__ or error) from None
        except smtplib.SMTPResponseException:  # smtplib's own 500, for an endless line
            code, words = -1, b""
        if not 200 <= code <= 599:
            self.close()
            raise refusal(self.phase, self.peer, -1, b"")
        return code, words

    def greet(self) -> None:
        """Say who we are, and hear what the server can do."""
        code, words = self.ehlo()
        if code in _NO_SUCH_COMMAND:
            code, words = self.helo()
        if code != 250:
            raise refusal(self.phase, self.peer, code, words)

    def encrypt(self, context: ssl.SSLContext) -> None:
        """Go over to TLS (RFC 3207) and greet again."""
        self.phase = Phase.TLS
        try:
            self.starttls(context=context)
        except smtplib.SMTPNotSupportedError:
            raise SmtpError(self.phase, Failure.UNSUPPORTED, text=f"{self.peer} offers no STARTTLS") from None
        except smtplib.SMTPResponseException as error:
            raise refusal(self.phase, self.peer, error.smtp_code, _bytes(error.smtp_error)) from None
        except OSError as error:
            raise trouble(self.phase, self.peer, error) from None
        self.sock = Socket(self.sock, self._bound())
        self.greet()

    def log_in(self, user: str, password: str) -> None:
        """Log in, one way after another, for some servers offer ways that they do not know (RFC 4954).

        A refusal for now (4xx) is not asked again in another way, and one for
        good counts even where the server hangs up after it.
        """
        self.phase = Phase.AUTH
        self.user, self.password = user, password  # where smtplib's methods look
        offered = self.esmtp_features.get("auth", "").upper().split()
        refused = SmtpError(self.phase, Failure.UNSUPPORTED, text=f"{self.peer} offers no login that we know")
        for way in _LOGINS:
            if way not in offered:
                continue
            try:
                self.auth(way, getattr(self, "auth_" + way.lower().replace("-", "_")))
                return
            except smtplib.SMTPAuthenticationError as error:
                refused = refusal(self.phase, self.peer, error.smtp_code, _bytes(error.smtp_error))
                if error.smtp_code < 500:
                    break
            except SmtpError:
                if refused.failure is Failure.REFUSED:
                    break
                raise
            except (smtplib.SMTPException, ValueError):  # a challenge without end, or none in Base64
                refused = refusal(self.phase, self.peer, -1, b"")
                break
        raise refused

    def hang_up(self) -> None:
        """Say goodbye and close, without waiting for an answer on which nothing depends."""
        with contextlib.suppress(SmtpError, OSError):
            if self.sock is not None:
                self.sock.settimeout(0)
                self.sock.send(b"QUIT\r\n")
        self.close()


class _TlsLine(Line, smtplib.SMTP_SSL):
    """TLS from the start (RFC 8314, 3.3)."""


def _connect(server: Server) -> Line:
    try:
        if server.mode == "ssl":
            return _TlsLine(server, context=tls(server.verify))
        return Line(server)
    except smtplib.SMTPResponseException as error:
        raise refusal(Phase.CONNECT, server.peer, error.smtp_code, _bytes(error.smtp_error)) from None
    except OSError as error:
        raise trouble(Phase.CONNECT, server.peer, error) from None


@lru_cache(maxsize=2)
def tls(verify: bool) -> ssl.SSLContext:
    """Return the TLS settings, made once: reading the certificates costs 27 ms of CPU."""
    context = ssl.create_default_context()
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _bytes(words: bytes | str) -> bytes:
    return words if isinstance(words, bytes) else words.encode()
