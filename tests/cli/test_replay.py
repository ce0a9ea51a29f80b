"""`notifier replay`: what changed rules would have changed of what was sent, by the history on record."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from typing import Any

import pytest

from notifier.core.contact import Contact
from notifier.store.sqlite.store import SqliteStore
from tests import factories
from tests.cli.conftest import ROOT, Done, Shop

T0 = factories.T0
"""2021-05-26 07:34:47 in Amsterdam: the first update of order 41."""

HOUR, DAY = 3_600.0, 86_400.0
MAY = ("--since", "2021-05-26", "--until", "2021-06-10")

RULES = """\
version: 1
shop: { name: Example Shop, timezone: Europe/Amsterdam }
channels:
  email: { url: "${env:EMAIL_URL}", to: "{{ contact.email }}" }
  sms: { url: "${env:SMS_URL}", to: "{{ contact.phone }}" }
  slack: { url: "${env:SLACK_URL}" }
rules:
  - id: shipped
    when: [collected, en_route]
    once: order
    send: email
  - id: delivered
    when: delivered
    send: { first_of: [sms, email] }
  - id: problem
    when: problem
    send: slack
"""
NEW_RULE = "  - id: label\n    when: label\n    send: { channel: email, template: shipped }\n"

Replay = Callable[..., Done]


@pytest.fixture
def history(shop: Shop) -> Shop:
    """A shop with three orders: 41 goes its way, 42 has no phone and a problem, 43 was told long before."""
    store = SqliteStore(shop.database)
    store.migrate()
    for ref, phone in (("41", "+31612345678"), ("42", None), ("43", None)):
        contact = Contact("Jane Example", "jane@example.org", phone)
        store.orders.register([(ref, factories.finding(contact))], T0)
    course = [
        ("C", "43", -5 * DAY), ("L", "41", 0.0), ("C", "41", HOUR), ("C", "42", 2 * HOUR),
        ("E", "43", 3 * HOUR), ("I", "42", 4 * HOUR), ("D", "42", DAY), ("D", "41", DAY + HOUR),
    ]  # fmt: skip
    for code, ref, after in course:
        store.updates.record([factories.received(code, ref, at=T0 + after)], T0 + after + 1)
    store.close()
    (shop.folder / "rules.yaml").write_text(RULES)
    shop.settings["NOTIFIER_RULES"] = "rules.yaml"
    return shop


@pytest.fixture
def replay(history: Shop) -> Replay:
    """Replay the history with other rules."""

    def replay(rules: str, *words: str, **settings: str) -> Done:
        (history.folder / "new.yaml").write_text(rules)
        return history.run("replay", "--rules", "new.yaml", *MAY, *words, **settings)

    return replay


def told(done: Done) -> Any:
    """Return what was printed as JSON by a command that found a difference."""
    assert done.returncode == 1, done.stderr
    return json.loads(done.stdout)


def brief(done: Done) -> list[tuple[str, str, str, str]]:
    """Return change, rule, order and reason of every message that differs."""
    return [(m["change"], m["rule"], m["ref"], m["why"]) for m in told(done)["messages"]]


def test_the_same_rules_change_nothing(replay: Replay) -> None:
    done = replay(RULES)

    assert done.returncode == 0, done.stderr
    assert "2021-05-26 00:00 to 2021-06-10 00:00 (Europe/Amsterdam)" in done.stdout
    assert "7 updates of 3 orders" in done.stdout
    # 43 was told before that time that it is shipped, and is not told again.
    assert "Nothing differs: 5 messages either way." in done.stdout
    assert done.stderr == ""


def test_without_a_rule_its_messages_are_lost(replay: Replay) -> None:
    said = told(replay(RULES[: RULES.index("  - id: problem")], "--json"))

    (lost,) = said["messages"]
    assert (lost["change"], lost["rule"], lost["ref"], lost["why"]) == (
        "lost",
        "problem",
        "42",
        "no_such_rule",
    )
    assert lost["after"] is None
    assert lost["before"] == {
        "at": "2021-05-26T11:34:48+02:00",
        "channel": "slack",
        "template": "ops/problem",
        "recipient": "",
        "with_another": False,
    }
    assert said["rules"][2] | {"rule": ""} == {
        "rule": "", "before": 1, "after": 0, "added": 0, "lost": 1, "moved": 0, "changed": 0,
    }  # fmt: skip
    assert [
        (v["rule"], v["ref"], v["status"], v["before"]["fired"], v["after"]) for v in said["verdicts"]
    ] == [("problem", "42", "problem", True, {"fired": False, "reason": "other_status", "detail": ""})]


def test_a_new_rule_adds_its_messages_and_nothing_is_written(replay: Replay, history: Shop) -> None:
    def contents() -> list[str]:
        with closing(sqlite3.connect(history.database)) as db:
            return list(db.iterdump())

    before = contents()

    assert brief(replay(RULES + NEW_RULE, "--json")) == [("added", "label", "41", "no_such_rule")]
    assert contents() == before


def test_another_channel_changes_the_messages_that_went_on_the_old_one(replay: Replay) -> None:
    said = told(replay(RULES.replace("{ first_of: [sms, email] }", "email"), "--json"))

    (changed,) = said["messages"]
    assert (changed["change"], changed["rule"], changed["ref"]) == ("changed", "delivered", "41")
    assert (changed["before"]["channel"], changed["after"]["channel"]) == ("sms", "email")
    assert (changed["before"]["recipient"], changed["after"]["recipient"]) == ("+31…78", "ja…@example.org")


def test_another_template_changes_the_messages(replay: Replay) -> None:
    done = replay(RULES.replace("    send: slack", "    send: { channel: slack, template: general }"))

    assert done.returncode == 1
    assert "problem: 1 message sent another way" in done.stdout
    assert "2021-05-26 11:34  order 42  template ops/problem → template ops/general" in done.stdout


def test_waiting_moves_messages_and_what_is_overtaken_meanwhile_is_lost(replay: Replay) -> None:
    done = replay(RULES.replace("    once: order", "    once: order\n    settle: 23h"))

    assert done.returncode == 1
    assert "shipped: 1 message lost\n  1 × not sent after, overtaken:" in done.stdout
    assert "2021-05-26 08:34 → 2021-05-27 07:34 (+23 h)  order 41  email to ja…@example.org" in done.stdout
    # what 43 was told before that time would have come four days before it still
    assert "shipped: 1 message sent at another time" in done.stdout


def test_what_is_about_the_shop_is_compared_as_well(replay: Replay, history: Shop) -> None:
    digest = (
        "  - { id: digest, when: { schedule: { at: %s, days: [wed] } },"
        " send: { channel: slack, template: problem } }\n"
    )
    (history.folder / "rules.yaml").write_text(RULES + digest % '"08:30"')

    said = told(replay(RULES + digest % '"09:00"', "--json"))

    assert [(m["change"], m["before"]["at"][:16], m["after"]["at"][11:16]) for m in said["messages"]] == [
        ("moved", "2021-05-26T08:30", "09:00"),
        ("moved", "2021-06-02T08:30", "09:00"),
        ("moved", "2021-06-09T08:30", "09:00"),
    ]


def test_recipients_are_masked_everywhere(replay: Replay, history: Shop) -> None:
    done = replay(RULES + NEW_RULE, "--html", "page.html", "--json")

    page = (history.folder / "page.html").read_text()
    for text in (done.stdout, page):
        assert "ja…@example.org" in text
        assert "ane@" not in text


def test_the_page_needs_nothing_else_and_only_its_owner_reads_it(replay: Replay, history: Shop) -> None:
    store = SqliteStore(history.database)
    factories.register(store, "<b>1</b>")
    store.updates.record([factories.received("I", "<b>1</b>", at=T0)], T0)
    store.close()

    done = replay(RULES[: RULES.index("  - id: problem")], "--html", "page.html")

    file = history.folder / "page.html"
    text = file.read_text()
    assert done.returncode == 1
    assert file.stat().st_mode & 0o077 == 0
    assert "problem: <span" in text
    assert "2 messages lost" in text
    assert "order &lt;b&gt;1&lt;/b&gt;" in text
    assert "<script" not in text
    assert "http" not in text.replace("http-equiv", "")


def test_so_many_examples_are_shown_as_asked_for(replay: Replay) -> None:
    shown = replay(RULES.replace("when: delivered", "when: lost"), "--limit", "1").stdout

    assert "delivered: 2 messages lost\n  2 × not sent after, other_status:" in shown
    assert (shown.count("  order 4"), shown.count("… and 1 more")) == (1, 1)


def test_words_that_differ_are_told_by_template(replay: Replay, history: Shop) -> None:
    shutil.copytree(ROOT / "templates", history.folder / "templates")
    (history.folder / "templates" / "shipped" / "subject.txt").write_text("Off it goes")

    done = replay(RULES, "--templates", "templates")

    assert done.returncode == 1
    assert "Templates that read differently: shipped" in done.stdout


def test_of_a_first_of_what_is_not_configured_here_is_passed_over(replay: Replay) -> None:
    done = replay(
        RULES.replace("{ first_of: [sms, email] }", "email"),
        EMAIL_URL="mailtos://user:secret@example.org",
        SLACK_URL="json://127.0.0.1",
    )

    assert done.returncode == 0
    assert "passed over where `first_of` names another: channel sms" in done.stdout


def test_of_a_forgotten_customer_nobody_is_told(replay: Replay, history: Shop) -> None:
    store = SqliteStore(history.database)
    store.orders.forget("41", T0 + 9 * DAY)
    store.close()

    assert brief(replay(RULES[: RULES.index("  - id: problem")] + NEW_RULE, "--json")) == [
        ("lost", "problem", "42", "no_such_rule")
    ]


def test_a_terminal_shows_the_numbers_by_rule(history: Shop) -> None:
    (history.folder / "new.yaml").write_text(RULES + NEW_RULE)

    code, screen = history.watch("replay", "--rules", "new.yaml", *MAY)

    assert code == 1
    assert "messages by  before  after  added  lost  moved  changed" in screen
    assert "label             0      1      1     ·      ·        ·" in screen
    assert "in all            5      6      1     ·      ·        ·" in screen


# what cannot be done


def test_files_that_cannot_be_used_are_told_with_every_problem(replay: Replay) -> None:
    done = replay(RULES.replace("send: slack", "send: slak").replace("once: order", "once: odrer"))

    assert done.returncode == 78
    assert "new.yaml:10:11: " in done.stderr
    assert "slak" in done.stderr
    assert "rules.yaml" not in done.stderr
    assert done.stdout == ""


def test_a_file_that_is_not_there_is_a_problem_like_others(history: Shop) -> None:
    done = history.run("replay", "--rules", "other.yaml", *MAY)

    assert done.returncode == 78
    assert "other.yaml" in done.stderr


def test_a_time_without_updates_has_nothing_to_replay(history: Shop) -> None:
    done = history.run("replay", "--rules", "rules.yaml", "--since", "2d")

    assert done.returncode == 66
    assert "no update arrived in that time" in done.stderr


def test_without_a_database_or_history_there_is_nothing_to_replay(shop: Shop) -> None:
    rules = str(ROOT / "rules.yaml")
    missing = shop.run("replay", "--rules", rules)
    store = SqliteStore(shop.database)
    store.migrate()
    store.close()
    empty = shop.run("replay", "--rules", rules)

    assert (missing.returncode, empty.returncode) == (66, 66)
    assert "there is no database" in missing.stderr
    assert "no update is on record yet" in empty.stderr


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("--since", "soon"), '"soon" is no time'),
        (("--since", "30"), '"30" is no time'),
        (("--since", "2021-05-26T00:00Z"), "names a zone"),
        (("--since", "2021-06-10", "--until", "2021-05-26"), "--since must be before --until"),
    ],
)
def test_a_time_that_makes_no_sense_is_wrong_usage(
    history: Shop, words: tuple[str, ...], expected: str
) -> None:
    done = history.run("replay", "--rules", "rules.yaml", *words)

    assert done.returncode == 2
    assert expected in " ".join(done.stderr.split())


def test_a_page_can_be_printed_instead_of_the_report(replay: Replay, history: Shop) -> None:
    printed = replay(RULES + NEW_RULE, "--html", "-")
    assert printed.returncode == 1
    assert printed.stdout.startswith("<!doctype html>")
    assert not (history.folder / "-").exists()
    replay(RULES + NEW_RULE, "--html", "page.html")
    assert (history.folder / "page.html").read_text().strip() == printed.stdout.strip()
    assert replay(RULES, "--html", "-", "--json").returncode == 2


def test_it_runs_in_a_folder_that_the_user_may_not_enter(history: Shop) -> None:
    (history.folder / "new.yaml").write_text(RULES)
    folder = history.folder / "of-root"
    folder.mkdir()
    whole = {
        "NOTIFIER_RULES": str(history.folder / "rules.yaml"),
        "NOTIFIER_DATABASE": f"sqlite:///{history.database}",
    }
    program = (
        "import os, sys; os.chdir('of-root'); os.chmod('.', 0)\nfrom notifier.cli.main import main\nmain()"
    )
    words = (*MAY, "--rules", str(history.folder / "new.yaml"), "--html", "page.html")
    done = subprocess.run(
        [*_as_nobody_special(), sys.executable, "-c", program, "replay", *words],
        cwd=history.folder,
        env=os.environ | history.settings | whole,
        capture_output=True,
        text=True,
        timeout=60,
    )
    folder.chmod(0o700)
    assert "Traceback" not in done.stderr
    assert done.stderr.startswith(f"error: {folder}/page.html cannot be written: Permission denied (")
    assert "as the user" in done.stderr
    assert done.returncode == 1


def _as_nobody_special() -> list[str]:
    """Return what makes root subject to the rights of files (capabilities(7))."""
    return ["setpriv", "--bounding-set=-all", "--inh-caps=-all"] if os.geteuid() == 0 else []


def test_a_page_that_cannot_be_written_is_said(replay: Replay) -> None:
    done = replay(RULES, "--html", "nowhere/page.html")

    assert done.returncode == 1
    assert "nowhere/page.html cannot be written: No such file or directory" in done.stderr
