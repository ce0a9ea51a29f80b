"""The life of an alert: opened by its rule, escalated, repeated, acknowledged, resolved."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from notifier.core.alert import ALERT_MOVES, Alert, AlertChange, AlertState, Change, Severity, Silence
from notifier.core.decide import decide
from notifier.core.due import Due, judge
from notifier.core.message import Send, State
from notifier.core.occasion import OccasionKind
from notifier.core.plan import Plan
from notifier.core.reason import Reason
from notifier.core.rules import Rule, Step
from notifier.core.schedule import Span
from notifier.core.situation import Situation
from notifier.core.standing import Standing, Trace
from notifier.core.timer import OF_ALERT, Stop, Timer, TimerKind
from notifier.core.trigger import StatusTrigger, Stuck
from notifier.core.update import RecordedUpdate
from tests.factories import T0, channel, delivery, order, recorded, rule, ruleset, shipment

MIN, DAY = 60.0, 86_400.0
NOTHING_TOLD = Standing()
PROBLEM = rule(
    "problem",
    trigger=StatusTrigger(frozenset("IX")),
    send=[delivery("slack")],
    severities={"X": Severity.CRITICAL},
    resolve=frozenset("ED"),
    escalate=(Step(30 * MIN, (delivery("oncall"),)), Step(240 * MIN, (delivery("slack"),))),
    repeat=720 * MIN,
)
RULES = ruleset(PROBLEM, channels=[channel("slack"), channel("oncall")])


def came(code: str, number: int = 1, minutes: float = 0.0) -> RecordedUpdate:
    at = T0 + minutes * MIN
    return recorded(code, number, at=at, received_at=at, shipments=(shipment(),))


def seen(*updates: RecordedUpdate, **more: Any) -> Situation:
    return replace(Situation(updates[-1], order(*updates)), **more)


def planned(
    *updates: RecordedUpdate, standing: Standing = NOTHING_TOLD, judged: Rule = PROBLEM, **more: Any
) -> Plan:
    rules = replace(RULES, rules=(judged,))
    return decide(rules, seen(*updates, **more), standing, T0)


def alert(state: AlertState = AlertState.OPEN, number: int = 1, **more: Any) -> Alert:
    return Alert(number, "problem", "41", state, Severity.WARNING, T0, ref="41", **more)


def told_on(channel_name: str, state: State = State.DELIVERED) -> Trace:
    return Trace(
        "problem", Send(channel_name, "told"), state, "problem/status/41/I/0", alert="41", made_at=T0
    )


def test_a_rule_that_resolves_or_escalates_opens_an_alert_with_its_news() -> None:
    plan = planned(came("I"))

    (change,) = plan.alerts
    assert (change.rule, change.key, change.change, change.severity) == (
        "problem",
        "41",
        Change.OPEN,
        Severity.WARNING,
    )
    assert change.labels["carrier"] == ("PNL",)
    assert [(m.send.channel, m.alert) for m in plan.messages] == [("slack", "41")]
    assert [(t.kind, t.key, t.due_at) for t in plan.timers] == [
        (TimerKind.ESCALATE, "0", T0 + 30 * MIN),
        (TimerKind.ESCALATE, "1", T0 + 240 * MIN),
        (TimerKind.REPEAT, "", T0 + 720 * MIN),
    ]


def test_worse_news_of_an_open_alert_is_told_and_sets_no_timers_again() -> None:
    plan = planned(came("I"), came("X", 2, 60), standing=Standing(alerts=(alert(),)))

    assert plan.alerts[0].severity is Severity.CRITICAL
    assert len(plan.messages) == 1
    assert plan.timers == ()


def test_a_rule_without_resolve_escalate_or_rate_opens_no_alert() -> None:
    plain = replace(PROBLEM, resolve=frozenset(), escalate=())

    assert planned(came("I"), judged=plain).alerts == ()


def test_a_silence_keeps_the_message_back_and_the_alert_opens_all_the_same() -> None:
    quiet = Silence(1, {"rule": ("problem",)}, "", "", T0 - 1, T0 + DAY)

    plan = planned(came("I"), standing=Standing(silences=(quiet,)))

    assert [d.reason for d in plan.decisions] == [Reason.SILENCED]
    assert plan.messages == ()
    assert [a.change for a in plan.alerts] == [Change.OPEN]


@pytest.mark.parametrize("code", ["E", "D"])
def test_resolve_closes_the_alert_and_says_so_where_it_was_told(code: str) -> None:
    standing = Standing(alerts=(alert(),), traces=(told_on("slack"), told_on("oncall")))

    plan = planned(came("I"), came(code, 2, 60), standing=standing)

    assert [d.reason for d in plan.decisions] == [Reason.RESOLVED]
    assert plan.alerts == (AlertChange("problem", "41", Change.RESOLVE, ref="41", why=plan.alerts[0].why),)
    assert plan.stops == (Stop("problem", OF_ALERT, "41"),)
    assert [m.send.channel for m in plan.messages] == ["slack", "oncall"]
    assert {m.occasion.kind for m in plan.messages} == {OccasionKind.RESOLVED}


def test_an_alert_that_nobody_heard_of_is_closed_without_a_word() -> None:
    plan = planned(
        came("I"),
        came("E", 2, 60),
        standing=Standing(alerts=(alert(),), traces=(told_on("slack", State.PENDING),)),
    )

    assert [a.change for a in plan.alerts] == [Change.RESOLVE]
    assert plan.messages == ()


def test_news_from_before_the_problem_resolves_nothing() -> None:
    plan = planned(came("I", 1, 60), came("E", 2, 0), standing=Standing(alerts=(alert(),)), late=True)

    assert plan.alerts == ()
    assert [d.reason for d in plan.decisions] == [Reason.OTHER_STATUS]


def test_a_status_that_resolves_nothing_is_of_no_concern() -> None:
    assert [d.reason for d in planned(came("E")).decisions] == [Reason.OTHER_STATUS]


def test_a_problem_that_comes_back_after_it_was_resolved_is_told_again() -> None:
    before = Standing(taken=frozenset({"problem/status/41/I/0"}), alerts=(alert(AlertState.RESOLVED),))

    plan = planned(came("I", 3, 120), standing=before)

    assert [m.once for m in plan.messages] == ["problem/status/41/I#1/0"]
    assert [a.change for a in plan.alerts] == [Change.OPEN]
    assert len(plan.timers) == 3


# escalation and repetition


def went_off(kind: TimerKind, key: str, standing: Standing, at: float = T0) -> Due:
    timer = Timer("problem", kind, "41", key, at, "41", 1)
    return judge(RULES, timer, seen(came("I")), standing, at)


def test_an_escalation_tells_whom_its_step_names() -> None:
    due = went_off(TimerKind.ESCALATE, "0", Standing(alerts=(alert(),)))

    (message,) = due.plan.messages
    assert message.send.channel == "oncall"
    assert (message.occasion.kind, message.occasion.facts["step"]) == (OccasionKind.ESCALATED, 1)
    assert message.alert == "41"
    assert due.again_at is None


def test_a_repetition_tells_the_same_as_before_and_comes_back() -> None:
    due = went_off(TimerKind.REPEAT, "", Standing(alerts=(alert(),)), T0 + DAY)

    assert [m.send.channel for m in due.plan.messages] == ["slack"]
    assert due.again_at == T0 + DAY + 720 * MIN


@pytest.mark.parametrize("kind", OF_ALERT)
@pytest.mark.parametrize("state", [AlertState.ACKNOWLEDGED, AlertState.RESOLVED])
def test_both_stop_at_acknowledge_and_at_resolve(kind: TimerKind, state: AlertState) -> None:
    waiting = alert(state, quiet=kind is TimerKind.TELL)
    assert went_off(kind, "0", Standing(alerts=(waiting,))) == Due()


def test_a_step_that_was_removed_from_the_rules_says_nothing() -> None:
    assert went_off(TimerKind.ESCALATE, "7", Standing(alerts=(alert(),))) == Due()


# stuck


def test_a_stuck_order_that_moves_on_resolves_its_alert() -> None:
    slow = rule(
        "problem",
        trigger=Stuck(frozenset("C"), Span(DAY)),
        send=[delivery("slack")],
        escalate=PROBLEM.escalate,
    )
    standing = Standing(alerts=(alert(),), traces=(told_on("slack"),))

    moved = planned(came("C"), came("E", 2, 3_000), standing=standing, judged=slow)
    again = planned(came("C"), came("C", 2, 3_000), standing=standing, judged=slow)

    assert [a.change for a in moved.alerts] == [Change.RESOLVE]
    assert [m.occasion.kind for m in moved.messages] == [OccasionKind.RESOLVED]
    assert again.alerts == ()


def test_an_alert_never_goes_back() -> None:
    assert {state: sorted(ALERT_MOVES[state]) for state in AlertState} == {
        "open": ["acknowledged", "resolved"],
        "acknowledged": ["resolved"],
        "resolved": [],
    }
