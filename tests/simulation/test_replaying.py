"""Recorded history played to a world: what counts as told, and what waits, is folded or is not sent."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest

from notifier.core.brake import Flow, is_burst
from notifier.core.contact import Finding
from notifier.core.reason import Reason
from notifier.core.rules import Brake, Once, Rule, RuleSet
from notifier.core.schedule import Span as Length
from notifier.core.tempo import Group
from notifier.core.trigger import Quiet, StatusTrigger, Stuck
from notifier.core.update import RecordedUpdate
from notifier.simulation.comparison import SHADOW, Run
from notifier.simulation.lead import DAY, LEAST, lead
from notifier.simulation.replaying import Span, as_recorded, play, unconfigured
from notifier.store.past import KnownOrder
from tests.factories import JANE, T0, channel, delivery, finding, recorded, rule, ruleset, to_email, to_phone

HOUR = 3_600.0
SPAN = Span(T0, T0 + DAY, T0 - HOUR, T0 + DAY, T0 + 2 * DAY)
SLACK = (delivery("slack"),)


def news(code: str, number: int, after: float, ref: str = "41") -> RecordedUpdate:
    """Return an update that arrives as it happens, so many seconds after T0."""
    return recorded(code, number, received_at=T0 + after, ref=ref, at=T0 + after)


def known(ref: str = "41", *findings: Finding, **more: Any) -> KnownOrder:
    return KnownOrder(ref, findings or (finding(JANE),), **more)


def played(rules: RuleSet, *updates: RecordedUpdate, orders: Iterable[KnownOrder] = (), **more: float) -> Run:
    """Return what came of it; order 41 is registered unless told otherwise."""
    return play(rules, orders or [known()], updates, replace(SPAN, **more), lambda _: None)


def sent(run: Run) -> list[tuple[str, float]]:
    """Return the rule of each message, and when it was sent in hours after T0."""
    return [(one.rule, (one.at - T0) / HOUR) for one in run.sent]


def test_what_is_told_is_told_when_it_is_due() -> None:
    run = played(ruleset(rule(settle=HOUR)), news("C", 1, 0))

    assert sent(run) == [("shipped", 1.0)]
    assert (run.sent[0].recipient, run.sent[0].channel, run.sent[0].update_id) == (
        "jane@example.org",
        "email",
        1,
    )
    assert run.news[1].ref == "41"
    assert run.verdicts["shipped"][1].fired


def test_what_was_told_before_is_not_told_again_and_has_no_verdict_that_counts() -> None:
    rules = ruleset(rule(trigger=StatusTrigger(frozenset("CE")), once=Once.ORDER))

    run = played(rules, news("C", 1, -40 * DAY), news("E", 2, HOUR))

    assert sent(run) == [("shipped", -960.0)]
    assert list(run.news) == [2]
    assert run.verdicts["shipped"][2].reason == Reason.ALREADY_TOLD


def test_the_clock_runs_on_for_what_is_told_after_the_end() -> None:
    run = played(ruleset(rule(settle=HOUR)), news("C", 1, DAY - 1), until=T0 + DAY)

    assert sent(run) == [("shipped", pytest.approx(25.0, abs=0.01))]


def test_rules_about_the_shop_begin_with_the_whole_history_not_with_the_oldest_order() -> None:
    silent = Rule("silent", Quiet(Length(2 * HOUR)), SLACK)
    run = played(ruleset(silent), news("L", 1, -40 * DAY), news("C", 2, 0), reads_from=T0)

    assert sent(run)[0] == ("silent", 2.0)


def test_messages_that_go_out_with_another_are_folded() -> None:
    grouped = rule("problem", "I", send=SLACK, group=Group(wait=60.0))
    orders = [known(ref) for ref in ("41", "42", "43")]

    run = played(ruleset(grouped), *(news("I", n, n, f"4{n}") for n in (1, 2, 3)), orders=orders)

    assert [(one.ref, one.folded) for one in run.sent] == [("41", False), ("42", True), ("43", True)]


def test_what_is_not_sent_has_its_reason() -> None:
    shadowed = rule("shadowed", shadow=True)
    cancelled, cancels = rule("waits", settle=HOUR), rule("cancels", "E", cancels=("waits",))

    run = played(ruleset(shadowed, cancelled, cancels), news("C", 1, 0), news("E", 2, 60))

    assert sent(run) == [("cancels", pytest.approx(1 / 60))]
    assert run.unsent == {
        ("shadowed", "41", "status/41/C"): SHADOW,
        ("waits", "41", "status/41/C"): Reason.CANCELLED,
    }


def test_a_clock_that_was_put_back_between_two_arrivals_does_no_harm() -> None:
    run = played(ruleset(), news("L", 1, HOUR), news("C", 2, 0))

    assert sent(run) == [("shipped", 0.0)]
    assert len(run.news) == 2


def test_nobody_is_told_of_an_order_that_was_forgotten_and_operators_are() -> None:
    problem = rule("problem", "C", send=SLACK)

    run = played(ruleset(rule(), problem), news("C", 1, 0), orders=[known("41", forgotten=True)])

    assert sent(run) == [("problem", 0.0)]
    assert run.verdicts["shipped"][1].reason == Reason.NO_ADDRESS


def test_an_order_that_nobody_knows_is_held() -> None:
    run = played(ruleset(), news("C", 1, 0), orders=[KnownOrder("41", ())])

    assert (run.sent, run.verdicts) == ((), {})


def test_a_contact_is_put_together_from_all_sources() -> None:
    first = finding(replace(JANE, email=None, phone=None), at=T0)
    second = finding(JANE, "cottoncast", at=T0 + 99 * DAY)

    run = played(ruleset(), news("C", 1, 0), orders=[known("41", first, second)])

    assert [one.recipient for one in run.sent] == ["jane@example.org"]


def test_no_updates_at_all_are_a_quiet_time() -> None:
    silent = Rule("silent", Quiet(Length(2 * HOUR)), SLACK)

    assert sent(played(ruleset(silent)))[0][0] == "silent"


def test_progress_is_told() -> None:
    done: list[int] = []
    updates = [news("C", n + 1, n, f"{n}") for n in range(1_100)]

    play(ruleset(), [], updates, SPAN, done.append)

    assert done == [500, 1_000, 1_100]


# rules as history is judged by them


def channels(*paused: str) -> RuleSet:
    """Return rules of which some channels are not configured."""
    found = (channel("email", to=to_email), channel("sms", to=to_phone), channel("slack"))
    found = tuple(replace(c, paused=Reason.NOT_CONFIGURED if c.name in paused else None) for c in found)
    return ruleset(rule(send=[delivery("sms", "email"), delivery("sms")]), channels=found)


@pytest.mark.parametrize(
    ("paused", "expected"),
    [
        ((), [["sms", "email"], ["sms"]]),
        (("email",), [["sms"], ["sms"]]),
        (("sms",), [["email"], ["sms"]]),
        (("email", "sms"), [["sms", "email"], ["sms"]]),
        (("email", "sms", "slack"), [["sms", "email"], ["sms"]]),
    ],
)
def test_an_option_that_is_not_configured_is_left_out_where_another_is(
    paused: tuple[str, ...], expected: list[list[str]]
) -> None:
    rules = channels(*paused)

    (one,) = as_recorded(rules).rules

    assert [[o.channel for o in entry.options] for entry in one.deliveries] == expected
    assert unconfigured(rules) == (set(paused) if len(paused) < 3 else set())


def test_no_brake_holds_what_is_replayed() -> None:
    brake = Brake(2.0, 60.0, 0, rule("brake", send=SLACK))
    assert is_burst(Flow(1, 0.0, 60.0), brake)

    run = played(as_recorded(replace(ruleset(), brake=brake)), news("C", 1, 0))

    assert sent(run) == [("shipped", 0.0)]


# how long something may take


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        (rule(), LEAST),
        (rule(settle=2 * HOUR), 2 * HOUR),
        (rule(trigger=StatusTrigger(frozenset("D"), after=Length(7 * DAY))), 7 * DAY),
        (rule(trigger=Stuck(frozenset("C"), Length(business_days=5))), 11 * DAY),
        (rule(group=Group(wait=60.0, interval=4 * HOUR)), 4 * HOUR + 60.0),
    ],
)
def test_the_lead_is_what_a_rule_waits_at_most(one: Rule, expected: float) -> None:
    assert lead(ruleset(one)) == expected
