"""What is due later: rules with `after`, orders that get stuck, and what becomes of both when due."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from notifier.core.decide import decide
from notifier.core.due import judge
from notifier.core.later import watched
from notifier.core.message import State
from notifier.core.occasion import OccasionKind
from notifier.core.plan import Plan
from notifier.core.reason import Reason
from notifier.core.rules import Once, Rule
from notifier.core.schedule import Hours, Span
from notifier.core.situation import Situation
from notifier.core.standing import Standing, Trace
from notifier.core.timer import Stop, Timer, TimerKind
from notifier.core.trigger import StatusTrigger, Stuck
from notifier.core.update import RecordedUpdate
from tests.factories import T0, delivery, order, recorded, rule, ruleset

DAY = 86_400.0
NOTHING_TOLD = Standing()
WEEK_LATER = rule("review", "D", trigger=StatusTrigger(frozenset("D"), after=Span(7 * DAY)))
STUCK = rule("slow", trigger=Stuck(frozenset("CE"), Span(2 * DAY)), send=[delivery("slack")])


def came(code: str, number: int, days: int) -> RecordedUpdate:
    """Return an update that happened and arrived so many days after the first."""
    return recorded(code, number, at=T0 + days * DAY, received_at=T0 + days * DAY)


def seen(*updates: RecordedUpdate, **more: Any) -> Situation:
    """Return the last of these updates, and the order as all of them tell it."""
    return replace(Situation(updates[-1], order(*updates)), **more)


def planned(judged: Rule, *updates: RecordedUpdate, standing: Standing = NOTHING_TOLD) -> Plan:
    return decide(ruleset(judged), seen(*updates), standing, T0)


def verdict(plan: Plan) -> Reason:
    (decision,) = plan.decisions
    return decision.reason


def went_off(judged: Rule, *updates: RecordedUpdate, at: float, **more: Any) -> Plan:
    """Return what follows from the timer that the first of these updates set, after the others."""
    (timer,) = planned(judged, updates[0]).timers
    now_seen = replace(seen(*updates, **more), update=updates[0])
    return judge(ruleset(judged), timer, now_seen, Standing(), at).plan


def test_a_rule_with_after_speaks_so_long_after_the_event_and_not_before() -> None:
    plan = planned(WEEK_LATER, recorded("D", received_at=T0 + DAY))

    assert plan.messages == ()
    assert verdict(plan) is Reason.SCHEDULED
    assert plan.timers == (Timer("review", TimerKind.AFTER, "41", "D", T0 + 7 * DAY, "41", 1),)


def test_after_in_business_days_leaves_the_weekend_out() -> None:
    hours = Hours(frozenset(range(5)), zone="UTC")  # T0 is a Wednesday
    later = replace(
        WEEK_LATER, trigger=StatusTrigger(frozenset("D"), after=Span(business_days=5), hours=hours)
    )

    (timer,) = planned(later, recorded("D")).timers

    assert timer.due_at == T0 + 7 * DAY


def test_when_it_is_due_the_rule_is_judged_by_what_is_true_then() -> None:
    plan = went_off(WEEK_LATER, recorded("D"), at=T0 + 7 * DAY)

    (message,) = plan.messages
    assert verdict(plan) is Reason.FIRED
    assert (message.state, message.due_at) == (State.PENDING, T0 + 7 * DAY)
    assert (message.occasion.kind, message.occasion.at) == (OccasionKind.AFTER, T0 + 7 * DAY)


def test_what_is_due_is_dropped_if_the_order_has_moved_past_it() -> None:
    delivered, lost = recorded("D"), came("X", 2, 1)
    now_overtaken = went_off(
        replace(WEEK_LATER, trigger=StatusTrigger(frozenset("C"), after=Span(DAY))),
        recorded("C"),
        delivered,
        at=T0 + DAY,
        overtaken=True,
    )

    assert verdict(now_overtaken) is Reason.OVERTAKEN
    assert now_overtaken.messages == ()
    assert (
        verdict(went_off(WEEK_LATER, delivered, lost, at=T0 + 7 * DAY)) is Reason.FIRED
    )  # it stays delivered


def test_the_age_of_what_is_due_later_counts_from_when_it_is_due() -> None:
    (timer,) = planned(WEEK_LATER, recorded("D")).timers
    patient = ruleset(WEEK_LATER, max_update_age=3 * DAY)

    plan = judge(patient, timer, seen(recorded("D")), Standing(), T0 + 7 * DAY).plan
    too_late = judge(patient, timer, seen(recorded("D")), Standing(), T0 + 11 * DAY).plan

    assert verdict(plan) is Reason.FIRED
    assert verdict(too_late) is Reason.TOO_OLD


def test_what_was_told_before_sets_no_timer() -> None:
    once = replace(WEEK_LATER, once=Once.ORDER)
    told = Standing(taken=frozenset({"review/order/41/0"}))

    plan = planned(once, recorded("D"), standing=told)

    assert verdict(plan) is Reason.ALREADY_TOLD
    assert plan.timers == ()


def test_a_timer_of_a_rule_that_is_gone_or_speaks_at_once_by_now_says_nothing() -> None:
    (timer,) = planned(WEEK_LATER, recorded("D")).timers
    situation = seen(recorded("D"))

    assert judge(ruleset(rule("other")), timer, situation, Standing(), T0).plan == Plan(())
    assert judge(ruleset(rule("review", "D")), timer, situation, Standing(), T0).plan == Plan(())


def test_stuck_counts_from_the_update_that_moved_the_order_forward_in_event_time() -> None:
    collected = recorded("C", received_at=T0 + 5_000.0)
    again = recorded("C", 2, at=T0 + 3_600.0)

    (first,), (second,) = planned(STUCK, collected).timers, planned(STUCK, collected, again).timers

    assert first.due_at == second.due_at == T0 + 2 * DAY
    assert first.key == second.key  # the same stay: no second timer


def test_each_update_that_moves_the_order_ends_what_watched_it_before() -> None:
    collected, en_route, delivered = (
        recorded("C"),
        came("E", 2, 1),
        came("D", 3, 2),
    )

    moved = planned(STUCK, collected, en_route)
    arrived = planned(STUCK, collected, en_route, delivered)

    assert moved.timers[0].due_at == T0 + 3 * DAY
    assert moved.stops == (Stop("slow", (TimerKind.STUCK,), "41", but=moved.timers[0].key),)
    assert arrived.timers == ()
    assert arrived.stops == (Stop("slow", (TimerKind.STUCK,), "41"),)
    assert verdict(arrived) is Reason.OTHER_STATUS


def test_an_order_that_is_stuck_is_told_and_one_that_has_moved_is_not() -> None:
    stays = went_off(STUCK, recorded("C"), at=T0 + 2 * DAY)
    moved = went_off(STUCK, recorded("C"), came("D", 2, 1), at=T0 + 2 * DAY)

    assert [(m.send.channel, m.occasion.kind) for m in stays.messages] == [("slack", OccasionKind.STUCK)]
    assert verdict(moved) is Reason.OVERTAKEN


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        (State.DELIVERED, Reason.FIRED),
        (State.PENDING, Reason.NOT_TOLD_BEFORE),
        (None, Reason.NOT_TOLD_BEFORE),
    ],
)
def test_sent_asks_for_a_rule_that_has_told_the_customer(told: State | None, reason: Reason) -> None:
    extra = rule("extra", sent=frozenset({"shipped"}))
    mail = delivery("email").options[0]
    traces = () if told is None else (Trace("shipped", mail, told, "shipped/order/41/0"),)

    assert verdict(planned(extra, recorded(), standing=Standing(traces=traces))) is reason


def test_never_asks_for_an_order_that_had_none_of_the_statuses() -> None:
    careful = rule("review", "D", never=frozenset("IX"))

    assert verdict(planned(careful, recorded("D"))) is Reason.FIRED
    assert verdict(planned(careful, recorded("I"), came("D", 2, 1))) is Reason.HAD_STATUS


def test_what_watches_an_order_is_about_the_update_that_moved_it_whatever_came_last() -> None:
    collected, before = came("C", 1, 1), recorded("L", 2, received_at=T0 + 1.5 * DAY)

    (timer,) = watched(ruleset(STUCK), seen(collected, before, late=True), T0 + 2 * DAY)

    assert (timer.due_at, timer.update_id) == (T0 + 3 * DAY, 1)
