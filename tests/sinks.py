"""Real servers on this machine that receive what notifier sends: mail and HTTP.

Both listen on a port of their own choice, are used as context managers, answer
as they are told, and can be waited for without sleeping.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
import threading
import weakref
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope, LoginPassword

from tests.http_server import Handler, HttpServer

# aiosmtpd deprecates what it calls itself, at every login.
logging.getLogger("mail.log").setLevel(logging.ERROR)


class _Arrivals:
    """A list that one thread fills and another waits for."""

    def __init__(self) -> None:
        self._changed = threading.Condition()

    def _arrived(self, place: list[Any], thing: object) -> None:
        with self._changed:
            place.append(thing)
            self._changed.notify_all()

    def _wait(self, place: list[Any], count: int, timeout: float) -> None:
        with self._changed:
            if not self._changed.wait_for(lambda: len(place) >= count, timeout):
                raise AssertionError(f"{len(place)} of {count} arrived within {timeout} s")


@dataclass(frozen=True)
class Mail:
    """A mail as it arrived: envelope, parsed content, and the bytes."""

    sender: str
    recipients: tuple[str, ...]
    message: EmailMessage
    raw: bytes


class SmtpSink(_Arrivals):
    """A mail server that takes everything, unless told otherwise.

    Args:
        login: user and password that it demands before MAIL; None for no login.
        tls: its certificate; then STARTTLS is offered and demanded.
    """

    def __init__(self, login: tuple[str, str] | None = None, tls: ssl.SSLContext | None = None) -> None:
        super().__init__()
        self.mails: list[Mail] = []
        self.held: list[Mail] = []
        self.port = 0
        self._login, self._tls = login, tls
        self._recipient_answers: dict[str, str] = {}
        self._every_recipient: str | None = None
        self._data_answer: str | None = None
        self._go = threading.Event()
        self._go.set()
        self._controller: _Controller | None = None

    def start(self) -> Self:
        """Listen; after a stop() on the same port again."""
        self._controller = _Controller(
            self,
            hostname="127.0.0.1",
            port=self.port,
            tls_context=self._tls,
            require_starttls=self._tls is not None,
            authenticator=self._authenticate,
            auth_require_tls=False,
        )
        self._controller.start()
        self.port = self._controller.port
        return self

    def stop(self) -> None:
        """Be down: connections are refused from now on."""
        if self._controller is not None:
            self._controller.stop()
            self._controller = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def answer(self, recipient: str, reply: str) -> None:
        """Answer RCPT for that recipient with `reply`, such as "550 5.1.1 no such user"."""
        self._recipient_answers[recipient] = reply

    def answer_all(self, reply: str | None) -> None:
        """Answer every RCPT with `reply`; None takes everybody again."""
        self._every_recipient = reply

    def answer_data(self, reply: str | None) -> None:
        """Answer every whole mail with `reply`; None takes it."""
        self._data_answer = reply

    def demand(self, user: str, password: str) -> None:
        """Demand another login from now on."""
        self._login = (user, password)

    def hold(self) -> None:
        """Take whole mails from now on, but say nothing to them; `held` lists those that wait."""
        self._go.clear()

    def release(self) -> None:
        """Answer again, first to the held mails whose senders are still there."""
        self._go.set()

    def wait_for(self, count: int, timeout: float = 15.0) -> list[Mail]:
        """Return all mails once there are `count`; AssertionError after `timeout` seconds."""
        self._wait(self.mails, count, timeout)
        return list(self.mails)

    def wait_for_held(self, count: int, timeout: float = 15.0) -> list[Mail]:
        """Return all mails that were held once there are `count`; AssertionError after `timeout` seconds."""
        self._wait(self.held, count, timeout)
        return list(self.held)

    def _authenticate(self, *args: Any) -> AuthResult:
        data = args[4]
        given = (data.login.decode(), data.password.decode()) if isinstance(data, LoginPassword) else None
        return AuthResult(success=given == self._login, handled=False)

    async def handle_MAIL(  # noqa: N802  aiosmtpd's name
        self, _server: Any, session: Any, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if self._login is not None and not session.authenticated:
            return "530 5.7.0 log in first"
        envelope.mail_from = address
        return "250 2.1.0 fine"

    async def handle_RCPT(  # noqa: N802
        self, _server: Any, _session: Any, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        reply = self._recipient_answers.get(address) or self._every_recipient
        if reply is None:
            envelope.rcpt_tos.append(address)
        return reply or "250 2.1.5 fine"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Envelope) -> str:  # noqa: N802
        if self._data_answer is not None:
            return self._data_answer
        raw = bytes(envelope.content or b"")
        message = message_from_bytes(raw, policy=policy.default)
        assert isinstance(message, EmailMessage)
        mail = Mail(envelope.mail_from or "", tuple(envelope.rcpt_tos), message, raw)
        if not self._go.is_set():
            self._arrived(self.held, mail)
            while not self._go.is_set():
                await asyncio.sleep(0.01)  # aiosmtpd cancels it when the sender is gone
        self._arrived(self.mails, mail)
        return "250 2.0.0 taken"


class _Controller(Controller):
    """aiosmtpd's controller, which asks for a fixed port, made to find its own and to cut kept lines."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._lines: weakref.WeakSet[Any] = weakref.WeakSet()

    def factory(self) -> Any:
        line = super().factory()
        self._lines.add(line)
        return line

    def cancel_tasks(self, stop_loop: bool = True) -> None:
        for line in self._lines:
            if line.transport is not None:
                line.transport.abort()
        super().cancel_tasks(stop_loop)

    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


@dataclass(frozen=True)
class Request:
    """An HTTP request as it arrived; `host` is the one that was meant (X-Original-Host)."""

    method: str
    path: str
    query: dict[str, list[str]]
    headers: Mapping[str, str]
    body: bytes
    line: int = 0
    """The client's port: the same for requests over one connection."""

    @property
    def host(self) -> str:
        return self.headers.get("x-original-host", "")

    @property
    def form(self) -> dict[str, str]:
        return {key: values[0] for key, values in parse_qs(self.body.decode()).items()}


@dataclass(frozen=True)
class Answer:
    """What the HTTP sink says; `hang` says nothing until the sink stops, `drop` cuts the line."""

    status: int = 200
    body: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    hang: bool = False
    drop: bool = False


class HttpSink(HttpServer, _Arrivals):
    """An HTTP server that notes every request and answers as told, 200 "ok" at first; see HttpServer.

    `script` may answer a request in its own way; None leaves it to `answer` and `answer_once`.
    """

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        HttpServer.__init__(self, tls)
        _Arrivals.__init__(self)
        self.requests: list[Request] = []
        self.script: Callable[[Request], Answer | None] = lambda request: None
        self._default = Answer(body="ok")
        self._queue: deque[Answer] = deque()

    def answer(self, status: int = 200, body: str = "", **options: Any) -> None:
        """Answer every request so from now on; options are those of Answer."""
        self._default = Answer(status, body, **options)

    def answer_once(self, status: int = 200, body: str = "", **options: Any) -> None:
        """Answer the next request so; several calls queue up."""
        self._queue.append(Answer(status, body, **options))

    def wait_for(self, count: int, timeout: float = 15.0) -> list[Request]:
        """Return all requests once there are `count`; AssertionError after `timeout` seconds."""
        self._wait(self.requests, count, timeout)
        return list(self.requests)

    def _handle(self, request: Request, wait: Callable[[threading.Event], object]) -> Answer:
        self._arrived(self.requests, request)
        answer = self.script(request) or (self._queue.popleft() if self._queue else self._default)
        if answer.hang:
            wait(self.over)
        return answer


class _Handler(Handler):
    def _any(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        parts = urlsplit(self.path)
        request = Request(
            method=self.command,
            path=parts.path,
            query=parse_qs(parts.query),
            headers={name.lower(): value for name, value in self.headers.items()},
            body=self.rfile.read(length),
            line=self.client_address[1],
        )
        answer = self.owner._handle(request, lambda over: over.wait(30))
        if answer.drop or answer.hang:
            self.close_connection = True
            return
        body = answer.body.encode()
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if answer.status != 204:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if answer.status != 204 and self.command != "HEAD":
            self.wfile.write(body)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = _any  # noqa: N815  http.server's names


HttpSink.handler = _Handler
