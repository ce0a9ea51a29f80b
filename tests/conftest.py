"""What every test may ask for: a mail server and a web service, both real and both local."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from tests.sinks import HttpSink, SmtpSink

# A check of a change tries the same cases each time; at a desk every run looks for new ones.
# How long a case takes says how busy the machine is, and no more.
settings.register_profile(
    "here",
    derandomize=bool(os.environ.get("CI")),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("here")


@pytest.fixture
def smtp() -> Iterator[SmtpSink]:
    with SmtpSink() as sink:
        yield sink


@pytest.fixture
def http() -> Iterator[HttpSink]:
    with HttpSink() as sink:
        yield sink
