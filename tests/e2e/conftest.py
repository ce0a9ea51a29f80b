"""The running service and the sinks behind it."""

from __future__ import annotations

from tests.service_process import chat, mail, service

__all__ = ["chat", "mail", "service"]
