"""`notifier retry` and `dismiss` by what messages have in common; failures that need nobody any more."""

from __future__ import annotations

import json
import time

import pytest

from notifier.core.message import State
from notifier.store.sqlite.store import SqliteStore
from tests.cli.conftest import Shop


def states(shop: Shop) -> dict[int, State]:
    store = SqliteStore(shop.database)
    try:
        return {m.id: m.state for m in store.outbox.newest((), 100)}
    finally:
        store.close()


def test_a_dry_run_says_how_many_and_which_and_changes_nothing(story: Shop) -> None:
    before = states(story)
    done = story.run("retry", "--failed", "--unknown", "--dry-run")
    assert done.returncode == 0
    assert [line.split("\t")[:2] for line in done.stdout.splitlines()[1:]] == [
        ["2", "failed"], ["3", "unknown"]
    ]  # fmt: skip
    assert done.stderr.splitlines()[-1] == "2 messages would be sent again"
    assert states(story) == before


@pytest.mark.parametrize(
    ("words", "ids"),
    [
        (["--failed"], [2]),
        (["--unknown"], [3]),
        (["--failed", "--unknown", "--channel", "sms"], [2]),
        (["--failed", "--rule", "shipped"], [2]),
        (["--failed", "--rule", "lost"], []),
        (["--failed", "--since", "2h"], []),
    ],
)
def test_retry_and_dismiss_take_what_fits_every_filter(story: Shop, words: list[str], ids: list[int]) -> None:
    dismissed = story.run("dismiss", *words, "--reason", "x", "--dry-run")
    assert dismissed.stderr.splitlines()[-1].startswith(f"{len(ids)} message")
    done = story.run("retry", *words)
    assert done.returncode == 0
    assert [int(line.split()[1]) for line in done.stdout.splitlines() if line.startswith("message ")] == ids
    assert [number for number in (2, 3) if states(story)[number] is State.PENDING] == ids


@pytest.mark.parametrize("command", ["retry", "dismiss"])
@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "say which"),
        (["2", "--failed"], "say which"),
        (["--channel", "sms"], "say --failed or --unknown as well"),
        (["--failed", "--since", "yesterday"], "is not a duration"),
    ],
)
def test_what_is_meant_has_to_be_said(story: Shop, command: str, words: list[str], said: str) -> None:
    more = ["--reason", "x"] if command == "dismiss" else []
    done = story.run(command, *words, *more)
    assert done.returncode == 2
    assert said in done.stderr


def test_what_is_dismissed_is_on_record_and_retried_only_by_its_id(story: Shop) -> None:
    done = story.run("dismiss", "2", "3", "--reason", "told by phone", "--by", "ann")
    assert (done.returncode, done.stdout) == (0, "2 messages dismissed\n")
    assert "by ann: told by phone" in story.run("messages", "--failed").stderr
    assert story.run("retry", "--failed").stdout == "0 messages need a person\n"
    assert story.run("retry", "2").returncode == 0


def test_a_dismissal_needs_a_reason_and_something_that_failed(story: Shop) -> None:
    assert "say why" in story.run("dismiss", "2").stderr
    done = story.run("dismiss", "1", "--reason", "x", "--by", "ann")
    assert done.returncode == 1
    assert "only failed and unknown ones can be dismissed" in done.stderr
    assert story.run("dismiss", "99", "--reason", "x", "--by", "ann").returncode == 66


def test_refused_updates_are_told_by_status_until_they_are_dismissed(story: Shop, worker: None) -> None:
    store = SqliteStore(story.database)
    store.events.add("updates_unrecorded", "webhook", "27 updates answered 503 at x: full", time.time())
    (event, *_) = store.events.newest(1)
    store.close()

    def needs() -> list[str]:
        found: list[str] = json.loads(story.run("status", "--json").stdout)["needs"]
        return [need for need in found if "503" in need]

    assert needs() == [f"27 updates answered 503 at x: full (notifier dismiss --event {event.id} --reason …)"]
    done = story.run("dismiss", "--event", str(event.id), "--reason", "compared", "--by", "ann")
    assert done.returncode == 0
    assert needs() == []
