"""The verdict of every rule on an update, with its reason, and the messages that follow."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from notifier.core.alert import Severity
from notifier.core.contact import Contact
from notifier.core.decide import decide
from notifier.core.expression import Facts
from notifier.core.facts import FIELDS
from notifier.core.flaw import Flaw
from notifier.core.match import Clause, OneOf, Range
from notifier.core.message import NewMessage, Priority, Send, State
from notifier.core.once import person
from notifier.core.reason import Reason
from notifier.core.rules import Category, Once, Rule, RuleSet
from notifier.core.situation import Situation
from notifier.core.standing import Standing
from notifier.core.trigger import StatusTrigger
from notifier.core.update import Shipment
from notifier.errors import RenderError
from tests.factories import (
    JANE,
    T0,
    channel,
    delivery,
    once_keys,
    order,
    recorded,
    rule,
    ruleset,
    shipment,
    situation,
    to_email,
    to_phone,
)

NOW = T0 + 3600
SMS_OR_MAIL = delivery("sms", "email")
NAMELESS = Contact(name="Jane Example")


def unworkable(_: Facts) -> bool:
    raise RenderError("'order.attributes.total' is not there")


def no_address(_: Facts) -> str:
    raise RenderError("cannot be worked out")


def told(
    *rules: Rule, now: Situation | None = None, taken: frozenset[str] = frozenset(), **shop: object
) -> list:
    """Return what is sent: channel and recipient of each message."""
    plan = decide(ruleset(*rules, **shop), now or situation(), Standing(taken=taken), NOW)
    return [(m.send.channel, m.recipient) for m in plan.messages if m.state is State.PENDING]


def clause(field: str, *wanted: str | float | bool) -> tuple[Clause, ...]:
    return (Clause(field, OneOf(wanted)),)


@pytest.mark.parametrize(
    ("judged", "seen", "reason", "words"),
    [
        pytest.param(rule(), situation(), Reason.FIRED, "send: email", id="fired"),
        pytest.param(
            rule(match=clause("country", "BE", "DE")),
            situation(),
            Reason.NO_MATCH,
            "country is not BE or DE",
            id="no_match",
        ),
        pytest.param(
            rule(match=(Clause("attributes.total", Range(above=100)),)),
            situation(total="99.9"),
            Reason.NO_MATCH,
            "attributes.total is not above 100",
            id="no_match of a range",
        ),
        pytest.param(
            rule(condition=lambda _: False), situation(), Reason.CONDITION_FALSE, "", id="condition_false"
        ),
        pytest.param(
            rule(condition=unworkable),
            situation(),
            Reason.CONDITION_FAILED,
            "'order.attributes.total' is not there",
            id="condition_failed",
        ),
        pytest.param(
            rule(send=[SMS_OR_MAIL]),
            situation(contact=None),
            Reason.NO_CONTACT,
            "send: sms or email",
            id="no_contact",
        ),
        pytest.param(rule(), situation(contact=NAMELESS), Reason.NO_ADDRESS, "send: email", id="no_address"),
        pytest.param(
            rule(send=[delivery("sms")]),
            situation(contact=Contact(email="j@x.example", unusable={"phone": Flaw.NO_SUCH_NUMBER})),
            Reason.UNUSABLE_ADDRESS,
            "send: sms",
            id="unusable_address",
        ),
        pytest.param(
            rule(send=[delivery("sms")]),
            situation(contact=Contact(email="j@x.example", unusable={"email": Flaw.MALFORMED})),
            Reason.NO_ADDRESS,
            "send: sms",
            id="no_address, and another one unusable",
        ),
        pytest.param(
            rule(),
            situation(contact=replace(JANE, refused=frozenset({"jane@example.org"}))),
            Reason.ADDRESS_REFUSED,
            "send: email",
            id="address_refused",
        ),
        pytest.param(
            rule(),
            situation(contact=replace(JANE, do_not_contact=True)),
            Reason.DO_NOT_CONTACT,
            "send: email",
            id="do_not_contact",
        ),
        pytest.param(
            rule(),
            situation(contact=replace(JANE, channels=frozenset({"sms"}))),
            Reason.CHANNEL_NOT_ALLOWED,
            "send: email",
            id="channel_not_allowed",
        ),
        pytest.param(
            rule(category=Category.MARKETING), situation(), Reason.NO_CONSENT, "send: email", id="no_consent"
        ),
        pytest.param(
            rule(category=Category.MARKETING),
            situation(contact=replace(JANE, marketing=True)),
            Reason.FIRED,
            "send: email",
            id="with consent",
        ),
        pytest.param(
            rule(),
            Situation(recorded(), replace(order(recorded(), contact=None), forgotten=True)),
            Reason.CONTACT_REMOVED,
            "send: email",
            id="contact_removed",
        ),
        pytest.param(rule(), situation(late=True), Reason.LATE, "send: email", id="late"),
        pytest.param(
            rule(send=[delivery("gone")]),
            situation(),
            Reason.CHANNEL_REMOVED,
            "send: gone",
            id="channel_removed",
        ),
        pytest.param(
            rule(once=Once.SHIPMENT),
            situation(),
            Reason.NO_MATCH,
            "the update names no parcel",
            id="once a shipment, and there is none",
        ),
    ],
)
def test_a_rule_is_judged(judged: Rule, seen: Situation, reason: Reason, words: str) -> None:
    plan = decide(ruleset(judged), seen, Standing(), NOW)

    (decision,) = plan.decisions
    assert (decision.rule, decision.fired, decision.reason) == (judged.id, reason is Reason.FIRED, reason)
    assert decision.detail == words
    assert bool(plan.messages) == decision.fired


def test_every_rule_that_an_update_concerns_gets_a_decision_in_the_sequence_of_the_file() -> None:
    rules = ruleset(rule("one"), rule("two", "D"), rule("three", condition=unworkable), rule("four"))

    plan = decide(rules, situation(), Standing(), NOW)

    assert [(d.rule, d.fired) for d in plan.decisions] == [
        ("one", True),
        ("three", False),
        ("four", True),
    ]
    assert [m.rule for m in plan.messages] == ["one", "four"]


def test_what_was_told_is_not_told_again() -> None:
    rules = ruleset(rule())

    plan = decide(rules, situation(), Standing(taken=once_keys(rules, situation())), NOW)

    assert plan.decisions[0].reason is Reason.ALREADY_TOLD
    assert plan.messages == ()


@pytest.mark.parametrize(
    ("age", "limit", "reason"),
    [
        (3600.0, None, Reason.FIRED),
        (3600.0, 3600.0, Reason.FIRED),
        (3601.0, 3600.0, Reason.TOO_OLD),
    ],
)
def test_customers_are_not_told_what_is_too_old(age: float, limit: float | None, reason: Reason) -> None:
    plan = decide(ruleset(rule(), max_update_age=limit), situation(), Standing(), T0 + age)

    assert plan.decisions[0].reason is reason


def test_operators_are_told_what_is_late_and_old() -> None:
    rules = ruleset(rule(send=[delivery("slack")]), max_update_age=1.0)

    plan = decide(rules, situation(late=True, contact=None), Standing(), NOW)

    assert [(m.send.channel, m.recipient) for m in plan.messages] == [("slack", "")]


def test_a_shop_may_tell_customers_what_is_late() -> None:
    assert told(rule(), now=situation(late=True), tell_late=True) == [("email", JANE.email)]


def test_a_rule_with_several_recipients_tells_those_it_can_and_records_why_not_the_others() -> None:
    several = rule(send=[delivery("email"), delivery("slack")])

    plan = decide(ruleset(several), situation(contact=None), Standing(), NOW)

    assert plan.decisions[0].fired
    assert [(m.send.channel, m.state, m.reason) for m in plan.messages] == [
        ("email", State.DROPPED, Reason.NO_CONTACT),
        ("slack", State.PENDING, None),
    ]


def test_each_entry_of_send_has_its_own_key() -> None:
    rules = ruleset(rule(send=[delivery("email"), delivery("slack")]))
    first, second = (m.once for m in decide(rules, situation(), Standing(), NOW).messages)

    again = decide(rules, situation(), Standing(taken=frozenset({first})), NOW)

    assert [m.once for m in again.messages] == [second]
    assert again.messages[0].send.channel == "slack"


# match


@pytest.mark.parametrize(
    ("field", "wanted", "fits"),
    [
        ("ref", "41", True),
        ("ref", 41, True),
        ("ref", "42", False),
        ("order_id", "nl-1", True),
        ("status", "collected", True),
        ("country", "nl", True),
        ("country", "NO", False),
        ("locale", "nl", False),
        ("carrier", "dhl", True),
        ("carrier_name", "PostNL", True),
        ("tracking_code", "A", True),
        ("tracking_code", "C", False),
        ("attributes.gift", True, True),
        ("attributes.gift", "true", False),
        ("attributes.gift", 1, False),
        ("attributes.total", 12.5, True),
        ("attributes.items.count", 3, True),
        ("attributes.items.missing", 3, False),
        ("attributes.gift.deeper", 3, False),
        ("attributes", 3, False),
    ],
)
def test_match_fits(field: str, wanted: str | float | bool, fits: bool) -> None:
    parcels = (shipment("A"), shipment("B", carrier="DHL"))
    seen = situation(
        recorded(shipments=parcels, order_id="NL-1"), gift=True, total="12.50", items={"count": 3}
    )

    assert bool(told(rule(match=clause(field, wanted)), now=seen)) is fits


def test_every_field_of_match_is_in_the_table_above() -> None:
    table = test_match_fits.pytestmark[0].args[1]  # type: ignore[attr-defined]

    assert set(FIELDS) <= {field for field, *_ in table}


def test_match_looks_at_the_orders_parcels_if_the_update_lists_none() -> None:
    before, news = recorded("L", 1, shipments=(shipment("A"),)), recorded("C", 2)
    seen = Situation(news, order(before, news))

    assert told(rule(match=clause("tracking_code", "A")), now=seen)


@pytest.mark.parametrize(
    ("bounds", "fits"),
    [
        (Range(above=10), False),
        (Range(at_least=10), True),
        (Range(below=10), False),
        (Range(at_most=10), True),
        (Range(above=9, below=11), True),
        (Range(at_least=11, at_most=12), False),
    ],
)
def test_a_range_holds_its_bounds(bounds: Range, fits: bool) -> None:
    assert bounds.fits(10) is bounds.fits("10.0") is fits
    assert not bounds.fits(True)
    assert not bounds.fits(None)
    assert not bounds.fits("ten")


def test_every_clause_must_fit() -> None:
    assert told(rule(match=clause("country", "NL") + clause("ref", "41")))
    assert not told(rule(match=clause("country", "NL") + clause("ref", "42")))


def test_a_rule_for_unknown_letters_fires_on_every_letter_without_a_name() -> None:
    odd = rule(trigger=StatusTrigger(frozenset("D"), unknown=True))

    assert [bool(told(odd, now=situation(recorded(code)))) for code in ("Q", "D", "C", "ZZ")] == [
        True,
        True,
        False,
        True,
    ]


# first_of

UNSET_SMS = (
    channel("email", to=to_email),
    channel("sms", to=to_phone, url=None, paused=Reason.NOT_CONFIGURED),
    channel("slack"),
)
RESTING_SMS = (channel("email", to=to_email), channel("sms", to=to_phone, paused=Reason.CHANNEL_DOWN))


@pytest.mark.parametrize(
    ("contact", "channels", "chosen", "fallbacks"),
    [
        pytest.param(JANE, None, ("sms", "+31612345678"), ["email"], id="the first that has an address"),
        pytest.param(Contact(email="j@x.example"), None, ("email", "j@x.example"), [], id="the next one"),
        pytest.param(JANE, UNSET_SMS, ("email", JANE.email), [], id="what is not configured is passed over"),
        pytest.param(
            Contact(phone="+31612345678"),
            UNSET_SMS,
            ("sms", "+31612345678"),
            ["email"],
            id="but waited for if there is no other address",
        ),
        pytest.param(
            replace(JANE, channels=frozenset({"email"})),
            None,
            ("email", JANE.email),
            [],
            id="one that the customer does not want is passed over",
        ),
        pytest.param(
            replace(JANE, refused=frozenset({"+31612345678"})),
            None,
            ("email", JANE.email),
            [],
            id="and so is a number that was refused for good",
        ),
        pytest.param(
            JANE, RESTING_SMS, ("sms", JANE.phone), ["email"], id="a channel that rests is waited for"
        ),
    ],
)
def test_first_of_uses(
    contact: Contact, channels: tuple | None, chosen: tuple[str, str], fallbacks: list[str]
) -> None:
    rules = ruleset(rule(send=[SMS_OR_MAIL]), **({"channels": channels} if channels else {}))

    (born,) = decide(rules, situation(contact=contact), Standing(), NOW).messages

    assert (born.send.channel, born.recipient) == chosen
    assert [s.channel for s in born.fallbacks] == fallbacks


def test_first_of_without_any_address_says_why() -> None:
    rules = ruleset(rule(send=[SMS_OR_MAIL]))

    plan = decide(rules, situation(contact=NAMELESS), Standing(), NOW)

    assert plan.decisions[0].reason is Reason.NO_ADDRESS


def test_an_address_that_cannot_be_worked_out_is_no_address() -> None:
    rules = ruleset(rule(), channels=[channel("email", to=no_address)])

    assert decide(rules, situation(), Standing(), NOW).decisions[0].reason is Reason.NO_ADDRESS


# once


def keys(once: Once, *seen: Situation) -> list[frozenset[str]]:
    return [once_keys(ruleset(rule(once=once)), s) for s in seen]


@pytest.mark.parametrize(
    ("once", "again"),
    [
        (Once.STATUS, {"same status later": True, "other parcel": True, "other contact": True}),
        (Once.ORDER, {"same status later": True, "other parcel": True, "other contact": True}),
        (Once.CONTACT, {"same status later": True, "other parcel": True, "other contact": False}),
        (Once.SHIPMENT, {"same status later": True, "other parcel": False, "other contact": True}),
    ],
)
def test_once_means(once: Once, again: dict[str, bool]) -> None:
    first = situation(recorded(shipments=(shipment("A"),)))
    others = {
        "same status later": situation(recorded(at=T0 + 60, shipments=(shipment("A"),))),
        "other parcel": situation(recorded(shipments=(shipment("B"),))),
        "other contact": situation(
            recorded(shipments=(shipment("A"),)), contact=Contact(email="b@x.example")
        ),
    }

    (before,) = keys(once, first)

    assert {name: once_keys(ruleset(rule(once=once)), s) == before for name, s in others.items()} == again


@pytest.mark.parametrize(("once", "same"), [(Once.STATUS, False), (Once.ORDER, True), (Once.CONTACT, True)])
def test_once_over_two_statuses(once: Once, same: bool) -> None:
    both = rule(once=once, trigger=StatusTrigger(frozenset("CD")))
    collected, delivered = (once_keys(ruleset(both), situation(recorded(code))) for code in "CD")

    assert (collected == delivered) is same


def test_once_a_contact_knows_the_same_customer_in_another_order_and_does_not_store_the_address() -> None:
    news = recorded(ref="42")
    here, there = keys(Once.CONTACT, situation(), Situation(news, replace(order(news), ref="42")))

    assert here == there
    assert not any("jane" in key for key in here)


def test_once_a_shipment_tells_of_each_parcel_and_only_of_the_new_one_later() -> None:
    rules = ruleset(rule(once=Once.SHIPMENT))
    first = situation(recorded(shipments=(shipment("A"), shipment("B"))))
    born = decide(rules, first, Standing(), NOW).messages

    later = situation(recorded("C", 2, at=T0 + 60, shipments=(shipment("B"), shipment("N"))))
    next_born = decide(rules, later, Standing(taken=frozenset(m.once for m in born)), NOW).messages

    assert [m.shipment for m in born] == ["A", "B"]
    assert [m.shipment for m in next_born] == ["N"]
    assert len({m.message_id for m in born + next_born}) == 3


@pytest.mark.parametrize(
    "twice",
    [
        pytest.param((shipment("A"), shipment("A")), id="word for word"),
        pytest.param((shipment("A"), shipment("A", new=True)), id="with other words"),
        pytest.param((Shipment(), Shipment(new=True)), id="without a code"),
    ],
)
def test_a_parcel_that_one_update_lists_twice_is_told_once(twice: tuple[Shipment, ...]) -> None:
    born = decide(
        ruleset(rule(once=Once.SHIPMENT)), situation(recorded(shipments=twice)), Standing(), NOW
    ).messages

    assert len(born) == 1


@pytest.mark.parametrize(
    ("once", "one", "other"),
    [
        (Once.SHIPMENT, ("a/b", "C", "c"), ("a", "C", "b/c")),
        (Once.STATUS, ("a/b", "C", ""), ("a", "b/C", "")),
    ],
)
def test_two_orders_never_share_a_key(
    once: Once, one: tuple[str, str, str], other: tuple[str, str, str]
) -> None:
    def key(ref: str, code: str, parcel: str) -> frozenset[str]:
        news = recorded(code, ref=ref, shipments=(shipment(parcel),))
        always = rule(once=once, trigger=StatusTrigger(frozenset(), unknown=True))
        fires = replace(always, trigger=StatusTrigger(frozenset({code})))
        return once_keys(ruleset(fires), Situation(news, replace(order(news), ref=ref)))

    assert key(*one).isdisjoint(key(*other))


def test_every_key_that_decide_uses_is_asked_for_before() -> None:
    rules = ruleset(*(rule(str(once), once=once, send=[SMS_OR_MAIL, delivery("slack")]) for once in Once))
    seen = situation(recorded(shipments=(shipment("A"), shipment("B"))))

    born = decide(rules, seen, Standing(), NOW).messages

    assert {m.once for m in born} == once_keys(rules, seen)
    assert len(born) == 2 * (1 + 1 + 1 + 2)


def test_deciding_again_gives_the_same_message_ids() -> None:
    def ids(now: float) -> list[str]:
        return [m.message_id for m in decide(ruleset(), situation(), Standing(), now).messages]

    assert ids(NOW) == ids(NOW + 999)


def test_a_message_is_due_at_once() -> None:
    (born,) = decide(ruleset(), situation(), Standing(), NOW).messages

    assert born == NewMessage(
        rule="shipped",
        send=Send("email", "told"),
        recipient="jane@example.org",
        once="shipped/status/41/C/0",
        message_id=born.message_id,
        due_at=NOW,
        person=person(situation().order),
    )


def test_rules_are_shared_by_ruleset_id() -> None:
    rules: RuleSet = ruleset(rule("a"), rule("b"))

    assert rules.rule("b") is rules.rules[1]
    assert rules.rule("gone") is None


# how urgent it is


@pytest.mark.parametrize(
    ("more", "send", "code", "wanted"),
    [
        ({}, "email", "C", Priority.CUSTOMER),
        ({"severity": Severity.CRITICAL}, "email", "C", Priority.CUSTOMER),
        ({"category": Category.MARKETING}, "email", "C", Priority.MARKETING),
        ({}, "slack", "X", Priority.OPS),
        ({"severity": Severity.INFO}, "slack", "X", Priority.OPS),
        ({"severity": Severity.CRITICAL}, "slack", "X", Priority.CRITICAL),
        ({"severities": {"X": Severity.CRITICAL}}, "slack", "X", Priority.CRITICAL),
        ({"severities": {"X": Severity.CRITICAL}}, "slack", "I", Priority.OPS),
    ],
)
def test_a_message_is_as_urgent_as_its_rule_is_severe_and_its_reader_near(
    more: dict[str, Any], send: str, code: str, wanted: Priority
) -> None:
    told = rule("told", code, send=[delivery(send)], **more)
    jane = replace(JANE, marketing=True)
    got = decide(ruleset(told), situation(recorded(code), contact=jane), Standing(), T0)
    assert [message.priority for message in got.messages] == [wanted]
