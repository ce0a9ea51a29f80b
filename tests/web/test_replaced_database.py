"""The database is removed, moved or replaced while the web runs: what is answered 200 or 404 is on record."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.web.serving import Web, assert_error, update, wait_until


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    folder.mkdir()
    return folder


def later(n: int) -> bytes:
    """Return one of many updates of order 41."""
    return update("41", status={"code": "E", "timestamp": 1_700_000_000 + n})


def backup(web: Web) -> Path:
    copy = web.folder / "backup"
    source = sqlite3.connect(web.database)
    source.execute("VACUUM INTO ?", (str(copy),))
    source.close()
    return copy


def remove(web: Web) -> None:
    for file in web.folder.glob("n.db*"):
        file.unlink()


def write_text(web: Web) -> None:
    (web.folder / "text").write_text("no database\n" * 5000)
    (web.folder / "text").rename(web.database)


TAKEN_AWAY: dict[str, Callable[[Web], object]] = {
    "removed with all that belongs to it": remove,
    "moved away": lambda web: web.database.rename(web.folder / "away"),
    "replaced by text": write_text,
}


@pytest.mark.parametrize("take_away", TAKEN_AWAY.values(), ids=TAKEN_AWAY.keys())
def test_without_its_database_the_web_takes_nothing_until_a_copy_is_there(
    folder: Path, take_away: Callable[[Web], object]
) -> None:
    with Web(folder) as web:
        web.register("41")
        assert web.post(update("41")).status_code == 200
        copy = backup(web)
        take_away(web)

        for n in range(3):
            answer = web.post(later(n))
            assert_error(answer, 503)
            assert "gone" in answer.json()["message"] or "was replaced" in answer.json()["message"]
            assert_error(web.http.get("/readyz"), 503, answer.json()["message"])
        assert web.log.count("updates not recorded") == 1

        copy.rename(web.database)
        wait_until(web.is_ready, "readiness")
        assert web.post(later(100)).status_code == 200
        assert web.count("41") == 2
        assert web.rows("PRAGMA integrity_check") == [("ok",)]
        assert "Traceback" not in web.log


def test_a_backup_moved_into_place_goes_on_at_once(folder: Path) -> None:
    with Web(folder) as web:
        web.register("41")
        copy = backup(web)
        for n in range(20):
            assert web.post(later(n)).status_code == 200
        copy.rename(web.database)

        assert web.post(later(100)).status_code == 200

        assert web.count("41") == 1
        assert web.http.get("/readyz").status_code == 200
    assert web.rows("PRAGMA integrity_check") == [("ok",)]
    assert web.count("41") == 1


def test_a_wal_removed_alone_costs_no_update_that_was_answered(folder: Path) -> None:
    with Web(folder) as web:
        web.register("41")
        for n in range(20):
            assert web.post(later(n)).status_code == 200
        (folder / "n.db-wal").unlink()
        assert web.post(later(100)).status_code == 200
    assert web.count("41") == 21
    assert web.rows("PRAGMA integrity_check") == [("ok",)]
