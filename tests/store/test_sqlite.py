"""The SQLite engine: what makes a commit survive, and what happens when the machine says no."""

from __future__ import annotations

import fcntl
import os
import sqlite3
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from notifier.errors import StoreBusy, StoreError, StoreFull
from notifier.store.protocol import Receipt, Received
from notifier.store.sqlite.database import Database
from notifier.store.sqlite.store import SqliteStore
from tests.factories import JANE, T0, received, update

ROOT = Path(__file__).parents[2]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "notifier.db"


@pytest.fixture
def store(path: Path) -> Iterator[SqliteStore]:
    store = SqliteStore(path, lock_wait=0.2)
    store.migrate()
    store.orders.put("41", "", JANE, {}, T0)
    yield store
    store.close()


def large(n: int) -> Received:
    """Return an update whose body fills 25 pages."""
    return Received(update(at=T0 + n), os.urandom(100_000))


def test_every_connection_syncs_every_commit_to_a_write_ahead_log(path: Path) -> None:
    database = Database(path)
    found: list[tuple[str, int, int]] = []

    def look() -> None:
        found.append(
            tuple(
                database.read(f"PRAGMA {name}")[0][0]
                for name in ("journal_mode", "synchronous", "foreign_keys")
            )
        )

    look()
    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    database.close()

    assert found == [("wal", 2, 1)] * 2  # 2 is FULL


def test_a_thread_has_its_own_connection_and_keeps_it(path: Path) -> None:
    database = Database(path)
    here = database.tables.conn
    there: list[object] = []
    thread = threading.Thread(target=lambda: there.append(database.tables.conn))
    thread.start()
    thread.join()

    assert database.tables.conn is here
    assert there[0] is not here
    database.close()


def test_no_lock_or_connection_is_left_open(path: Path, store: SqliteStore) -> None:
    def opened() -> int:
        links = [fd.readlink() for fd in Path("/proc/self/fd").iterdir() if fd.is_symlink()]
        return sum(link.name.startswith(path.name) for link in links)

    thread = threading.Thread(target=store.updates.counts)
    thread.start()
    thread.join()
    assert opened() > 0

    store.close()

    assert opened() == 0


def test_only_the_owner_reads_the_lock_file(path: Path, store: SqliteStore) -> None:
    assert stat.S_IMODE(path.with_name("notifier.db.lock").stat().st_mode) == 0o600


def test_a_database_of_a_newer_version_is_refused_with_a_sentence(path: Path, store: SqliteStore) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute(
            "INSERT INTO _sqlite_migrations(migration_set, name, applied_at)"
            " VALUES ('notifier', 'm9999_from_the_future', '2031-01-01')"
        )

    with pytest.raises(StoreError, match=r"newer notifier .*m9999_from_the_future.*install that version"):
        store.migrate()


def test_a_file_that_is_no_database_is_refused_with_a_sentence(path: Path) -> None:
    path.write_bytes(b"not a database, but long enough to look at. " * 100)

    with pytest.raises(StoreError, match="not a database"):
        SqliteStore(path).migrate()


def test_a_folder_that_does_not_exist_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=str(tmp_path / "nowhere")):
        SqliteStore(tmp_path / "nowhere" / "notifier.db").migrate()


# the write lock


@pytest.fixture
def other_process(path: Path, store: SqliteStore) -> Iterator[subprocess.Popen[str]]:
    """Another process that holds the write lock until its input ends."""
    code = (
        "import fcntl, sys; f = open(sys.argv[1]); fcntl.flock(f, fcntl.LOCK_EX);"
        " print('held', flush=True); sys.stdin.read()"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code, f"{path}.lock"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.communicate()


def test_a_write_waits_for_the_lock_and_then_gives_up(
    store: SqliteStore, other_process: subprocess.Popen[str]
) -> None:
    with pytest.raises(StoreBusy, match=r"0\.2 s"):
        store.updates.record([received()], T0)

    assert store.updates.counts() == {}  # reading needs no lock
    with pytest.raises(StoreBusy):
        store.check()
    other_process.communicate("")
    store.check()
    assert store.updates.record([received()], T0) == [Receipt.RECORDED]


def test_a_write_goes_through_once_the_lock_is_free(path: Path, other_process: subprocess.Popen[str]) -> None:
    patient = SqliteStore(path, lock_wait=60.0)
    receipts: list[Receipt] = []
    thread = threading.Thread(target=lambda: receipts.extend(patient.updates.record([received()], T0)))
    thread.start()
    assert receipts == []
    other_process.communicate("")
    thread.join()

    assert receipts == [Receipt.RECORDED]
    patient.close()


def test_every_write_transaction_is_under_the_lock(path: Path, store: SqliteStore) -> None:
    with path.with_name(f"{path.name}.lock").open() as lock:
        with store.transaction(), pytest.raises(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_a_program_that_ignores_our_lock_makes_the_store_busy(path: Path, store: SqliteStore) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreBusy, match="locked by another program"):
            store.updates.record([received()], T0)

    assert store.updates.record([received()], T0) == [Receipt.RECORDED]


# a full disk


def limit_pages(store: SqliteStore, more: int) -> None:
    """Let this thread's connection grow the database by so many pages and no further."""
    pages = store._db.read("PRAGMA page_count")[0][0]
    store._db.read(f"PRAGMA max_page_count = {pages + more}")


def test_a_full_database_is_told_and_nothing_is_half_written(store: SqliteStore) -> None:
    limit_pages(store, 30)

    with pytest.raises(StoreFull, match="no space left"):
        store.updates.record([large(n) for n in range(3)], T0)

    assert store.updates.counts() == {}
    limit_pages(store, 100_000)
    assert store.updates.record([large(n) for n in range(3)], T0) == [Receipt.RECORDED] * 3


def test_a_database_that_is_full_within_a_nested_transaction_undoes_the_whole(store: SqliteStore) -> None:
    limit_pages(store, 30)

    with pytest.raises(StoreFull), store.transaction():  # noqa: PT012
        store.orders.put("42", "", JANE, {}, T0)
        with store.transaction():
            store.updates.record([large(n) for n in range(3)], T0)

    assert store.orders.get("42") is None
    limit_pages(store, 100_000)
    store.orders.put("42", "", JANE, {}, T0)


LIMITED = """
import resource, sys
from pathlib import Path
from notifier.errors import StoreError
from notifier.store.sqlite.store import SqliteStore
from tests.store.test_sqlite import T0, large, received

store = SqliteStore(Path(sys.argv[1]))
store.updates.record([received()], T0)
hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
resource.setrlimit(resource.RLIMIT_FSIZE, (Path(sys.argv[1] + "-wal").stat().st_size + 150_000, hard))
refused = 0
for n in range(1, 4):
    try:
        store.updates.record([large(n), large(n + 100)], T0)
    except StoreError:
        refused += 1
resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
receipts = store.updates.record([large(7)], T0)
print(refused, *receipts, dict(store.updates.counts()))
store.close()
"""


def test_a_disk_that_takes_no_more_is_told_and_the_store_works_again_afterwards(
    path: Path, store: SqliteStore
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, str(path)], cwd=ROOT, capture_output=True, text=True, timeout=60
    )

    assert done.stdout == "3 recorded {'undecided': 2}\n", done.stderr
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert store.updates.counts() == {"undecided": 2}


# what is left on the disk


def test_a_forgotten_customer_is_found_in_no_file(path: Path, store: SqliteStore) -> None:
    store.updates.record([received(body=b'{"note": "jane@example.org"}')], T0)
    assert any(b"jane@example.org" in file.read_bytes() for file in path.parent.iterdir())

    store.orders.delete("41", T0)

    assert [f.name for f in path.parent.iterdir() if b"jane@example.org" in f.read_bytes()] == []
