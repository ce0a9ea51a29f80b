"""`orders.missing_contact` speaks where a customer cannot be reached on any channel that is there for her."""

from __future__ import annotations

from dataclasses import replace

import pytest

from notifier.core.channel import Audience, Channel
from notifier.core.contact import Contact
from notifier.core.decide import decide
from notifier.core.missing import judge_again
from notifier.core.plan import Plan
from notifier.core.reason import Reason
from notifier.core.rules import Once, Orders, Rule, RuleSet
from notifier.core.situation import Situation
from notifier.core.standing import Standing
from notifier.core.trigger import AnyUpdate
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
    situation,
    to_email,
    to_phone,
)

NOW = T0 + 5
EMAIL, SMS, SLACK = CHANNELS
MISS = rule("missing_contact", trigger=AnyUpdate(), send=[delivery("slack")], once=Once.ORDER)
MAIL_ONLY = Contact(email="jane@example.org")
PHONE_ONLY = Contact(phone="+31612345678")
UNSET = replace(SMS, url=None, paused=Reason.NOT_CONFIGURED)
LETTERS = channel("letters", audience=Audience.CUSTOMER)
PARCEL_SHOP = channel("parcel-shop", to=lambda facts: "shop-7", asks=frozenset())


def rules(*channels: Channel, send: tuple[str, ...] = ("email",), miss: Rule | None = MISS) -> RuleSet:
    told = ruleset(rule(send=[delivery(*send)]), channels=[*channels, SLACK])
    return replace(told, orders=Orders(missing_contact=miss))


def verdict(plan: Plan) -> Reason:
    return {d.rule: d.reason for d in plan.decisions}["missing_contact"]


@pytest.mark.parametrize(
    ("contact", "channels", "spoken"),
    [
        pytest.param(PHONE_ONLY, [EMAIL], True, id="no channel takes her phone number"),
        pytest.param(PHONE_ONLY, [EMAIL, SMS], False, id="she can be phoned"),
        pytest.param(PHONE_ONLY, [EMAIL, UNSET], True, id="the other channel is not configured"),
        pytest.param(
            replace(PHONE_ONLY, refused=frozenset({"+31612345678"})),
            [EMAIL, SMS],
            True,
            id="refused there too",
        ),
        pytest.param(
            replace(PHONE_ONLY, channels=frozenset({"email"})), [EMAIL, SMS], True, id="she wants no text"
        ),
        pytest.param(
            PHONE_ONLY, [EMAIL, replace(SMS, audience=Audience.OPS)], True, id="the other is for operators"
        ),
        pytest.param(Contact(name="J"), [EMAIL, LETTERS], False, id="a channel that writes to one place"),
        pytest.param(Contact(name="J"), [EMAIL, PARCEL_SHOP], False, id="a channel that asks for nothing"),
        pytest.param(None, [EMAIL, LETTERS], True, id="nobody knows who she is"),
    ],
)
def test_it_looks_at_the_channels_on_which_she_can_be_told(
    contact: Contact | None, channels: list[Channel], spoken: bool
) -> None:
    plan = decide(rules(*channels), situation(contact=contact), Standing(), NOW)

    assert verdict(plan) is (Reason.FIRED if spoken else Reason.NO_MATCH)
    assert [m.rule for m in plan.messages] == ["missing_contact"] * spoken


def test_it_speaks_while_her_message_waits_for_a_channel_and_the_others_have_no_address() -> None:
    plan = decide(rules(UNSET, EMAIL, send=("sms", "email")), situation(contact=PHONE_ONLY), Standing(), NOW)

    assert [(m.rule, m.send.channel) for m in plan.messages] == [
        ("shipped", "sms"),
        ("missing_contact", "slack"),
    ]


def test_a_channel_that_is_not_configured_is_no_missing_contact_by_itself() -> None:
    plan = decide(rules(UNSET, send=("sms",)), situation(contact=PHONE_ONLY), Standing(), NOW)

    assert verdict(plan) is Reason.NO_MATCH


# after a message has ended


def again(
    seen: Situation, *channels: Channel, sent: str = "email", taken: frozenset[str] = frozenset()
) -> list[str]:
    told = message(send=replace(message().send, channel=sent))
    found = judge_again(told, rules(*channels), seen, Standing(taken=taken), NOW)
    return [] if found is None else [m.send.channel for m in found[1]]


def refused(contact: Contact) -> Situation:
    return situation(contact=replace(contact, refused=frozenset({"jane@example.org"})))


def test_it_speaks_when_the_only_address_is_refused_at_last() -> None:
    decision, born = judge_again(message(), rules(EMAIL), refused(MAIL_ONLY), Standing(), NOW) or (None, [])

    assert decision is not None
    assert (decision.rule, decision.fired) == ("missing_contact", True)
    assert [(m.rule, m.once) for m in born] == [("missing_contact", "missing_contact/order/41/0")]


def test_it_is_silent_after_a_message_if_she_can_be_reached_or_wants_no_news_or_was_told_of_before() -> None:
    seen = refused(MAIL_ONLY)
    forgotten = Situation(recorded(), replace(order(recorded(), contact=None), forgotten=True))

    assert again(seen, EMAIL) == ["slack"]
    assert again(refused(JANE), EMAIL, SMS) == []
    assert again(refused(replace(MAIL_ONLY, do_not_contact=True)), EMAIL) == []
    assert again(forgotten, EMAIL) == []
    assert again(seen, EMAIL, taken=frozenset({"missing_contact/order/41/0"})) == []


def test_it_is_silent_after_a_message_to_operators_and_where_there_is_no_such_rule() -> None:
    seen = refused(MAIL_ONLY)

    assert again(seen, EMAIL, sent="slack") == []
    assert again(seen, EMAIL, sent="gone") == []
    assert judge_again(message(), rules(EMAIL, miss=None), seen, Standing(), NOW) is None


def test_addresses_are_those_that_a_channel_really_asks_for() -> None:
    either = channel("mobile", to=lambda facts: to_phone(facts) or to_email(facts))

    assert again(refused(PHONE_ONLY), EMAIL, either) == []
