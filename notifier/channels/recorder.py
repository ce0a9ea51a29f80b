"""What Apprise's plugins say over HTTP, and what they are answered, as evidence for `classify`.

Apprise returns no status code, no Retry-After and no reason. Every plugin that
speaks HTTP does so through its module's attribute `requests`; `install` puts a
stand-in there that passes everything on and notes each call. The library
`requests` itself stays untouched for everybody else.

On the way it does what the plugins do not: connections are kept alive (a fresh
one costs 28 ms of CPU for its certificates), redirects are not followed (a
login page answers 200), an endpoint that said "too many requests" is not asked
again for the same message, and a test or a demo can have every call arrive at
a sink on this machine.
"""

from __future__ import annotations

import ssl
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import requests
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError, ReadTimeoutError

from notifier.channels.bounds import NotTaken, TooMuch
from notifier.channels.exchange import TIMEOUT, Exchanges, read
from notifier.channels.peer import Peer

BODY_LIMIT = 65_536
"""Bytes of an answer that are looked at: Slack and Telegram repeat the message in it."""

MOST_CALLS = 50
"""Calls that a plugin may make for one message: some go on as long as answers ask for more."""

VERBS = ("get", "post", "put", "patch", "delete", "head", "options")


class CallError(StrEnum):
    """Why a call had no answer; whether the request may have arrived is the point of the difference."""

    CONNECT = "no connection"
    CONNECT_TIMEOUT = "no connection in time"
    CERTIFICATE = "certificate refused"
    TLS = "no TLS"
    BAD_REQUEST = "cannot be asked"
    NOT_TAKEN = "the request was not taken in time"
    READ_TIMEOUT = "no answer in time"
    RESET = "cut off before the answer"
    TOO_MUCH = "an answer without end"


@dataclass(frozen=True, slots=True)
class Call:
    """One HTTP call of a plugin.

    At least one of `status` and `error` is set: both if the answer's body broke off.
    `trouble` says more of the error in words that hold no secret. `retry_after` is in
    seconds; `body` the first BODY_LIMIT bytes, `cut` if there are more; `endpoint` is
    equal for calls of one method to one path, and says nothing else: paths hold tokens.
    """

    method: str
    status: int | None = None
    retry_after: float | None = None
    body: bytes = field(default=b"", repr=False)
    cut: bool = False
    error: CallError | None = None
    trouble: str = ""
    endpoint: int = field(default=0, repr=False)


Instead = Callable[[str, str, Mapping[str, Any]], requests.Response]
"""Answers a call in its place, which then goes nowhere: method, URL and the arguments of `requests`."""


@dataclass(frozen=True, slots=True)
class _Recording:
    calls: list[Call]
    sink: str | None
    instead: Instead | None


_current: ContextVar[_Recording | None] = ContextVar("channels_recording", default=None)


@contextmanager
def recording(sink: str | None = None, instead: Instead | None = None) -> Iterator[list[Call]]:
    """Collect the calls that plugins make in this context.

    Args:
        sink: `http://host:port` that receives every call instead of its host;
            path and query stay, the host is in the header X-Original-Host.
        instead: answers every call, so that none is made or noted.

    Yields:
        The list that grows with every call.
    """
    calls: list[Call] = []
    token = _current.set(_Recording(calls, sink, instead))
    try:
        yield calls
    finally:
        _current.reset(token)


class Recorder:
    """Stands in for the module `requests` inside a plugin's module."""

    def __init__(self) -> None:
        self._exchanges = Exchanges()

    def __getattr__(self, name: str) -> Any:
        if name in VERBS:
            return lambda url, *args, **kwargs: self.request(name, url, *args, **kwargs)
        return getattr(requests, name)

    def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> requests.Response:
        """Do what `requests.request` does, and note it.

        Raises requests.RequestException, as the plugins expect.
        """
        current = _current.get()
        parts = urlsplit(url)
        endpoint = hash((method.lower(), parts.netloc, parts.path))
        if current and any(c.status == 429 and c.endpoint == endpoint for c in current.calls):
            raise requests.exceptions.RetryError("told to wait; the outbox will try again")
        if current and len(current.calls) >= MOST_CALLS:
            raise requests.exceptions.RetryError("too many calls for one message")

        kwargs = _arguments(method, args, kwargs)
        if current and current.instead:
            return current.instead(method, url, kwargs)
        if current and current.sink:
            url, kwargs["headers"] = _to_sink(url, kwargs["headers"], current.sink)
        evidence: dict[str, Any] = {"method": method.upper(), "endpoint": endpoint}
        try:
            response = self._exchanges.request(method, url, **kwargs)
        except requests.RequestException as error:
            if current:
                current.calls.append(Call(**evidence, **_trouble(error, url)))
            raise
        # A streamed answer is the plugin's to read.
        broken = None if kwargs.get("stream") else read(response)
        if current:
            body = b"" if kwargs.get("stream") else response.content
            evidence |= _trouble(broken, url) if broken else {}
            call = Call(
                **evidence,
                status=response.status_code,
                retry_after=retry_after(response.headers.get("Retry-After", ""), time.time()),
                body=body[:BODY_LIMIT],
                cut=len(body) > BODY_LIMIT or broken is not None,
            )
            current.calls.append(call)
        if broken:
            raise broken
        return response


_recorder = Recorder()


def install() -> int:
    """Put the recorder into every loaded plugin module that has `requests`; return in how many it is."""
    count = 0
    for name, module in list(sys.modules.items()):
        if not name.startswith("apprise.plugins."):
            continue
        if vars(module).get("requests") is requests:
            module.requests = _recorder  # type: ignore[attr-defined]
        count += vars(module).get("requests") is _recorder
    return count


def hears(plugin: type) -> bool:
    """Tell whether a plugin class speaks HTTP, so that nothing was sent unless a call of it is on record."""
    modules = (vars(sys.modules[base.__module__]) for base in plugin.__mro__)
    return any(module.get("requests") is _recorder for module in modules)


def retry_after(value: str, now: float) -> float | None:
    """Read a Retry-After header.

    Args:
        value: seconds or an HTTP date (RFC 9110, 10.2.3).
        now: Unix seconds UTC.

    Returns:
        Seconds from now, at least 0; None if there is nothing to read.
    """
    value = value.strip()
    if value.isascii() and value.isdigit():
        return float(value[:9])
    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - now)
    except (ValueError, OverflowError):
        return None


def _arguments(method: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
    """Name positional arguments as requests does, and set what must hold for every call."""
    first, second = {"get": ("params", ""), "post": ("data", "json")}.get(method.lower(), ("data", ""))
    named = dict(zip((first, second), args, strict=False)) | kwargs
    named.setdefault("timeout", TIMEOUT)
    named["allow_redirects"] = False
    named["headers"] = {k: _sendable(v) for k, v in (named.get("headers") or {}).items()}
    return named


def _sendable(value: Any) -> Any:
    """Return a header value that http.client can send: it takes str for Latin-1 and fails beyond.

    Plugins put the shop's name into User-Agent, and shops have all kinds of names.
    """
    if not isinstance(value, str):
        return value
    try:
        value.encode("latin-1")
    except UnicodeEncodeError:
        return value.encode("utf-8", "replace")
    return value


def _to_sink(url: str, headers: Mapping[str, Any], sink: str) -> tuple[str, dict[str, Any]]:
    there, here = urlsplit(url), urlsplit(sink)
    host = there.netloc.rpartition("@")[2]
    local = urlunsplit((here.scheme, here.netloc, there.path, there.query, ""))
    return local, {**headers, "X-Original-Host": host}


def _why(error: requests.RequestException) -> CallError:
    """Sort what `requests` raises; what is not known to be unsent counts as perhaps sent."""
    causes = list(_causes(error))
    for cause, why in _CAUSES.items():
        if any(isinstance(c, cause) for c in causes):
            return why
    if isinstance(error, requests.exceptions.SSLError):
        # Broken off in the handshake it is a NewConnectionError; so the request was on its way.
        late = any(isinstance(c, ssl.SSLEOFError | ssl.SSLZeroReturnError) for c in causes)
        return CallError.RESET if late else CallError.TLS
    if isinstance(error, ValueError):
        return CallError.BAD_REQUEST
    return CallError.RESET


_CAUSES: dict[type[BaseException], CallError] = {
    ssl.SSLCertVerificationError: CallError.CERTIFICATE,
    TooMuch: CallError.TOO_MUCH,
    NotTaken: CallError.NOT_TAKEN,
    # a subclass of the next one: refused, not silent
    NewConnectionError: CallError.CONNECT,
    ConnectTimeoutError: CallError.CONNECT_TIMEOUT,
    ReadTimeoutError: CallError.READ_TIMEOUT,
}


def _trouble(error: requests.RequestException, url: str) -> dict[str, Any]:
    """Return the `error` and `trouble` of a Call: what went wrong, and of the URL only host and port."""
    why = _why(error)
    if why is CallError.BAD_REQUEST:
        return {"error": why, "trouble": "the request cannot be made of this message and this URL"}
    parts = urlsplit(url)
    peer = Peer(parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80))
    # requests' own exceptions are OSErrors too, of which only the last cause says anything.
    below = (c for c in _causes(error) if isinstance(c, OSError))
    cause = next((c for c in below if not isinstance(c, requests.RequestException)), error)
    return {"error": why, "trouble": peer.trouble(cause)}


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield the error and what lies below it: urllib3 hides it in `reason` or in the arguments."""
    seen: set[int] = set()
    pending: list[object] = [error]
    while pending:
        one = pending.pop()
        if not isinstance(one, BaseException) or id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        pending += [one.__cause__, one.__context__, getattr(one, "reason", None), *one.args]
