"""A database file that is not the one at its path any more: nothing is written to it, and it heals."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from notifier.errors import StoreError, StoreMoved
from notifier.store.sqlite.attendance import Attendance
from notifier.store.sqlite.database import LOOK_EVERY
from notifier.store.sqlite.store import SqliteStore
from notifier.store.sqlite.watch import Watch
from tests.factories import T0, received
from tests.store.conftest import register


@pytest.fixture
def path(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    folder.mkdir()
    return folder / "notifier.db"


@pytest.fixture
def store(path: Path) -> Iterator[SqliteStore]:
    store = SqliteStore(path, lock_wait=2.0)
    store.migrate()
    register(store, "41")
    yield store
    store.close()


@pytest.fixture
def other(store: SqliteStore, path: Path) -> Iterator[SqliteStore]:
    """The same database in another process, as far as files are concerned: connections of its own."""
    other = SqliteStore(path, lock_wait=2.0)
    assert other.orders.get("41") is not None
    yield other
    other.close()


def record(store: SqliteStore, ref: str = "41", at: float = T0) -> None:
    store.updates.record([received("C", ref, at=at)], at)


def backup(path: Path) -> Path:
    copy = path.with_name("backup.db")
    source = sqlite3.connect(path)
    source.execute("VACUUM INTO ?", (str(copy),))
    source.close()
    return copy


def rows(path: Path, sql: str = "SELECT ref FROM updates WHERE id > 0 ORDER BY id") -> list[str]:
    connection = sqlite3.connect(path)
    try:
        return [row[0] for row in connection.execute(sql)]
    finally:
        connection.close()


def in_a_thread(work: Callable[[], None]) -> list[BaseException]:
    """Do it in a thread that has no connection yet; return what it raised."""
    raised: list[BaseException] = []

    def run() -> None:
        try:
            work()
        except StoreError as error:
            raised.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    return raised


def remove(path: Path) -> None:
    for file in path.parent.glob("notifier.db*"):
        file.unlink()


GONE: dict[str, Callable[[Path], object]] = {
    "removed with all that belongs to it": remove,
    "removed alone": lambda path: path.unlink(),
    "moved elsewhere": lambda path: path.rename(path.with_name("elsewhere.db")),
    "the folder renamed": lambda path: path.parent.rename(path.parent.with_name("renamed")),
}


@pytest.mark.parametrize("vanish", GONE.values(), ids=GONE.keys())
def test_a_database_that_is_gone_takes_nothing_and_is_not_made_anew(
    store: SqliteStore, path: Path, vanish: Callable[[Path], object]
) -> None:
    vanish(path)

    for _ in range(2):
        with pytest.raises(StoreMoved, match="gone"):
            record(store)
        time.sleep(LOOK_EVERY)  # a read looks again after so long
        with pytest.raises(StoreMoved, match="gone"):
            store.orders.get("41")
        with pytest.raises(StoreMoved, match="gone"):
            store.check()
    assert [type(error) for error in in_a_thread(lambda: record(store))] == [StoreMoved]
    assert not path.exists(), "an empty database would answer for the one that is gone"


def test_a_database_that_is_put_back_goes_on_with_all_that_it_held(store: SqliteStore, path: Path) -> None:
    record(store, at=T0)
    path.parent.rename(path.parent.with_name("renamed"))
    with pytest.raises(StoreMoved):
        record(store, at=T0 + 1)
    path.parent.with_name("renamed").rename(path.parent)

    record(store, at=T0 + 2)

    assert rows(path) == ["41", "41"]


def test_a_database_moved_away_and_back_without_its_wal_goes_on(store: SqliteStore, path: Path) -> None:
    record(store, at=T0)
    path.rename(path.with_name("away"))
    with pytest.raises(StoreMoved):
        store.check()
    path.with_name("away").rename(path)
    record(store, at=T0 + 1)
    assert rows(path) == ["41", "41"]


def test_a_backup_moved_into_place_is_opened_and_the_wal_of_the_former_is_not_played_into_it(
    store: SqliteStore, other: SqliteStore, path: Path
) -> None:
    copy = backup(path)
    for n in range(20):
        record(store, at=T0 + n)

    copy.rename(path)
    record(store, at=T0 + 100)
    record(other, at=T0 + 101)

    assert [error for error in in_a_thread(lambda: record(store, at=T0 + 102))] == []
    assert rows(path) == ["41", "41", "41"]
    assert rows(path, "PRAGMA integrity_check") == ["ok"]
    assert path.with_name("notifier.db-wal.former").exists(), "what it held may be wanted"
    store.close()
    other.close()
    assert rows(path, "PRAGMA integrity_check") == ["ok"]
    assert rows(path) == ["41", "41", "41"]


def test_a_process_that_starts_before_others_notice_plays_no_foreign_wal_into_a_backup(
    store: SqliteStore, path: Path
) -> None:
    copy = backup(path)
    for n in range(20):
        record(store, at=T0 + n)
    copy.rename(path)

    late = SqliteStore(path)
    record(late, at=T0 + 100)
    record(store, at=T0 + 101)

    assert rows(path) == ["41", "41"]
    assert rows(path, "PRAGMA integrity_check") == ["ok"]
    late.close()


def test_a_backup_restored_while_nothing_runs_does_not_get_the_wal_that_was_left(path: Path) -> None:
    """A killed process leaves its WAL; whoever restores a backup may forget to remove it."""
    program = (
        "import os, sys; from pathlib import Path; from notifier.store.sqlite.store import SqliteStore;"
        "from tests.factories import received\n"
        "store = SqliteStore(Path(sys.argv[1])); store.migrate(); store.orders.accept_unknown(True)\n"
        "store.updates.record([received('C', '41', at=1.0)], 1.0)\n"
        "import sqlite3; sqlite3.connect(sys.argv[1]).execute('VACUUM INTO ?', (sys.argv[1] + '.copy',))\n"
        "[store.updates.record([received('C', '42', at=float(n))], 1.0) for n in range(50)]\n"
        "os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", program, path], check=False)
    assert path.with_name("notifier.db-wal").stat().st_size > 0
    path.with_name("notifier.db.copy").rename(path)

    store = SqliteStore(path)
    store.migrate()

    assert rows(path) == ["41"]
    assert rows(path, "PRAGMA integrity_check") == ["ok"]
    store.close()


def test_a_copy_of_the_whole_folder_keeps_its_wal(store: SqliteStore, path: Path, tmp_path: Path) -> None:
    for n in range(5):
        record(store, at=T0 + n)
    shutil.copytree(path.parent, tmp_path / "copy")

    copied = SqliteStore(tmp_path / "copy" / path.name)

    assert copied.updates.counts() == store.updates.counts()
    copied.close()


def another_shop(path: Path) -> None:
    store = SqliteStore(path)
    store.migrate()
    store.close()


def older(path: Path) -> None:
    another_shop(path)
    connection = sqlite3.connect(path)
    connection.execute("DELETE FROM _sqlite_migrations WHERE name > 'm0005'")
    connection.commit()
    connection.close()


OTHERS: dict[str, Callable[[Path], object]] = {
    "a text file": lambda path: path.write_text("this is no database\n" * 1000),
    "an empty file": lambda path: path.touch(),
    "a database of something else": lambda path: sqlite3.connect(path).execute("CREATE TABLE t(x)"),
    "a new database": another_shop,
    "a database of an older version": older,
}


@pytest.mark.parametrize("make", OTHERS.values(), ids=OTHERS.keys())
def test_what_is_no_copy_of_the_database_is_not_written_to(
    store: SqliteStore, path: Path, tmp_path: Path, make: Callable[[Path], object]
) -> None:
    record(store, at=T0)
    make(tmp_path / "new.db")
    path.rename(tmp_path / "former.db")
    (tmp_path / "new.db").rename(path)
    before = path.read_bytes()

    for _ in range(2):
        with pytest.raises(StoreMoved, match="was replaced by"):
            record(store, at=T0 + 1)
        with pytest.raises(StoreMoved, match="was replaced by"):
            store.updates.counts()
    assert path.read_bytes() == before

    (tmp_path / "former.db").rename(path)
    record(store, at=T0 + 2)
    assert rows(path) == ["41", "41"]


def test_a_wal_that_is_removed_alone_costs_nothing_that_was_acknowledged(
    store: SqliteStore, other: SqliteStore, path: Path
) -> None:
    for n in range(20):
        record(store, at=T0 + n)
    path.with_name("notifier.db-wal").unlink()

    with pytest.raises(StoreError, match="-wal was removed"):
        SqliteStore(path).check()  # it would read an index without its WAL
    record(store, at=T0 + 100)
    record(other, at=T0 + 101)
    SqliteStore(path).check()

    assert len(rows(path)) == 22
    assert rows(path, "PRAGMA integrity_check") == ["ok"]
    store.close()
    other.close()
    assert len(rows(path)) == 22
    assert rows(path, "PRAGMA integrity_check") == ["ok"]


def test_a_wal_that_is_removed_is_saved_at_a_stop_as_well(
    store: SqliteStore, other: SqliteStore, path: Path
) -> None:
    for n in range(20):
        record(store, at=T0 + n)
    path.with_name("notifier.db-wal").unlink()
    record(store, at=T0 + 100)
    store.close()
    other.close()  # without a write in between
    assert len(rows(path)) == 21
    assert rows(path, "PRAGMA integrity_check") == ["ok"]


def there_and_back(store: SqliteStore, path: Path) -> None:
    """Have a backup in its place for a while."""
    copy, own = backup(path), path.with_name("own.db")
    store._db.empty_log()
    path.replace(own)
    copy.replace(path)
    record(store, at=T0 + 1000)
    path.replace(copy)
    own.replace(path)


def put_back(store: SqliteStore, path: Path) -> None:
    """Put another file there, as `notifier status` makes one of it, and then the database again."""
    own = path.with_name("own.db")
    path.replace(own)
    for end in ("-wal", "-shm"):
        path.with_name(path.name + end).replace(path.with_name(f"set-aside{end}"))
    sqlite3.connect(path).close()
    own.replace(path)


def remove_both(store: SqliteStore, path: Path) -> None:
    for end in ("-wal", "-shm"):
        path.with_name(path.name + end).unlink()


@pytest.mark.parametrize("disturb", [there_and_back, put_back, remove_both])
def test_other_processes_share_the_new_index_of_the_wal(
    store: SqliteStore, path: Path, disturb: Callable[[SqliteStore, Path], None]
) -> None:
    """SQLite shares an index within a process: while an old connection is open, new ones keep the old one."""
    code = (
        "import sys; from pathlib import Path; from notifier.store.sqlite.store import SqliteStore\n"
        "from tests.factories import received\n"
        "store = SqliteStore(Path(sys.argv[1])); at = float(sys.argv[2])\n"
        "store.updates.record([received('C', '41', at=at)], at); store.close()"
    )
    for n in range(20):
        record(store, at=T0 + n)
    disturb(store, path)
    for n in range(100, 104):
        record(store, at=T0 + n)
        subprocess.run([sys.executable, "-c", code, path, str(T0 + 100 + n)], check=True)
    assert len(rows(path)) == 28
    assert rows(path, "PRAGMA integrity_check") == ["ok"]
    store.close()
    assert len(rows(path)) == 28
    assert rows(path, "PRAGMA integrity_check") == ["ok"]


def test_both_the_wal_and_its_index_removed_cost_nothing(store: SqliteStore, path: Path) -> None:
    for n in range(20):
        record(store, at=T0 + n)
    for end in ("-wal", "-shm"):
        path.with_name(path.name + end).unlink()
    record(store, at=T0 + 100)
    assert len(rows(path)) == 21


def test_a_lock_file_that_is_removed_is_made_anew_and_excludes_all(
    store: SqliteStore, other: SqliteStore, path: Path
) -> None:
    lock = path.with_name("notifier.db.lock")
    lock.unlink()
    record(store, at=T0)
    made = lock.stat().st_ino
    inside = threading.Event()
    go_on = threading.Event()

    def hold() -> None:
        with other.transaction():
            inside.set()
            go_on.wait(10)

    holder = threading.Thread(target=hold)
    holder.start()
    inside.wait(10)
    quick = SqliteStore(path, lock_wait=0.1)
    with pytest.raises(StoreError, match="write lock was held"):
        record(quick)
    go_on.set()
    holder.join()
    record(other, at=T0 + 1)
    assert lock.stat().st_ino == made


def test_a_watcher_hears_of_commits_after_the_lock_file_was_removed(store: SqliteStore, path: Path) -> None:
    watch = Watch(store._db)
    watch.wait(0.0)
    path.with_name("notifier.db.lock").unlink()
    record(store, at=T0)  # closes the last description of the removed one but the watcher's own
    watch.wait(0.2)
    for n in range(3):
        watch.wait(0.2)
        threading.Timer(0.1, record, (store,), {"at": T0 + 10 + n}).start()
        began = time.monotonic()
        while not watch.wait(10.0):
            assert time.monotonic() - began < 5.0
    watch.close()


def test_a_worker_is_seen_again_after_its_lock_file_was_removed(store: SqliteStore, path: Path) -> None:
    store.attend()
    path.with_name("notifier.db.worker.lock").unlink()
    assert not Attendance(path).is_held()
    store.attend()
    assert Attendance(path).is_held()
    assert not Attendance(path).is_elsewhere()


def test_a_worker_that_has_another_file_open_is_told_from_one_that_works_here(
    store: SqliteStore, path: Path, tmp_path: Path
) -> None:
    store.attend()
    another_shop(tmp_path / "new.db")
    (tmp_path / "new.db").replace(path)
    found = SqliteStore(path)
    assert found.is_attended()
    assert found.is_elsewhere()
    found.close()


def test_threads_that_read_while_the_database_is_replaced_end_without_harm(
    store: SqliteStore, path: Path
) -> None:
    copy = backup(path)
    stop = threading.Event()
    trouble: list[BaseException] = []

    def read() -> None:
        while not stop.is_set():
            try:
                assert store.orders.get("41") is not None
            except Exception as error:
                trouble.append(error)
                raise

    readers = [threading.Thread(target=read) for _ in range(4)]
    for reader in readers:
        reader.start()
    for n in range(20):
        shutil.copy(copy, path.with_name("next.db"))
        path.with_name("next.db").rename(path)
        record(store, at=T0 + n)
    stop.set()
    for reader in readers:
        reader.join()
    assert trouble == []
    assert rows(path) == ["41"]
