"""A signed webhook that is no update is kept before it is answered 400; a flood of them harms nobody."""

from __future__ import annotations

import asyncio
import threading
import time
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from notifier.core.event import EventKind
from notifier.errors import StoreBusy
from notifier.store.protocol import Store
from notifier.store.rejected import Unreadable
from notifier.store.sqlite.store import SqliteStore
from notifier.web import keeping
from notifier.web.alarm import Alarm
from notifier.web.keeping import MOST_WAITING, MOST_WAITING_BYTES, Keeper
from tests.web.serving import HOOK, Web, assert_error, signed, update, wait_until
from tests.web.test_acknowledge import held_lock

WHY = "status: missing; it must be an object with code and timestamp"


def bodies(web: Web) -> list[bytes]:
    return [body for (body,) in web.rows("SELECT body FROM rejected ORDER BY id")]


@pytest.mark.parametrize(
    ("body", "ref", "why"),
    [
        (update("r1", status=None), "r1", WHY),
        (update("r2")[:70], "r2", "the body is not JSON: "),
        (b"\xff", "", "the body is not valid UTF-8"),
        (b"", "", "the body is not JSON: "),
        (update(["r3"]), "", "ref: must be text or a whole number, not a list"),
        (b"[" * 250_000, "", "lists and objects are nested deeper than 32 levels"),
    ],
)
def test_what_is_signed_and_no_update_is_on_disk_when_it_is_refused(
    web: Web, body: bytes, ref: str, why: str
) -> None:
    response = web.post(body)
    assert_error(response, 400)
    ((kept, of, said),) = web.rows("SELECT body, ref, why FROM rejected WHERE body = ?", body)
    assert (kept, of) == (body, ref)
    assert said == response.json()["message"]
    assert said.startswith(why)


def test_the_same_again_is_one_of_them_and_all_are_counted(web: Web) -> None:
    body = update("again", status=False)
    for _ in range(3):
        assert_error(web.post(body), 400)
    assert web.rows("SELECT times FROM rejected WHERE body = ?", body) == [(3,)]
    number = web.rows("SELECT count(*) FROM rejected")[0][0]
    wait_until(
        lambda: f"\nnotifier_rejected_webhooks {number}.0\n" in web.http.get("/metrics").text, "the gauge"
    )


def test_what_is_not_signed_or_broke_off_or_is_too_large_is_not_kept(web: Web) -> None:
    before = bodies(web)
    assert_error(web.http.post(HOOK, content=b"canary"), 401)
    assert_error(web.http.post(HOOK, content=b"canary", headers=signed(b"canary", "wrong")), 401)
    assert web.post(b"x" * 300_000).status_code == 413
    assert web.post(update("a good one")).status_code == 404
    assert bodies(web) == before


def test_where_no_signature_is_asked_for_nothing_is_kept(tmp_path: Path) -> None:
    with Web(tmp_path, {"NOTIFIER_WEBHOOK_SECRET": None, "NOTIFIER_UNSIGNED": "allow"}) as web:
        assert_error(web.http.post(HOOK, content=b"canary"), 400)
        assert bodies(web) == []


def test_many_of_them_are_one_event(web: Web) -> None:
    store = SqliteStore(web.database)
    try:
        for n in range(5):
            assert_error(web.post(update(f"event {n}", status=None)), 400)

        def told() -> list[tuple[str, str]]:
            found = store.events.newest(50)
            return [(e.subject, e.detail) for e in found if e.kind == EventKind.UPDATE_REJECTED]

        wait_until(told, "the event")
        ((subject, detail),) = told()
        assert subject == "webhook"
        assert detail
    finally:
        store.close()


def test_one_that_the_database_cannot_take_is_to_come_again(tmp_path: Path) -> None:
    constants = {"notifier.store.sqlite.database.LOCK_WAIT": 0.5}
    with Web(tmp_path, constants=constants) as web:
        with held_lock(web.database):
            response = web.post(b"[]")
            assert_error(response, 503)
            assert response.headers["retry-after"] == "10"
        assert bodies(web) == []
        assert_error(web.post(b"[]"), 400)
        assert bodies(web) == [b"[]"]


def test_a_flood_of_them_leaves_the_updates_alone(tmp_path: Path) -> None:
    """Eight clients send rejected bodies of 20 KB as fast as they can, while good updates come one by one."""
    with Web(tmp_path) as web:
        web.register("41")
        ending = threading.Event()
        statuses: set[int] = set()

        def flood(client: int) -> None:
            n = 0
            while not ending.is_set():
                n += 1
                body = b'{"ref":"%d-%d","x":"%s"}' % (client, n, b"x" * 20_000)
                statuses.add(web.post(body).status_code)

        with ThreadPoolExecutor(8) as clients:
            for client in range(8):
                clients.submit(flood, client)
            waits = []
            for n in range(60):
                began = time.monotonic()
                assert web.post(update("41", status={"code": "C", "timestamp": n})).status_code == 200
                waits.append(time.monotonic() - began)
            ending.set()
        assert statuses <= {400, 503}
        assert 400 in statuses
        assert sorted(waits)[30] < 0.5
        assert web.rows("SELECT count(*) FROM updates WHERE ref = '41'") == [(60,)]
        assert web.rows("SELECT count(*) <= 1000 AND sum(size) <= 16777216 FROM rejected") == [(1,)]


class Rejections:
    """A store's rejected bodies, kept when they are told to be."""

    def __init__(self) -> None:
        self.batches: list[list[bytes]] = []
        self.busy = False
        self.rejected = self.events = self

    def keep(self, batch: list[Unreadable], now: float) -> None:
        if self.busy:
            raise StoreBusy("busy")
        self.batches.append([one.body for one in batch])

    def add(self, *_: object) -> None:
        pass


class Gate(Executor):
    """Works in another thread, once it is open."""

    def __init__(self) -> None:
        self.open = threading.Event()
        self._threads = ThreadPoolExecutor(4)

    def submit(self, fn: Any, /, *args: Any, **more: Any) -> Future[Any]:
        def later() -> Any:
            self.open.wait(10)
            return fn(*args, **more)

        return self._threads.submit(later)


@pytest.fixture
def store() -> Rejections:
    return Rejections()


@pytest.fixture
def gate() -> Gate:
    return Gate()


def keeper(store: Rejections, gate: Executor) -> Keeper:
    as_store: Store = store  # type: ignore[assignment]
    return Keeper(as_store, gate, lambda: 1.0, Alarm(as_store, gate, lambda: 1.0))


def one(body: bytes) -> Unreadable:
    return Unreadable(body, "why")


def test_what_comes_during_a_write_is_written_together(
    store: Rejections, gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "PAUSE", 0.0)

    async def story() -> None:
        keeps = keeper(store, gate)
        tasks = [asyncio.create_task(keeps.keep(one(b"first")))]
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        tasks += [asyncio.create_task(keeps.keep(one(b"%d" % n))) for n in range(5)]
        await asyncio.sleep(0)
        assert not any(task.done() for task in tasks)
        gate.open.set()
        await asyncio.wait_for(asyncio.gather(*tasks), 10)

    asyncio.run(story())
    assert store.batches == [[b"first"], [b"0", b"1", b"2", b"3", b"4"]]


@pytest.mark.parametrize(
    ("waiting", "more"),
    [([b"x"] * MOST_WAITING, b"y"), ([b"x" * (MOST_WAITING_BYTES // 2)] * 2, b"y")],
    ids=["number", "bytes"],
)
def test_of_too_many_the_sender_is_asked_to_come_again(
    store: Rejections, gate: Gate, waiting: list[bytes], more: bytes
) -> None:
    async def story() -> None:
        keeps = keeper(store, gate)
        tasks = []
        for _ in range(2):  # the first of them are being written, the second ones wait
            tasks += [asyncio.create_task(keeps.keep(one(body))) for body in waiting]
            for _ in range(3):
                await asyncio.sleep(0)
        with pytest.raises(StoreBusy, match="too many"):
            await keeps.keep(one(more))
        assert not any(task.done() for task in tasks)
        gate.open.set()

    asyncio.run(story())


def test_one_that_is_larger_than_the_bound_is_kept_alone(store: Rejections, gate: Gate) -> None:
    gate.open.set()
    asyncio.run(keeper(store, gate).keep(one(b"x" * (MOST_WAITING_BYTES + 1))))
    assert [len(batch[0]) for batch in store.batches] == [MOST_WAITING_BYTES + 1]


def test_a_busy_database_and_a_closed_pool_are_the_same_to_the_sender(store: Rejections, gate: Gate) -> None:
    gate.open.set()
    store.busy = True
    with pytest.raises(StoreBusy, match="busy"):
        asyncio.run(keeper(store, gate).keep(one(b"x")))
    closed = ThreadPoolExecutor(1)
    closed.shutdown()
    with pytest.raises(StoreBusy, match="shutting down"):
        asyncio.run(keeper(store, closed).keep(one(b"x")))


def test_the_next_batch_after_a_failed_one_is_written(
    store: Rejections, gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "PAUSE", 0.0)
    gate.open.set()

    async def story() -> None:
        keeps = keeper(store, gate)
        store.busy = True
        with pytest.raises(StoreBusy):
            await keeps.keep(one(b"lost"))
        store.busy = False
        await keeps.keep(one(b"kept"))

    asyncio.run(story())
    assert store.batches == [[b"kept"]]
