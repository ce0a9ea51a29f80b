"""What an operator asks: what happened to an order, what was not delivered, and send that again."""

from __future__ import annotations

import fcntl
import json
import re
import sqlite3
from contextlib import closing

import pytest

from notifier.core.message import State
from notifier.core.plan import Plan
from notifier.core.reason import Reason
from notifier.core.retry import Transition
from notifier.core.situation import Decision
from notifier.store.sqlite.store import SqliteStore
from tests import factories
from tests.cli.conftest import NOW, Shop
from tests.outbox import settle_one


def rows(text: str) -> list[list[str]]:
    return [line.split("\t") for line in text.splitlines()]


def states(shop: Shop) -> dict[int, State]:
    store = SqliteStore(shop.database)
    found = {message.id: message.state for message in store.outbox.newest([], 100)}
    store.close()
    return found


# --- explain ---------------------------------------------------------------------------------------


def test_explain_tells_every_update_verdict_message_and_attempt(story: Shop) -> None:
    done = story.run("explain", "41")
    assert (done.returncode, done.stderr) == (0, "")
    for said in (
        "Order 41 · 3AF7 · Shipped",
        "2021-05-26 05:34:47Z  Shipped (C)",
        "decided 2021-05-26 05:36:27Z by rules 0123456789ab",
        "  contact from registered, 2021-05-26 05:36:27Z\n",
        "parcel 3SABC PostNL https://track.example/3SABC",
        "✓ shipped: send: email",
        "· vip: condition_false: `if` gave false",
        "· 1 other rule waits for another status",
        "message 1 email → ja…@example.org: delivered 2021-05-26 05:36:29Z",
        "message 2 sms → +31…78: failed 2021-05-26 05:36:29Z, refused: refused for good",
        "attempt 1 2021-05-26 05:36:28Z: permanent HTTP 400 no such number",
        "message 3 slack: unknown 2021-05-26 05:36:29Z, answer_lost: ",
        "message 4 email → ja…@example.org: pending, due 2021-05-26 06:36:27Z",
    ):
        assert said in done.stdout
    assert "delivered: other_status" not in done.stdout
    assert "delivered: other_status" in story.run("explain", "41", "--all").stdout
    assert "\x1b" not in done.stdout
    assert "jane@example.org" not in done.stdout


def test_explain_says_why_nothing_happens_for_an_order_that_is_not_registered(story: Shop) -> None:
    done = story.run("explain", "42")
    assert done.returncode == 0
    assert "not registered: its updates are held; PUT /orders/42 releases them" in done.stdout
    assert "Delivered (D)" in done.stdout
    assert ", held" in done.stdout


def test_explain_prints_json(story: Shop) -> None:
    told = json.loads(story.run("explain", "41", "--json").stdout)
    assert (told["order"]["ref"], told["order"]["source"]) == ("41", "registered")
    assert told["order"]["reached"] == ["C"]
    (update,) = told["updates"]
    assert [d["reason"] for d in update["decisions"]] == ["fired", "other_status", "condition_false"]
    assert [m["message"]["state"] for m in update["messages"]] == [
        "delivered",
        "failed",
        "unknown",
        "pending",
    ]


@pytest.mark.parametrize("words", [("explain", "43"), ("orders", "show", "43"), ("explain", "--json", "43")])
def test_an_order_that_nobody_heard_of_is_66(story: Shop, words: tuple[str, ...]) -> None:
    done = story.run(*words)
    assert (done.returncode, done.stdout) == (66, "")
    assert done.stderr == "error: nothing is on record for order 43\n"


# --- messages ----------------------------------------------------------------------------------------


def test_messages_lists_the_outbox_in_columns_newest_first(story: Shop) -> None:
    done = story.run("messages")
    heading, *listed = rows(done.stdout)
    assert heading == [
        "ID", "STATE", "ORDER", "RULE", "CHANNEL", "RECIPIENT", "ATTEMPTS", "DUE OR ENDED", "WHY",
    ]  # fmt: skip
    assert [row[:6] for row in listed] == [
        ["4", "pending", "41", "shipped", "email", "ja…@example.org"],
        ["3", "unknown", "41", "shipped", "slack", ""],
        ["2", "failed", "41", "shipped", "sms", "+31…78"],
        ["1", "delivered", "41", "shipped", "email", "ja…@example.org"],
    ]
    assert listed[2][8] == "refused no such number"
    assert done.returncode == 0
    assert re.match(
        r"warning: channel slack is paused since \S+ \S+: channel_down HTTP 403; next try ", done.stderr
    )


def pause_mail(shop: Shop) -> None:
    store = SqliteStore(shop.database)
    store.channels.pause("email", Reason.CHANNEL_DOWN, NOW + 60, "535 5.7.8 Bad credentials", NOW)
    store.close()


PAUSED_MAIL = (
    "channel email is paused since 2021-05-26 05:36:27Z: channel_down 535 5.7.8 Bad credentials;"
    " next try 2021-05-26 05:37:27Z"
)


def test_a_message_that_waits_for_a_paused_channel_says_so(story: Shop) -> None:
    assert "waits: channel" not in story.run("explain", "41").stdout + story.run("messages").stdout

    pause_mail(story)

    # Message 4 waits; message 1 was delivered before.
    told = story.run("explain", "41").stdout
    assert f"pending, due 2021-05-26 06:36:27Z\n        waits: {PAUSED_MAIL}\n" in told
    assert told.count("waits:") == 1
    listed = story.run("messages")
    assert [row[8] for row in rows(listed.stdout)[1:]] == [
        "waits: channel email is paused", "answer_lost", "refused no such number", "",
    ]  # fmt: skip
    assert f"warning: {PAUSED_MAIL}\n" in listed.stderr
    paused = json.loads(story.run("explain", "41", "--json").stdout)["paused"]
    assert [channel["name"] for channel in paused] == ["email", "slack"]


def test_a_message_that_is_long_due_and_that_nothing_stops_waits_for_its_turn(story: Shop) -> None:
    said = story.run("explain", "41").stdout

    assert "waits for its turn: the channel's rate, or its senders are busy (notifier channels)" in said


def test_where_no_worker_runs_every_command_that_shows_what_waits_says_so(
    story: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = "warning: no worker is running: nothing is decided or sent until one is started"
    commands = (["explain", "41"], ["messages"], ["channels"], ["sources"])
    assert all(words not in story.run(*command).stderr for command in commands)

    story.database.with_name("notifier.db.worker.lock").unlink()

    for command in commands:
        assert words in story.run(*command).stderr
    assert "waits: no worker is running" in story.run("explain", "41").stdout


def test_a_message_that_waits_for_an_earlier_one_of_its_order_says_so(story: Shop) -> None:
    store = SqliteStore(story.database)
    register = factories.finding(at=NOW)
    store.orders.register([("43", register)], NOW)
    for number, code in enumerate("CD"):
        store.updates.record([factories.received(code, "43", at=NOW + number)], NOW)
    decided = (Decision("shipped", True, Reason.FIRED, "send: email"),)
    for update in store.updates.claim("setup", NOW, 60, 10):
        born = factories.new_message(f"43/{update}", due_at=NOW)
        store.updates.record_plan(update, "setup", Plan(decided, (born,)), False, "", NOW)
    store.close()

    said = story.run("explain", "43").stdout

    assert re.findall(r"waits: .*", said) == ["waits: message 5 of this order goes first"]


def test_a_message_that_left_a_paused_channel_says_that_it_took_its_next_way(story: Shop) -> None:
    store = SqliteStore(story.database)
    (message,) = store.outbox.claim("worker", NOW + 3600, 60, 10)
    left = Transition(factories.State.DROPPED, Reason.UNREACHABLE)
    settle_one(store, message, left, NOW + 3600)
    store.close()

    said = story.run("explain", "41").stdout

    assert "the service did not answer several times in a row; it took its next way" in said


def test_messages_fit_into_80_columns_of_a_terminal_and_break_no_word(story: Shop) -> None:
    pause_mail(story)

    code, screen = story.watch("messages")

    table = screen.partition("warning:")[0]
    assert code == 0
    assert max(len(line) for line in table.splitlines()) <= 80
    assert [line.split()[:4] for line in table.splitlines() if line[:1].isdigit()] == [
        ["4", "pending", "41", "email"],
        ["3", "unknown", "41", "slack"],
        ["2", "failed", "41", "sms"],
        ["1", "delivered", "41", "email"],
    ]
    for whole in ("ja…@example.org", "2021-05-26 06:36:27Z", "waits: channel email", "answer_lost"):
        assert whole in table


@pytest.mark.parametrize(
    ("words", "ids"),
    [
        (["--failed"], ["3", "2"]),
        (["--state", "pending"], ["4"]),
        (["--state", "pending", "--state", "delivered"], ["4", "1"]),
        (["--limit", "2"], ["4", "3"]),
        (["--state", "dropped"], []),
    ],
)
def test_messages_can_be_chosen(story: Shop, words: list[str], ids: list[str]) -> None:
    assert [row[0] for row in rows(story.run("messages", *words).stdout)[1:]] == ids
    told = json.loads(story.run("messages", *words, "--json").stdout)
    assert [str(message["id"]) for message in told] == ids


def test_an_empty_outbox_is_no_error(shop: Shop) -> None:
    store = SqliteStore(shop.database)
    store.migrate()
    store.close()
    assert rows(shop.run("messages", "--failed").stdout)[1:] == []
    assert json.loads(shop.run("messages", "--json").stdout) == []


# --- retry -------------------------------------------------------------------------------------------


def test_retry_sends_failed_and_unknown_messages_again(story: Shop) -> None:
    done = story.run("retry", "2", "3")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        "message 2 (shipped, sms) will be sent again",
        "message 3 (shipped, slack) will be sent again",
    ]
    assert states(story) == {
        1: State.DELIVERED, 2: State.PENDING, 3: State.PENDING, 4: State.PENDING
    }  # fmt: skip


def test_retry_does_what_it_can_and_names_all_that_it_cannot(story: Shop) -> None:
    done = story.run("retry", "1", "2", "99", "3")

    assert done.returncode == 1, "of the first that could not be"
    assert [line.split()[:2] for line in done.stdout.splitlines()] == [["message", "2"], ["message", "3"]]
    assert "message 1 is delivered" in done.stderr
    assert "there is no message 99" in done.stderr


def test_retry_does_not_send_what_was_delivered(story: Shop) -> None:
    before = states(story)
    done = story.run("retry", "1")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "error: message 1 is delivered; only failed and unknown ones can be retried\n"
    assert states(story) == before


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["99"], "there is no message 99"),
        (["--update", "99"], "there is no update 99"),
        (["9223372036854775807"], "there is no message 9223372036854775807"),
    ],
)
def test_retry_of_what_is_not_there_is_66(story: Shop, words: list[str], said: str) -> None:
    done = story.run("retry", *words)
    assert (done.returncode, done.stderr) == (66, f"error: {said}\n")


def test_retry_of_an_update_that_was_not_set_aside_is_refused(story: Shop) -> None:
    done = story.run("retry", "--update", "1")
    assert done.returncode == 1
    assert "there is nothing to do again" in done.stderr


def test_retry_has_an_update_that_was_set_aside_decided_again(story: Shop) -> None:
    store = SqliteStore(story.database)
    store.orders.register([("42", factories.finding())], 1.0)
    for _ in range(3):
        (claimed,) = store.updates.claim("worker", 1.0, 60, 1)
        store.updates.fail(claimed, "worker", "a bug")
    store.close()
    done = story.run("retry", "--update", str(claimed))
    assert (done.returncode, done.stdout) == (0, f"update {claimed} will be judged again\n")


# --- the database is busy ------------------------------------------------------------------------------


def test_a_database_that_stays_locked_is_75(story: Shop) -> None:
    with story.database.with_name("notifier.db.lock").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        shorter = "import notifier.store.sqlite.database as d; d.LOCK_WAIT = 0.2"
        done = story.run("retry", "2", before=shorter)
    assert (done.returncode, done.stdout) == (75, "")
    assert done.stderr == "error: the database's write lock was held for more than 0.2 s\n"
    assert states(story)[2] is State.FAILED


@pytest.mark.parametrize(
    ("at", "said"), [(0.0, "1970-01-01 00:00:00Z"), (4_000_000_000.0, "2096-10-02 07:06:40Z")]
)
def test_explain_says_that_a_time_which_cannot_be_was_replaced(story: Shop, at: float, said: str) -> None:
    store = SqliteStore(story.database)
    store.updates.record([factories.received("I", "41", at=at)], NOW)
    store.close()

    told = story.run("explain", "41").stdout

    assert f"the sender said {said}, which cannot be: its arrival counts" in told


def test_the_words_of_messages_are_shown_when_asked_for(story: Shop) -> None:
    with closing(sqlite3.connect(story.database)) as db, db:
        db.execute("UPDATE messages SET subject = 'On its way', text = 'Dear Jane,\n3SABC' WHERE id = 1")

    shown = story.run("messages", "--words").stdout
    listed = json.loads(story.run("messages", "--words", "--json").stdout)

    assert "message 1 email shipped\n  On its way\n  Dear Jane,\n  3SABC\n" in shown
    assert [(m["subject"], m["text"]) for m in listed if m["id"] == 1] == [
        ("On its way", "Dear Jane,\n3SABC")
    ]
    assert "On its way" not in story.run("messages").stdout


# --- times -----------------------------------------------------------------------------------------


def test_times_are_those_of_the_shop_with_their_offset(story: Shop) -> None:
    store = SqliteStore(story.database)
    store.rulesets.take_up("0123456789ab", ["shipped"], NOW, "Europe/Amsterdam")
    store.close()
    explained = story.run("explain", "41").stdout
    assert "2021-05-26 07:34:47+02:00  Shipped (C)" in explained
    assert "delivered 2021-05-26 07:36:29+02:00" in explained
    assert "Z  " not in explained
    listed = story.run("messages").stdout
    assert "2021-05-26 07:36:29+02:00" in listed
    assert "05:36:29Z" not in listed
