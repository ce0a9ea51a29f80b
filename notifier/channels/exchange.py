"""HTTP calls of plugins, each within its bounds: one deadline for a request and its answer, one size.

The time to connect (`cto`) holds for TCP and for TLS, each as a whole; the time to
answer (`rto`) for all from the request's first byte to the answer's last.
"""

from __future__ import annotations

import ssl
import threading
import time
from contextvars import ContextVar
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

from notifier.channels.bounds import Bound, Socket, TooMuch

KEEP_ALIVE = 5.0
"""Seconds after which an idle session is dropped: a server that closes it meanwhile costs an answer."""

LARGEST = 1_048_576
"""Bytes of an answer that are read, as they come and as they are unpacked."""

TIMEOUT = (5.0, 30.0)
"""Seconds to connect and to wait for an answer, where a plugin names none."""

_CHUNK = 65_536

_bound: ContextVar[Bound] = ContextVar("channels_bound")


class Exchanges:
    """Sessions of `requests`, one for each thread, whose connections are kept for a while."""

    def __init__(self) -> None:
        self._local = threading.local()

    def request(self, method: str, url: str, **arguments: Any) -> requests.Response:
        """Do what `requests.request` does, but do not read the answer's body.

        Raises requests.RequestException.
        """
        timeout = arguments["timeout"]
        seconds = timeout[1] if isinstance(timeout, tuple) else timeout
        token = _bound.set(Bound(seconds or TIMEOUT[1], LARGEST))
        try:
            return self._session().request(method, url, **arguments | {"stream": True})
        finally:
            _bound.reset(token)

    def _session(self) -> requests.Session:
        now = time.monotonic()
        session: requests.Session | None = getattr(self._local, "session", None)
        if session is not None and now - self._local.used > KEEP_ALIVE:
            session.close()
            session = None
        if session is None:
            session = self._local.session = requests.Session()
            session.mount("http://", _Adapter())
            session.mount("https://", _Adapter())
            # No proxies, .netrc or certificates from the environment: what a channel reaches,
            # and with which password, is written in its URL and nowhere else.
            session.trust_env = False
            # Two channels may be two accounts at one provider.
            session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        self._local.used = now
        return session


def read(response: requests.Response) -> requests.RequestException | None:
    """Read an answer's body, which is then its `content`, whole or as far as it came.

    Returns:
        Why it broke off; None if it is whole.
    """
    body = bytearray()
    broken: requests.RequestException | None = None
    try:
        for chunk in response.iter_content(_CHUNK):
            body += chunk
            if len(body) > LARGEST:
                raise requests.ConnectionError(TooMuch())  # as if the socket had said it
    except requests.RequestException as error:
        broken = error
        response.close()
    response._content = bytes(body[:LARGEST])
    return broken


class _Bounded:
    """What our connections have in common; in front of urllib3's own."""

    sock: Any

    def connect(self) -> None:
        """Connect; whatever fails here, nothing was sent yet."""
        try:
            super().connect()  # type: ignore[misc]
        except TimeoutError as error:
            raise ConnectTimeoutError(self, "no connection in time") from error
        except (ConnectionError, ssl.SSLEOFError, ssl.SSLZeroReturnError) as error:
            raise NewConnectionError(self, "cut off before TLS was there") from error  # type: ignore[arg-type]
        self.sock = Socket(self.sock, _bound.get())

    def request(self, *args: Any, **options: Any) -> None:
        """Send a request; from now on its bound holds."""
        if self.sock is None:
            self.connect()
        self.sock.bound = _bound.get()
        super().request(*args, **options)  # type: ignore[misc]


class _Http(_Bounded, HTTPConnection):
    pass


class _Https(_Bounded, HTTPSConnection):
    pass


class _HttpPool(HTTPConnectionPool):
    ConnectionCls = _Http


class _HttpsPool(HTTPSConnectionPool):
    ConnectionCls = _Https


class _Adapter(HTTPAdapter):
    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        super().init_poolmanager(*args, **options)
        self.poolmanager.pool_classes_by_scheme = {"http": _HttpPool, "https": _HttpsPool}
