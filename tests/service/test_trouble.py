"""One line when the database cannot do it, one a minute after that, one when it works again."""

from __future__ import annotations

from structlog.testing import capture_logs

from notifier.errors import StoreError
from notifier.service.trouble import EVERY, Trouble


def test_a_trouble_that_goes_on_is_logged_once_a_minute_with_its_number() -> None:
    clock = iter((0.0, 1.0, 2.0, EVERY, EVERY + 1.0, EVERY + 2.0))
    trouble = Trouble("no database", lambda: next(clock))
    with capture_logs() as lines:
        trouble.over()
        for _ in range(5):
            trouble.met(StoreError("full"), 2)
        trouble.met(StoreError("gone"))
        trouble.over()
        trouble.over()
    assert [(line["event"], line.get("error"), line["times"]) for line in lines] == [
        ("no database", "full", 2),
        ("no database", "full", 6),
        ("no database", "gone", 3),
        ("no database: works again", None, 0),
    ]
