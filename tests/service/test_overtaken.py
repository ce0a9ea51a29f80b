"""What a customer is told is true of its news, and is not sent once something else made it untrue."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from notifier.core.brake import Flow
from notifier.core.message import Send, State
from notifier.core.reason import Reason
from notifier.core.rules import Delivery, Once
from notifier.store.sqlite.store import SqliteStore
from tests.factories import JANE, T0, delivery, register, rule, ruleset
from tests.service.conftest import Desk

SHIPPED = Path(__file__).parents[2] / "templates"
NAMES = {"L": "packed", "C": "shipped", "E": "moving", "I": "problem", "X": "lost", "D": "delivered"}


@pytest.fixture
def all_told(desk: Desk) -> Desk:
    """A shop that tells its customers of every status, each with a rule of its own."""
    desk.rules = ruleset(*(rule(name, code) for code, name in NAMES.items()))
    return desk


def send_all(desk: Desk) -> None:
    """Send all that is due; of an order one goes after the other."""
    while desk.send():
        pass


def rules_told(desk: Desk) -> list[str]:
    """Return the rules whose messages were delivered, in their order."""
    return [m.rule for m in reversed(desk.store.outbox.newest((), 100)) if m.state is State.DELIVERED]


@pytest.mark.parametrize(
    ("burst", "told"),
    [
        ("CIXD", ["delivered"]),
        ("CEIXD", ["delivered"]),
        ("CD", ["delivered"]),
        ("LC", ["shipped"]),
        ("IX", ["lost"]),
        ("CX", ["lost"]),
        ("CI", ["shipped", "problem"]),
        ("CE", ["shipped", "moving"]),
    ],
)
@pytest.mark.parametrize("apart", [0.0, 0.2])
def test_of_news_within_a_second_only_what_is_still_true_is_told(
    all_told: Desk, burst: str, told: list[str], apart: float
) -> None:
    for number, code in enumerate(burst):
        all_told.tell(code, at=T0 + number * apart)
    all_told.decide()
    send_all(all_told)

    assert rules_told(all_told) == told


def test_a_problem_that_is_over_is_told_no_more(all_told: Desk) -> None:
    all_told.tell("I")
    all_told.tell("E", at=T0 + 1)
    all_told.decide()
    send_all(all_told)

    assert rules_told(all_told) == ["moving"]


def test_explain_says_what_overtook_it(all_told: Desk) -> None:
    all_told.tell("C")
    all_told.tell("D", at=T0 + 1)
    all_told.decide()
    send_all(all_told)

    (told, *_) = [m for u in all_told.history().updates for m in u.messages]
    assert (told.message.rule, told.message.reason) == ("shipped", Reason.OVERTAKEN)
    assert told.message.detail == "the order is delivered by now"


def test_what_awaited_its_contact_is_told_only_if_it_is_still_true(
    store: SqliteStore, all_told: Desk
) -> None:
    for number, code in enumerate("CD"):
        all_told.tell(code, "77", at=T0 + number)
        all_told.clock.now += 1
    register(store, "77")
    all_told.decide()
    send_all(all_told)

    assert rules_told(all_told) == ["delivered"]


def test_what_waits_for_its_channel_is_told_only_if_it_is_still_true(all_told: Desk) -> None:
    all_told.tell("I")
    all_told.decide()
    all_told.store.channels.pause("email", Reason.PAUSED_BY_HAND, None, "", all_told.clock.now)
    all_told.clock.now += 30
    all_told.tell("D", at=T0 + 30)
    all_told.decide()
    all_told.store.channels.resume("email")
    send_all(all_told)

    assert rules_told(all_told) == ["delivered"]


def test_what_the_brake_held_of_one_order_is_one_mail_of_the_furthest_news(all_told: Desk) -> None:
    all_told.store.brake.pull(Flow(9, 0.0, 60.0), all_told.clock.now)
    all_told.tell("C")
    all_told.tell("D", at=T0 + 1)
    all_told.decide()
    assert set(all_told.states()) == {State.HELD}
    all_told.store.brake.release(all_told.clock.now)
    send_all(all_told)

    assert rules_told(all_told) == ["delivered"]


def test_one_message_for_several_statuses_is_not_lost_to_a_later_one_of_them(desk: Desk) -> None:
    both = rule("moves", "CD", once=Once.ORDER)
    desk.rules = ruleset(both)
    desk.tell("C")
    desk.tell("D", at=T0 + 1)
    desk.decide()
    send_all(desk)

    assert rules_told(desk) == ["moves"]


def test_operators_hear_of_every_status_however_fast_they_come(desk: Desk) -> None:
    desk.rules = ruleset(*(rule(name, code, send=[delivery("slack")]) for code, name in NAMES.items()))
    for number, code in enumerate("CIXD"):
        desk.tell(code, at=T0 + number / 10)
    desk.decide()
    send_all(desk)

    assert rules_told(desk) == ["shipped", "problem", "lost", "delivered"]


@pytest.mark.parametrize(
    ("codes", "subject", "stage"),
    [
        ("CI", "is on its way", "Step 3 of 4: On its way"),
        ("DC", "is on its way", "Step 3 of 4: On its way"),
        ("DX", "seems to be lost", "Step 3 of 4: Lost"),
        ("DI", "is held up", "Step 3 of 4: Held up"),
    ],
)
def test_a_mail_shows_how_far_the_order_had_come_by_its_news(
    all_told: Desk, codes: str, subject: str, stage: str
) -> None:
    """Of all but the first the order counts as delivered, and goes round again."""
    all_told.templates = SHIPPED
    register(all_told.store, "41", replace(JANE, locale="en"))
    names = {"shipped": "C", "delivered": "D", "lost": "X", "problem": "I"}
    all_told.rules = ruleset(*(rule(n, c, send=[Delivery((Send("email", n),))]) for n, c in names.items()))
    hours = 3 * 3600.0 if codes[0] == "D" else 0.0
    all_told.clock.now = T0 + 2 * hours + 100
    for number, code in enumerate(codes):
        all_told.tell(code, at=T0 + number * hours)
    all_told.decide()
    send_all(all_told)

    (mail,) = [s.rendered for s in all_told.line.sent if subject in s.rendered.subject]
    assert f'aria-label="{stage}"' in mail.html
    assert "OrderDelivered" not in mail.html
