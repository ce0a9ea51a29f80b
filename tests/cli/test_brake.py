"""`notifier brake`: what is held, and letting it go or dropping it."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator

import pytest

from notifier.core.message import State
from notifier.store.sqlite.store import SqliteStore
from tests.cli.conftest import Shop
from tests.cli.operating import pull_brake

NOW = time.time() - 600


@pytest.fixture
def store(shop: Shop, worker: None) -> Iterator[SqliteStore]:
    store = SqliteStore(shop.database)
    store.migrate()
    yield store
    store.close()


def states(store: SqliteStore) -> set[State]:
    return {message.state for message in store.outbox.newest((), 10)}


def test_a_brake_that_is_not_pulled_says_so(shop: Shop, store: SqliteStore) -> None:
    assert shop.run("brake").stdout == "the brake is not pulled; messages to customers go out\n"
    assert json.loads(shop.run("brake", "--json").stdout) is None
    for word in ("release", "drop"):
        done = shop.run("brake", word)
        assert (done.returncode, done.stdout) == (0, "the brake is not pulled; nothing is held\n")


def test_what_is_held_is_shown_with_what_is_usual(shop: Shop, store: SqliteStore) -> None:
    pull_brake(store, NOW)
    done = shop.run("brake")
    assert done.returncode == 0
    assert "the brake is pulled: 2 messages held since 20" in done.stdout
    assert "120 were made in 10 min, 3.5 are usual" in done.stdout
    assert "notifier brake release, or notifier brake drop" in done.stderr
    shown = json.loads(shop.run("brake", "--json").stdout)
    assert (shown["held"], shown["count"], shown["usual"], shown["since"]) == (2, 120, 3.5, NOW)


def test_the_held_messages_can_be_listed(shop: Shop, store: SqliteStore) -> None:
    pull_brake(store, NOW)
    done = shop.run("messages", "--state", "held")
    assert [line.split("\t")[1:3] for line in done.stdout.splitlines()[1:]] == [
        ["held", "42"],
        ["held", "41"],
    ]
    assert "braked" in done.stdout


def test_they_are_released(shop: Shop, store: SqliteStore) -> None:
    pull_brake(store, NOW)
    done = shop.run("brake", "release")
    assert (done.returncode, done.stdout) == (0, "2 messages released; the brake is off\n")
    assert (states(store), store.brake.state()) == ({State.PENDING}, None)


def test_they_are_dropped_only_when_that_is_said_twice(shop: Shop, store: SqliteStore) -> None:
    pull_brake(store, NOW)
    asked = shop.run("brake", "drop")
    assert (asked.returncode, asked.stdout) == (2, "")
    assert "nothing was dropped: there is nobody to ask, add --yes" in asked.stderr
    assert states(store) == {State.HELD}

    code, screen = shop.watch("brake", "drop", typed="n\n")
    assert code == 1
    assert "this drops 2 messages to customers for good" in screen
    assert states(store) == {State.HELD}

    code, screen = shop.watch("brake", "drop", typed="y\n")
    assert (code, "2 messages dropped; the brake is off" in screen) == (0, True)
    assert (states(store), store.brake.state()) == ({State.DROPPED}, None)


def test_scripts_say_yes(shop: Shop, store: SqliteStore) -> None:
    pull_brake(store, NOW, ["41"])
    done = shop.run("brake", "drop", "--yes")
    assert (done.returncode, done.stdout) == (0, "1 message dropped; the brake is off\n")
