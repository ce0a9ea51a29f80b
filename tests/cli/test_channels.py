"""`notifier channels`: how each channel does, and pausing it by hand."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from notifier.core.message import Send, State
from notifier.core.plan import Plan
from notifier.core.reason import Reason
from notifier.core.rest import Effect, Rest
from notifier.core.retry import Outcome, OutcomeKind, Transition
from notifier.store.sqlite.store import SqliteStore
from tests import factories
from tests.cli.conftest import Shop
from tests.outbox import settle_one, start_attempt

RULES = """\
version: 1
channels:
  email: { url: "mailtos://shop:c4nary9secret@shop.example?from=a@shop.example", to: "{{ contact.email }}", rate: 600/min }
  sms: { url: "${env:SMS_URL}", to: "{{ contact.phone }}", budget: 150/day }
  slack: { url: "slack://T0AAAAAAA/B0AAAAAAA/c4nary9secretaaaaaaaaaaa" }
rules:
  - { id: shipped, when: shipped, send: email }
"""  # noqa: E501


@pytest.fixture
def busy(shop: Shop, worker: None, tmp_path: Path) -> Shop:
    """Mail: one delivered, one unknown, one due. Slack refused us and is to be probed; SMS is not set."""
    (tmp_path / "rules.yaml").write_text(RULES)
    shop.settings["NOTIFIER_RULES"] = str(tmp_path / "rules.yaml")
    now = time.time()
    store = SqliteStore(shop.database)
    store.migrate()
    store.orders.accept_unknown(True)
    sent = [("email", "1"), ("email", "2"), ("slack", "3"), ("email", "4")]
    for channel, ref in sent:
        store.updates.record([factories.received("C", ref)], now - 100)
        (update,) = store.updates.claim("setup", now, 60, 1)
        message = factories.new_message(ref, send=Send(channel, "told"), due_at=now - 100)
        store.updates.record_plan(update, "setup", Plan((), (message,)), False, "", now - 100)
    endings = {
        "1": (Outcome(OutcomeKind.DELIVERED, "250"), Transition(State.DELIVERED), Effect()),
        "2": (
            Outcome(OutcomeKind.UNKNOWN, "after data", "no answer in time"),
            Transition(State.UNKNOWN, Reason.ANSWER_LOST),
            Effect(),
        ),
        "3": (
            Outcome(OutcomeKind.CHANNEL_DOWN, "HTTP 404", "no_service"),
            Transition(State.PENDING, due_at=now, counts=False),
            Effect(Rest(Reason.CHANNEL_DOWN, now - 1)),
        ),
    }
    for message in store.outbox.claim("worker", now - 50, 60, 10):
        if message.once in endings:
            outcome, transition, effect = endings[message.once]
            start_attempt(store, message, "", "", "", now - 50)
            settle_one(store, message, transition, now - 40, outcome=outcome, effect=effect)
        else:
            store.outbox.give_back(message)
    store.channels.pause("sms", Reason.NOT_CONFIGURED, None, "", now)
    store.close()
    return shop


def rows(shop: Shop, *words: str) -> dict[str, dict[str, str]]:
    """Return the table of a pipe: channel to column to cell."""
    done = shop.run("channels", *words)
    assert done.returncode == 0, done.stderr
    heading, *lines = [line.split("\t") for line in done.stdout.splitlines()]
    return {line[0]: dict(zip(heading, line, strict=True)) for line in lines}


def test_channels_shows_state_queue_limits_and_the_last_of_both_ends(busy: Shop) -> None:
    shown = rows(busy)
    assert list(shown) == ["email", "sms", "slack"]
    email = shown["email"]
    assert (email["SERVICE"], email["FOR"], email["STATE"]) == ("mailtos://", "customer", "up")
    assert (email["DUE"], email["UNKNOWN"], email["LAST HOUR"]) == ("1", "1", "1")
    assert email["RATE"] == "2 of 600/min"
    assert email["WHY"] == "unknown after data: no answer in time"
    assert shown["sms"]["STATE"] == "paused: not_configured"
    assert (shown["sms"]["SERVICE"], shown["sms"]["BUDGET"]) == ("not set", "0 of 150/day")
    assert (shown["slack"]["STATE"], shown["slack"]["LAST SUCCESS"]) == ("probing", "-")


def test_channels_on_a_terminal_fits_into_80_columns_and_says_what_to_do(busy: Shop) -> None:
    code, screen = busy.watch("channels")
    assert code == 0
    assert all(len(line) <= 80 for line in screen.splitlines()), screen
    for words in (
        "email up mailtos:// for customers",
        "queue: 1 due, the oldest for 1 min",
        "needs a person: 1 unknown, 0 failed (notifier messages --failed)",
        "one message tries it again, the others wait; it was paused by channel_down",
    ):
        assert words in " ".join(screen.split()), screen


def test_no_secret_of_a_url_is_shown(busy: Shop) -> None:
    for words in ([], ["--json"]):
        done = busy.run("channels", *words)
        assert "c4nary" not in done.stdout + done.stderr
    assert "c4nary" not in busy.watch("channels")[1]


def test_channels_prints_json(busy: Shop) -> None:
    told = {one["name"]: one for one in json.loads(busy.run("channels", "--json").stdout)}
    assert told["email"]["state"] == "up"
    assert told["email"]["rate"] == {"count": 600, "period": 60.0}
    assert told["email"]["last_success"]["code"] == "250"
    assert told["slack"]["paused"][0]["reason"] == "channel_down"


def test_a_channel_is_paused_and_resumed_by_hand(busy: Shop) -> None:
    done = busy.run("channels", "pause", "email", "--for", "2h", "--because", "moving house")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("email is paused until ")
    assert rows(busy)["email"]["STATE"] == "paused: paused_by_hand"
    assert "paused_by_hand moving house" in " ".join(busy.watch("channels")[1].split())

    assert busy.run("channels", "resume", "email").stdout == "email works again\n"
    assert rows(busy)["email"]["STATE"] == "up"
    assert busy.run("channels", "resume", "email").stdout == "email was not paused\n"


def test_a_pause_without_a_time_lasts_until_it_is_resumed(busy: Shop) -> None:
    done = busy.run("channels", "pause", "email")
    assert done.stdout == "email is paused until `notifier channels resume email`; its messages wait\n"


def test_a_channel_that_was_refused_is_tried_by_one_message_when_it_is_resumed(busy: Shop) -> None:
    store = SqliteStore(busy.database)
    store.channels.pause("slack", Reason.CHANNEL_DOWN, time.time() + 300, "HTTP 404 no_service", time.time())
    store.close()
    assert rows(busy)["slack"]["STATE"] == "paused: channel_down"

    done = busy.run("channels", "resume", "slack")

    assert done.stdout == "slack is tried by its next message now; the others wait for what becomes of that\n"
    shown = rows(busy)["slack"]
    assert (shown["STATE"], shown["BECAUSE"]) == ("probing", "HTTP 404 no_service")


def test_a_budget_cannot_be_resumed_by_hand(busy: Shop) -> None:
    store = SqliteStore(busy.database)
    store.channels.pause("email", Reason.BUDGET_REACHED, time.time() + 300, "", time.time())
    store.close()

    done = busy.run("channels", "resume", "email")

    assert done.returncode == 66
    assert "raise `budget` in rules.yaml" in done.stderr


def test_pausing_and_resuming_by_hand_are_events_of_the_channel(busy: Shop) -> None:
    busy.run("channels", "pause", "email", "--because", "moving house")
    busy.run("channels", "resume", "email")

    (email,) = (one for one in json.loads(busy.run("channels", "--json").stdout) if one["name"] == "email")
    assert [(event["kind"], event["detail"]) for event in email["events"]] == [
        ("channel_resumed", ""),
        ("channel_paused", "moving house"),
    ]


def test_what_is_not_configured_cannot_be_resumed_by_hand(busy: Shop) -> None:
    busy.run("channels", "pause", "sms")
    done = busy.run("channels", "resume", "sms")
    assert done.returncode == 66
    assert "not_configured" in done.stderr
    assert rows(busy)["sms"]["STATE"] == "paused: not_configured"


def test_a_channel_that_does_not_exist_is_named_with_those_that_do(busy: Shop) -> None:
    for command in ("pause", "resume"):
        done = busy.run("channels", command, "mail")
        assert done.returncode == 66
        assert "there is no channel mail; rules.yaml has email, sms, slack" in done.stderr


@pytest.mark.parametrize(
    ("time", "said"),
    [
        ("2", "--for needs a unit; write"),
        ("0s", "--for must be longer than 0s"),
        ("1000000d", "--for is longer than ten years"),
    ],
)
def test_a_time_that_is_none_is_refused(busy: Shop, time: str, said: str) -> None:
    done = busy.run("channels", "pause", "email", "--for", time)
    assert done.returncode == 2
    assert said in done.stderr
    assert not done.stderr.rstrip().endswith(";")


def test_broken_rules_do_not_hide_what_the_database_knows(busy: Shop, tmp_path: Path) -> None:
    (tmp_path / "rules.yaml").write_text(RULES.replace("rules:", "rulez:"))
    done = busy.run("channels")
    assert done.returncode == 0
    assert "rulez" in done.stderr
    assert [line.split("\t")[0] for line in done.stdout.splitlines()] == ["CHANNEL", "slack", "sms"]


@pytest.mark.parametrize("words", ["channels pause", "channels resume", "send-test"])
def test_the_shell_offers_the_names_of_channels(busy: Shop, words: str) -> None:
    done = busy.run(
        _NOTIFIER_COMPLETE="bash_complete",
        COMP_WORDS=f"notifier {words} s",
        COMP_CWORD=str(len(words.split()) + 1),
    )
    assert done.stdout.split() == ["plain,sms", "plain,slack"]
