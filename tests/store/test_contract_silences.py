"""What a store is: silences are made, are in force for a time, and end."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from notifier.core.alert import Silence
from notifier.core.standing import Wants
from notifier.errors import NotAllowed, NotFound, RequestError
from notifier.store.protocol import Store
from tests.factories import T0

HOUR = 3_600.0


def make(store: Store, starts_at: float = T0, ends_at: float = T0 + HOUR) -> Silence:
    return store.silences.add({"carrier": ("PNL", "DHL")}, "strike", "anna", starts_at, ends_at)


def test_a_silence_is_on_record_as_it_was_made(store: Store) -> None:
    made = store.silences.add({"rule": ("problem",)}, "strike", "anna", T0, T0 + HOUR, customers=True)

    assert made == Silence(1, {"rule": ("problem",)}, "strike", "anna", T0, T0 + HOUR, customers=True)
    assert store.silences.current(T0) == store.silences.newest(9) == [made]


def test_a_silence_is_current_until_its_end_and_stands_from_its_start(store: Store) -> None:
    made = make(store, T0 + 60)

    assert store.silences.current(T0) == [made]
    assert store.standing(Wants(), T0 + 59).silences == ()
    assert store.standing(Wants(), T0 + 60).silences == store.outbox.standing([], T0 + 60).silences == (made,)
    assert store.standing(Wants(), T0 + HOUR).silences == ()
    assert store.silences.current(T0 + HOUR) == []
    assert store.silences.newest(9) == [made]


def test_a_silence_is_ended_by_hand(store: Store) -> None:
    make(store)

    assert store.silences.end(1, T0 + 60).ends_at == T0 + 60

    assert store.silences.current(T0 + 60) == []
    with pytest.raises(NotAllowed, match="silence 1 is over"):
        store.silences.end(1, T0 + 61)
    with pytest.raises(NotFound, match="no silence 2"):
        store.silences.end(2, T0 + 61)


def test_one_that_has_not_begun_never_begins_if_it_is_ended(store: Store) -> None:
    make(store, T0 + 60)

    ended = store.silences.end(1, T0 + 10)

    assert (ended.starts_at, ended.ends_at) == (T0 + 10, T0 + 10)


def test_two_edits_at_once_are_both_kept(store: Store) -> None:
    made = make(store)
    inside = threading.Event()

    def with_reason(one: Silence) -> Silence:
        inside.set()
        time.sleep(0.2)  # the other edit would read what is there now, if it did not wait
        return replace(one, reason="moved")

    with ThreadPoolExecutor() as pool:
        first = pool.submit(store.silences.edit, made.id, with_reason, T0)
        assert inside.wait(10)
        other = pool.submit(store.silences.edit, made.id, lambda one: replace(one, edited_by="al"), T0)
        first.result(10)
        other.result(10)
    (one,) = store.silences.newest(1)
    assert (one.reason, one.edited_by, one.author) == ("moved", "al", "anna")


def test_an_edit_that_is_refused_changes_nothing(store: Store) -> None:
    made = make(store)

    def refuse(one: Silence) -> Silence:
        raise RequestError("for", "is missing")

    with pytest.raises(RequestError):
        store.silences.edit(made.id, refuse, T0)
    assert store.silences.newest(1) == [made]
    with pytest.raises(NotFound):
        store.silences.edit(made.id + 1, lambda one: one, T0)
    with pytest.raises(NotAllowed):
        store.silences.edit(made.id, lambda one: one, made.ends_at)


def test_the_newest_come_first(store: Store) -> None:
    for _ in range(3):
        make(store)

    assert [s.id for s in store.silences.newest(2)] == [3, 2]


def test_what_has_ended_is_deleted_by_age(store: Store) -> None:
    make(store)

    store.orders.age_out(None, T0 + HOUR, 50, T0)
    assert store.silences.newest(9) != []
    store.orders.age_out(None, T0 + HOUR + 1, 50, T0)

    assert store.silences.newest(9) == []
