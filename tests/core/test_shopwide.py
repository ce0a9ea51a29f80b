"""Rules about the shop as a whole: rates, silence of the feed, schedules, and events of notifier itself."""

from __future__ import annotations

from dataclasses import replace

import pytest

from notifier.core import brake, shopwide
from notifier.core.alert import Alert, AlertState, Change, Severity
from notifier.core.brake import Flow
from notifier.core.event import Event
from notifier.core.occasion import OccasionKind
from notifier.core.reason import Reason
from notifier.core.rules import Brake, Rule, RuleSet
from notifier.core.schedule import Hours, Span
from notifier.core.shopwide import Count
from notifier.core.standing import Join, Standing
from notifier.core.tempo import Digest
from notifier.core.timer import OF_ALERT, Stop, Timer, TimerKind
from notifier.core.trigger import Internal, Quiet, Rate, Schedule
from tests.factories import T0, channel, delivery, rule, ruleset

HOUR, DAY = 3_600.0, 86_400.0
MIDNIGHT = T0 - T0 % DAY  # of Wednesday 26 May 2021, UTC
NOTHING_TOLD = Standing()
SLACK = [delivery("slack")]

RATE = rule(
    "rates",
    send=SLACK,
    repeat=12 * HOUR,
    trigger=Rate(
        frozenset("IX"), frozenset("C"), 48 * HOUR, above=0.05, clear_below=0.03, least=20, by="carrier"
    ),
)
QUIET = rule("silent", send=SLACK, trigger=Quiet(Span(6 * HOUR)))
MORNING = rule(
    "morning", send=SLACK, trigger=Schedule((510,), frozenset(range(5))), digest=Digest(("problem",), True)
)
TROUBLE = rule("trouble", send=SLACK, trigger=Internal(frozenset({"channel_down", "send_gave_up"})))


def rules(*more: Rule) -> RuleSet:
    return ruleset(*(more or (RATE, QUIET, MORNING, TROUBLE)))


def high(state: AlertState = AlertState.OPEN) -> Standing:
    return Standing(alerts=(Alert(1, "rates", "PNL", state, Severity.WARNING, T0),))


# rates


@pytest.mark.parametrize(
    ("count", "standing", "change"),
    [
        pytest.param(Count(6, 100), NOTHING_TOLD, Change.OPEN, id="above"),
        pytest.param(Count(5, 100), NOTHING_TOLD, None, id="at the limit"),
        pytest.param(Count(10, 19), NOTHING_TOLD, None, id="too few orders to say"),
        pytest.param(Count(2, 20), NOTHING_TOLD, Change.OPEN, id="enough orders to say"),
        pytest.param(Count(6, 100), high(), None, id="above, and the alert is open"),
        pytest.param(Count(3, 100), high(), None, id="between both limits it stays open"),
        pytest.param(Count(2, 100), high(), Change.RESOLVE, id="below the other one"),
        pytest.param(Count(0, 0), high(), Change.RESOLVE, id="nothing left in the window"),
        pytest.param(Count(2, 100), high(AlertState.ACKNOWLEDGED), Change.RESOLVE, id="acknowledged"),
    ],
)
def test_a_rate_opens_an_alert_above_one_limit_and_closes_it_below_the_other(
    count: Count, standing: Standing, change: Change | None
) -> None:
    due = shopwide.rate(rules(), RATE, {"PNL": count}, standing, T0)

    assert [(a.key, a.change) for a in due.plan.alerts] == ([] if change is None else [("PNL", change)])
    assert bool(due.plan.messages) == (change is not None)


def test_each_value_has_a_rate_of_its_own() -> None:
    due = shopwide.rate(
        rules(), RATE, {"PNL": Count(9, 100), "DHL": Count(1, 100), "": Count(50, 60)}, NOTHING_TOLD, T0
    )

    assert [(a.key, dict(a.labels)) for a in due.plan.alerts] == [
        ("*", {"rule": ("rates",), "severity": ("warning",)}),
        ("PNL", {"rule": ("rates",), "severity": ("warning",), "carrier": ("PNL",)}),
    ]


def test_the_words_of_a_rate_know_the_numbers() -> None:
    (message,) = shopwide.rate(rules(), RATE, {"PNL": Count(7, 100)}, NOTHING_TOLD, T0).plan.messages

    facts = message.occasion.facts
    assert (facts["value"], facts["share"], facts["count"], facts["among"]) == ("PNL", 0.07, 7, 100)
    assert message.alert == "PNL"


def test_an_open_rate_is_looked_at_again_and_repeats_at_most_every_repeat() -> None:
    opened = shopwide.rate(rules(), RATE, {"PNL": Count(7, 100)}, NOTHING_TOLD, T0)
    calm = shopwide.rate(rules(), RATE, {"PNL": Count(1, 100)}, NOTHING_TOLD, T0)

    assert opened.again_at == T0 + shopwide.LOOK_EVERY
    assert opened.plan.timers == (Timer("rates", TimerKind.REPEAT, "PNL", "", T0 + 12 * HOUR),)
    assert calm.again_at is None


def test_the_end_of_a_rate_is_said_on_its_own_channels_and_stops_its_timers() -> None:
    plan = shopwide.rate(rules(), RATE, {}, high(), T0).plan

    assert [(m.send.channel, m.occasion.kind) for m in plan.messages] == [("slack", OccasionKind.RESOLVED)]
    assert plan.stops == (Stop("rates", OF_ALERT, "PNL"),)


# silence of the feed


def test_quiet_speaks_once_when_no_update_came_for_so_long() -> None:
    due = shopwide.quiet(rules(), QUIET, T0 - 6 * HOUR, NOTHING_TOLD, T0)
    again = shopwide.quiet(
        rules(), QUIET, T0 - 6 * HOUR, Standing(taken=frozenset(m.once for m in due.plan.messages)), T0 + HOUR
    )

    assert [m.occasion.kind for m in due.plan.messages] == [OccasionKind.QUIET]
    assert again.plan.messages == ()


def test_it_waits_on_while_updates_come() -> None:
    due = shopwide.quiet(rules(), QUIET, T0 - HOUR, NOTHING_TOLD, T0)

    assert (due.plan.messages, due.again_at) == ((), T0 + 5 * HOUR)


def test_quiet_counts_open_hours_only_if_it_has_a_calendar() -> None:
    office = Hours(frozenset(range(5)), ((480, 1080),), "UTC")
    calm = replace(QUIET, trigger=Quiet(Span(6 * HOUR), office))

    night = shopwide.quiet(rules(calm), calm, MIDNIGHT - 7 * HOUR, NOTHING_TOLD, MIDNIGHT + 8 * HOUR)

    assert night.plan.messages == ()
    assert night.again_at == MIDNIGHT + 13 * HOUR  # one hour yesterday, five today


def test_a_feed_that_never_began_is_told_once() -> None:
    first = shopwide.quiet(rules(), QUIET, None, NOTHING_TOLD, T0)
    told = Standing(taken=frozenset(m.once for m in first.plan.messages))

    assert len(first.plan.messages) == 1
    assert shopwide.quiet(rules(), QUIET, None, told, T0 + DAY).plan.messages == ()


# schedules


def test_the_timers_that_rules_have_whatever_happens() -> None:
    timers = {t.rule: t for t in shopwide.standing_timers(rules(), T0, T0 - HOUR)}

    assert timers.keys() == {"rates", "silent", "morning"}
    assert timers["silent"].due_at == T0 + 5 * HOUR
    assert timers["morning"].due_at == MIDNIGHT + 8.5 * HOUR


def test_a_schedule_speaks_at_its_time_and_comes_back_on_its_next_day() -> None:
    friday = MIDNIGHT + 2 * DAY + 8.5 * HOUR
    timer = Timer("morning", TimerKind.SCHEDULE, "", "", friday, set_at=friday - DAY)

    due = shopwide.schedule(rules(), MORNING, timer, 3, NOTHING_TOLD, friday + 2.0)

    assert [dict(m.occasion.facts) for m in due.plan.messages] == [
        {"since": friday - DAY, "until": friday + 2.0}
    ]
    assert due.again_at == friday + 3 * DAY


def test_an_empty_digest_is_skipped_where_that_is_wanted() -> None:
    timer = Timer("morning", TimerKind.SCHEDULE, "", "", T0, set_at=T0 - DAY)
    always = replace(MORNING, digest=Digest(("problem",)))

    assert shopwide.schedule(rules(), MORNING, timer, 0, NOTHING_TOLD, T0).plan.messages == ()
    assert len(shopwide.schedule(rules(always), always, timer, 0, NOTHING_TOLD, T0).plan.messages) == 1


# events


def event(kind: str = "channel_down", number: int = 1, detail: str = "535 refused") -> Event:
    return Event(number, T0, kind, "email", detail)


def test_a_rule_hears_of_the_internal_events_that_it_names() -> None:
    plan = shopwide.internal(rules(), event(), NOTHING_TOLD, T0)

    (message,) = plan.messages
    assert dict(message.occasion.facts) == {
        "event": "channel_down",
        "subject": "email",
        "detail": "535 refused",
        "at": T0,
    }
    assert shopwide.internal(rules(), event("source_down"), NOTHING_TOLD, T0).messages == ()


def test_the_same_about_the_same_is_told_once_within_repeat() -> None:
    key = shopwide.event_key(TROUBLE, event())
    just_now, long_ago = (Standing(joins={key: Join(last_at=T0 - ago)}) for ago in (600.0, 4_000.0))

    assert [d.reason for d in shopwide.internal(rules(), event(), just_now, T0).decisions] == [
        Reason.TOLD_LATELY
    ]
    assert len(shopwide.internal(rules(), event(), long_ago, T0).messages) == 1
    assert len(shopwide.internal(rules(replace(TROUBLE, repeat=60.0)), event(), just_now, T0).messages) == 1


@pytest.mark.parametrize(
    ("about", "spoken", "fallbacks"),
    [("slack", "oncall", 0), ("oncall", "slack", 0), ("email", "slack", 1)],
)
def test_what_a_channel_suffers_is_told_on_another_one(about: str, spoken: str, fallbacks: int) -> None:
    spare = rule("trouble", send=[delivery("slack", "oncall")], trigger=TROUBLE.trigger)
    channels = [channel(name) for name in ("slack", "oncall", "email")]
    happened = Event(1, T0, "channel_down", about, "refused")

    (message,) = shopwide.internal(ruleset(spare, channels=channels), happened, NOTHING_TOLD, T0).messages

    assert message.send.channel == spoken
    assert len(message.fallbacks) == fallbacks


def test_with_one_channel_only_its_own_trouble_waits_for_it() -> None:
    happened = Event(1, T0, "channel_down", "slack", "refused")
    (message,) = shopwide.internal(rules(), happened, NOTHING_TOLD, T0).messages
    assert message.send.channel == "slack"


def test_no_rule_hears_of_the_end_of_its_own_messages() -> None:
    own, others = (
        event("send_gave_up", detail=f"message 7 of rule {name}") for name in ("trouble", "shipped")
    )

    assert shopwide.internal(rules(), own, NOTHING_TOLD, T0).messages == ()
    assert len(shopwide.internal(rules(), others, NOTHING_TOLD, T0).messages) == 1


# the brake


@pytest.mark.parametrize(
    ("count", "usual", "is_burst"),
    [(200, 0.0, False), (201, 0.0, True), (201, 50.0, False), (501, 50.0, True), (500, 50.0, False)],
)
def test_a_burst_is_more_than_a_multiple_of_what_is_usual_and_more_than_a_few(
    count: int, usual: float, is_burst: bool
) -> None:
    limit = Brake(above=10.0, window=HOUR, least=200, rule=rule("brake", send=SLACK))

    assert brake.is_burst(Flow(count, usual, HOUR), limit) is is_burst


def test_the_brake_asks_operators() -> None:
    limit = Brake(10.0, HOUR, 200, rule("brake", send=SLACK))

    plan = brake.ask(replace(rules(), brake=limit), limit, Flow(312, 20.0, HOUR), T0)

    assert [(m.rule, m.send.channel, m.occasion.facts["count"]) for m in plan.messages] == [
        ("brake", "slack", 312)
    ]
