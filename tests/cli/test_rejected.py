"""`notifier rejected`: what was signed and no update is listed, shown, and taken after all."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator

import pytest

from notifier.store.rejected import Unreadable
from notifier.store.sqlite.store import SqliteStore
from tests import factories
from tests.cli.conftest import Shop

T0 = factories.T0
CUT = b'{"ref":"41","status":{"code":"C","timest'
READABLE = b'{"ref":"41","status":{"code":"C","timestamp":false}}'
"""As if an older version had refused it."""


@pytest.fixture
def store(shop: Shop) -> Iterator[SqliteStore]:
    store = SqliteStore(shop.database)
    store.migrate()
    yield store
    store.close()


@pytest.fixture
def kept(store: SqliteStore) -> SqliteStore:
    store.rejected.keep([Unreadable(CUT, "the body is not JSON: x (line 1, column 41)", "41")], T0)
    store.rejected.keep([Unreadable(READABLE, "status.timestamp: must be …", "41")], T0 + 60)
    store.rejected.keep([Unreadable(READABLE, "status.timestamp: must be …", "41")], T0 + 120)
    store.rejected.keep([Unreadable(b"\x1b[2J\xff\n", "the body is not valid UTF-8 (byte 4)")], T0 + 180)
    return store


def test_status_counts_them_until_each_is_dismissed_or_taken(shop: Shop, kept: SqliteStore) -> None:
    def told() -> tuple[bool, str]:
        lines = shop.run("status").stdout.splitlines()
        (updates,) = [line for line in lines if line.startswith("updates ")]
        return any("signed and not understood within a day" in line for line in lines), updates

    assert told() == (False, "updates   3 rejected (notifier rejected)"), "they are old"
    kept.rejected.keep([Unreadable(CUT, "the body is not JSON", "41")], time.time())
    assert told()[0]
    done = shop.run("dismiss", "--rejected", "1", "--reason", "a test of theirs")
    assert (done.returncode, done.stdout) == (0, "1 rejected webhook dismissed\n")
    assert told() == (False, "updates   3 rejected (notifier rejected)")
    kept.rejected.keep([Unreadable(CUT, "the body is not JSON", "41")], time.time())
    assert told()[0], "it came again"


def test_what_is_not_there_is_not_dismissed(shop: Shop, kept: SqliteStore) -> None:
    done = shop.run("dismiss", "--rejected", "1", "99", "--reason", "x")
    assert (done.returncode, done.stderr) == (66, "error: there is no rejected webhook 99\n")
    both = shop.run("dismiss", "--rejected", "--event", "1", "--reason", "x")
    assert "say one at a time" in both.stderr


def test_they_are_listed_with_the_reason(shop: Shop, kept: SqliteStore) -> None:
    done = shop.run("rejected")
    assert (done.returncode, done.stderr) == (0, "")
    heading, *rows = done.stdout.splitlines()
    assert heading == "ID\tFIRST\tLAST\tTIMES\tBYTES\tORDER\tWHY"
    first, second, third = (row.split("\t") for row in rows)
    assert first[0] == "1"
    assert first[3:] == ["1", str(len(CUT)), "41", "the body is not JSON: x (line 1, column 41)"]
    assert second[3:] == ["2", str(len(READABLE)), "41", "status.timestamp: must be …"]
    assert third[5:] == ["", "the body is not valid UTF-8 (byte 4)"]
    listed = json.loads(shop.run("rejected", "--json").stdout)
    assert [one["id"] for one in listed] == [1, 2, 3]
    assert listed[1]["received_at"] == T0 + 60
    assert listed[1]["last_at"] == T0 + 120


def test_without_any_it_says_so(shop: Shop, store: SqliteStore) -> None:
    assert shop.run("rejected").stdout == "no webhook was rejected\n"
    assert shop.run("rejected", "retry", "--all").stdout == "no webhook was rejected\n"
    assert json.loads(shop.run("rejected", "--json").stdout) == []


def test_a_body_is_printed_byte_for_byte_in_a_pipe_and_as_plain_text_on_a_terminal(
    shop: Shop, kept: SqliteStore
) -> None:
    assert shop.run("rejected", "show", "1").stdout == CUT.decode()
    code, screen = shop.watch("rejected", "show", "3")
    assert (code, screen) == (0, " [2J\ufffd\n")
    missing = shop.run("rejected", "show", "99")
    assert missing.returncode == 66
    assert "there is no rejected webhook 99" in missing.stderr


def test_explain_mentions_those_of_the_order(shop: Shop, kept: SqliteStore) -> None:
    alone = shop.run("explain", "41")
    assert alone.returncode == 0
    assert "rejected 1: the body is not JSON" in alone.stdout
    assert "a webhook was rejected, 2 times, last " in alone.stdout
    assert [one["id"] for one in json.loads(shop.run("explain", "41", "--json").stdout)["rejected"]] == [1, 2]
    factories.register(kept)
    story = shop.run("explain", "41").stdout
    assert "contact from registered" in story
    assert "rejected 1: the body is not JSON" in story
    assert [one["id"] for one in json.loads(shop.run("explain", "41", "--json").stdout)["rejected"]] == [1, 2]
    assert shop.run("explain", "42").returncode == 66


def test_what_can_be_read_by_now_is_taken_and_the_rest_stays(shop: Shop, kept: SqliteStore) -> None:
    factories.register(kept)
    done = shop.run("rejected", "retry", "--all")
    assert done.returncode == 1
    first, second, third = done.stdout.splitlines()
    assert first.startswith("1: still no update: the body is not JSON")
    assert second == "2: recorded"
    assert third == "3: still no update: the body is not valid UTF-8 (byte 4)"
    assert [one.id for one in kept.rejected.newest(9)] == [1, 3]
    history = kept.updates.history("41")
    assert history is not None
    assert [u.update.received_at for u in history.updates] == [T0 + 60]
    story = shop.run("explain", "41").stdout
    assert "not read: status.timestamp: not a time; the arrival counts" in story


def test_one_is_taken_with_an_edited_body(shop: Shop, kept: SqliteStore) -> None:
    shop.folder.joinpath("mended.json").write_bytes(CUT + b'amp":1622007287}}')
    done = shop.run("rejected", "retry", "1", "--body", "mended.json")
    assert (done.returncode, done.stdout) == (0, "1: recorded; held until its order is known\n")
    assert [one.id for one in kept.rejected.newest(9)] == [2, 3]
    again = shop.run("rejected", "retry", "1", "2")
    assert again.returncode == 1
    assert "there is no rejected webhook 1" in again.stderr
    assert again.stdout == "2: recorded; held until its order is known\n"


@pytest.mark.parametrize(
    "words",
    [
        ("retry",), ("retry", "1", "--all"), ("retry", "1", "2", "--body", "x"), ("retry", "0"),
        ("show", "x"), ("retry", "--all", "--body", "x"),
    ],
)  # fmt: skip
def test_wrong_usage_is_2(shop: Shop, kept: SqliteStore, words: tuple[str, ...]) -> None:
    shop.folder.joinpath("x").write_text("{}")
    assert shop.run("rejected", *words).returncode == 2
    assert kept.rejected.count() == 3


def test_an_order_of_which_only_that_is_on_record_can_be_forgotten(shop: Shop, kept: SqliteStore) -> None:
    done = shop.run("forget", "41", "--yes")
    assert (done.returncode, done.stdout) == (0, "41\n")
    assert [one.id for one in kept.rejected.newest(9)] == [3]
