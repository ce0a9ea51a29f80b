"""A rejected signature becomes an internal event: seldom, and never in the way of the answer."""

from __future__ import annotations

import time
from concurrent.futures import Executor, Future
from typing import Any

import pytest

from notifier.core.event import EventKind
from notifier.errors import StoreBusy
from notifier.store.protocol import Store
from notifier.store.sqlite.store import SqliteStore
from notifier.web.alarm import EVERY, Alarm
from tests.web.serving import HOOK, SEED, Web, assert_error, signed, wait_until
from tests.web.test_acknowledge import held_lock


class Pool(Executor):
    """Does what it is given when it is told to."""

    def __init__(self) -> None:
        self.waiting: list[Any] = []

    def submit(self, fn: Any, /, *args: Any, **more: Any) -> Future[Any]:
        self.waiting.append(lambda: fn(*args, **more))
        return Future()

    def work(self) -> None:
        while self.waiting:
            self.waiting.pop(0)()


class Events:
    """A store's events, which may be busy."""

    def __init__(self) -> None:
        self.added: list[tuple[str, str, str]] = []
        self.busy = False
        self.events = self

    def add(self, kind: str, subject: str, detail: str, now: float) -> None:
        if self.busy:
            raise StoreBusy("busy")
        self.added.append((kind, subject, detail))


@pytest.fixture
def pool() -> Pool:
    return Pool()


@pytest.fixture
def events() -> Events:
    return Events()


@pytest.fixture
def now() -> list[float]:
    return [1000.0]


@pytest.fixture
def alarm(events: Events, pool: Pool, now: list[float]) -> Alarm:
    store: Store = events  # type: ignore[assignment]
    return Alarm(store, pool, lambda: now[0])


def test_there_is_one_event_within_ten_minutes(
    alarm: Alarm, events: Events, pool: Pool, now: list[float]
) -> None:
    for step in range(25):
        now[0] = 1000.0 + step * 60
        alarm.rejected("it does not fit")
        pool.work()
    assert EVERY == 600
    assert events.added == [(EventKind.SIGNATURE_REJECTED, "webhook", "it does not fit")] * 3


def test_never_more_than_one_is_in_work(alarm: Alarm, pool: Pool, now: list[float]) -> None:
    for step in range(1000):
        now[0] = 1000.0 + step * 60
        alarm.rejected("it does not fit")
    assert len(pool.waiting) == 1


def test_what_a_busy_database_did_not_take_is_tried_with_the_next(
    alarm: Alarm, events: Events, pool: Pool
) -> None:
    events.busy = True
    alarm.rejected("first")
    pool.work()
    events.busy = False
    alarm.rejected("second")
    pool.work()
    assert [detail for _, _, detail in events.added] == ["second"]


def test_a_pool_that_has_closed_is_no_trouble(alarm: Alarm, pool: Pool) -> None:
    def closed(*_: object) -> Future[Any]:
        raise RuntimeError("cannot schedule new futures after shutdown")

    pool.submit = closed  # type: ignore[assignment,method-assign]
    alarm.rejected("it does not fit")


def rejected(store: Store) -> list[str]:
    return [e.detail for e in store.events.newest(50) if e.kind == EventKind.SIGNATURE_REJECTED]


def test_on_the_server_many_wrong_signatures_are_one_event_and_all_are_401(web: Web) -> None:
    store = SqliteStore(web.database)
    try:
        assert web.post(SEED).status_code in (200, 404)
        assert rejected(store) == []
        with held_lock(web.database):  # the answer does not wait for the database
            began = time.monotonic()
            for _ in range(20):
                assert_error(web.http.post(HOOK, content=SEED, headers=signed(SEED, "wrong")), 401)
            assert time.monotonic() - began < 5
        wait_until(lambda: rejected(store), "the event")
        for _ in range(20):
            assert web.http.post(HOOK, content=SEED).status_code == 401
        time.sleep(0.2)
        assert rejected(store) == [
            "the signature does not fit; is NOTIFIER_WEBHOOK_SECRET that of the sales channel?"
        ]
    finally:
        store.close()
