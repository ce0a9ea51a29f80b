"""Channels as rules.yaml would make them, and the sinks behind them."""

from __future__ import annotations

import ssl
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import pytest

from tests.channels.ways import channel
from tests.sinks import HttpSink

with warnings.catch_warnings():
    # Apprise 2.2.0 looks for Python's imghdr, which Python 3.11 announces to remove.
    warnings.filterwarnings("ignore", "'imghdr' is deprecated", DeprecationWarning)
    from notifier.channels.gateway import Gateway


class Open(Protocol):
    def __call__(self, url: str | None, *, to: bool = False) -> Gateway: ...


@pytest.fixture
def certificate() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(Path(__file__).parent / "selfsigned.pem")
    return context


@pytest.fixture
def gateway(http: HttpSink) -> Iterator[Open]:
    """Make a gateway of one channel, "way", whose HTTP calls arrive at the sink."""
    made: list[Gateway] = []

    def build(url: str | None, *, to: bool = False) -> Gateway:
        made.append(Gateway({"way": channel(url, to=to)}, "Łódź Knits", http.url))
        return made[-1]

    yield build
    for one in made:
        one.close()
