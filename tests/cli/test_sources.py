"""`notifier sources`: which sources are down, what waits for them, and what happened lately."""

from __future__ import annotations

import json

import pytest

from notifier.core.plan import Plan
from notifier.core.reason import Reason
from notifier.core.situation import Decision
from notifier.store.sqlite.store import SqliteStore
from tests import factories
from tests.cli.conftest import NOW, Shop


@pytest.fixture
def trouble(shop: Shop, worker: None) -> Shop:
    """Cottoncast failed twice while one order waited for its contact."""
    store = SqliteStore(shop.database)
    store.migrate()
    store.orders.accept_unknown(True)
    store.updates.record([factories.received("C", "50")], NOW)
    (claimed,) = store.updates.claim("worker", NOW, 60, 10)
    awaiting = Decision("shipped", False, Reason.AWAITING_CONTACT)
    store.updates.record_plan(claimed, "worker", Plan((awaiting,), (), True), False, "", NOW)
    store.sources.failed("cottoncast", "HTTP 503", NOW)
    store.sources.failed("cottoncast", "no answer within 10 s", NOW + 30)
    store.sources.rest("cottoncast", NOW + 90)
    store.close()
    return shop


def test_sources_shows_what_is_down_what_waits_and_what_happened(trouble: Shop) -> None:
    done = trouble.run("sources")
    assert (done.returncode, done.stderr) == (0, "")
    assert [line.split("\t") for line in done.stdout.splitlines()] == [
        ["SOURCE", "DOWN SINCE", "FAILURES", "NEXT TRY", "WHY"],
        ["cottoncast", "2021-05-26 05:36:27Z", "2", "2021-05-26 05:37:57Z", "no answer within 10 s"],
        [""],
        ["lookups: 1 due"],
        [""],
        ["ORDER", "WAITS SINCE", "ATTEMPTS", "NEXT TRY", "WHY"],
        ["50", "2021-05-26 05:36:27Z", "0", "2021-05-26 05:36:27Z", ""],
        [""],
        ["AT", "EVENT", "ABOUT", "WORDS"],
        ["2021-05-26 05:36:27Z", "source_down", "cottoncast", "HTTP 503"],
    ]


def test_sources_prints_json(trouble: Shop) -> None:
    told = json.loads(trouble.run("sources", "--json").stdout)
    assert [(s["name"], s["failures"], s["until"]) for s in told["down"]] == [("cottoncast", 2, NOW + 90)]
    assert told["lookups"] == {"due": 1, "found": 0, "missing": 0, "gave_up": 0, "not_needed": 0}
    assert [(one["ref"], one["attempts"]) for one in told["waiting"]] == [("50", 0)]
    assert [event["kind"] for event in told["events"]] == ["source_down"]


def test_the_newest_events_come_first_and_as_many_as_wanted(trouble: Shop) -> None:
    store = SqliteStore(trouble.database)
    store.sources.works("cottoncast", NOW + 100)
    store.close()

    def kinds(*words: str) -> list[str]:
        return [
            event["kind"] for event in json.loads(trouble.run("sources", "--json", *words).stdout)["events"]
        ]

    assert kinds() == ["source_up", "source_down"]
    assert kinds("--events", "1") == ["source_up"]
    assert kinds("--events", "0") == []
    assert trouble.run("sources").stdout.startswith("no source is down\n")


def test_without_remote_sources_all_is_well(shop: Shop) -> None:
    store = SqliteStore(shop.database)
    store.migrate()
    store.close()
    assert shop.run("sources").stdout == "no source is down\nlookups: none yet\n"
