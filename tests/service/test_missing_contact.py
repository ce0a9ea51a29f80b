"""Operators hear at once when what a server refused was a customer's last address."""

from __future__ import annotations

from dataclasses import replace

import pytest

from notifier.core.contact import Contact
from notifier.core.flaw import Flaw
from notifier.core.message import State
from notifier.core.reason import Reason
from notifier.core.retry import Outcome, OutcomeKind
from notifier.core.rules import Once, Orders, Rule
from notifier.core.tempo import Group
from notifier.core.trigger import AnyUpdate
from notifier.errors import NotAllowed
from notifier.service.ledger import Ledger
from notifier.service.sender import Ready
from tests.factories import T0, delivery, register, rule, ruleset
from tests.service.conftest import Desk, send

MISS = rule("missing_contact", trigger=AnyUpdate(), send=[delivery("slack")], once=Once.ORDER)
REFUSED = Outcome(OutcomeKind.PERMANENT, "550 5.1.1", "unknown user", bad_address=True)
MAIL_ONLY = Contact(email="jane@example.org")


@pytest.fixture
def shop(desk: Desk) -> Desk:
    """A desk with `missing_contact`; of order 41 only an e-mail address is known."""
    register(desk.store, "41", MAIL_ONLY)
    set_rules(desk, rule())
    return desk


def set_rules(desk: Desk, *rules: Rule) -> None:
    desk.rules = replace(ruleset(*rules), orders=Orders(missing_contact=MISS))


def told(desk: Desk) -> list[tuple[str, str]]:
    """Send all that there is; return what was handed over."""
    while desk.send():
        pass
    return [(sent.channel, sent.recipient) for sent in desk.line.sent]


def test_a_refused_address_is_told_at_once_and_stands_among_the_verdicts(shop: Desk) -> None:
    shop.line.outcomes.append(REFUSED)
    shop.tell("C")
    shop.decide()
    assert shop.reasons() == [{"shipped": Reason.FIRED, "missing_contact": Reason.NO_MATCH}]

    assert told(shop) == [("email", "jane@example.org"), ("slack", "")]
    assert shop.reasons() == [{"shipped": Reason.FIRED, "missing_contact": Reason.FIRED}]
    assert shop.states() == [State.FAILED, State.DELIVERED]


def test_a_refused_address_is_told_once_for_the_order(shop: Desk) -> None:
    set_rules(shop, rule(), rule("delivered", "D"))
    shop.line.outcomes.append(REFUSED)
    for code, at in (("C", T0), ("D", T0 + 60)):
        shop.tell(code, at=at)
        shop.decide()
        told(shop)

    assert told(shop) == [("email", "jane@example.org"), ("slack", "")]
    assert shop.reasons()[1]["missing_contact"] is Reason.ALREADY_TOLD


def test_what_is_dropped_for_an_address_that_was_refused_for_another_order_is_told_too(shop: Desk) -> None:
    register(shop.store, "42", MAIL_ONLY)
    shop.line.outcomes.append(REFUSED)
    for ref in ("41", "42"):
        shop.tell("C", ref)
    shop.decide()
    for _ in range(4):
        for message in shop.claim():
            send(shop.sender, message)

    assert [(sent.channel, sent.recipient) for sent in shop.line.sent] == [
        ("email", "jane@example.org"),
        ("slack", ""),
        ("slack", ""),
    ]
    assert shop.reasons("42") == [{"shipped": Reason.FIRED, "missing_contact": Reason.FIRED}]


@pytest.mark.parametrize(
    ("contact", "rules"),
    [
        pytest.param(
            Contact(email="jane@example.org", phone="+31612345678"), [rule()], id="she can be phoned"
        ),
        pytest.param(
            Contact(email="jane@example.org", phone="+31612345678"),
            [rule(send=[delivery("email", "sms")])],
            id="the next way is taken",
        ),
    ],
)
def test_who_can_be_reached_otherwise_is_not_missing(shop: Desk, contact: Contact, rules: list[Rule]) -> None:
    register(shop.store, "41", contact)
    set_rules(shop, *rules)
    shop.line.outcomes.append(REFUSED)
    shop.tell("C")
    shop.decide()

    assert ("slack", "") not in told(shop)
    assert shop.reasons()[0]["missing_contact"] is Reason.NO_MATCH


def test_a_message_that_is_refused_for_another_reason_is_no_missing_contact(shop: Desk) -> None:
    shop.line.outcomes.append(OutcomeKind.PERMANENT)
    shop.tell("C")
    shop.decide()

    assert told(shop) == [("email", "jane@example.org")]


def test_two_addresses_that_are_refused_in_one_go_are_told_once(shop: Desk) -> None:
    register(shop.store, "41", Contact(email="jane@example.org", phone="+31612345678"))
    set_rules(shop, rule(send=[delivery("email"), delivery("sms")]))
    shop.line.outcomes.extend([REFUSED, REFUSED])
    shop.tell("C")
    shop.decide()
    ready = [one for one in shop.sender.prepare(shop.claim(10)) if isinstance(one, Ready)]
    begun = shop.sender.start(ready)
    results = [shop.sender.judge(one, shop.sender.transmit(one)) for one in begun]

    Ledger(shop.store, shop.sender, shop.clock).write(results, [], None)

    assert shop.states() == [State.FAILED, State.FAILED, State.PENDING]
    assert told(shop)[-1] == ("slack", "")


def test_a_customer_who_was_forgotten_meanwhile_is_not_missed(shop: Desk) -> None:
    shop.line.outcomes.append(REFUSED)
    shop.tell("C")
    shop.decide()
    (ready,) = shop.sender.prepare(shop.claim())
    assert isinstance(ready, Ready)
    shop.sender.start([ready])
    result = shop.sender.judge(ready, shop.sender.transmit(ready))
    shop.store.orders.forget("41", shop.clock.now)

    assert shop.sender.settle([result]) == frozenset()

    assert shop.states() == [State.FAILED]


def test_what_was_missed_is_told_to_the_new_address_when_a_person_asks_for_it(shop: Desk) -> None:
    shop.line.outcomes.append(REFUSED)
    shop.tell("C")
    shop.decide()
    told(shop)
    register(shop.store, "41", Contact(email="jane@new.example"))

    shop.store.updates.retry(1)
    shop.decide()

    assert told(shop)[2:] == [("email", "jane@new.example")]
    with pytest.raises(NotAllowed, match="nothing to do again"):
        shop.store.updates.retry(1)


def test_what_went_another_way_in_the_end_was_not_missed(shop: Desk) -> None:
    register(shop.store, "41", Contact(email="jane@example.org", phone="+31612345678"))
    set_rules(shop, rule(send=[delivery("email", "sms")]))
    shop.line.outcomes.append(REFUSED)
    shop.tell("C")
    shop.decide()
    told(shop)

    with pytest.raises(NotAllowed, match="nothing to do again"):
        shop.store.updates.retry(1)


def test_many_orders_without_contacts_are_one_message_sorted_by_what_is_missing(desk: Desk) -> None:
    words = "{% for i in items %}{{ i.lack }} {{ i.order.ref }};{% endfor %}+{{ more }}"
    (desk.templates / "told" / "chat.html").write_text(words)
    grouped = replace(MISS, group=Group(most=40))
    desk.rules = replace(ruleset(rule()), orders=Orders(missing_contact=grouped))
    nobody, typo = Contact(name="A"), Contact(name="B", unusable={"phone": Flaw.MALFORMED})
    for number in range(60):
        ref = f"r{number + 95}"
        register(desk.store, ref, typo if number % 2 else nobody)
        desk.tell("C", ref)
    while desk.decide():
        pass
    assert desk.send() == []  # the group waits for more

    desk.clock.now += grouped.group.wait if grouped.group else 0
    desk.send()

    (sent,) = desk.line.sent
    listed = sent.rendered.chat.split(";")
    assert listed[-1] == "+20"
    assert listed[:-1] == [f"address r{n}" for n in range(95, 155, 2)] + [
        f"usable_phone r{n}" for n in range(96, 115, 2)
    ]
