"""Connections to mail servers, kept open between mails.

Opening one costs a shop's mail more than sending it: TCP, TLS, two greetings
and a login are ten round trips. So a connection is kept for the next mail to the
same server as the same user. Servers close idle ones when they like, which is
noticed before a mail goes out over it, or else before its text was handed over.
"""

from __future__ import annotations

import os
import threading
import time
import weakref
from collections.abc import Callable
from dataclasses import dataclass

from notifier.channels.connection import Connection
from notifier.channels.smtp import Server, SmtpError

IDLE = 20.0
"""Seconds for which a connection is kept unused.

RFC 5321, 4.5.3.2.7 asks servers to wait five minutes, but shared ones wait much
less: idle connections answered with 421 are what users of other pools report
(github.com/appwrite/appwrite/issues/12699 and 13008).
"""

MAILS = 100
"""Mails over one connection: what SendGrid allowed (github.com/nodemailer/nodemailer/issues/475)."""


@dataclass(frozen=True, slots=True)
class _Kept:
    connection: Connection
    since: float


class Pool:
    """Kept connections, for any number of threads; the one that was used last is used next.

    So that those which a rush left behind fall idle and are closed. Nothing waits:
    a thread that finds none opens its own. No lock is held while one talks to a server.

    Args:
        clock: seconds, of any beginning.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: dict[Server, list[_Kept]] = {}
        self._closed = False
        _pools.add(self)

    def send(self, server: Server, sender: str, recipient: str, mail: bytes) -> str:
        """Hand over one mail, over a kept connection or a new one.

        A kept one that turns out to be dead before the text was handed over says
        nothing of the server: the mail goes out over a new one, whose failure counts.

        Args and return value are those of `Connection.send`; raises SmtpError.
        """
        kept = self._take(server)
        if kept is not None:
            try:
                return self._over(kept, server, sender, recipient, mail)
            except SmtpError as error:
                if not error.died_early:
                    raise
        return self._over(Connection(server), server, sender, recipient, mail)

    def tidy(self) -> None:
        """Close what was idle for too long or was closed by the server; never waits."""
        if not self._kept:
            return
        now = self._clock()
        over: list[Connection] = []
        with self._lock:
            for server, stack in list(self._kept.items()):
                fresh = [kept for kept in stack if now - kept.since < IDLE and kept.connection.alive()]
                over += [kept.connection for kept in stack if kept not in fresh]
                self._keep(server, fresh)
        for connection in over:
            connection.hang_up()

    def close(self) -> None:
        """Close all connections, those in use when they come back; mails can still be sent."""
        with self._lock:
            self._closed = True
            over = [kept.connection for stack in self._kept.values() for kept in stack]
            self._kept.clear()
        for connection in over:
            connection.hang_up()

    def _over(self, connection: Connection, server: Server, sender: str, recipient: str, mail: bytes) -> str:
        try:
            return connection.send(sender, recipient, mail)
        finally:
            self._give_back(server, connection)

    def _take(self, server: Server) -> Connection | None:
        while True:
            with self._lock:
                stack = self._kept.get(server)
                if not stack:
                    return None
                kept = stack.pop()
                self._keep(server, stack)
            if self._clock() - kept.since < IDLE and kept.connection.alive():
                return kept.connection
            kept.connection.hang_up()

    def _give_back(self, server: Server, connection: Connection) -> None:
        if not connection.usable:
            connection.abandon()
            return
        with self._lock:
            keep = not self._closed and connection.mails < MAILS
            if keep:
                self._kept.setdefault(server, []).append(_Kept(connection, self._clock()))
        if not keep:
            connection.hang_up()

    def _keep(self, server: Server, stack: list[_Kept]) -> None:
        if stack:
            self._kept[server] = stack
        else:
            self._kept.pop(server, None)

    def _forget(self) -> None:
        """Let go of the parent's connections, which this process must not speak on."""
        kept, self._kept = self._kept, {}
        self._lock = threading.Lock()  # it may have been held at the moment of the fork
        for stack in kept.values():
            for one in stack:
                one.connection.abandon()


_pools: weakref.WeakSet[Pool] = weakref.WeakSet()


def _after_fork() -> None:
    for pool in list(_pools):
        pool._forget()


os.register_at_fork(after_in_child=_after_fork)
