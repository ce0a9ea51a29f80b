"""Asking one server, over connections that are kept: a GET that ends in time, whatever the server does."""

from __future__ import annotations

import socket
import ssl
import time
import weakref
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any

import httpcore
import httpx

from notifier.contacts import answers
from notifier.contacts.answers import LARGEST_BODY, Reply
from notifier.core.lookup import Answer

CONNECT_TIMEOUT = 5.0
"""Seconds for a connection to come about."""

KEEP_ALIVE = 4.0
"""Seconds after which an idle connection is dropped: before Apache does it, whose KeepAliveTimeout is 5."""

HEADERS = {"Accept": "application/json", "Accept-Encoding": "identity", "User-Agent": "notifier"}


class Line:
    """The connections to one source; safe to use from several threads.

    Args:
        headers: sent with every request, in the place of HEADERS of the same name.
        login: user name and secret for HTTP Basic, None for none.
        timeout: seconds for a whole exchange. Only the name's resolution has limits of its
            own (resolv.conf(5)).
    """

    def __init__(self, headers: Mapping[str, str], login: tuple[str, str] | None, timeout: float) -> None:
        self._headers = headers
        self._timeout = timeout
        self._client = httpx.Client(
            auth=login,
            headers=HEADERS,
            # What one order's answer sets must not go out with the next one's question.
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
            follow_redirects=False,
            trust_env=False,
            transport=_Transport(),
        )
        # Also when rules are read anew and the last thread that asks by the old ones lets go.
        self._close = weakref.finalize(self, self._client.close)

    def get(self, url: str) -> Reply | Answer:
        """Return what the server replies, or the Answer that it is down, in words without the URL's path."""
        ends = time.monotonic() + self._timeout
        try:
            # The transport takes these three as the moment at which all has to be over.
            timeout = httpx.Timeout(connect=ends, read=ends, write=ends, pool=self._timeout)
            with self._client.stream("GET", url, headers=self._headers, timeout=timeout) as response:
                return Reply(
                    response.status_code,
                    response.headers.get("Content-Type", ""),
                    response.headers.get("Retry-After", ""),
                    _bounded(response.iter_raw()),
                )
        except (httpx.InvalidURL, httpx.LocalProtocolError, ValueError):
            return answers.down("cannot be asked: its url or one of its headers cannot be sent")
        except httpx.HTTPError as error:
            return answers.down(f"cannot be asked at {_place(url)}: {self._why(error)}")

    def close(self) -> None:
        """Close all connections; happens by itself with the last reference."""
        self._close()

    def _why(self, error: httpx.HTTPError) -> str:
        match error:
            case httpx.ConnectTimeout():
                return f"no connection within {min(CONNECT_TIMEOUT, self._timeout):g} s"
            case httpx.TimeoutException():
                return f"no whole answer within {self._timeout:g} s"
            case httpx.ConnectError():
                return _why_unconnected(error)
            case httpx.UnsupportedProtocol():
                return "its url must begin with https:// or http://"
        return "the connection was cut off, or what came is not HTTP"


class _Transport(httpx.HTTPTransport):
    """httpx's transport over sockets that know when an exchange has to be over.

    httpx's own timeouts count anew with every byte that drips in.
    """

    def __init__(self) -> None:
        super().__init__(verify=_tls())
        # httpx gives no other way to choose the sockets; tests hold it to this one.
        self._pool = httpcore.ConnectionPool(
            ssl_context=_tls(), keepalive_expiry=KEEP_ALIVE, network_backend=_Sockets()
        )


class _Sockets(httpcore.SyncBackend):
    """Opens sockets; every `timeout` here is a moment of `time.monotonic`."""

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect within CONNECT_TIMEOUT, and before the moment `timeout`."""
        left = min(CONNECT_TIMEOUT, _left(timeout, httpcore.ConnectTimeout))
        return _Stream(super().connect_tcp(host, port, left, local_address, socket_options))


class _Stream(httpcore.NetworkStream):
    """A connected socket; every `timeout` here is a moment of `time.monotonic`."""

    def __init__(self, inner: httpcore.NetworkStream) -> None:
        self._inner = inner

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, _left(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, _left(timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        left = min(CONNECT_TIMEOUT, _left(timeout, httpcore.ConnectTimeout))
        return _Stream(self._inner.start_tls(ssl_context, server_hostname, left))

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


def _left(ends: float | None, too_late: type[httpcore.TimeoutException]) -> float:
    left = (ends or 0.0) - time.monotonic()
    if left <= 0:
        raise too_late
    return left


@cache
def _tls() -> ssl.SSLContext:
    """Return what certificates are verified with; reading them takes tens of milliseconds."""
    return httpx.create_ssl_context(trust_env=False)


def _bounded(chunks: Iterator[bytes]) -> bytes:
    body = bytearray()
    for chunk in chunks:
        body += chunk
        if len(body) > LARGEST_BODY:
            break
    return bytes(body[: LARGEST_BODY + 1])


def _place(url: str) -> str:
    """Return host and port of a URL, and nothing else of it: the rest may be a secret or personal."""
    parts = httpx.URL(url)
    return f"{parts.host}:{parts.port or {'https': 443}.get(parts.scheme, 80)}"


def _why_unconnected(error: BaseException | None) -> str:
    """Find the system's own error: httpx and httpcore wrap it, each for itself."""
    while error is not None:
        match error:
            case ssl.SSLCertVerificationError():
                return f"its certificate is not trusted ({error.verify_message})"
            case ssl.SSLError():
                return f"no TLS ({error.reason or 'cut off'})"
            case socket.gaierror():
                return "its name cannot be resolved"
            case OSError(strerror=str(words)):
                return f"no connection ({words})"
        error = error.__cause__ or error.__context__
    return "no connection"
