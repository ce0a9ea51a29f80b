"""`notifier alerts`, `ack` and `resolve`: what is open, and who takes care of it."""

from __future__ import annotations

import json
import os
import pwd
import time
from collections.abc import Iterator

import pytest

from notifier.cli import person
from notifier.core.alert import AlertState, Severity
from notifier.core.quota import Limits
from notifier.store.sending import Begin
from notifier.store.sqlite.store import SqliteStore
from tests.cli.conftest import Shop
from tests.cli.operating import open_alert

NOW = time.time() - 600


@pytest.fixture
def store(shop: Shop, worker: None) -> Iterator[SqliteStore]:
    store = SqliteStore(shop.database)
    store.migrate()
    yield store
    store.close()


def cells(printed: str) -> list[list[str]]:
    return [line.split("\t") for line in printed.splitlines()]


def test_open_alerts_are_listed_the_worst_first_with_what_comes_next(shop: Shop, store: SqliteStore) -> None:
    open_alert(store, "41", NOW, rule="problem", severity=Severity.WARNING)
    open_alert(store, "42", NOW + 1)

    done = shop.run("alerts")

    assert (done.returncode, done.stderr) == (0, "")
    heading, first, second = cells(done.stdout)
    assert heading == ["ID", "SEVERITY", "RULE", "ABOUT", "STATE", "SINCE", "ACKNOWLEDGED BY", "NEXT"]
    assert first[:5] == ["2", "critical", "lost", "order 42", "open"]
    assert first[7].startswith("escalation 1 20")
    assert second[:4] == ["1", "warning", "problem", "order 41"]


def test_on_a_terminal_the_list_fits_into_80_columns(shop: Shop, store: SqliteStore) -> None:
    open_alert(store, "41", NOW)
    store.alerts.acknowledge(open_alert(store, "42", NOW), "jane", NOW)
    code, screen = shop.watch("alerts")
    assert code == 0
    assert all(len(line) <= 80 for line in screen.splitlines())
    assert "order 41" in screen
    assert "acknowledged by jane" in screen


def test_without_any_it_says_so(shop: Shop, store: SqliteStore) -> None:
    assert shop.run("alerts").stdout == "no alert is open\n"
    assert shop.run("alerts", "--all").stdout == "no alert is on record\n"
    assert json.loads(shop.run("alerts", "--json").stdout) == []


def test_resolved_ones_are_listed_with_all(shop: Shop, store: SqliteStore) -> None:
    store.alerts.resolve(open_alert(store, "41", NOW), "jane", NOW)
    assert shop.run("alerts").stdout == "no alert is open\n"
    (_, row) = cells(shop.run("alerts", "--all").stdout)
    assert row[4] == "resolved"


def test_json_tells_labels_and_what_comes_next(shop: Shop, store: SqliteStore) -> None:
    open_alert(store, "41", NOW)
    (found,) = json.loads(shop.run("alerts", "--json").stdout)
    assert (found["id"], found["rule"], found["about"], found["state"]) == (1, "lost", "order 41", "open")
    assert found["labels"]["carrier"] == ["postnl"]
    assert found["next"] == {"what": "escalate", "step": "0", "at": NOW + 1800}


def test_one_is_shown_with_its_messages(shop: Shop, store: SqliteStore) -> None:
    number = open_alert(store, "41", NOW)
    done = shop.run("alerts", str(number))
    assert done.returncode == 0
    assert "rule\tlost\nabout\torder 41\n" in done.stdout
    assert "carrier\tpostnl\n" in done.stdout
    assert "next\tescalation 1 20" in done.stdout
    assert "\tupdate\tpending\tslack\t" in done.stdout
    shown = json.loads(shop.run("alerts", str(number), "--json").stdout)
    assert [m["send"]["channel"] for m in shown["messages"]] == ["slack"]


def test_one_that_is_not_there_is_66(shop: Shop, store: SqliteStore) -> None:
    done = shop.run("alerts", "7")
    assert (done.returncode, done.stdout) == (66, "")
    assert "there is no alert 7" in done.stderr


def test_several_are_acknowledged_by_the_user_who_is_logged_in(shop: Shop, store: SqliteStore) -> None:
    open_alert(store, "41", NOW)
    open_alert(store, "42", NOW)
    done = shop.run("ack", "1", "2", USER="root", SUDO_USER="jane")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == (
        "alert 1 (lost, order 41) is acknowledged\nalert 2 (lost, order 42) is acknowledged\n"
    )
    assert {(a.state, a.by) for a in store.alerts.open()} == {(AlertState.ACKNOWLEDGED, "jane")}
    assert store.timers.waiting("41") == []  # no escalation


def test_one_that_cannot_be_acknowledged_keeps_no_other_from_it(shop: Shop, store: SqliteStore) -> None:
    open_alert(store, "41", NOW)
    done = shop.run("ack", "9", "1", "--by", "Jo")
    assert done.returncode == 66
    assert "there is no alert 9" in done.stderr
    assert done.stdout == "alert 1 (lost, order 41) is acknowledged\n"
    again = shop.run("ack", "1", "--by", "Jo")
    assert (again.returncode, again.stdout) == (1, "")
    assert "alert 1 is acknowledged" in again.stderr


def test_one_is_resolved_by_hand(shop: Shop, store: SqliteStore) -> None:
    open_alert(store, "41", NOW)
    done = shop.run("resolve", "1", "--by", "Jo")
    assert (done.returncode, done.stdout) == (0, "alert 1 (lost, order 41) is resolved\n")
    (alert,) = store.alerts.newest(10)
    assert (alert.state, alert.why) == (AlertState.RESOLVED, "by Jo")


@pytest.mark.parametrize("command", ["ack", "resolve"])
@pytest.mark.parametrize(
    "words",
    [
        (), ("x",), ("0",), ("1", "--by", " "), ("1" * 40,), ("-1",), ("1", "rule=lost"),
        ("1", "--message", "1"), ("rule=lost", "--message", "1"), ("colour=red",), ("rule=",),
        ("severity=bad",), ("--message", "0"),
    ],
)  # fmt: skip
def test_wrong_usage_is_2(shop: Shop, store: SqliteStore, command: str, words: tuple[str, ...]) -> None:
    assert shop.run(command, *words).returncode == 2


def group_of(store: SqliteStore, count: int) -> int:
    """Open alerts that went out as one message; return its id."""
    for number in range(count):
        open_alert(store, f"g{number}", NOW, join="group/slack")
    first, *others = sorted(store.outbox.newest((), 99), key=lambda m: m.id)
    (claimed,) = store.outbox.claim("setup", NOW + 1, 60.0, 1, {"slack": Limits(1)})
    assert claimed.id == first.id
    store.outbox.start_attempts([Begin(claimed, "", "", "", merged=tuple(m.id for m in others))], NOW + 1)
    return first.id


def test_all_that_fit_are_acknowledged_and_counted_before(shop: Shop, store: SqliteStore) -> None:
    open_alert(store, "41", NOW)
    open_alert(store, "42", NOW, rule="problem")
    open_alert(store, "43", NOW, rule="problem")
    done = shop.run("ack", "rule=Problem", "carrier=postnl,dhl", "--by", "Jo")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == (
        "2 alerts with rule Problem and carrier postnl or dhl:\n"
        "alert 2 (problem, order 42) is acknowledged\nalert 3 (problem, order 43) is acknowledged\n"
    )
    states = {alert.id: str(alert.state) for alert in store.alerts.open()}
    assert states == {1: "open", 2: "acknowledged", 3: "acknowledged"}
    again = shop.run("ack", "rule=problem", "--by", "Jo")
    assert (again.returncode, again.stdout) == (66, "")
    assert "no alert with rule problem can be acknowledged: 2 acknowledged already" in again.stderr


def test_what_fits_nothing_is_66_and_changes_nothing(shop: Shop, store: SqliteStore) -> None:
    open_alert(store, "41", NOW)
    for command in ("ack", "resolve"):
        done = shop.run(command, "rule=lost", "carrier=dhl", "--by", "Jo")
        assert (done.returncode, done.stdout) == (66, "")
        assert "no alert with rule lost and carrier dhl can be" in done.stderr
    assert [a.state for a in store.alerts.open()] == [AlertState.OPEN]


def test_a_rule_that_is_not_in_force_is_named(shop: Shop, store: SqliteStore) -> None:
    open_alert(store, "41", NOW)
    unknown = shop.run("ack", "rule=nope", "--by", "Jo")
    assert unknown.returncode == 66
    assert "no rule" not in unknown.stderr, "no worker has said which there are"
    store.rulesets.take_up("f", ["lost"], NOW, shop_rules=["flood"])
    for command in ("ack", "resolve"):
        done = shop.run(command, "rule=lots,nope", "--by", "Jo")
        assert (done.returncode, done.stdout) == (66, "")
        assert "in the rules in force there is no rule `lots`; did you mean `lost`?" in done.stderr
        assert "there is no rule `nope`" in done.stderr
    known = shop.run("ack", "rule=FLOOD", "--by", "Jo")
    assert known.returncode == 66
    assert "no rule" not in known.stderr
    assert shop.run("ack", "rule=lost", "--by", "Jo").returncode == 0


def test_acknowledged_ones_that_fit_can_be_resolved(shop: Shop, store: SqliteStore) -> None:
    open_alert(store, "41", NOW)
    store.alerts.acknowledge(open_alert(store, "42", NOW), "Al", NOW)
    done = shop.run("resolve", "status=lost", "--by", "Jo")
    assert (done.returncode, done.stdout.splitlines()[0]) == (0, "2 alerts with status lost:")
    assert store.alerts.open() == []


def test_a_message_names_all_alerts_that_it_is_about(shop: Shop, store: SqliteStore) -> None:
    message = group_of(store, 10)
    done = shop.run("ack", "--message", str(message), "--by", "Jo")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[0] == f"10 alerts of message {message}:"
    assert {a.state for a in store.alerts.open()} == {AlertState.ACKNOWLEDGED}
    merged = max(m.id for m in store.outbox.newest((), 99))
    assert shop.run("resolve", "--message", str(merged), "--by", "Jo").returncode == 0
    assert store.alerts.open() == []
    missing = shop.run("ack", "--message", "9999", "--by", "Jo")
    assert (missing.returncode, "there is no message 9999" in missing.stderr) == (66, True)


def test_who_has_no_login_name_is_known_by_the_account(shop: Shop, store: SqliteStore) -> None:
    open_alert(store, "41", NOW)
    nobody = {"USER": "", "SUDO_USER": "", "LOGNAME": ""}
    assert shop.run("ack", "1", **nobody).returncode == 0
    (alert,) = store.alerts.open()
    assert alert.by == pwd.getpwuid(os.getuid()).pw_name


def test_who_has_no_account_either_is_known_by_its_number(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("USER", "SUDO_USER", "LOGNAME"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setattr(os, "getuid", lambda: 54_321)
    assert person.name(None) == "user 54321"
    monkeypatch.setenv("USER", "bad\x07name")  # what cannot be kept is passed over
    assert person.name(None) == "user 54321"
    assert person.name("Jo") == "Jo"
