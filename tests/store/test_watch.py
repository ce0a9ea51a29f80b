"""Waiting for commits where the kernel does not tell, and by programs that do not know our lock."""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path

import pytest

from notifier.store.sqlite import watch
from notifier.store.sqlite.database import Database
from notifier.store.sqlite.watch import Watch


@pytest.fixture
def database(tmp_path: Path) -> Database:
    database = Database(tmp_path / "notifier.db")
    with database.transaction() as tx:
        tx.execute("CREATE TABLE t(n INTEGER)")
    return database


def commit_later(path: Path) -> threading.Timer:
    """Commit in a moment, with SQLite alone."""

    def commit() -> None:
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("INSERT INTO t VALUES (1)")
        other.close()

    timer = threading.Timer(0.1, commit)
    timer.start()
    return timer


def test_without_notices_of_the_kernel_a_commit_is_seen_all_the_same(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none_left() -> None:
        raise OSError(24, "too many open files")

    monkeypatch.setattr(watch, "INotify", none_left)
    waiting = Watch(database)
    waiting.wait(0.05)
    assert waiting.wait(0.05) is False
    later = commit_later(database.path)
    assert waiting.wait(10.0) is True
    later.join()
    database.close()


def test_a_commit_by_a_program_that_does_not_know_our_lock_is_seen_at_the_next_look(
    database: Database,
) -> None:
    waiting = Watch(database)
    waiting.wait(0.05)
    later = commit_later(database.path)
    later.join()
    assert waiting.wait(0.05) is True
    waiting.close()
    database.close()
