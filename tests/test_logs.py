"""Logs: one line an event, in the style that was asked for, without what an exception says of its data."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

SCRIPT = """
import logging, structlog
from notifier import logs
logs.configure({style!r}, "info")
log = structlog.get_logger()
log.debug("not shown")
log.info("update decided", update=7, fired=["a"])
try:
    raise ValueError("jane@example.com")
except ValueError:
    log.exception("went wrong", update=8)
logging.getLogger("gunicorn.error").error("from a library")
logging.getLogger("noisy").info("not shown either")
"""


def run(style: str, **environment: str) -> list[str]:
    """Return the lines on standard error."""
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT.format(style=style)],
        capture_output=True,
        text=True,
        check=True,
        env=environment,
    )
    assert done.stdout == ""
    return done.stderr.splitlines()


def test_json_is_one_object_a_line_with_level_and_time() -> None:
    events = [json.loads(line) for line in run("json")]

    assert [(e["event"], e["level"]) for e in events] == [
        ("update decided", "info"),
        ("went wrong", "error"),
        ("from a library", "error"),
    ]
    assert events[0]["update"] == 7
    assert events[0]["fired"] == ["a"]
    assert all(e["timestamp"].endswith("Z") for e in events)


def test_text_is_one_line_an_event() -> None:
    lines = run("text")

    assert "update decided" in lines[0]
    assert "update=7" in lines[0]
    assert "\x1b" not in "".join(lines)


def test_under_systemd_every_line_begins_with_its_priority() -> None:
    lines = run("text", JOURNAL_STREAM="8:1")

    assert lines[0] == "<6>update decided update=7 fired=['a']"
    assert all(line.startswith(("<6>", "<3>")) for line in lines)


@pytest.mark.parametrize("style", ["text", "json"])
def test_a_traceback_shows_where_and_what_kind_but_not_what_the_exception_said(style: str) -> None:
    text = "\n".join(run(style))

    assert "ValueError" in text
    assert "jane@example.com" not in text
