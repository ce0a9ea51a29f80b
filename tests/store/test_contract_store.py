"""What a store is: transactions, claims over processes, and what they leave behind."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

import pytest

from notifier.core.lookup import LookupState, Verdict
from notifier.core.message import State
from notifier.core.reason import Reason
from notifier.core.retry import Transition
from notifier.errors import NotAllowed
from notifier.store.protocol import Store
from tests.factories import T0, new_message, plan, received
from tests.outbox import settle_one, start_attempt
from tests.store.conftest import Write, await_contact, register
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
        register(store, "42")
        store.updates.record([received("C", "42")], T0)
        raise error

    assert store.orders.get("42") is None
    assert store.updates.counts() == {}
    register(store, "42")


def test_a_transaction_within_a_transaction_joins_it(store: Store) -> None:
    with pytest.raises(Odd), store.transaction():  # noqa: PT012
        with store.transaction():
            register(store, "42")
        assert store.orders.get("42") is not None  # its own thread sees it
        raise Odd

    assert store.orders.get("42") is None


def test_an_exception_in_the_inner_transaction_rolls_back_the_whole(store: Store) -> None:
    with pytest.raises(Odd), store.transaction():  # noqa: PT012
        register(store, "42")
        with store.transaction():
            register(store, "43")
            raise Odd

    assert store.orders.get("42") is None
    assert store.orders.get("43") is None


def test_whoever_catches_the_inner_exception_has_undone_only_that_part(store: Store) -> None:
    with store.transaction():
        register(store, "42")
        with suppress(Odd), store.transaction():
            register(store, "43")
            with store.transaction():
                register(store, "44")
            raise Odd
        register(store, "45")

    assert [ref for ref in ("42", "43", "44", "45") if store.orders.get(ref)] == ["42", "45"]


def test_nobody_else_sees_a_transaction_before_its_end(store: Store, engine: Engine) -> None:
    other = engine.open()
    other.updates.counts()
    with store.transaction():
        register(store, "42")
        assert other.orders.get("42") is None

    assert other.orders.get("42") is not None
    other.close()


def test_threads_write_at_the_same_time_and_nothing_is_lost(store: Store) -> None:
    def put(thread: int) -> None:
        for n in range(10):
            with store.transaction():
                register(store, f"{thread}-{n}")

    threads = [threading.Thread(target=put, args=(n,)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert all(store.orders.get(f"{thread}-{n}") for thread in range(6) for n in range(10))


# claims over processes


def race(engine_name: str, folder: Path, what: str) -> list[list[str]]:
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
        return [racer.communicate(timeout=60)[0].split() for racer in racers]
    finally:
        for racer in racers:
            racer.kill()
            racer.communicate()


def test_two_processes_race_for_messages_and_each_one_is_claimed_once(
    store: Store, engine_name: str, tmp_path: Path
) -> None:
    with store.transaction():
        for n in range(500):
            register(store, f"r{n}")
        store.updates.record([received("C", f"r{n}") for n in range(500)], T0)
        while claimed := store.updates.claim("setup", T0, 60.0, 100):
            for n in claimed:
                store.updates.record_plan(n, "setup", plan(new_message(f"k{n}")), False, "", T0)
    everything = sorted(str(m.id) for m in store.outbox.newest((), 1000))

    one, other = race(engine_name, tmp_path, "messages")

    assert len(everything) == 500
    assert sorted(one + other) == everything
    assert store.outbox.counts() == {"sending": 500}


def test_two_processes_race_for_updates_and_each_one_is_claimed_once(
    store: Store, engine_name: str, tmp_path: Path
) -> None:
    with store.transaction():
        for n in range(500):
            register(store, f"r{n}")
        store.updates.record([received("C", f"r{n}") for n in range(500)], T0)

    one, other = race(engine_name, tmp_path, "updates")

    assert len(set(one + other)) == len(one + other) == 500
    for update_id in one:
        assert store.updates.situation(int(update_id), "host/0/1") is not None
    for update_id in other:
        assert store.updates.situation(int(update_id), "host/1/1") is not None


def test_two_processes_race_for_lookups_and_each_one_is_claimed_once(
    store: Store, engine_name: str, tmp_path: Path
) -> None:
    refs = [f"r{n}" for n in range(300)]
    for ref in refs:
        await_contact(store, ref)

    one, other = race(engine_name, tmp_path, "lookups")

    assert sorted(one + other) == sorted(refs)


# workers that are gone


def test_claimants_are_the_workers_that_hold_claims(store: Store, write: Write) -> None:
    assert store.claimants() == []
    write(new_message())
    (claimed,) = store.outbox.claim("a", T0, 60.0, 1)
    store.updates.record([received("C")], T0)
    (update_id,) = store.updates.claim("b", T0, 60.0, 1)
    await_contact(store, "42")
    (lookup,) = store.lookups.claim("c", T0, 60.0, 1)
    assert sorted(store.claimants()) == ["a", "b", "c"]

    settle_one(store, claimed, Transition(State.DROPPED, Reason.BY_HAND), T0)
    store.updates.record_plan(update_id, "b", plan(), False, "", T0)
    store.lookups.settle(lookup, Verdict(LookupState.MISSING), False, T0)

    assert store.claimants() == []


def test_the_claims_of_a_worker_that_is_gone_lapse_at_once(store: Store, write: Write) -> None:
    write(new_message("k1"))
    write(new_message("k2"), ref="42")
    (gone,) = store.outbox.claim("a", T0, 60.0, 1)
    (alive,) = store.outbox.claim("b", T0, 60.0, 1)
    store.updates.record([received("C")], T0)
    (update_id,) = store.updates.claim("a", T0, 60.0, 1)
    await_contact(store, "43")
    await_contact(store, "44")
    (lookup,) = store.lookups.claim("a", T0, 60.0, 1)
    (kept,) = store.lookups.claim("b", T0, 60.0, 1)

    store.release("a")

    assert [m.id for m, _ in store.outbox.lapsed(T0, 9)] == [gone.id]
    assert store.updates.claim("b", T0, 60.0, 9) == [update_id]
    assert [found.ref for found in store.lookups.claim("b", T0, 60.0, 9)] == [lookup.ref]
    assert kept.ref != lookup.ref
    start_attempt(store, alive, "", "", "", T0)
    with pytest.raises(NotAllowed):
        start_attempt(store, gone, "", "", "", T0)


# waiting for commits


def test_waiting_tells_once_of_what_anybody_committed(store: Store, engine: Engine) -> None:
    store.wait(0.0)
    assert store.wait(0.0) is False
    other = engine.open()

    register(other, "42")
    assert store.wait(0.0) is True
    assert store.wait(0.0) is False

    in_another_thread = threading.Thread(target=lambda: register(store, "43"))
    in_another_thread.start()
    in_another_thread.join()
    assert store.wait(0.0) is True
    assert store.wait(0.0) is False

    register(store, "44")  # anybody: this thread too
    assert store.wait(0.0) is True
    assert store.wait(0.0) is False
    other.close()


def test_waiting_ends_with_a_commit_by_anybody(store: Store, engine: Engine) -> None:
    store.wait(0.0)
    assert store.wait(0.01) is False
    for ref in ("42", "43", "44"):
        other = engine.open()
        later = threading.Timer(0.1, register, [other, ref])
        later.start()
        began = time.monotonic()

        assert store.wait(10.0) is True

        assert time.monotonic() - began < 5.0, "it does not wait for its time"
        later.join()
        other.close()
        assert store.wait(0.01) is False, "it is told once"


def test_waiting_does_not_miss_what_was_committed_before(store: Store, engine: Engine) -> None:
    store.wait(0.0)
    other = engine.open()
    register(other, "42")

    assert store.wait(10.0) is True
    other.close()


def test_waiting_says_nothing_of_what_was_rolled_back(store: Store) -> None:
    store.wait(0.0)
    with suppress(Odd), store.transaction():
        register(store, "42")
        raise Odd

    assert store.wait(0.0) is False


# the secret


def test_a_database_has_its_own_secret_and_keeps_it(store: Store, engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    other = type(engine)(tmp_path / "other").open()  # type: ignore[call-arg]
    other.migrate()
    again = engine.open()
    again.migrate()

    assert len(store.key()) == 32
    assert again.key() == store.key()
    assert other.key() != store.key()
    again.close()
    other.close()


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
