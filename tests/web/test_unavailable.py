"""When the database cannot take it: 503 with Retry-After, nothing half recorded, and all well afterwards."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import re
import resource
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from notifier.web.readers import THREADS
from tests.web.serving import TOKEN, Web, assert_error, clean_environment, update, wait_until

IMPATIENT = {"notifier.store.sqlite.database.LOCK_WAIT": 0.5}


@pytest.fixture
def web(tmp_path: Path) -> Iterator[Web]:
    with Web(tmp_path, constants=IMPATIENT) as server:
        yield server
        assert "Traceback" not in server.log


@contextlib.contextmanager
def write_lock(web: Web) -> Iterator[None]:
    """Be a process that holds the write lock."""
    with web.database.with_name("n.db.lock").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def assert_unavailable(response: httpx.Response, message: str | None = None) -> None:
    assert_error(response, 503, message)
    assert response.headers["retry-after"] == "10"


def test_a_database_locked_for_too_long_is_answered_with_503(web: Web) -> None:
    web.register("41")
    held_too_long = "the database's write lock was held for more than 0.5 s"
    with write_lock(web):
        assert_unavailable(web.post(update("41")), held_too_long)
        assert_unavailable(web.http.get("/readyz"), held_too_long)
        assert_unavailable(web.register("42"), held_too_long)
        api = {"Authorization": f"Bearer {TOKEN}"}
        assert_unavailable(web.http.delete("/orders/41", headers=api), held_too_long)
        assert web.http.get("/orders/41", headers=api).status_code == 200
        assert web.http.get("/healthz").status_code == 200
    assert web.rows("SELECT (SELECT count(*) FROM updates WHERE id > 0), (SELECT count(*) FROM orders)") == [
        (0, 1)
    ]
    assert web.post(update("41")).status_code == 200
    assert web.http.get("/readyz").status_code == 200
    assert web.counter("unavailable") == 1


def test_a_database_locked_by_another_program_is_answered_with_503(web: Web) -> None:
    other = sqlite3.connect(web.database, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    assert_unavailable(web.post(update("41")), "the database is locked by another program")
    other.execute("ROLLBACK")
    other.close()
    assert_error(web.post(update("41")), 404)
    assert web.count("41") == 1


def test_updates_that_wait_together_are_refused_together(web: Web) -> None:
    with ThreadPoolExecutor(40) as senders, write_lock(web):
        answers = list(senders.map(web.post, [update(f"crowd-{n}") for n in range(40)]))
        for answer in answers:
            assert_unavailable(answer)
    assert web.rows("SELECT count(*) FROM updates WHERE id > 0") == [(0,)]
    for n in range(40):
        assert_error(web.post(update(f"crowd-{n}")), 404)
    assert web.rows("SELECT count(*) FROM updates WHERE id > 0") == [(40,)]


def fill(send: Callable[[int], httpx.Response]) -> list[int]:
    """Send until there is no room; return the numbers of what was taken."""
    for n in range(200):
        response = send(n)
        if response.status_code == 503:
            assert_unavailable(response)
            return list(range(n))
    pytest.fail("the disk never was full")


def assert_survives_a_full_disk(web: Web) -> None:
    """Fill the disk with updates and orders, and compare the answers with what is on record."""
    web.register("first")
    assert web.http.get("/readyz").status_code == 200
    updates = fill(lambda n: web.post(update(f"full-{n}", padding="x" * 12_000)))
    orders = fill(lambda n: web.register(f"full-{n}", attributes={"x": "y" * 16_000}))
    recorded = web.rows("SELECT ref FROM updates WHERE body IS NOT NULL ORDER BY id")
    assert recorded == [(f"full-{n}",) for n in updates] != []
    registered = web.rows("SELECT ref FROM orders WHERE ref <> 'first' ORDER BY created_at")
    assert registered == [(f"full-{n}",) for n in orders]


def test_refused_orders_go_on_record_with_the_times_of_the_shop(web: Web) -> None:
    web.register("41")
    with contextlib.closing(sqlite3.connect(web.database)) as database, database:
        database.execute("INSERT INTO rules_in_force(id, timezone) VALUES (1, 'Asia/Tokyo')")
    api = {"Authorization": f"Bearer {TOKEN}"}
    lines = b'{"ref":"44"}\n{"ref":"45"}\nno line\n'
    with write_lock(web):
        assert_unavailable(web.register("42"))
        assert_unavailable(web.post(update("41")))
        told = web.http.post("/orders", content=lines, headers=api).text.splitlines()
        assert [json.loads(line).get("status") for line in told] == ["error", "error", "error", None]
    assert web.register("42").status_code == 201
    assert web.post(update("41")).status_code == 200
    sql = "SELECT subject, detail FROM events WHERE kind = 'updates_unrecorded' ORDER BY subject"
    wait_until(lambda: len(web.rows(sql)) == 2, "the events")
    (_, orders), (_, updates) = web.rows(sql)
    assert re.fullmatch(
        r"3 orders answered 503 between \S+ \S+\+09:00 and \S+ \S+\+09:00: the data.*", orders
    )
    assert re.fullmatch(r"1 update answered 503 at \S+ \S+\+09:00: the database's write lock.*", updates)


def assert_says_it_is_full(web: Web) -> None:
    """Readiness and `notifier status` say what the next webhook would find; asking takes no room."""
    free = os.statvfs(web.folder).f_bavail
    for _ in range(5):
        assert_unavailable(web.post(update("full", padding="x" * 12_000)))
        assert_unavailable(web.http.get("/readyz"))
    status = subprocess.run(
        [sys.executable, "-m", "notifier", "status"],
        env=clean_environment(NOTIFIER_DATABASE=f"sqlite:///{web.database}"),
        capture_output=True,
        text=True,
    )
    assert status.returncode == 1, status.stdout + status.stderr
    assert "updates cannot be recorded: no space left" in status.stdout
    assert free - os.statvfs(web.folder).f_bavail <= 20


def assert_on_record(web: Web, at_least: int) -> None:
    """What was refused is an event."""
    sql = "SELECT detail FROM events WHERE kind = 'updates_unrecorded'"
    wait_until(lambda: web.rows(sql), "the event")
    ((detail,),) = web.rows(sql)
    assert int(detail.split()[0]) >= at_least
    assert " answered 503 between 20" in detail


def assert_recovered(web: Web) -> None:
    wait_until(web.is_ready, "readiness")
    assert_error(web.post(update("full-more", padding="x" * 12_000)), 404)
    assert web.count("full-more") == 1
    assert web.rows("PRAGMA integrity_check") == [("ok",)]


def test_a_file_that_may_not_grow_is_answered_with_503(web: Web) -> None:
    (worker,) = web.workers
    before = resource.prlimit(worker, resource.RLIMIT_FSIZE)
    resource.prlimit(worker, resource.RLIMIT_FSIZE, (400_000, before[1]))
    assert_survives_a_full_disk(web)
    for _ in range(3):
        assert_unavailable(web.post(update("full", padding="x" * 12_000)))
        assert_unavailable(web.http.get("/readyz"))
    resource.prlimit(worker, resource.RLIMIT_FSIZE, before)
    assert_recovered(web)
    assert_on_record(web, 3)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "none", disk], capture_output=True)
    if mount.returncode:
        pytest.skip("only root can make a small disk")
    yield disk
    subprocess.run(["umount", disk], check=True)


def test_a_full_disk_is_answered_with_503_even_if_the_log_is_on_it(small_disk: Path) -> None:
    with Web(small_disk, constants=IMPATIENT) as web:
        ballast = small_disk / "ballast"
        ballast.write_bytes(b"x" * 300_000)
        assert_survives_a_full_disk(web)
        for file in (ballast, small_disk / "web.log"):  # to the last byte of the last page
            with contextlib.suppress(OSError), file.open("ab") as rest:
                while True:
                    os.write(rest.fileno(), b"x" * 100)
        assert_unavailable(web.post(update("last byte", padding="x" * 12_000)))
        assert_says_it_is_full(web)
        ballast.unlink()
        assert_recovered(web)
        assert_on_record(web, 6)


def occupy(web: Web, senders: ThreadPoolExecutor, number: int) -> list[Future[httpx.Response]]:
    """Have so many requests wait for the write lock in the threads that read."""
    return [senders.submit(web.register, f"waiting-{n}") for n in range(number)]


BEHIND: list[tuple[str, str, bytes]] = [
    ("GET", "/readyz", b""),
    ("GET", "/orders/41", b""),
    ("PUT", "/orders/41", b"{}"),
    ("DELETE", "/orders/41", b""),
    ("GET", "/alerts", b""),
    ("POST", "/alerts/1/acknowledge", b""),
    ("POST", "/alerts/1/resolve", b""),
    ("GET", "/silences", b""),
    ("POST", "/silences", b'{"everything": true, "for": "1h", "reason": "x"}'),
    ("DELETE", "/silences/1", b""),
    ("GET", "/acknowledge/x", b""),
    ("POST", "/acknowledge/x", b""),
    ("GET", "/unsubscribe/x", b""),
    ("POST", "/unsubscribe/x", b""),
]


def test_who_waits_behind_others_for_the_database_is_asked_to_come_again_in_time(tmp_path: Path) -> None:
    constants = {"notifier.store.sqlite.database.LOCK_WAIT": 60.0, "notifier.web.readers.LONGEST_WAIT": 0.4}
    api = {"Authorization": f"Bearer {TOKEN}"}
    with Web(tmp_path, constants=constants) as web, ThreadPoolExecutor(24) as senders:
        with write_lock(web):
            first = occupy(web, senders, 2 * THREADS)
            wait_until(lambda: sum(each.done() for each in first) == THREADS, "full threads")
            began = time.monotonic()

            def ask(request: tuple[str, str, bytes]) -> httpx.Response:
                method, path, body = request
                return httpx.request(method, web.url + path, content=body, headers=api, timeout=30)

            for answer in senders.map(ask, BEHIND):
                assert answer.status_code == 503, answer.request.url
                assert answer.headers["retry-after"] == "10"
            assert web.http.get("/metrics").status_code == 200
            assert web.http.get("/healthz").status_code == 200
            assert time.monotonic() - began < 30  # half of what the first ones would wait
        statuses = sorted(future.result().status_code for future in first)
        assert statuses == [201] * THREADS + [503] * THREADS
        # What was answered with 503 was not done later.
        assert web.rows("SELECT count(*) FROM orders WHERE ref = '41'") == [(0,)]
        assert web.http.get("/orders/41", headers=api).status_code == 404


def test_beyond_the_longest_queue_the_answer_is_at_once(tmp_path: Path) -> None:
    constants = {"notifier.web.readers.LONGEST_QUEUE": THREADS, "notifier.web.readers.LONGEST_WAIT": 30.0}
    with Web(tmp_path, constants=constants) as web, ThreadPoolExecutor(12) as senders:
        with write_lock(web):
            asked = occupy(web, senders, 12)
            wait_until(lambda: sum(each.done() for each in asked) == 12 - THREADS, "the refusals", 8)
            for each in asked:
                if each.done():
                    assert_unavailable(each.result(), "too many requests wait for the database")
        statuses = sorted(each.result().status_code for each in asked)
        assert statuses == [201] * THREADS + [503] * (12 - THREADS)
