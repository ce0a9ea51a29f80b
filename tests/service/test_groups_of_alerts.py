"""Ten orders in one message are ten alerts: its link, its command and its escalation are about all."""

from __future__ import annotations

import json

import pytest

from notifier.core.alert import AlertState
from notifier.core.rules import Step
from notifier.core.tempo import Group
from notifier.service.sender import Sender
from notifier.service.timekeeper import Timekeeper
from tests.factories import channel, delivery, register, rule, ruleset
from tests.service.conftest import Desk

MIN = 60.0
WAIT, INTERVAL = 2 * MIN, 30 * MIN
CHAT = "{{ items|length }}+{{ more }} {{ occasion.kind }} [{{ ack }}] [{{ ack_url }}]"


@pytest.fixture
def shop(desk: Desk) -> Desk:
    """A worker whose rule tells problems on Slack in groups, and escalates them after 15 minutes."""
    (desk.templates / "told" / "chat.html").write_text(CHAT)
    problem = rule(
        "problem",
        "I",
        send=[delivery("slack")],
        resolve=frozenset("ED"),
        escalate=(Step(15 * MIN, (delivery("oncall"),)),),
        repeat=60 * MIN,
        group=Group(wait=WAIT, interval=INTERVAL),
    )
    desk.line.kinds["oncall"] = "chat"
    desk.rules = ruleset(problem, channels=[channel("slack"), channel("oncall")])
    desk.sender = Sender(
        desk.store, desk.running, "here/1/1", desk.clock, lambda: 0.0, lambda m: "", lambda m: f"/{m}"
    )
    return desk


def problems(desk: Desk, refs: range) -> None:
    for ref in refs:
        if desk.store.orders.get(f"r{ref}") is None:
            register(desk.store, f"r{ref}")
        desk.tell("I", f"r{ref}", at=desk.clock.now)
        desk.clock.now += 1
    while desk.decide():
        pass


def passes(desk: Desk, seconds: float) -> list[tuple[str, str]]:
    """Let time pass, do what is due by then, and return what was sent: channel and words."""
    keeper = Timekeeper(desk.store, lambda: desk.rules, desk.clock)
    before = len(desk.line.sent)
    until = desk.clock.now + seconds
    while True:
        while keeper.run_once():
            pass
        while desk.send():
            pass
        due = keeper.next_due()
        (row,) = desk.store._db.read("SELECT min(due_at) AS at FROM messages WHERE state = 'pending'")
        upcoming = [at for at in (due, row["at"]) if at is not None and at > desk.clock.now]
        if not upcoming or min(upcoming) > until:
            break
        desk.clock.now = min(upcoming)
    desk.clock.now = until
    return [(sent.channel, sent.rendered.chat) for sent in desk.line.sent[before:]]


def states(desk: Desk) -> set[AlertState]:
    return {alert.state for alert in desk.store.alerts.open()}


def leader(words: str) -> int:
    return int(words.split("[--message ")[1].split("]")[0])


def test_the_link_and_the_command_of_a_group_are_about_all_of_its_alerts(shop: Desk) -> None:
    problems(shop, range(10))

    ((channel_, words),) = passes(shop, 5 * MIN)

    number = leader(words)
    assert (channel_, words) == ("slack", f"10+0 update [--message {number}] [/{number}]")
    covered = shop.store.alerts.of_message(number)
    assert sorted(alert.ref for alert in covered) == [f"r{n}" for n in range(10)]
    assert len(shop.store.alerts.acknowledge_all([a.id for a in covered], "Jo", shop.clock.now)) == 10
    assert states(shop) == {AlertState.ACKNOWLEDGED}
    assert passes(shop, 3 * 60 * MIN) == []  # nobody is escalated to or reminded


def test_more_than_a_message_lists_are_covered_as_well(shop: Desk) -> None:
    problems(shop, range(23))

    ((_, words),) = passes(shop, 5 * MIN)

    assert words.startswith("20+3 update")
    assert len(shop.store.alerts.of_message(leader(words))) == 23


def test_what_joins_the_group_before_its_next_message_is_covered_until_then(shop: Desk) -> None:
    problems(shop, range(3))
    ((_, first),) = passes(shop, 5 * MIN)
    problems(shop, range(3, 5))
    assert len(shop.store.alerts.of_message(leader(first))) == 5

    sent = dict(reversed(passes(shop, INTERVAL)))  # the next message of the group, and the escalation

    second = leader(sent["slack"])
    assert sorted(a.ref for a in shop.store.alerts.of_message(second)) == ["r3", "r4"]
    assert sorted(a.ref for a in shop.store.alerts.of_message(leader(first))) == ["r0", "r1", "r2"]


def test_one_alert_is_named_by_its_own_number(shop: Desk) -> None:
    problems(shop, range(1))
    ((_, words),) = passes(shop, 5 * MIN)
    (alert,) = shop.store.alerts.open()
    (message,) = [m for m in shop.store.outbox.newest((), 9) if m.alert]
    assert words == f"1+0 update [{alert.id}] [/{message.id}]"


def test_the_escalations_of_a_group_are_one_message_and_so_are_its_reminders(shop: Desk) -> None:
    problems(shop, range(10))
    passes(shop, 5 * MIN)

    sent = passes(shop, 15 * MIN)

    assert [(name, words.split(" [")[0]) for name, words in sent] == [("oncall", "10+0 escalated")]
    covered = shop.store.alerts.of_message(leader(sent[0][1]))
    assert len(covered) == 10
    reminders = passes(shop, 50 * MIN)
    assert [(name, words.split(" [")[0]) for name, words in reminders] == [("slack", "10+0 repeated")]


def test_an_escalation_lists_its_alerts_as_they_came(shop: Desk) -> None:
    listing = "{% for item in items %}{{ item.order.ref }} {% endfor %}"
    (shop.templates / "told" / "chat.html").write_text(listing)
    problems(shop, range(10, 15))
    passes(shop, WAIT)
    ((_, words),) = [sent for sent in passes(shop, 15 * MIN) if sent[0] == "oncall"]
    assert words.split() == ["r10", "r11", "r12", "r13", "r14"]


def test_an_escalation_leaves_out_what_somebody_took_care_of_meanwhile(shop: Desk) -> None:
    problems(shop, range(4))
    passes(shop, 15 * MIN - 2)  # two of them have gone off, and wait for the others
    first, *_ = shop.store.alerts.open()
    shop.store.alerts.acknowledge(first.id, "Jo", shop.clock.now)

    ((_, words),) = passes(shop, 5 * MIN)

    assert words.startswith("3+0 escalated")
    assert first.id not in {a.id for a in shop.store.alerts.of_message(leader(words))}


def test_ends_are_told_at_once_together_with_those_that_wait_and_ask_nobody_to_take_care(
    shop: Desk,
) -> None:
    problems(shop, range(4))
    passes(shop, 5 * MIN)
    for ref in range(3):
        shop.tell("D", f"r{ref}", at=shop.clock.now)
    while shop.decide():
        pass

    assert passes(shop, 1) == [("slack", "3+0 resolved [] []")]
    shop.tell("D", "r3", at=shop.clock.now)
    shop.decide()
    assert passes(shop, 1) == [("slack", "1+0 resolved [] []")]  # no interval keeps it back


def test_an_escalation_of_one_alert_goes_out_when_it_is_due(shop: Desk) -> None:
    problems(shop, range(1))
    opened = shop.clock.now
    assert [name for name, _ in passes(shop, 15 * MIN - 2)] == ["slack"]
    assert [name for name, _ in passes(shop, opened + 15 * MIN - shop.clock.now)] == ["oncall"]


def test_an_alert_that_opened_again_is_not_covered_by_the_link_of_the_one_before(shop: Desk) -> None:
    problems(shop, range(2))
    ((_, words),) = passes(shop, 5 * MIN)
    for code in "DI":
        shop.clock.now += 60
        shop.tell(code, "r0", at=shop.clock.now)
        while shop.decide():
            pass
    again = next(a for a in shop.store.alerts.open() if a.ref == "r0")
    covered = shop.store.alerts.of_message(leader(words))
    # Its news waits for the next message of the same group: until then the link is about it as well.
    assert again.id in {a.id for a in covered}
    passes(shop, INTERVAL)
    covered = shop.store.alerts.of_message(leader(words))
    assert again.id not in {a.id for a in covered}
    assert [a.state for a in covered if a.ref == "r0"] == [AlertState.RESOLVED]


def test_a_message_that_is_about_no_alert_or_is_not_there_covers_none(shop: Desk) -> None:
    assert shop.store.alerts.of_message(999) == []
    shop.rules = ruleset(rule("plain", "C", send=[delivery("slack")]), channels=[channel("slack")])
    register(shop.store, "r1")
    shop.tell("C", "r1")
    shop.decide()
    shop.send()
    (message,) = shop.store.outbox.newest((), 9)
    assert shop.store.alerts.of_message(message.id) == []
    assert json.dumps(shop.line.sent[0].rendered.chat) == '"1+0 update [] []"'
