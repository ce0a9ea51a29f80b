"""`notifier status`: one screen that says how it is, and an exit code that says who has to look."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from typing import Any

import pytest

from notifier.cli.condition import PATIENCE, Condition
from notifier.core.alert import Alert, AlertState, Severity
from notifier.core.event import Event
from notifier.core.reason import Reason
from notifier.store.customers import SourceState
from notifier.store.health import Overdue, Room
from notifier.store.rulesets import InForce, Rejection
from notifier.store.sending import Backlog, ChannelState
from notifier.store.sqlite.store import SqliteStore
from notifier.store.timing import Braked
from tests.cli.conftest import NOW, Shop

T = 1_000_000.0
WELL = Condition(T, True, InForce("f1", T), {"decided": 4, "held": 1}, Backlog(due=3), 9, (), (), ())


@pytest.fixture
def quiet(shop: Shop, worker: None) -> SqliteStore:
    """A database in which a worker has taken up rules, and nothing else happened."""
    store = SqliteStore(shop.database)
    store.migrate()
    store.rulesets.take_up("0123456789ab", ["shipped"], NOW)
    return store


def told(shop: Shop) -> dict[str, Any]:
    done = shop.run("status", "--json")
    found: dict[str, Any] = json.loads(done.stdout)
    assert done.returncode == (0 if found["ok"] else 1)
    return found


# --- what needs a person ---------------------------------------------------------------------------


def test_nothing_needs_a_person_while_work_waits_its_turn() -> None:
    assert list(WELL.needs()) == []


@pytest.mark.parametrize(
    ("worse", "words"),
    [
        ({"worker": False}, "no worker is running"),
        ({"rules": InForce("f1", T, Rejection(T, 1, "a"))}, "an edit of rules or templates was refused"),
        (
            {"rejected": 9, "rejected_lately": 1},
            "1 webhook signed and not understood within a day (notifier rej",
        ),
        ({"updates": {"set_aside": 2}}, "2 updates set aside"),
        ({"updates": {"set_aside": 1}}, "1 update set aside"),
        ({"brake": Braked(T, 9, 2.0, 3600.0, 1)}, "the brake holds 1 message to customers"),
        ({"messages": Backlog(failed=7, failed_since=1)}, "within a day: 1 failed (notifier messages"),
        ({"messages": Backlog(unknown=7, failed_since=1, unknown_since=2)}, "a day: 1 failed, 2 unknown"),
        ({"channels": (ChannelState("sms", Reason.CHANNEL_DOWN, T, T + 9),)}, "channel sms is paused: the"),
        ({"channels": (ChannelState("sms", Reason.NOT_CONFIGURED, T, None),)}, "it is not configured"),
        ({"sources": (SourceState("shop", T - PATIENCE - 1, T, 9, ""),)}, "source shop is down"),
        ({"sources": (SourceState("shop", T - 61, T, 9, ""),), "patience": 60.0}, "source shop is down"),
        ({"write": "no space left"}, "updates cannot be recorded: no space left"),
        ({"room": Room(12_300_000, 5000)}, "nearly full: 12.3 MB are left"),
        ({"room": Room(10**12, 7)}, "takes only 7 more files"),
        ({"elsewhere": True}, "another database open"),
        (
            {"unrecorded": (Event(7, T, "updates_unrecorded", "webhook", "27 updates answered 503"),)},
            "27 updates answered 503 (notifier dismiss --event 7 --reason …)",
        ),
        (
            {"overdue": (Overdue("email", 2, T - 960.0),)},
            "channel email: 2 messages overdue, the oldest for 16 min (notifier channels)",
        ),
        (
            {
                "overdue": (Overdue("email", 1, T - 1000.0),),
                "channels": (ChannelState("email", Reason.UNREACHABLE, T - 960.0, T + 9),),
            },
            "channel email not reached for 16 min 40 s: 1 message waiting (notifier channels)",
        ),
        (
            {
                "overdue": (Overdue("email", 1, T - 1000.0),),
                "channels": (ChannelState("email", Reason.THROTTLED, T - 1000.0, T + 9),),
            },
            "channel email: 1 message overdue",
        ),
    ],
)
def test_what_does_not_mend_itself_needs_a_person(worse: dict[str, Any], words: str) -> None:
    (need,) = replace(WELL, **worse).needs()
    assert words in need


@pytest.mark.parametrize(
    "bad",
    [
        {"rejected": 9},
        {"messages": Backlog(failed=3, unknown=2)},
        {"channels": (ChannelState("sms", Reason.UNREACHABLE, T, T + 9),)},
        {"channels": (ChannelState("sms", Reason.THROTTLED, T, T + 9),)},
        {"channels": (ChannelState("sms", Reason.BUDGET_REACHED, T, T + 9),)},
        {"channels": (ChannelState("sms", Reason.PAUSED_BY_HAND, T, None, "new provider"),)},
        {"sources": (SourceState("shop", T - PATIENCE, T, 2, ""),)},
        {"channels": (ChannelState("sms", Reason.UNREACHABLE, T - 9999, T + 9),)},
        {"room": Room(10**12, None)},
        {
            "overdue": (Overdue("sms", 4, T - 99_999.0),),
            "channels": (ChannelState("sms", Reason.PAUSED_BY_HAND, T - 99_999.0, None, "we know"),),
        },
        {
            "overdue": (Overdue("sms", 4, T - 99_999.0),),
            "channels": (ChannelState("sms", Reason.BUDGET_REACHED, T - 99_999.0, T + 9),),
        },
    ],
)
def test_what_mends_itself_or_is_known_needs_nobody(bad: dict[str, Any]) -> None:
    assert list(replace(WELL, **bad).needs()) == []


# --- the command -----------------------------------------------------------------------------------


def test_all_is_well_in_a_few_lines_with_exit_code_0(shop: Shop, quiet: SqliteStore) -> None:
    done = shop.run("status")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        "all well  nothing needs a person",
        "worker    running",
        "rules     0123456789ab in force since 2021-05-26 05:36:27Z",
        "updates   none yet",
        "messages  0 due, 0 later, 0 in work, 0 delivered, 0 failed, 0 unknown",
        "alerts    none is open",
        "channels  none is paused",
        "sources   none is down",
        "events    none yet",
    ]


def test_trouble_is_told_with_its_reasons_and_exit_code_1(shop: Shop, quiet: SqliteStore) -> None:
    now = time.time()
    problems = ["rules.yaml:6:5: unknown key `wehn` (did you mean `when`?)", "rules.yaml:9:1: empty"]
    quiet.rulesets.reject(problems, NOW + 60)
    quiet.channels.pause("email", Reason.CHANNEL_DOWN, now + 300, "535 bad\x1b[2J password", NOW + 70)
    quiet.channels.pause("sms", Reason.PAUSED_BY_HAND, None, "new provider", NOW + 80)
    quiet.sources.failed("cottoncast", "HTTP 503", NOW + 90)

    done = shop.run("status")

    assert (done.returncode, done.stderr) == (1, "")
    assert [line for line in done.stdout.splitlines() if "next try" not in line] == [
        "to do     an edit of rules or templates was refused (notifier check)",
        "          channel email is paused: the service refuses us",
        "          source cottoncast is down (notifier sources)",
        "worker    running",
        "rules     0123456789ab in force since 2021-05-26 05:36:27Z",
        "          edit refused 2021-05-26 05:37:27Z: rules.yaml:6:5: unknown key `wehn` (did you mean"
        " `when`?) (and 1 more)",
        "updates   none yet",
        "messages  0 due, 0 later, 0 in work, 0 delivered, 0 failed, 0 unknown",
        "alerts    none is open",
        "          channel sms is paused since 2021-05-26 05:37:47Z: paused_by_hand new provider;"
        " until `notifier channels resume sms`",
        "events    2021-05-26 05:37:57Z source_down cottoncast HTTP 503",
        "          2021-05-26 05:37:27Z rules_rejected rules rules.yaml:6:5: unknown key `wehn`"
        " (did you mean `when`?)",
    ]
    assert (
        "channels  channel email is paused since 2021-05-26 05:37:37Z: channel_down 535 bad [2J"
        in done.stdout
    )
    assert "sources   cottoncast is down since 2021-05-26 05:37:57Z: HTTP 503; next try" in done.stdout


def test_without_a_worker_that_is_the_first_thing_said(shop: Shop) -> None:
    store = SqliteStore(shop.database)
    store.migrate()
    done = shop.run("status")
    assert done.returncode == 1
    assert done.stdout.splitlines()[:3] == [
        "to do     no worker is running: nothing is decided or sent until one is started",
        "worker    none is running",
        "rules     no worker has taken any up yet",
    ]


def test_what_lies_in_the_outbox_is_counted(story: Shop) -> None:
    said = story.run("status").stdout
    assert "updates   1 held, 1 decided\n" in said
    found = told(story)
    assert found["worker"] is True
    assert found["updates"] == {"held": 1, "decided": 1}
    assert (found["messages"]["due"], found["messages"]["failed"], found["delivered"]) == (1, 1, 1)
    assert found["messages"]["failed_since"] == 0, "it failed long ago"
    assert "1 due (the oldest for " in said


def test_it_needs_no_rules_and_names_no_customer(story: Shop) -> None:
    said = story.run("status", NOTIFIER_RULES="/nonexistent")
    assert "no such file" not in said.stderr
    assert said.stdout == story.run("status").stdout
    assert "jane" not in said.stdout.lower()


def test_json_tells_the_same(shop: Shop, quiet: SqliteStore) -> None:
    assert told(shop)["ok"] is True
    quiet.rulesets.reject(["rules.yaml:1:1: a"], NOW + 60)
    found = told(shop)
    assert found["needs"] == ["an edit of rules or templates was refused (notifier check)"]
    assert found["rules"] == {
        "fingerprint": "0123456789ab",
        "since": NOW,
        "rejected": {"at": NOW + 60, "problems": 1, "problem": "rules.yaml:1:1: a"},
        "timezone": "UTC",
    }
    assert [event["kind"] for event in found["events"]] == ["rules_rejected"]


def test_a_screen_of_80_columns_holds_every_line(shop: Shop, quiet: SqliteStore) -> None:
    quiet.rulesets.reject([f"/etc/notifier/rules.yaml:6:5: {'a long story ' * 9}"], NOW + 60)
    code, screen = shop.watch("status", columns=80)
    assert code == 1
    assert max(map(len, screen.splitlines())) <= 80
    assert "to do     an edit of rules" in screen


def test_its_help_says_what_needs_a_person(shop: Shop) -> None:
    said = " ".join(shop.run("status", "--help").stdout.split())
    assert "Exit code 0 if all is well, 1 if something needs a person" in said


def test_without_a_database_there_is_no_status(shop: Shop) -> None:
    assert shop.run("status").returncode == 66


def test_alerts_that_nobody_took_and_the_brake_need_a_person() -> None:
    alerts = (
        Alert(1, "lost", "41", AlertState.OPEN, Severity.CRITICAL, T),
        Alert(2, "problem", "42", AlertState.OPEN, Severity.WARNING, T),
        Alert(3, "problem", "43", AlertState.ACKNOWLEDGED, Severity.WARNING, T, by="ann"),
    )

    assert list(replace(WELL, alerts=alerts).needs()) == [
        "2 alerts that nobody has acknowledged, 1 of them critical (notifier alerts)"
    ]
    assert list(replace(WELL, alerts=alerts[2:]).needs()) == []
    assert list(replace(WELL, alerts=alerts, silenced=(1, 2)).needs()) == []
    assert list(replace(WELL, alerts=alerts, silenced=(1,)).needs()) == [
        "1 alert that nobody has acknowledged (notifier alerts)"
    ]
    assert list(replace(WELL, brake=Braked(T, 312, 20.0, 3600.0, 290)).needs()) == [
        "the brake holds 290 messages to customers (notifier brake)"
    ]


@pytest.mark.parametrize(("count", "said"), [(1, "; 1 silence in force"), (2, "; 2 silences in force")])
def test_silences_are_counted_as_people_count(shop: Shop, quiet: SqliteStore, count: int, said: str) -> None:
    for _ in range(count):
        quiet.silences.add({}, "strike", "Jo", NOW, time.time() + 3600)
    assert said in shop.run("status").stdout
