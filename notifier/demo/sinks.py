"""Where the demo's messages end: a mail server, and an HTTP server that plays Slack and shows everything.

Both listen on this machine only, on ports that the kernel chooses.
"""

from __future__ import annotations

import asyncio
import json
import threading
import time
from email import message_from_bytes, policy
from email.message import EmailMessage
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import Envelope

from notifier.demo import page
from notifier.demo.arrivals import Arrivals, Chat, Mail

HOST = "127.0.0.1"

LONGEST_BODY = 1024 * 1024
"""Bytes of a chat message, at most."""


class MailSink(Controller):
    """A mail server that takes everything; `port` is known once it is entered."""

    def __init__(self, arrivals: Arrivals) -> None:
        self._arrivals = arrivals
        super().__init__(self, hostname=HOST, port=0)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _trigger_server(self) -> None:
        # aiosmtpd knocks at the port that it was told; it was told "any".
        assert isinstance(self.server, asyncio.Server)
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()  # type: ignore[no-untyped-call]

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Envelope) -> str:  # noqa: N802
        """Note the mail; the name is aiosmtpd's."""
        assert isinstance(envelope.content, bytes)  # text is for those who ask for it
        self._arrivals.add(_mail(envelope.content, envelope.rcpt_tos))
        return "250 2.0.0 taken by the demo"


def _mail(raw: bytes, recipients: list[str]) -> Mail:
    message = message_from_bytes(raw, policy=policy.default)
    assert isinstance(message, EmailMessage)
    return Mail(
        at=time.time(),
        sender=str(message["From"]),
        recipient=", ".join(recipients),
        subject=str(message["Subject"]),
        text=_part(message, "plain"),
        html=_part(message, "html"),
    )


def _part(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    return "" if part is None else str(part.get_content()).replace("\r\n", "\n")


class ChatSink(ThreadingHTTPServer):
    """Takes every POST as a chat message; `GET /` shows what arrived, `GET /count` how much."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, arrivals: Arrivals) -> None:
        self.arrivals = arrivals
        super().__init__((HOST, 0), _Handler)

    @property
    def url(self) -> str:
        """Where it listens, without a slash at its end."""
        return f"http://{HOST}:{self.server_port}"

    def __enter__(self) -> Self:
        threading.Thread(target=self.serve_forever, args=(0.05,), name="chat-sink", daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.server_close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: a browser that goes away is no event."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: ChatSink
    timeout = 60.0
    # Without these two a kept connection waits 40 ms for every answer.
    disable_nagle_algorithm = True
    wbufsize = -1

    def do_POST(self) -> None:
        """Take a chat message."""
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal() or int(length) > LONGEST_BODY:
            self.close_connection = True
            self._answer(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, b"too long, or of no known length")
            return
        text = chat_text(self.rfile.read(int(length)))
        service = self.headers.get("X-Original-Host") or "a chat service"
        self.server.arrivals.add(Chat(time.time(), service, text))
        self._answer(HTTPStatus.OK, b"ok")

    def do_GET(self) -> None:
        """Show what arrived."""
        if self.path == "/":
            shown = page.render(self.server.arrivals.since(0)).encode()
            self._answer(HTTPStatus.OK, shown, "text/html", {"Content-Security-Policy": page.POLICY})
        elif self.path == "/count":
            self._answer(HTTPStatus.OK, str(len(self.server.arrivals)).encode())
        else:
            self._answer(HTTPStatus.NOT_FOUND, b"there is nothing at this path")

    def _answer(
        self, status: HTTPStatus, body: bytes, kind: str = "text/plain", headers: dict[str, str] | None = None
    ) -> None:
        self.send_response(status)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Referrer-Policy", "no-referrer")
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


def chat_text(body: bytes) -> str:
    """Return the words of a Slack payload, or the body itself if it is something else."""
    text = body.decode("utf-8", "replace")
    try:
        payload = json.loads(text)
    except (ValueError, RecursionError):
        return text
    if not isinstance(payload, dict):
        return text
    attachments = payload.get("attachments")
    parts = [payload, *(attachments if isinstance(attachments, list) else [])]
    found = [str(p[key]) for p in parts if isinstance(p, dict) for key in ("title", "text") if p.get(key)]
    lines = "\n".join(found).splitlines()
    return "\n".join(line.rstrip() for line in lines) or text
