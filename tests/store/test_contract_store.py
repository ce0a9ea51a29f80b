"""What a store is: transactions, claims over processes, and what they leave behind."""

from __future__ import annotations

import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path

import pytest

from notifier.core.message import State
from notifier.core.reason import Reason
from notifier.core.retry import Transition
from notifier.errors import NotAllowed
from notifier.store.protocol import Store
from tests.factories import JANE, T0, new_message, plan, received
from tests.store.conftest import Write
from tests.store.engines import Engine

ROOT = Path(__file__).parents[2]


class Odd(Exception):
    """Nothing that a store knows."""


# transactions


@pytest.mark.parametrize("error", [Odd, KeyboardInterrupt])
def test_a_transaction_is_rolled_back_whole_on_any_exception(
    store: Store, error: type[BaseException]
) -> None:
    with pytest.raises(error), store.transaction():  # noqa: PT012
        store.orders.put("42", "", JANE, {}, T0)
        store.updates.record([received("C", "42")], T0)
        raise error

    assert store.orders.get("42") is None
    assert store.updates.counts() == {}
    store.orders.put("42", "", JANE, {}, T0)


def test_a_transaction_within_a_transaction_joins_it(store: Store) -> None:
    with pytest.raises(Odd), store.transaction():  # noqa: PT012
        with store.transaction():
            store.orders.put("42", "", JANE, {}, T0)
        assert store.orders.get("42") is not None  # its own thread sees it
        raise Odd

    assert store.orders.get("42") is None


def test_an_exception_in_the_inner_transaction_rolls_back_the_whole(store: Store) -> None:
    with pytest.raises(Odd), store.transaction():  # noqa: PT012
        store.orders.put("42", "", JANE, {}, T0)
        with store.transaction():
            store.orders.put("43", "", JANE, {}, T0)
            raise Odd

    assert store.orders.get("42") is None
    assert store.orders.get("43") is None


def test_whoever_catches_the_inner_exception_has_undone_only_that_part(store: Store) -> None:
    with store.transaction():
        store.orders.put("42", "", JANE, {}, T0)
        with suppress(Odd), store.transaction():
            store.orders.put("43", "", JANE, {}, T0)
            with store.transaction():
                store.orders.put("44", "", JANE, {}, T0)
            raise Odd
        store.orders.put("45", "", JANE, {}, T0)

    assert [ref for ref in ("42", "43", "44", "45") if store.orders.get(ref)] == ["42", "45"]


def test_nobody_else_sees_a_transaction_before_its_end(store: Store, engine: Engine) -> None:
    other = engine.open()
    other.updates.counts()
    with store.transaction():
        store.orders.put("42", "", JANE, {}, T0)
        assert other.orders.get("42") is None

    assert other.orders.get("42") is not None
    other.close()


def test_threads_write_at_the_same_time_and_nothing_is_lost(store: Store) -> None:
    def put(thread: int) -> None:
        for n in range(10):
            with store.transaction():
                store.orders.put(f"{thread}-{n}", "", JANE, {}, T0)

    threads = [threading.Thread(target=put, args=(n,)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert all(store.orders.get(f"{thread}-{n}") for thread in range(6) for n in range(10))


# claims over processes


def race(engine_name: str, folder: Path, what: str) -> list[list[int]]:
    """Have two processes claim everything there is, at the same time; return what each one got."""
    racers = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.store.racer", engine_name, str(folder), what, f"host/{n}/1"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for n in range(2)
    ]
    try:
        for racer in racers:
            assert racer.stdout is not None
            assert racer.stdout.readline() == "ready\n"
        for racer in racers:
            assert racer.stdin is not None
            racer.stdin.write("go\n")
            racer.stdin.flush()
        return [[int(word) for word in racer.communicate(timeout=60)[0].split()] for racer in racers]
    finally:
        for racer in racers:
            racer.kill()
            racer.communicate()


def test_two_processes_race_for_messages_and_each_one_is_claimed_once(
    store: Store, engine_name: str, tmp_path: Path
) -> None:
    with store.transaction():
        for n in range(500):
            store.orders.put(f"r{n}", "", JANE, {}, T0)
        store.updates.record([received("C", f"r{n}") for n in range(500)], T0)
        for n, update_id in enumerate(store.updates.claim("setup", T0, 60.0, 500)):
            store.updates.record_plan(update_id, "setup", plan(new_message(f"k{n}")), False, "", T0)
    everything = sorted(m.id for m in store.outbox.newest((), 1000))

    one, other = race(engine_name, tmp_path, "messages")

    assert len(everything) == 500
    assert sorted(one + other) == everything
    assert store.outbox.counts() == {"sending": 500}


def test_two_processes_race_for_updates_and_each_one_is_claimed_once(
    store: Store, engine_name: str, tmp_path: Path
) -> None:
    with store.transaction():
        for n in range(500):
            store.orders.put(f"r{n}", "", JANE, {}, T0)
        store.updates.record([received("C", f"r{n}") for n in range(500)], T0)

    one, other = race(engine_name, tmp_path, "updates")

    assert len(set(one + other)) == len(one + other) == 500
    for update_id in one:
        assert store.updates.situation(update_id, "host/0/1") is not None
    for update_id in other:
        assert store.updates.situation(update_id, "host/1/1") is not None


# workers that are gone


def test_claimants_are_the_workers_that_hold_claims(store: Store, write: Write) -> None:
    assert store.claimants() == []
    write(new_message())
    (claimed,) = store.outbox.claim("a", T0, 60.0, 1)
    store.updates.record([received("C")], T0)
    (update_id,) = store.updates.claim("b", T0, 60.0, 1)
    assert sorted(store.claimants()) == ["a", "b"]

    store.outbox.settle(claimed, Transition(State.DROPPED, Reason.BY_HAND), T0)
    store.updates.record_plan(update_id, "b", plan(), False, "", T0)

    assert store.claimants() == []


def test_the_claims_of_a_worker_that_is_gone_lapse_at_once(store: Store, write: Write) -> None:
    write(new_message("k1"))
    write(new_message("k2"), ref="42")
    (gone,) = store.outbox.claim("a", T0, 60.0, 1)
    (alive,) = store.outbox.claim("b", T0, 60.0, 1)
    store.updates.record([received("C")], T0)
    (update_id,) = store.updates.claim("a", T0, 60.0, 1)

    store.release("a")

    assert [m.id for m, _ in store.outbox.lapsed(T0, 9)] == [gone.id]
    assert store.updates.claim("b", T0, 60.0, 9) == [update_id]
    store.outbox.start_attempt(alive, "", "", "", T0)
    with pytest.raises(NotAllowed):
        store.outbox.start_attempt(gone, "", "", "", T0)


# changed


def test_changed_tells_once_of_what_anybody_committed(store: Store, engine: Engine) -> None:
    store.changed()
    assert store.changed() is False
    other = engine.open()

    other.orders.put("42", "", JANE, {}, T0)
    assert store.changed() is True
    assert store.changed() is False

    in_another_thread = threading.Thread(target=lambda: store.orders.put("43", "", JANE, {}, T0))
    in_another_thread.start()
    in_another_thread.join()
    assert store.changed() is True
    assert store.changed() is False

    store.orders.put("44", "", JANE, {}, T0)  # anybody: this thread too
    assert store.changed() is True
    assert store.changed() is False
    other.close()


def test_changed_says_nothing_of_what_was_rolled_back(store: Store) -> None:
    store.changed()
    with suppress(Odd), store.transaction():
        store.orders.put("42", "", JANE, {}, T0)
        raise Odd

    assert store.changed() is False


# tables


def test_migrating_twice_is_harmless(store: Store, engine: Engine) -> None:
    before = engine.contents()

    store.migrate()
    other = engine.open()
    other.migrate()
    other.close()

    assert engine.contents() == before
    assert store.orders.get("41") is not None


def test_a_store_that_works_passes_its_check(store: Store) -> None:
    store.check()


def test_a_closed_store_opens_again(store: Store) -> None:
    store.close()

    assert store.orders.get("41") is not None
