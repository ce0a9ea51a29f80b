"""Logs on standard error: one line an event, for people or as JSON, with levels that journald understands."""

from __future__ import annotations

import contextlib
import logging
import os
import sys
import traceback
from typing import Any, TextIO, cast

import structlog

_PRIORITY = {"debug": 7, "info": 6, "warning": 4, "error": 3, "critical": 2}
"""Log level to syslog priority (RFC 5424, section 6.2.1)."""


def configure(style: str, level: str) -> None:
    """Set up logging of this process, ours and that of the libraries.

    Args:
        style: `text` or `json`.
        level: `debug`, `info`, `warning` or `error`.
    """
    shared: list[Any] = [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _traceback,
    ]
    if style == "json":
        render: list[Any] = [structlog.processors.JSONRenderer()]
    else:
        plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"  # no-color.org
        colours = sys.stderr.isatty() and not plain
        render = [structlog.dev.ConsoleRenderer(colors=colours, pad_event_to=28)]
        if "JOURNAL_STREAM" in os.environ:
            render = [_journal]
    structlog.configure(
        processors=[structlog.contextvars.merge_contextvars, *shared, *render],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper())),
        logger_factory=structlog.PrintLoggerFactory(cast(TextIO, _StandardError())),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *render],
            foreign_pre_chain=shared,
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.WARNING)


def _traceback(_: Any, __: str, event: dict[str, Any]) -> dict[str, Any]:
    """Turn an exception into frames and its type; its text may hold a customer's data and stays out."""
    found = event.pop("exc_info", None)
    if found is True:
        found = sys.exc_info()
    error = found[1] if isinstance(found, tuple) else found
    if isinstance(error, BaseException):
        frames = "".join(traceback.format_tb(error.__traceback__))
        event["exception"] = f"{frames}{type(error).__module__}.{type(error).__qualname__}"
    return event


class _StandardError:
    """Standard error without its errors: a log on a full disk must not stop the work that it tells about."""

    def write(self, text: str) -> None:
        with contextlib.suppress(OSError):
            sys.stderr.write(text)

    def flush(self) -> None:
        with contextlib.suppress(OSError):
            sys.stderr.flush()


def _journal(_: Any, __: str, event: dict[str, Any]) -> str:
    """Return a line for journald: `<priority>` in front (sd-daemon(3)), no time, key=value behind."""
    priority = _PRIORITY.get(event.pop("level", "info"), 6)
    event.pop("timestamp", None)
    text = str(event.pop("event", ""))
    trace = event.pop("exception", "")
    pairs = " ".join(f"{key}={value!r}" for key, value in event.items())
    line = f"{text} {pairs}".strip().replace("\n", " ")
    return "\n".join(f"<{priority}>{part}" for part in [line, *trace.splitlines()])
