"""What becomes due by age: held updates expire with a verdict, personal data goes."""

from __future__ import annotations

from dataclasses import replace

from structlog.testing import capture_logs

from notifier.core.message import UpdateState
from notifier.core.reason import Reason
from notifier.core.rules import Once, Orders
from notifier.core.shop import Retention
from notifier.core.trigger import AnyUpdate
from notifier.service.upkeep import BATCH
from tests.factories import T0, delivery, rule, ruleset
from tests.service.conftest import Desk

DAY = 86_400.0
MISS = rule("missing_contact", trigger=AnyUpdate(), send=[delivery("slack")], once=Once.ORDER)


def test_updates_that_are_held_too_long_expire_with_a_verdict_by_every_rule_that_they_concern(
    desk: Desk,
) -> None:
    desk.rules = replace(ruleset(), orders=Orders(hold_for=14 * DAY, missing_contact=MISS))
    for n, code in enumerate("CC"):
        desk.tell(code, "7", at=T0 + n)

    desk.clock.now += 14 * DAY
    assert desk.upkeep.run_once() == 0
    desk.clock.now += 1
    with capture_logs() as logs:
        assert desk.upkeep.run_once() == 2
        assert desk.upkeep.run_once() == 0

    assert [u.state for u in desk.history("7").updates] == [UpdateState.EXPIRED] * 2
    assert [r["shipped"] for r in desk.reasons("7")] == [Reason.EXPIRED] * 2
    assert [m.rule for m in desk.store.outbox.newest((), 9)] == ["missing_contact"]
    assert [line["updates"] for line in logs] == [2]


def test_what_is_erased_in_many_batches_is_one_line_of_the_log(desk: Desk) -> None:
    desk.rules = replace(ruleset(), retention=Retention(bodies=None, contacts=30 * DAY))
    for ref in range(2 * BATCH + 1):
        desk.tell("C", str(ref))
    desk.clock.now += 60 * DAY

    with capture_logs() as logs:
        rounds = 0
        while desk.upkeep.run_once():
            rounds += 1
        desk.upkeep.run_once()

    assert rounds > 2
    told = [line for line in logs if line["event"] == "personal data erased by age"]
    assert [line["orders"] for line in told] == [2 * BATCH + 1]


def test_without_an_end_they_are_held_for_ever(desk: Desk) -> None:
    for_ever = Retention(bodies=None, contacts=None)
    desk.rules = replace(ruleset(), orders=Orders(hold_for=None), retention=for_ever)
    desk.tell("C", "7")

    desk.clock.now += 1_000 * DAY

    assert desk.upkeep.run_once() == 0
    assert desk.history("7").updates[0].state is UpdateState.HELD


def test_an_order_that_is_registered_in_time_is_decided_and_does_not_expire(desk: Desk) -> None:
    desk.tell("C", "41")
    desk.decide()

    desk.clock.now += 15 * DAY

    assert desk.upkeep.run_once() == 0


def test_personal_data_goes_by_age_and_the_verdicts_stay(desk: Desk) -> None:
    desk.rules = replace(ruleset(), retention=Retention(bodies=10 * DAY, contacts=20 * DAY))
    desk.tell("C", "41")
    desk.decide()
    desk.send()

    desk.clock.now += 11 * DAY
    assert desk.upkeep.run_once() == 1
    assert desk.history().order.contact is not None
    desk.clock.now += 10 * DAY
    assert desk.upkeep.run_once() == 1
    assert desk.upkeep.run_once() == 0

    history = desk.history()
    assert history.order.contact is None
    assert history.order.forgotten
    assert desk.reasons() == [{"shipped": Reason.FIRED}]
    assert desk.states() == ["delivered"]
