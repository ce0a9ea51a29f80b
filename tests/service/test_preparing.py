"""Messages are judged once more together: what goes out for one leaves less room for the next."""

from __future__ import annotations

from dataclasses import replace

from notifier.core.message import State
from notifier.core.rules import Once, Throttle
from notifier.service.sender import Ready
from notifier.service.steps import Return
from tests.factories import T0, delivery, register, rule, ruleset
from tests.service.conftest import Desk

DAY = 86_400.0


def test_of_two_that_are_due_at_once_on_two_channels_one_has_room(desk: Desk) -> None:
    often = Throttle(1, DAY)
    desk.rules = ruleset(rule(throttle=often), rule("texted", throttle=often, send=[delivery("sms")]))
    register(desk.store, "42")
    desk.tell()
    desk.decide()
    desk.send()
    desk.tell(ref="42")
    desk.decide()
    desk.clock.now += DAY

    first, second = desk.sender.prepare(desk.claim(9))

    assert isinstance(first, Ready)
    assert isinstance(second, Return)
    assert second.due_at == desk.clock.now + DAY


def test_what_its_rule_only_shows_by_now_has_told_nobody_once_that_is_live_again(desk: Desk) -> None:
    live = rule(once=Once.ORDER, settle=60.0)
    desk.rules = ruleset(live)
    desk.tell()
    desk.decide()
    desk.clock.now += 60
    desk.rules = ruleset(replace(live, shadow=True))
    (shown,) = desk.send()
    desk.rules = ruleset(live)
    desk.tell(at=T0 + 100)
    desk.decide()
    desk.clock.now += 60
    (told,) = desk.send()

    assert (shown.state, shown.shadow) == (State.SHADOWED, True)
    assert told.state is State.DELIVERED
