"""A mail server that goes wrong where and how a test wants it to, and knows what it took all the same.

    def script(moment: Moment) -> Fault | None:
        return LOST if moment.step is Step.TEXT and moment.recipient == "anna@customer.example" else None

    with FaultServer(script) as server:
        ...

Its one thread runs an event loop; a connection is a coroutine that reads lines.
"""

from __future__ import annotations

import asyncio
import base64
import re
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, replace
from email import message_from_bytes, policy
from email.message import EmailMessage
from enum import StrEnum
from typing import Any, Self


class Step(StrEnum):
    """What the server is about to answer; TEXT is the end of a mail's text."""

    BANNER = "banner"
    EHLO = "ehlo"
    STARTTLS = "starttls"
    TLS_EHLO = "ehlo in tls"
    AUTH = "auth"
    MAIL = "mail"
    RCPT = "rcpt"
    DATA = "data"
    TEXT = "text"
    RSET = "rset"
    QUIT = "quit"


@dataclass(frozen=True, slots=True)
class Moment:
    """Where a connection is: numbers count from 1, `message` those begun on this connection.

    `recipient` is known from RCPT to TEXT.
    """

    step: Step
    connection: int = 0
    message: int = 0
    recipient: str = ""


@dataclass(frozen=True, slots=True)
class Fault:
    """What happens instead of the right answer.

    `manner` is answer, close, reset, hang, flood, drip or stop; `text` the answer, with its CRLF.
    A flood repeats it without end, a drip as well, but byte by byte; stop answers and reads nothing more.
    `ends` closes the line after the answer; `takes` keeps a mail whose answer this
    is instead of, so that only the sender does not know.
    """

    manner: str
    text: bytes = b""
    ends: bool = False
    takes: bool = True


CLOSE = Fault("close")
RESET = Fault("reset")
HANG = Fault("hang")
NONSENSE = Fault("answer", b"what?\r\n")
FLOOD = Fault("flood", b"250-and more\r\n" * 100)
DRIP = Fault("drip", b"250-and more\r\n")
ENDLESS = Fault("answer", b"250 " + b"x" * 9000 + b"\r\n")


def says(text: str) -> Fault:
    """Answer `text`, such as "451 4.3.0 later", over several lines if it has them; 421 also ends the line."""
    return Fault("answer", text.replace("\n", "\r\n").encode() + b"\r\n", text[:3] == "421", takes=False)


Script = Callable[[Moment], Fault | None]


@dataclass(frozen=True, slots=True)
class Taken:
    """A mail that the server took responsibility for; `connection` is the number of the one it came over."""

    sender: str
    recipient: str
    raw: bytes
    connection: int

    @property
    def message(self) -> EmailMessage:
        """The mail, parsed."""
        parsed = message_from_bytes(self.raw, policy=policy.default)
        assert isinstance(parsed, EmailMessage)
        return parsed

    @property
    def message_id(self) -> str:
        """Its Message-ID, with the brackets."""
        found = re.search(rb"^Message-ID: (\S+)\r\n", self.raw, re.MULTILINE | re.IGNORECASE)
        return found[1].decode() if found else ""


class FaultServer:
    """A mail server on a port of its own.

    Args:
        script: what goes wrong at which moment; a mapping names one fault for a
            step. Can be changed at any time.
        tls: its certificate; then STARTTLS is offered, or with `from_start` TLS spoken at once.
        login: user and password that it demands before MAIL.
        extensions: what it offers besides STARTTLS and AUTH.
        latency: seconds before each answer, once for commands that came together.
        idle: seconds after which it says 421 to a silent connection and closes it.
        mails: of one connection; then it says 421 to the next MAIL and closes it.

    `taken` lists what it took, `connections` counts those that were made,
    `open` those that are, `heard` all commands with their connection's number, `written`
    the bytes of floods and drips.
    """

    def __init__(
        self,
        script: Script | Mapping[Step, Fault] | None = None,
        *,
        tls: ssl.SSLContext | None = None,
        from_start: bool = False,
        login: tuple[str, str] | None = None,
        extensions: tuple[str, ...] = ("PIPELINING", "SIZE 10000000", "ENHANCEDSTATUSCODES"),
        latency: float = 0.0,
        idle: float | None = None,
        mails: int | None = None,
    ) -> None:
        self.script: Script | Mapping[Step, Fault] = script or {}
        self.tls, self.from_start, self.login = tls, from_start, login
        self.extensions, self.latency, self.idle, self.mails = extensions, latency, idle, mails
        self.taken: list[Taken] = []
        self.heard: list[tuple[int, str]] = []
        self.connections = self.open = self.port = self.written = 0
        self.changed = threading.Condition()
        self._lines: set[_Line] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._ready = threading.Event()

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._ready.wait(5)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._over.set_result, None)
        self._thread.join()

    def wait_for(self, count: int, seconds: float = 5.0) -> list[Taken]:
        """Return all mails once `count` were taken; AssertionError after `seconds`."""
        self.wait_until(lambda: len(self.taken) >= count, seconds)
        return list(self.taken)

    def wait_until(self, condition: Callable[[], bool], seconds: float = 5.0) -> None:
        """Return when the condition holds, which is looked at after mails and ends of lines."""
        with self.changed:
            assert self.changed.wait_for(condition, seconds), (
                f"{len(self.taken)} taken and {self.open} lines open after {seconds} s"
            )

    def fault(self, moment: Moment) -> Fault | None:
        """Return what the script wants at this moment."""
        return self.script(moment) if callable(self.script) else self.script.get(moment.step)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._serve())
        self._loop.run_until_complete(self._loop.shutdown_asyncgens())
        self._loop.close()

    async def _serve(self) -> None:
        self._over: asyncio.Future[None] = self._loop.create_future()
        context = self.tls if self.from_start else None
        server = await self._loop.create_server(lambda: _Line(self), "127.0.0.1", 0, ssl=context)
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._over
        server.close()
        tasks = [line.task for line in self._lines]
        for line in list(self._lines):
            line.transport.abort()
            line.task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.sleep(0)  # the lines hear of their end


class _Gone(Exception):
    """The line is no more."""


class _Line(asyncio.Protocol):
    """One connection: the bytes that came in, and a coroutine that makes sense of them."""

    transport: Any
    task: asyncio.Task[None]

    def __init__(self, server: FaultServer) -> None:
        self.server = server
        self.received = bytearray()
        self.gone = False
        self._waiter: asyncio.Future[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self.server.connections += 1
        self.server.open += 1
        self.server._lines.add(self)
        talk: Coroutine[Any, Any, None] = _Session(self, self.server).talk()
        self.task = self.server._loop.create_task(talk)

    def data_received(self, data: bytes) -> None:
        self.received += data
        self._wake()

    def connection_lost(self, _error: Exception | None) -> None:
        if self.gone:  # a handshake that fails says so twice
            return
        self.gone = True
        self._wake()
        self.server._lines.discard(self)
        with self.server.changed:
            self.server.open -= 1
            self.server.changed.notify_all()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    async def until(self, end: bytes) -> bytes:
        """Return what came in before `end`; raises _Gone."""
        start = 0
        while (found := self.received.find(end, start)) < 0:
            if self.gone:
                raise _Gone
            start = max(0, len(self.received) - len(end) + 1)
            self._waiter = self.server._loop.create_future()
            await self._waiter
        taken = bytes(self.received[:found])
        del self.received[: found + len(end)]
        return taken

    async def encrypt(self, context: ssl.SSLContext) -> None:
        """Go over to TLS; what was sent too early is forgotten (RFC 3207, 4.2)."""
        self.received.clear()
        loop = self.server._loop
        try:
            self.transport = await loop.start_tls(self.transport, self, context, server_side=True)
        except OSError:
            self.connection_lost(None)
            raise _Gone from None

    def reset(self) -> None:
        """Cut the line with RST instead of FIN."""
        sock = self.transport.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.transport.abort()


class _Session:
    """What is said on one connection (RFC 5321), with the faults of the script."""

    def __init__(self, line: _Line, server: FaultServer) -> None:
        self._line, self._server = line, server
        self._moment = Moment(Step.BANNER, server.connections)
        self._encrypted, self._logged_in = server.from_start, server.login is None
        self._sender = self._recipient = ""
        self._mails = 0

    async def talk(self) -> None:
        """Answer until one of the two sides ends it."""
        try:
            await self._say(Step.BANNER, "220 here")
            while True:
                await self._command((await self._hear()).decode("ascii", "replace"))
        except _Gone:
            self._line.transport.close()

    async def _hear(self) -> bytes:
        if self._server.idle is None:
            return await self._line.until(b"\r\n")
        try:
            async with asyncio.timeout(self._server.idle):
                return await self._line.until(b"\r\n")
        except TimeoutError:
            self._line.transport.write(b"421 4.4.2 idle for too long\r\n")
            raise _Gone from None

    async def _command(self, command: str) -> None:
        verb, _, rest = command.partition(" ")
        self._server.heard.append((self._moment.connection, f"{verb.upper()} {rest}".strip()))
        match [verb.upper(), *rest.upper().split()[:1]]:
            case ["EHLO" | "HELO", *_]:
                step = Step.TLS_EHLO if self._encrypted and not self._server.from_start else Step.EHLO
                await self._say(step, "\n".join(self._offers()))
            case ["STARTTLS"] if self._server.tls and not self._encrypted:
                await self._say(Step.STARTTLS, "220 go on")
                await self._line.encrypt(self._server.tls)
                self._encrypted = True
            case ["AUTH", how]:
                await self._log_in(how, rest.split()[1:])
            case ["MAIL", *_]:
                await self._mail(_address(command))
            case ["RCPT", *_]:
                await self._rcpt(_address(command))
            case ["DATA"]:
                await self._data()
            case ["RSET"]:
                self._forget()
                await self._say(Step.RSET, "250 2.0.0 forgotten")
            case ["QUIT"]:
                await self._say(Step.QUIT, "221 2.0.0 bye")
                raise _Gone
            case _:
                await self._reply(b"502 5.5.2 not known\r\n")

    def _offers(self) -> list[str]:
        offers = ["here", *self._server.extensions]
        if self._server.tls and not self._encrypted:
            offers.append("STARTTLS")
        if self._server.login:
            offers.append("AUTH PLAIN LOGIN")
        return [f"250-{offer}" for offer in offers[:-1]] + [f"250 {offers[-1]}"]

    async def _log_in(self, way: str, initial: list[str]) -> None:
        if way == "PLAIN":
            given = _decoded(initial[0]).split("\0")[1:]
        else:
            user = initial[0] if initial else await self._ask("VXNlcm5hbWU6")
            given = [_decoded(user), _decoded(await self._ask("UGFzc3dvcmQ6"))]
        self._logged_in = tuple(given) == self._server.login
        await self._say(Step.AUTH, "235 2.7.0 welcome" if self._logged_in else "535 5.7.8 wrong")

    async def _ask(self, challenge: str) -> str:
        await self._reply(f"334 {challenge}\r\n".encode())
        return (await self._hear()).decode()

    async def _mail(self, sender: str) -> None:
        self._moment = replace(self._moment, message=self._moment.message + 1)
        if self._mails == self._server.mails:
            await self._reply(b"421 4.7.0 too many messages on this connection\r\n")
            raise _Gone
        right = "250 2.1.0 fine" if self._logged_in else "530 5.7.0 log in first"
        if await self._say(Step.MAIL, right) and self._logged_in:
            self._sender = sender

    async def _rcpt(self, recipient: str) -> None:
        self._moment = replace(self._moment, recipient=recipient)
        if not self._sender:
            await self._reply(b"503 5.5.1 MAIL first\r\n")
        elif await self._say(Step.RCPT, "250 2.1.5 fine"):
            self._recipient = recipient

    async def _data(self) -> None:
        right = "354 go on" if self._recipient else "554 5.5.1 no valid recipients"
        if await self._say(Step.DATA, right) and self._recipient:
            raw = (await self._line.until(b"\r\n.\r\n") + b"\r\n").replace(b"\r\n..", b"\r\n.")
            taken = Taken(self._sender, self._recipient, raw, self._moment.connection)
            await self._say(Step.TEXT, "250 2.0.0 taken", taken)
            self._forget()

    def _forget(self) -> None:
        self._sender = self._recipient = ""
        self._moment = replace(self._moment, recipient="")

    async def _say(self, step: Step, right: str, mail: Taken | None = None) -> bool:
        """Give the right answer or do what the script wants; return whether it was the right one."""
        self._moment = replace(self._moment, step=step)
        fault = self._server.fault(self._moment)
        if mail is not None and (fault is None or fault.takes):
            self._mails += 1
            with self._server.changed:
                self._server.taken.append(mail)
                self._server.changed.notify_all()
        if fault is None:
            await self._reply(right.replace("\n", "\r\n").encode() + b"\r\n")
            return True
        match fault.manner:
            case "answer":
                await self._reply(fault.text)
                if not fault.ends:
                    return False
            case "reset":
                self._line.reset()
            case "flood" | "drip":
                while True:
                    await self._without_end(fault)
            case "stop":
                await self._reply(fault.text)
                self._line.transport.pause_reading()
                while not self._line.gone:
                    await asyncio.sleep(0.01)
            case "hang":
                while True:  # until the sender is gone
                    await self._line.until(b"\r\n")
        raise _Gone

    async def _without_end(self, fault: Fault) -> None:
        for start in range(len(fault.text)) if fault.manner == "drip" else (slice(None),):
            if self._line.gone:
                raise _Gone
            text = fault.text[start] if isinstance(start, slice) else fault.text[start : start + 1]
            self._line.transport.write(text)
            self._server.written += len(text)
            # what is not taken yet waits in the transport
            while self._line.transport.get_write_buffer_size() > 65_536 and not self._line.gone:
                await asyncio.sleep(0.001)
            await asyncio.sleep(0.02 if fault.manner == "drip" else 0)

    async def _reply(self, text: bytes) -> None:
        if self._server.latency and not self._line.received:
            await asyncio.sleep(self._server.latency)
        self._line.transport.write(text)


def _address(command: str) -> str:
    found = re.search(r"<([^>]*)>", command)
    return found[1] if found else ""


def _decoded(text: str) -> str:
    return base64.b64decode(text).decode()
