"""The running service and the sinks behind it; how long the fault runs are.

The default is small. Before a release, or after a change of store, intake or
worker, for some minutes:

    FAULT_CYCLES=100 FAULT_UPDATES=2000 .venv/bin/pytest tests/faults
"""

from __future__ import annotations

import os

import pytest

from tests.service_process import chat, mail, service

__all__ = ["chat", "cycles", "mail", "service", "updates"]


@pytest.fixture
def cycles() -> int:
    """How often a process is killed."""
    return int(os.environ.get("FAULT_CYCLES", "6"))


@pytest.fixture
def updates() -> int:
    """How many updates are posted where their number does not follow from the kills."""
    return int(os.environ.get("FAULT_UPDATES", "48"))
