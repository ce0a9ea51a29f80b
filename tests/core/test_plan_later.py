"""Judging a message once more before it is sent, and the next entry of a `first_of`."""

from __future__ import annotations

from dataclasses import replace

import pytest

from notifier.core.contact import Contact
from notifier.core.expression import Facts
from notifier.core.message import Send, State
from notifier.core.reason import Reason
from notifier.core.rules import Rule, RuleSet
from notifier.core.situation import Situation
from notifier.core.standing import Standing
from notifier.core.update import Shipment
from notifier.core.wanted import Wanted, fall_back, still_wanted
from notifier.errors import RenderError
from tests.factories import (
    CHANNELS,
    JANE,
    T0,
    channel,
    delivery,
    message,
    order,
    recorded,
    rule,
    ruleset,
    shipment,
    situation,
    to_email,
)

NOW = T0 + 3600
SMS, MAIL, SLACK = (Send(name, "told") for name in ("sms", "email", "slack"))


def no_address(_: Facts) -> str:
    raise RenderError("cannot be worked out")


@pytest.mark.parametrize(
    ("rules", "seen", "wanted"),
    [
        pytest.param(ruleset(), situation(), Wanted("jane@example.org"), id="as planned"),
        pytest.param(
            ruleset(),
            situation(contact=Contact(email="new@example.org")),
            Wanted("new@example.org"),
            id="moved",
        ),
        pytest.param(
            ruleset(rule("other")), situation(), Wanted(dropped=Reason.RULE_REMOVED), id="rule removed"
        ),
        pytest.param(
            ruleset(channels=CHANNELS[1:]),
            situation(),
            Wanted(dropped=Reason.CHANNEL_REMOVED),
            id="channel removed",
        ),
        pytest.param(
            ruleset(), situation(contact=None), Wanted(dropped=Reason.CONTACT_REMOVED), id="contact removed"
        ),
        pytest.param(
            ruleset(),
            situation(contact=replace(JANE, do_not_contact=True)),
            Wanted(dropped=Reason.DO_NOT_CONTACT),
            id="she wants no news any more",
        ),
        pytest.param(
            ruleset(),
            situation(contact=replace(JANE, refused=frozenset({"jane@example.org"}))),
            Wanted(dropped=Reason.ADDRESS_REFUSED),
            id="the address was refused meanwhile",
        ),
        pytest.param(
            ruleset(),
            situation(contact=Contact(name="J")),
            Wanted(dropped=Reason.NO_ADDRESS),
            id="address removed",
        ),
        pytest.param(
            ruleset(channels=[channel("email", to=no_address)]),
            situation(),
            Wanted(dropped=Reason.NO_ADDRESS),
            id="address not to be worked out",
        ),
        pytest.param(
            ruleset(max_update_age=3599.0), situation(), Wanted(dropped=Reason.TOO_OLD), id="too old by now"
        ),
        pytest.param(
            ruleset(rule("shipped", condition=lambda _: False)),
            situation(),
            Wanted("jane@example.org"),
            id="what the rule asks is not asked again",
        ),
    ],
)
def test_a_message_to_a_customer_is_judged_once_more(rules: RuleSet, seen: Situation, wanted: Wanted) -> None:
    assert still_wanted(message(send=MAIL), rules, seen, Standing(), NOW) == wanted


@pytest.mark.parametrize(
    ("age", "overtaken", "tell_late", "dropped"),
    [
        pytest.param(3_600.0, True, False, Reason.OVERTAKEN, id="it waited, and the order went on"),
        pytest.param(3_600.0, False, False, None, id="it waited, and the order stands where it stood"),
        pytest.param(60.0, True, False, None, id="it leaves at once: the next news follows it"),
        pytest.param(3_600.0, True, True, None, id="the shop tells what is late"),
    ],
)
def test_a_message_that_waited_is_dropped_once_the_order_has_gone_further(
    age: float, overtaken: bool, tell_late: bool, dropped: Reason | None
) -> None:
    waited = message(send=MAIL, created_at=NOW - age)
    gone_on = order(recorded(), recorded("D", 2, at=T0 + 60.0))
    seen = replace(situation(), order=gone_on, overtaken=True) if overtaken else situation()

    wanted = still_wanted(waited, ruleset(tell_late=tell_late), seen, Standing(), NOW)

    assert wanted.dropped is dropped


def test_an_operators_message_that_waited_is_sent_however_far_the_order_has_gone() -> None:
    seen = replace(situation(), overtaken=True)

    assert still_wanted(message(send=SLACK, created_at=0.0), ruleset(), seen, Standing(), NOW) == Wanted("")


def test_operators_are_told_whatever_became_of_the_contact() -> None:
    rules = ruleset(max_update_age=1.0)

    assert still_wanted(message(send=SLACK), rules, situation(contact=None), Standing(), NOW) == Wanted("")


def first_of(*names: str) -> Rule:
    return rule(send=[delivery(*names)])


@pytest.mark.parametrize(
    ("fallbacks", "seen", "channel_name", "recipient", "left"),
    [
        ((MAIL,), situation(), "email", JANE.email, ()),
        ((MAIL, SLACK), situation(), "email", JANE.email, (SLACK,)),
        ((MAIL, SLACK), situation(contact=Contact(phone="+31612345678")), "slack", "", ()),
    ],
)
def test_the_next_of_first_of_takes_over_the_key(
    fallbacks: tuple[Send, ...], seen: Situation, channel_name: str, recipient: str, left: tuple[Send, ...]
) -> None:
    failed = message(send=SMS, fallbacks=fallbacks)

    successor = fall_back(failed, ruleset(first_of("sms", "email", "slack")), seen, NOW)

    assert successor is not None
    assert (successor.send.channel, successor.recipient, successor.fallbacks) == (
        channel_name,
        recipient,
        left,
    )
    assert (successor.once, successor.state, successor.due_at) == (failed.once, State.PENDING, NOW)
    assert successor.message_id != failed.message_id


def test_the_next_of_first_of_is_about_the_same_parcel() -> None:
    def parcel_of(facts: Facts) -> str:
        about = facts["shipment"]
        return to_email(facts) if isinstance(about, Shipment) and about.key == "B" else ""

    rules = ruleset(first_of("sms", "email"), channels=[channel("email", to=parcel_of)])
    seen = situation(recorded(shipments=(shipment("A"), shipment("B"))))

    successor = fall_back(message(send=SMS, fallbacks=(MAIL,), shipment="B"), rules, seen, NOW)

    assert successor is not None
    assert successor.shipment == "B"


@pytest.mark.parametrize(
    ("fallbacks", "rules", "seen"),
    [
        pytest.param((), ruleset(), situation(), id="it was the last"),
        pytest.param((MAIL,), ruleset(rule("other")), situation(), id="the rule is gone"),
        pytest.param((MAIL,), ruleset(), situation(contact=None), id="the contact is gone"),
        pytest.param((MAIL,), ruleset(channels=CHANNELS[1:]), situation(), id="the channel is gone"),
        pytest.param((MAIL,), ruleset(max_update_age=1.0), situation(), id="too old by now"),
    ],
)
def test_there_is_no_next_of_first_of(fallbacks: tuple[Send, ...], rules: RuleSet, seen: Situation) -> None:
    assert fall_back(message(send=SMS, fallbacks=fallbacks), rules, seen, NOW) is None
