"""When a message goes out: settle, windows, throttles and groups, and who keeps it quiet."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from notifier.core.alert import Alert, AlertState, Severity, Silence
from notifier.core.contact import Contact
from notifier.core.decide import decide
from notifier.core.message import Message, NewMessage, Outside, Send, State
from notifier.core.once import person
from notifier.core.reason import Reason
from notifier.core.rules import Mute, Rule, RuleSet
from notifier.core.schedule import Hours
from notifier.core.standing import Join, Standing
from notifier.core.tempo import Group, Throttle
from notifier.core.wanted import Wanted, still_wanted
from notifier.core.wants import throttle_key, wants
from tests.factories import JANE, T0, delivery, message, recorded, rule, ruleset, shipment, situation

HOUR, DAY = 3_600.0, 86_400.0
MIDNIGHT = T0 - T0 % DAY  # of 26 May 2021, UTC
DAYTIME = Hours(spans=((9 * 60, 20 * 60),))
NOTHING_TOLD = Standing()
TOLD_AT_NINE = MIDNIGHT + 9 * HOUR


def windowed(outside: Outside = Outside.DEFER, max_defer: float | None = None, then: str = "") -> Rule:
    """Return a rule whose SMS has a window, with another channel after it if one is named."""
    options = [Send("sms", "told", "daytime", outside, max_defer)]
    options += [Send(then, "told")] if then else []
    return rule(send=[replace(delivery("sms"), options=tuple(options))])


def rules(*judged: Rule, **more: Any) -> RuleSet:
    return replace(ruleset(*judged), windows={"daytime": DAYTIME}, **more)


def born(
    judged: Rule,
    now: float = T0,
    standing: Standing = NOTHING_TOLD,
    contact: Contact = JANE,
    **more: Any,
) -> NewMessage:
    seen = situation(recorded(received_at=now, at=now, shipments=(shipment(),)), contact=contact)
    plan = decide(rules(judged, **more), seen, standing, now)
    assert [d.fired for d in plan.decisions] == [True], plan.decisions
    return plan.messages[0]


def refusal(judged: Rule, now: float = T0, standing: Standing = NOTHING_TOLD, **more: Any) -> Reason:
    seen = situation(recorded(received_at=now, at=now, shipments=(shipment(),)))
    (decision,) = decide(rules(judged, **more), seen, standing, now).decisions
    assert not decision.fired
    return decision.reason


# settle


def test_settle_waits_for_more_before_it_speaks() -> None:
    assert born(rule(settle=900.0)).due_at == T0 + 900.0


# windows


@pytest.mark.parametrize(
    ("hour", "due"),
    [(8, 9), (9, 9), (12, 12), (19.99, 19.99), (20, 33), (23, 33)],
)
def test_what_is_due_outside_of_its_window_waits_until_that_opens(hour: float, due: float) -> None:
    contact = replace(JANE, timezone="UTC")

    assert born(windowed(), MIDNIGHT + hour * HOUR, contact=contact).due_at == MIDNIGHT + due * HOUR


def test_a_window_without_a_zone_is_the_contacts_and_else_the_shops() -> None:
    in_new_york = replace(JANE, timezone="America/New_York")  # four hours behind in May
    night = MIDNIGHT + 2 * HOUR

    assert born(windowed(), night, contact=in_new_york).due_at == MIDNIGHT + 13 * HOUR
    assert born(windowed(), night).due_at == TOLD_AT_NINE  # the shop's zone is UTC here


def test_outside_drop_says_nothing_although_there_is_another_way() -> None:
    assert refusal(windowed(Outside.DROP, then="email"), MIDNIGHT) is Reason.OUTSIDE_WINDOW


def test_outside_next_takes_the_next_way_at_once() -> None:
    now = born(windowed(Outside.NEXT, then="email"), MIDNIGHT)

    assert (now.send.channel, now.due_at) == ("email", MIDNIGHT)


def test_a_deferred_entry_counts_as_chosen_until_max_defer() -> None:
    long, short = (windowed(max_defer=hours * HOUR, then="email") for hours in (9, 8))

    assert born(long, MIDNIGHT).send.channel == "sms"
    assert born(short, MIDNIGHT).send.channel == "email"


# throttle

THROTTLED = rule(throttle=Throttle(2, DAY))
JANES = person(situation().order)


def told(*hours_ago: float, waiting: float | None = None) -> Standing:
    joins = {} if waiting is None else {throttle_key(THROTTLED, JANES, "email"): Join(waiting)}
    return Standing(lately={JANES: tuple(T0 - h * HOUR for h in hours_ago)}, joins=joins)


def test_a_customer_who_was_told_often_enough_hears_when_there_is_room_again() -> None:
    waits = born(THROTTLED, standing=told(1, 5))

    assert waits.due_at == T0 + 19 * HOUR
    assert waits.join == throttle_key(THROTTLED, JANES, "email")


def test_one_with_room_left_hears_at_once() -> None:
    assert born(THROTTLED, standing=told(1)).due_at == T0
    assert born(THROTTLED, standing=told(1, 30)).join == ""


def test_merge_folds_into_the_waiting_message() -> None:
    waits = born(THROTTLED, standing=told(1, 5, waiting=T0 + 7 * HOUR))

    assert (waits.due_at, waits.join) == (T0 + 7 * HOUR, throttle_key(THROTTLED, JANES, "email"))


def test_over_drop_says_nothing_more() -> None:
    dropping = rule(throttle=Throttle(2, DAY, merge=False))

    assert refusal(dropping, standing=told(1, 5)) is Reason.THROTTLED_OUT


def test_operators_are_never_throttled_and_customers_never_grouped() -> None:
    both = rule(send=[delivery("slack"), delivery("email")], throttle=Throttle(1, DAY), group=Group())
    seen = situation()

    plan = decide(rules(both), seen, told(1), T0)

    joins = {m.send.channel: m.join for m in plan.messages}
    assert joins == {"slack": "group/slack/rule=shipped", "email": throttle_key(THROTTLED, JANES, "email")}


# group

GROUPED = rule(send=[delivery("slack")], group=Group(("carrier",), wait=120.0, interval=1_800.0))
KEY = "group/slack/carrier=PNL"


@pytest.mark.parametrize(
    ("others", "due"),
    [
        pytest.param(Join(), T0 + 120.0, id="the first waits"),
        pytest.param(Join(due_at=T0 + 30.0), T0 + 30.0, id="others join the one that waits"),
        pytest.param(Join(last_at=T0 - 600.0), T0 + 1_200.0, id="later ones come at most every interval"),
        pytest.param(Join(last_at=T0 - 9_000.0), T0 + 120.0, id="after the interval the first waits again"),
    ],
)
def test_a_group_collects_what_goes_out_together(others: Join, due: float) -> None:
    waits = born(GROUPED, standing=Standing(joins={KEY: others}))

    assert (waits.join, waits.due_at) == (KEY, due)


def test_what_has_to_be_known_of_joins_is_asked_for() -> None:
    seen = situation(recorded(shipments=(shipment(),)))

    assert wants(ruleset(GROUPED), seen, T0).joins == {KEY}
    assert wants(ruleset(THROTTLED), seen, T0).joins == {throttle_key(THROTTLED, JANES, "email")}
    assert wants(ruleset(THROTTLED), seen, T0).persons == {JANES: T0 - DAY}
    assert wants(ruleset(rule()), seen, T0).joins == frozenset()


# silences and mutes

LOUD = rule("not-collected", send=[delivery("slack")])


def silence(customers: bool = False, **matchers: tuple[str, ...]) -> Silence:
    return Silence(1, matchers, "maintenance", "ann", T0 - HOUR, T0 + HOUR, customers)


@pytest.mark.parametrize(
    ("made", "is_silent"),
    [
        (silence(rule=("not-collected",)), True),
        (silence(carrier=("DHL", "PNL")), True),
        (silence(rule=("not-collected",), carrier=("DHL",)), False),
        (silence(severity=("critical",)), False),
        (replace(silence(), starts_at=T0 + 1), False),
        (replace(silence(), ends_at=T0), False),
        (silence(), True),
    ],
)
def test_a_silence_stops_what_all_its_matchers_fit_while_it_lasts(made: Silence, is_silent: bool) -> None:
    standing = Standing(silences=(made,))

    if is_silent:
        assert refusal(LOUD, standing=standing) is Reason.SILENCED
    else:
        assert born(LOUD, standing=standing).state is State.PENDING


def test_customers_hear_their_news_through_a_silence_unless_it_says_so() -> None:
    assert born(rule(), standing=Standing(silences=(silence(),))).state is State.PENDING
    assert refusal(rule(), standing=Standing(silences=(silence(customers=True),))) is Reason.SILENCED


def rate_alert(carrier: str, state: AlertState = AlertState.OPEN) -> Alert:
    return Alert(1, "rates", carrier, state, Severity.WARNING, T0, {"carrier": (carrier,)})


MUTE = Mute("quiet-parcels", "rates", frozenset({"not-collected"}), ("carrier",))


def test_a_mute_keeps_rules_quiet_as_long_as_the_alert_of_the_same_carrier_is_open() -> None:
    same, other = Standing(alerts=(rate_alert("PNL"),)), Standing(alerts=(rate_alert("DHL"),))
    over = Standing(alerts=(rate_alert("PNL", AlertState.RESOLVED),))

    assert refusal(LOUD, standing=same, mutes=(MUTE,)) is Reason.MUTED
    assert born(LOUD, standing=other, mutes=(MUTE,)).state is State.PENDING
    assert born(LOUD, standing=over, mutes=(MUTE,)).state is State.PENDING


def test_a_mute_leaves_other_rules_and_customers_alone() -> None:
    same = Standing(alerts=(rate_alert("PNL"),))

    assert born(replace(LOUD, id="lost"), standing=same, mutes=(MUTE,)).state is State.PENDING
    assert born(replace(rule(), id="not-collected"), standing=same, mutes=(MUTE,)).state is State.PENDING


# shadow and brake


def test_what_is_only_for_show_takes_a_once_key_of_its_own() -> None:
    shown = born(rule(shadow=True))

    assert shown.shadow
    assert shown.once == "shipped/status/41/C/0/shadow"


def test_the_brake_holds_messages_to_customers_and_no_others() -> None:
    braked = Standing(braked=True)

    held = born(rule(), standing=braked)

    assert (held.state, held.reason) == (State.HELD, Reason.BRAKED)
    assert born(LOUD, standing=braked).state is State.PENDING
    assert born(rule(shadow=True), standing=braked).state is State.PENDING


# judged once more


def judged_again(
    judged: Rule, waiting: Message, now: float, standing: Standing = NOTHING_TOLD, **more: Any
) -> Wanted:
    seen = situation(recorded(received_at=T0, shipments=(shipment(),)))
    return still_wanted(waiting, rules(judged, **more), seen, standing, now)


def test_what_is_due_in_the_night_by_now_waits_for_the_window_once_more() -> None:
    sms = Send("sms", "told", "daytime")
    waiting = message(send=sms, created_at=MIDNIGHT - 5 * HOUR)

    assert judged_again(windowed(), waiting, MIDNIGHT).later == TOLD_AT_NINE
    assert judged_again(windowed(), waiting, TOLD_AT_NINE).recipient == "+31612345678"


def test_what_waited_longer_than_max_defer_is_dropped_for_the_next_way() -> None:
    sms = Send("sms", "told", "daytime", max_defer=10 * HOUR)
    waiting = message(send=sms, created_at=MIDNIGHT - 5 * HOUR)

    assert judged_again(windowed(), waiting, MIDNIGHT).dropped is Reason.OUTSIDE_WINDOW


def test_a_group_that_went_out_just_now_leaves_the_next_one_waiting() -> None:
    waiting = message(rule="shipped", send=Send("slack", "told"), join=KEY)
    just_now = Standing(joins={KEY: Join(last_at=T0 - 60.0)})

    assert judged_again(GROUPED, waiting, T0, just_now).later == T0 + 1_740.0
    assert judged_again(GROUPED, replace(waiting, attempts=1), T0, just_now).later is None


def test_news_of_an_alert_that_is_over_is_not_told_any_more() -> None:
    alerting = rule(send=[delivery("slack")], resolve=frozenset("D"))
    waiting = message(send=Send("slack", "told"), alert="41")
    open_alert = Alert(1, "shipped", "41", AlertState.OPEN, Severity.WARNING, T0)

    assert judged_again(alerting, waiting, T0).dropped is Reason.RESOLVED
    assert judged_again(alerting, waiting, T0, Standing(alerts=(open_alert,))).dropped is None


def test_a_silence_that_began_while_it_waited_stops_it() -> None:
    waiting = message(send=Send("slack", "told"), rule="not-collected")

    wanted = judged_again(LOUD, waiting, T0, Standing(silences=(silence(),)))

    assert wanted.dropped is Reason.SILENCED


def test_what_was_made_for_show_is_never_sent_nor_what_its_rule_only_shows_by_now() -> None:
    assert judged_again(rule(), message(shadow=True), T0).shadow
    assert judged_again(rule(shadow=True), message(), T0).shadow
    assert not judged_again(rule(), message(), T0).shadow
