"""What a store is: sources of contacts that are down, and the events that operators see."""

from __future__ import annotations

from notifier.store.customers import SourceState
from notifier.store.protocol import Store
from tests.factories import T0


def test_failures_in_a_row_are_counted_since_the_first(store: Store) -> None:
    assert store.sources.down() == []
    assert store.sources.failed("cottoncast", "HTTP 503", T0) == 1
    assert store.sources.failed("cottoncast", "timed out", T0 + 9) == 2
    store.sources.failed("a-shop", "HTTP 401", T0 + 10)
    store.sources.rest("cottoncast", T0 + 60)

    assert store.sources.down() == [
        SourceState("a-shop", T0 + 10, T0 + 10, 1, "HTTP 401"),
        SourceState("cottoncast", T0, T0 + 60, 2, "timed out"),
    ]


def test_a_source_that_works_again_is_up_and_counts_anew(store: Store) -> None:
    store.sources.failed("cottoncast", "HTTP 503", T0)
    store.sources.failed("cottoncast", "HTTP 503", T0)

    store.sources.works("cottoncast", T0 + 1)

    assert store.sources.down() == []
    assert store.sources.failed("cottoncast", "HTTP 503", T0 + 2) == 1


def test_a_source_that_is_up_cannot_rest(store: Store) -> None:
    store.sources.rest("cottoncast", T0 + 60)

    assert store.sources.down() == []


def test_going_down_and_coming_up_are_one_event_each(store: Store) -> None:
    store.sources.works("cottoncast", T0)
    store.sources.failed("cottoncast", "HTTP 503", T0 + 1)
    store.sources.failed("cottoncast", "HTTP 503", T0 + 2)
    store.sources.works("cottoncast", T0 + 3)
    store.sources.works("cottoncast", T0 + 4)

    assert [(e.kind, e.subject, e.detail, e.at) for e in store.events.newest(9)] == [
        ("source_up", "cottoncast", "", T0 + 3),
        ("source_down", "cottoncast", "HTTP 503", T0 + 1),
    ]


def test_a_source_that_works_costs_no_write(store: Store) -> None:
    store.wait(0.0)

    store.sources.works("cottoncast", T0)

    assert not store.wait(0.0)


def test_events_are_told_newest_first_up_to_the_limit(store: Store) -> None:
    for n in range(3):
        store.events.add("odd", f"s{n}", "it happened", T0 - n)

    newest = store.events.newest(2)

    assert [(e.subject, e.at, e.detail) for e in newest] == [
        ("s2", T0 - 2, "it happened"),
        ("s1", T0 - 1, "it happened"),
    ]
    assert newest[0].id > newest[1].id
