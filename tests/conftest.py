"""Sinks that every test may ask for: a mail server and a web service, both real and both local."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.sinks import HttpSink, SmtpSink


@pytest.fixture
def smtp() -> Iterator[SmtpSink]:
    with SmtpSink() as sink:
        yield sink


@pytest.fixture
def http() -> Iterator[HttpSink]:
    with HttpSink() as sink:
        yield sink
