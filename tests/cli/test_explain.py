"""`notifier explain`: what waits, what comes next, and what an update would do."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from notifier.config.rulefile import load_rules
from notifier.core.alert import AlertState
from notifier.core.contact import Contact
from notifier.core.message import State
from notifier.core.update import Shipment
from notifier.service.decider import Decider
from notifier.sources import cottoncast
from notifier.store.protocol import Received
from notifier.store.sqlite.store import SqliteStore
from tests import factories
from tests.cli.conftest import Shop
from tests.cli.operating import pull_brake

SOON = (datetime.fromtimestamp(time.time(), ZoneInfo("Europe/Amsterdam")).hour + 2) % 24

RULES = f"""\
version: 1
shop: {{ name: Shop, timezone: Europe/Amsterdam }}
windows:
  later: {{ hours: "{SOON:02}:00-{SOON:02}:59", zone: shop }}
channels:
  email: {{ url: "mailto://127.0.0.1:2525?from=orders@shop.example", to: "{{{{ contact.email }}}}" }}
  sms:
    url: "twilio://AC{"a" * 32}:{"b" * 32}@+31970000000"
    to: "{{{{ contact.phone }}}}"
  slack: {{ url: "json://127.0.0.1:2526", audience: ops }}
rules:
  - id: shipped
    when: shipped
    settle: 15m
    once: order
    send: email
  - id: text
    when: shipped
    send: {{ channel: sms, template: shipped, window: later }}
  - id: delivered
    when: delivered
    cancels: [shipped]
    send: email
  - id: reminder
    when: {{ status: shipped, after: 7d }}
    match: {{ country: [BE] }}
    send: {{ channel: email, template: delivered }}
  - id: delay-notice
    when: {{ stuck: {{ in: shipped, for: 3d }} }}
    send: email
  - id: vip
    when: shipped
    if: order.attributes.total | default(0) > 100
    send: {{ channel: slack, template: problem }}
  - id: fine-so-far
    when: shipped
    match: {{ never: [problem, lost] }}
    send: {{ channel: slack, template: problem }}
    group: {{ by: [carrier], wait: 10m }}
  - id: lost
    when: lost
    severity: critical
    send: slack
    escalate:
      - {{ after: 30m, send: {{ channel: slack, template: lost }} }}
  - id: silent
    when: {{ quiet: {{ for: 6h }} }}
    send: {{ channel: slack, template: general }}
"""

JANE = Contact(
    "Jane Example", "jane@example.org", "+31612345678", "nl", "NL", "Europe/Amsterdam", marketing=True
)
PARCEL = Shipment("postnl", "PostNL", "3SABC", "https://track.example/3SABC")


@pytest.fixture
def store(shop: Shop, worker: None) -> Iterator[SqliteStore]:
    shop.folder.joinpath("rules.yaml").write_text(RULES)
    shop.settings["NOTIFIER_RULES"] = "rules.yaml"
    store = SqliteStore(shop.database)
    store.migrate()
    factories.register(store, "41", JANE, at=time.time())
    yield store
    store.close()


def happen(shop: Shop, store: SqliteStore, code: str, ref: str = "41", ago: float = 0.0) -> None:
    """Have an update arrive some seconds ago, and be decided by the rules."""
    at = time.time() - ago
    rules = load_rules(shop.folder / "rules.yaml", {}).ruleset
    update = factories.update(code, ref, at=at, shipments=(PARCEL,))
    store.updates.record([factories.Received(update, b"{}")], at)
    Decider(store, lambda: rules, "setup", lambda: at).run_once()


def told(printed: str) -> str:
    """Return what was printed with every time as T, so that sentences can be compared."""
    times = r"20\d\d-\d\d-\d\d \d\d:\d\d:\d\dZ( \(\w{3} \d\d:\d\d Europe/Amsterdam\))?(, in [0-9a-z ]+)?"
    return re.sub(times, "T", printed)


# --- what waits, and what comes next ----------------------------------------------------------------


def test_what_waits_is_told_with_its_reason_and_its_time_in_the_shops_zone(
    shop: Shop, store: SqliteStore
) -> None:
    happen(shop, store, "C")

    done = shop.run("explain", "41")

    assert (done.returncode, done.stderr) == (0, "")
    assert re.search(r"due 20\S+ \S+Z \(\w{3} \d\d:\d\d Europe/Amsterdam\), in 14 min", done.stdout)
    story = told(done.stdout)
    assert "message 1 email → ja…@example.org: pending, due T\n        waits: `settle`: more news" in story
    assert "sms → +31…78: pending, due T\n        waits: its window later opens then" in story
    assert "slack: pending, due T\n        waits: its group collects what else there is to say" in story
    assert "· reminder: scheduled: it speaks later, if it is true then" in story
    assert "waits: `after`, until T" in story
    assert "waits: `stuck`, until T" in story
    assert "· vip: condition_false: `if` gave false (order.attributes.total | default(0) > 100)" in story


def test_what_would_come_of_it_is_told_the_next_first(shop: Shop, store: SqliteStore) -> None:
    happen(shop, store, "C")

    story = told(shop.run("explain", "41").stdout).partition("What comes next, if no more news arrives\n")[2]

    assert story.splitlines()[0] == (
        "  T: fine-so-far: message 3 on slack is due: its group collects what else there is to say"
    )
    assert "  T: shipped: message 1 on email is due: `settle`: more news of the order may come\n" in story
    assert "      would be sent to ja…@example.org\n" in story
    assert "  T: delay-notice: the order is stuck, if nothing moves it until then\n" in story
    assert (
        "      fires: send: email\n      message email → ja…@example.org, template delay-notice, due T\n"
        in story
    )
    assert (
        "  T: reminder: `after` is over\n      no_match: `match` does not fit (country is not BE)\n" in story
    )


def test_json_tells_it_as_well(shop: Shop, store: SqliteStore) -> None:
    happen(shop, store, "C")
    shown = json.loads(shop.run("explain", "41", "--json").stdout)
    assert [(t["rule"], t["kind"]) for t in shown["timers"]] == [
        ("delay-notice", "stuck"),
        ("reminder", "after"),
    ]
    assert [step["rule"] for step in shown["next"]][-2:] == ["delay-notice", "reminder"]
    (stuck,) = (step for step in shown["next"] if step["rule"] == "delay-notice")
    assert (stuck["outcome"], stuck["messages"][0]["recipient"]) == ("fires: send: email", "ja…@example.org")
    assert shown["alerts"] == []


def test_alerts_are_told_and_their_escalation(shop: Shop, store: SqliteStore) -> None:
    happen(shop, store, "X")
    done = shop.run("explain", "41")
    story = told(done.stdout)
    assert "\nAlerts\n  alert 1 lost, critical: open, open since T\n" in story
    assert "T: lost: escalation 1 of the alert, unless somebody takes care of it\n      is told\n" in story

    (alert,) = store.alerts.open()
    store.alerts.acknowledge(alert.id, "Jo", time.time())
    story = told(shop.run("explain", "41").stdout)
    assert "alert 1 lost, critical: acknowledged, open since T, acknowledged T by Jo" in story
    assert "escalation" not in story
    assert store.alerts.open()[0].state is AlertState.ACKNOWLEDGED


def test_rules_that_cannot_be_read_leave_the_times(shop: Shop, store: SqliteStore) -> None:
    happen(shop, store, "C")
    shop.folder.joinpath("rules.yaml").write_text("version: 1\nrules: 5\n")
    done = shop.run("explain", "41")
    assert done.returncode == 0
    assert "rules.yaml cannot be used" in done.stderr
    story = done.stdout.partition("What is due (not judged)\n")[2]
    assert "reminder: `after` is over\n" in story
    assert "fires" not in story


def test_an_order_for_which_nothing_waits_has_no_such_chapter(shop: Shop, store: SqliteStore) -> None:
    happen(shop, store, "N")
    assert "What comes next" not in shop.run("explain", "41").stdout


def test_a_message_that_is_held_says_so(shop: Shop, store: SqliteStore) -> None:
    pull_brake(store, time.time(), ["41"])
    story = told(shop.run("explain", "41").stdout)
    assert "ja…@example.org: held, braked: the brake holds messages to customers (`notifier brake`)" in story
    assert store.outbox.newest((), 1)[0].state is State.HELD


# --- what an update would do ------------------------------------------------------------------------


def body(code: str = "C", ref: str = "41", **more: object) -> str:
    status = {"code": code, "timestamp": int(time.time())}
    parcel = {"carrier": "postnl", "carrierName": "PostNL", "trackingcode": "3SABC"}
    return json.dumps({"ref": ref, "status": status, "shipments": [parcel]} | more)


def would(shop: Shop, content: str, *words: str) -> str:
    shop.folder.joinpath("body.json").write_text(content)
    done = shop.run("explain", "--update", "body.json", *words)
    assert (done.returncode, done.stderr) == (0, "")
    return told(done.stdout)


def everything(store: SqliteStore) -> object:
    return [
        store.updates.counts(), store.outbox.counts(), store.alerts.newest(9), store.timers.next_due(),
        store.events.newest(9),
    ]  # fmt: skip


def test_every_rule_has_its_verdict_with_the_clause_that_decided_it(shop: Shop, store: SqliteStore) -> None:
    before = everything(store)
    story = would(shop, body())
    assert story.startswith("Order 41 · Shipped (C)\n  happened T; by rules ")
    for line in (
        "✓ shipped: send: email\n      message email → ja…@example.org, template shipped, due T\n",
        "✓ text: send: sms\n      message sms → +31…78, template shipped, due T\n",
        "· delivered: other_status: the rule waits for another status (when: delivered)\n",
        "· reminder: scheduled: it speaks later, if it is true then\n      later: `after` is over; T\n",
        "· delay-notice: scheduled: it speaks later, if it is true then (due T)\n"
        "      later: the order is stuck",
        "· vip: condition_false: `if` gave false (order.attributes.total | default(0) > 100)\n",
        "✓ fine-so-far: send: slack\n      message slack, template ops/problem, due T, with its group\n",
        "· lost: other_status: the rule waits for another status (when: lost)\n",
        "· silent: other_status: the rule waits for another status (it speaks of the shop as a whole",
    ):
        assert line in story
    assert everything(store) == before


def test_it_is_judged_by_what_is_on_record(shop: Shop, store: SqliteStore) -> None:
    happen(shop, store, "I", ago=60)
    happen(shop, store, "C", ago=30)
    story = would(shop, body(shipments=[]))
    assert "· shipped: already_told: told before; `once` allows it one time (once: order)" in story
    assert "· fine-so-far: had_status: `match.never`: the order had one of these statuses (problem)" in story
    assert "ends what waits of shipped" in would(shop, body("D"))


def test_what_could_not_be_read_is_told_with_its_field_and_why(shop: Shop, store: SqliteStore) -> None:
    odd = body(shipments=[{"trackingcode": 3.4e23, "trackingurl": "https://t.example/1", "carrier": "dhl"}])
    said = "not read: shipments[0].trackingcode: a number with a point or an exponent, which may"
    assert said in would(shop, odd)
    unread = json.loads(would(shop, odd, "--json"))["unread"]
    assert unread == [{"field": "shipments[0].trackingcode", "kind": "inexact_number"}]

    store.updates.record([Received(cottoncast.parse(odd.encode()), odd.encode())], time.time())
    assert said in shop.run("explain", "41").stdout
    (update,) = json.loads(shop.run("explain", "41", "--json").stdout)["updates"]
    (note,) = update["update"]["update"]["notes"]
    assert (note["field"], note["kind"]) == ("shipments[0].trackingcode", "inexact_number")
    assert "it is on record as update" in would(shop, odd)


def test_what_is_on_record_already_is_noted(shop: Shop, store: SqliteStore) -> None:
    happen(shop, store, "D")
    assert "it is late: the order has gone further already" in would(shop, body("C"))
    parcel = {"carrier": "postnl", "trackingcode": "3SABC", "trackingurl": "https://track.example/3SABC"}
    history = store.updates.history("41")
    assert history is not None
    known = history.updates[0].update.update.event_at
    again = body(status={"code": "D", "timestamp": known}, shipments=[parcel])
    assert "it is on record as update 1: arriving again, it would not be judged again" in would(shop, again)


def test_an_alert_is_told_with_its_escalation(shop: Shop, store: SqliteStore) -> None:
    story = would(shop, body("X"))
    assert (
        "✓ lost: send: slack\n      alert about 41, critical\n"
        "      message slack, template ops/problem, due now\n" in story
    )
    assert "later: escalation 1 of the alert, unless somebody takes care of it; T" in story


def test_an_order_that_is_not_registered_is_decided_with_a_note(shop: Shop, store: SqliteStore) -> None:
    story = would(shop, body(ref="new"))
    assert (
        "the order is not registered: the webhook answers 404 and holds the update until PUT /orders/new"
        in story
    )
    assert "· shipped: no_contact: " in story


def test_a_contact_can_be_given(shop: Shop, store: SqliteStore) -> None:
    story = would(
        shop, body(ref="new"), "--contact", "email=al@example.org,country=BE", "--contact", "locale=nl"
    )
    assert "not registered" not in story
    assert "message email → al@example.org" not in story
    assert "message email → al…@example.org, template shipped" in story
    assert "· text: no_address: the contact has no address for this channel (send: sms)" in story


def test_what_cannot_be_used_of_a_given_contact_is_left_out_and_said(shop: Shop, store: SqliteStore) -> None:
    words = "email=al@example.org\u200b,phone=n/a,country=Nederland,do_not_contact=nee"
    story = would(shop, body(ref="new"), "--contact", words)
    assert "--contact: left out: contact.phone: it is not a phone number" in story
    assert "message email → al…@example.org, template shipped" in story


def test_marks_on_a_given_address_count(shop: Shop, store: SqliteStore) -> None:
    store.addresses.refuse("al@example.org", "no such mailbox", time.time())
    story = would(shop, body(ref="new"), "--contact", "email=al@example.org")
    assert "· shipped: address_refused: " in story


def test_without_a_database_it_is_a_new_order_and_none_is_made(shop: Shop) -> None:
    shop.folder.joinpath("rules.yaml").write_text(RULES)
    shop.settings["NOTIFIER_RULES"] = "rules.yaml"
    story = would(shop, body(), "--contact", "email=al@example.org")
    assert "there is no database yet: the order is taken as a new one" in story
    assert "✓ shipped: send: email" in story
    assert not shop.database.exists()


def test_the_body_may_come_from_a_pipe(shop: Shop, store: SqliteStore) -> None:
    shop.folder.joinpath("body.json").write_text(body())
    done = shop.run("explain", "--update", "-", before="import sys; sys.stdin = open('body.json')")
    assert (done.returncode, done.stderr) == (0, "")
    assert "✓ shipped: send: email" in done.stdout


def test_json_gives_verdicts_messages_timers_and_alerts(shop: Shop, store: SqliteStore) -> None:
    shop.folder.joinpath("body.json").write_text(body("X"))
    shown = json.loads(shop.run("explain", "--update", "body.json", "--json").stdout)
    assert (shown["ref"], shown["status"], shown["notes"]) == ("41", "lost", [])
    assert {d["rule"]: d["reason"] for d in shown["decisions"]}["lost"] == "fired"
    assert [(m["rule"], m["channel"], m["state"]) for m in shown["messages"]] == [
        ("lost", "slack", "pending")
    ]
    assert [(a["rule"], a["key"], a["change"]) for a in shown["alerts"]] == [("lost", "41", "open")]
    assert [t["kind"] for t in shown["timers"]] == ["escalate"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "this is no update: the body is not JSON"),
        ('{"ref":"41"}', "this is no update: status: missing"),
        ('{"ref":"4\\u001b1","status":{"code":"C"}}', "this is no update: ref: holds a control character"),
        ("ref=41&status=C", "this is no update: the body is not JSON"),
        ("x" * 2_000_000, "this is no update: it is larger than NOTIFIER_BODY_LIMIT"),
    ],
)
def test_a_body_that_is_no_update_is_65_in_words(
    shop: Shop, store: SqliteStore, content: str, said: str
) -> None:
    shop.folder.joinpath("body.json").write_text(content)
    done = shop.run("explain", "--update", "body.json")
    assert (done.returncode, done.stdout) == (65, "")
    assert said in done.stderr


def test_rules_that_cannot_be_used_are_78(shop: Shop, store: SqliteStore) -> None:
    shop.folder.joinpath("body.json").write_text(body())
    shop.folder.joinpath("rules.yaml").write_text("version: 1\nrules: 5\n")
    done = shop.run("explain", "--update", "body.json")
    assert (done.returncode, done.stdout) == (78, "")
    assert "rules.yaml:2:8: " in done.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "give either REF or --update FILE"),
        (("41", "--update", "-"), "give either REF or --update FILE"),
        (("--update", "missing.json"), "No such file"),
        (("41", "--contact", "email=a@b.nl"), "--contact goes with --update"),
        (("--update", "body.json", "--contact", "email"), "--contact must be FIELD=VALUE"),
        (
            ("--update", "body.json", "--contact", "emial=x"),
            "contact.emial: is not a field; did you mean email?",
        ),
    ],
)
def test_wrong_usage_is_2(shop: Shop, words: tuple[str, ...], said: str) -> None:
    shop.folder.joinpath("body.json").write_text(body())
    done = shop.run("explain", *words)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in " ".join(done.stderr.split())
