"""Contacts are looked up when a rule needs them; a source that is down delays, and never loses, a message."""

from __future__ import annotations

from dataclasses import replace

import pytest
from structlog.testing import capture_logs

from notifier.core.contact import Contact, Finding
from notifier.core.lookup import Answer, AnswerKind, LookupState
from notifier.core.message import State, UpdateState
from notifier.core.reason import Reason
from notifier.core.retry import RetryPolicy
from notifier.core.rules import Once, Orders, Rule
from notifier.core.trigger import AnyUpdate
from notifier.errors import NotAllowed, StoreFull
from tests.factories import JANE, T0, delivery, finding, rule, ruleset
from tests.service.conftest import Desk

MAIL = rule("shipped", once=Once.ORDER, needs_contact=True)
OPS = rule("ops", send=[delivery("slack")])
MISS = rule("missing_contact", trigger=AnyUpdate(), send=[delivery("slack")], once=Once.ORDER)
ORDERS = Orders(
    sources=("registered", "cottoncast", "shop"),
    retry=RetryPolicy(within=3_600.0, first=30.0, factor=2.0, longest=900.0),
    max_contact_age=86_400.0,
    missing_contact=MISS,
)
NOT_ASKED = Answer(AnswerKind.NOT_FOUND, detail="cottoncast cannot be asked: no orderID", asked=False)
DAVE = Contact(name="Dave Example", email="dave@example.org")


def found(contact: Contact = DAVE, source: str = "cottoncast", at: float = T0) -> Answer:
    return Answer(AnswerKind.FOUND, finding(contact, source, at=at))


def down(words: str = "cottoncast: HTTP 503", retry_after: float | None = None) -> Answer:
    return Answer(AnswerKind.DOWN, detail=words, retry_after=retry_after)


@pytest.fixture
def shop(desk: Desk) -> Desk:
    """A desk that takes updates of any order and knows two remote sources; order 7 is registered nowhere."""
    set_rules(desk, MAIL, OPS)
    desk.store.orders.accept_unknown(True)
    return desk


def set_rules(desk: Desk, *rules: Rule, orders: Orders = ORDERS) -> None:
    desk.rules = replace(ruleset(*rules), orders=orders)


def mails(desk: Desk) -> list[tuple[str, str]]:
    desk.send()
    return [(sent.channel, sent.recipient) for sent in desk.line.sent]


def settle(desk: Desk) -> None:
    """Judge what there is, look up what that needs, and judge what waited for it."""
    desk.decide()
    desk.look_up()
    desk.decide()


def state(desk: Desk, ref: str = "7") -> UpdateState:
    return desk.history(ref).updates[-1].state


def test_a_customer_who_is_registered_nowhere_is_looked_up_and_told(shop: Desk) -> None:
    shop.shops.answers["cottoncast"] = found()
    shop.tell("C", "7", order_id="3AF7")

    shop.decide()
    assert state(shop) is UpdateState.AWAITING_CONTACT
    shop.look_up()
    shop.decide()

    assert mails(shop) == [("slack", ""), ("email", "dave@example.org")]
    assert shop.shops.asked == [("cottoncast", "7", "3AF7")]
    assert shop.reasons("7") == [
        {"shipped": Reason.FIRED, "ops": Reason.FIRED, "missing_contact": Reason.NO_MATCH}
    ]
    order = shop.history("7").order
    assert (order.source, order.contact_at, order.registered) == ("cottoncast", T0, False)


def test_what_is_registered_is_not_looked_up(shop: Desk) -> None:
    shop.tell("C", "41")

    shop.decide()

    assert shop.look_up() == 0
    assert sorted(mails(shop)) == [("email", JANE.email), ("slack", "")]


def test_an_update_that_nobody_wants_to_hear_of_looks_nobody_up(shop: Desk) -> None:
    shop.tell("L", "7")

    shop.decide()

    assert (state(shop), shop.look_up()) == (UpdateState.DECIDED, 0)


def test_the_sources_are_asked_in_turn_up_to_the_first_with_an_address(shop: Desk) -> None:
    shop.shops.answers |= {"cottoncast": found(Contact(name="Dave")), "shop": found(source="shop")}
    shop.tell("C", "7")
    settle(shop)

    assert [name for name, _, _ in shop.shops.asked] == ["cottoncast", "shop"]
    assert shop.history("7").order.source == "shop"
    assert ("email", "dave@example.org") in mails(shop)


def test_a_source_before_the_registered_one_wins_over_it(shop: Desk) -> None:
    set_rules(shop, MAIL, orders=replace(ORDERS, sources=("cottoncast", "registered")))
    shop.shops.answers["cottoncast"] = found()
    shop.tell("C", "41")
    settle(shop)

    assert mails(shop) == [("email", "dave@example.org")]


def test_while_a_source_is_down_the_customers_message_waits_and_the_operators_does_not(shop: Desk) -> None:
    shop.shops.answers["cottoncast"] = down()
    shop.tell("C", "7")
    shop.decide()
    shop.look_up()

    assert mails(shop) == [("slack", "")]
    assert (state(shop), shop.decide(), shop.look_up()) == (UpdateState.AWAITING_CONTACT, 0, 0)

    shop.shops.answers["cottoncast"] = found()
    shop.clock.now += 30
    shop.look_up()
    shop.decide()

    assert mails(shop) == [("slack", ""), ("email", "dave@example.org")]


def test_a_source_that_is_down_and_up_again_is_two_events(shop: Desk) -> None:
    shop.shops.answers["cottoncast"] = down()
    for ref in ("7", "8"):
        shop.tell("C", ref)
    shop.decide()
    shop.look_up()
    (resting,) = shop.store.sources.down()
    assert (resting.name, resting.failures, resting.detail) == ("cottoncast", 1, "cottoncast: HTTP 503")

    shop.shops.answers["cottoncast"] = found()
    shop.clock.now += 60
    shop.look_up()

    assert [(e.kind, e.subject) for e in shop.store.events.newest(9)] == [
        ("source_up", "cottoncast"),
        ("source_down", "cottoncast"),
    ]
    assert shop.store.sources.down() == []


def test_a_source_that_is_down_is_left_alone_however_many_orders_wait(shop: Desk) -> None:
    shop.shops.answers["cottoncast"] = down()
    for ref in range(50, 60):
        shop.tell("C", str(ref))
    shop.decide()
    shop.look_up()

    assert [name for name, _, _ in shop.shops.asked].count("cottoncast") == 1


def test_a_source_that_asks_for_time_gets_it(shop: Desk) -> None:
    shop.shops.answers["cottoncast"] = down("cottoncast: HTTP 429", retry_after=600.0)
    shop.tell("C", "7")
    shop.decide()
    shop.look_up()
    asked = len(shop.shops.asked)

    shop.clock.now += 599
    assert shop.look_up() == 0
    shop.clock.now += 1
    shop.look_up()

    assert len(shop.shops.asked) > asked


def test_that_an_order_cannot_be_asked_for_says_nothing_of_a_source_that_is_down(shop: Desk) -> None:
    shop.shops.answers["cottoncast"] = down()
    shop.tell("C", "7")
    shop.decide()
    shop.look_up()

    shop.shops.answers["cottoncast"] = NOT_ASKED
    shop.clock.now += 30
    shop.tell("C", "8")
    shop.decide()
    shop.look_up()

    assert [state.name for state in shop.store.sources.down()] == ["cottoncast"]
    assert [e.kind for e in shop.store.events.newest(9)] == ["source_down"]


def test_half_an_order_does_not_keep_the_next_news_from_waiting_for_the_whole_one(shop: Desk) -> None:
    set_rules(shop, MAIL, rule("delivered", "D", needs_contact=True))
    shop.shops.answers["cottoncast"] = found(Contact(name="Dave"))
    shop.tell("C", "7")
    settle(shop)

    shop.shops.answers["cottoncast"] = down()
    shop.clock.now += 2 * 86_400
    shop.tell("D", "7", at=shop.clock.now)
    settle(shop)
    assert state(shop) is UpdateState.AWAITING_CONTACT

    shop.shops.answers["cottoncast"] = found()
    shop.clock.now += 60
    shop.look_up()
    shop.decide()
    assert mails(shop)[-1] == ("email", "dave@example.org")


def test_what_the_database_could_not_take_is_looked_up_again_at_once(
    shop: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.shops.answers["cottoncast"] = found()
    shop.tell("C", "7")
    shop.decide()
    claimed = shop.lookups.claim()
    assert claimed is not None

    with monkeypatch.context() as full:
        full.setattr(shop.store.sources, "works", raise_full)
        with pytest.raises(StoreFull):
            shop.lookups.look_up(claimed)

    assert shop.look_up() == 1


def raise_full(*_: object) -> None:
    raise StoreFull("no space left for the database")


def test_a_later_source_stands_in_for_one_that_is_down(shop: Desk) -> None:
    shop.shops.answers |= {"cottoncast": down(), "shop": found(source="shop")}
    shop.tell("C", "7")
    settle(shop)

    assert ("email", "dave@example.org") in mails(shop)


def test_a_source_that_stays_down_is_given_up_with_its_reason_and_operators_hear_of_it(shop: Desk) -> None:
    shop.shops.answers["cottoncast"] = down()
    shop.tell("C", "7")
    shop.decide()
    while (due := shop.store.lookups.next_due()) is not None:
        shop.clock.now = max(shop.clock.now, due)
        shop.look_up()
    shop.decide()

    assert shop.clock.now - (T0 + 100) <= 3_600
    assert shop.reasons("7") == [
        {"shipped": Reason.SOURCE_DOWN, "ops": Reason.FIRED, "missing_contact": Reason.FIRED}
    ]
    lookup = shop.history("7").lookup
    assert lookup is not None
    assert lookup.state is LookupState.GAVE_UP
    assert "cottoncast: HTTP 503" in lookup.detail


def test_an_order_that_no_source_has_is_named_and_told_once(shop: Desk) -> None:
    for code in ("C", "E"):
        set_rules(shop, MAIL, rule("going", "E", needs_contact=True))
        shop.tell(code, "7")
        shop.decide()
        search_to_the_end(shop)
        shop.decide()

    first, second = shop.reasons("7")
    assert (first["shipped"], first["missing_contact"]) == (Reason.NO_CONTACT, Reason.FIRED)
    assert (second["going"], second["missing_contact"]) == (Reason.NO_CONTACT, Reason.ALREADY_TOLD)
    assert mails(shop) == [("slack", "")]


def search_to_the_end(shop: Desk) -> None:
    """Let time pass until no lookup waits."""
    while (due := shop.store.lookups.next_due()) is not None:
        shop.clock.now = max(shop.clock.now, due)
        shop.look_up()


def test_a_webhook_may_be_ahead_of_the_api(shop: Desk) -> None:
    shop.tell("C", "7", order_id="3AF7")
    shop.decide()
    shop.look_up()
    assert state(shop) is UpdateState.AWAITING_CONTACT

    shop.shops.answers["cottoncast"] = found()
    shop.clock.now += 30
    shop.look_up()
    shop.decide()

    assert ("email", "dave@example.org") in mails(shop)


@pytest.mark.parametrize("trouble", [None, down()], ids=["not found", "down"])
def test_the_next_update_asks_again_whatever_the_last_search_came_to(
    shop: Desk, trouble: Answer | None
) -> None:
    set_rules(shop, MAIL, rule("going", "E", needs_contact=True))
    if trouble:
        shop.shops.answers |= {"cottoncast": trouble, "shop": trouble}
    shop.tell("C", "7", order_id="3AF7")
    shop.decide()
    search_to_the_end(shop)
    shop.decide()
    assert state(shop) is UpdateState.DECIDED

    shop.shops.answers["cottoncast"] = found()
    shop.clock.now += 1_000
    shop.tell("E", "7", at=T0 + 60, order_id="3AF7")
    settle(shop)

    assert mails(shop)[-1] == ("email", "dave@example.org")


def test_what_the_shop_registers_stands_in_for_a_source_before_it_that_is_down(shop: Desk) -> None:
    set_rules(shop, MAIL, orders=replace(ORDERS, sources=("cottoncast", "registered")))
    shop.shops.answers["cottoncast"] = down()
    shop.tell("C", "41")
    shop.tell("C", "7")
    settle(shop)
    assert mails(shop) == [("email", JANE.email)]

    (registered,) = shop.store.orders.register([("7", finding(DAVE))], shop.clock.now)
    shop.decide()

    assert registered.released == 1
    assert mails(shop) == [("email", JANE.email), ("email", DAVE.email)]


def test_waiting_for_a_source_that_is_left_alone_is_no_attempt_and_its_return_wakes_all(shop: Desk) -> None:
    set_rules(shop, MAIL, orders=replace(ORDERS, sources=("cottoncast", "registered")))
    shop.shops.answers["cottoncast"] = down(retry_after=300.0)
    for ref in range(50, 60):
        shop.tell("C", str(ref))
    shop.decide()
    for _ in range(4):
        shop.look_up()
        shop.clock.now += 60
    assert sorted(one.attempts for one in shop.store.lookups.waiting(99)) == [0] * 9 + [1]

    shop.shops.answers["cottoncast"] = found()
    shop.clock.now += 60
    assert shop.look_up() == 10

    assert shop.store.lookups.waiting(99) == []


def test_what_was_missed_is_told_when_a_person_asks_for_it_and_the_customer_is_known(shop: Desk) -> None:
    shop.tell("C", "7")
    shop.decide()
    search_to_the_end(shop)
    shop.decide()
    assert mails(shop) + mails(shop)[1:] == [("slack", "")] * 2
    told = len(shop.line.sent)
    shop.store.orders.register([("7", finding(DAVE))], shop.clock.now)
    assert shop.decide() == 0

    shop.store.updates.retry(1)
    shop.decide()

    assert mails(shop)[told:] == [("email", "dave@example.org")]
    with pytest.raises(NotAllowed, match="nothing to do again"):
        shop.store.updates.retry(1)


def test_what_expired_is_told_when_a_person_asks_for_it(shop: Desk) -> None:
    shop.store.orders.accept_unknown(False)
    set_rules(shop, MAIL, orders=Orders(hold_for=10.0))
    shop.tell("C", "8")
    shop.clock.now += 11
    shop.upkeep.run_once()
    assert shop.reasons("8") == [{"shipped": Reason.EXPIRED}]
    shop.store.orders.register([("8", finding(DAVE))], shop.clock.now)

    shop.store.updates.retry(1)
    shop.decide()

    assert mails(shop) == [("email", "dave@example.org")]


def test_a_person_can_have_the_sources_asked_once_more(shop: Desk) -> None:
    shop.tell("C", "7")
    shop.decide()
    search_to_the_end(shop)
    shop.decide()

    shop.shops.answers["cottoncast"] = found()
    shop.store.updates.retry(1)
    settle(shop)

    assert mails(shop)[-1] == ("email", "dave@example.org")


def test_a_contact_is_kept_for_its_age_and_then_asked_for_again(shop: Desk) -> None:
    set_rules(shop, *(rule(code, code, needs_contact=True) for code in "CED"))
    shop.shops.answers["cottoncast"] = found()
    for code, later, lookups in (("C", 0.0, 1), ("E", 86_400.0, 0), ("D", 1.0, 1)):
        shop.clock.now += later
        shop.tell(code, "7", at=shop.clock.now)
        shop.decide()
        assert shop.look_up() == lookups, code
        shop.decide()
        shop.send()
        shop.shops.answers["cottoncast"] = found(replace(DAVE, email="new@example.org"))

    assert [to for _, to in mails(shop)] == ["dave@example.org", "dave@example.org", "new@example.org"]


def test_an_aged_contact_is_used_while_its_source_is_down(shop: Desk) -> None:
    set_rules(shop, MAIL, rule("delivered", "D", needs_contact=True))
    shop.shops.answers["cottoncast"] = found()
    shop.tell("C", "7")
    settle(shop)
    shop.send()

    shop.shops.answers["cottoncast"] = down()
    shop.clock.now += 2 * 86_400
    shop.tell("D", "7", at=shop.clock.now)
    settle(shop)

    assert [to for _, to in mails(shop)] == ["dave@example.org"] * 2


def test_a_clock_that_goes_back_while_the_contact_is_looked_up_lets_nobody_ask_for_ever(shop: Desk) -> None:
    set_rules(shop, MAIL, rule("delivered", "D", needs_contact=True))
    shop.shops.answers["cottoncast"] = found()
    shop.tell("C", "7")
    settle(shop)
    shop.send()

    shop.shops.answers["cottoncast"] = down()
    shop.clock.now += 2 * 86_400
    shop.tell("D", "7", at=shop.clock.now)
    shop.decide()
    shop.clock.now -= 3_600
    shop.store.lookups.hasten(shop.clock.now)
    shop.look_up()
    shop.decide()

    assert state(shop) is UpdateState.DECIDED
    assert mails(shop)[-1] == ("email", "dave@example.org")


@pytest.mark.parametrize(
    ("arrivals", "told"),
    [
        pytest.param((("C", 0), ("D", 60)), ["shipped", "delivered"], id="in order"),
        pytest.param((("D", 60), ("C", 0)), ["delivered"], id="late, which it would be without the wait too"),
    ],
)
def test_updates_that_came_while_the_contact_was_looked_up_are_judged_as_when_they_came(
    shop: Desk, arrivals: tuple[tuple[str, int], ...], told: list[str]
) -> None:
    set_rules(shop, MAIL, rule("delivered", "D", needs_contact=True))
    shop.shops.answers["cottoncast"] = down()
    for code, at in arrivals:
        shop.tell(code, "7", at=T0 + at)
        shop.decide()
        shop.look_up()

    shop.shops.answers["cottoncast"] = found()
    shop.clock.now += 60
    shop.look_up()
    shop.decide()

    assert [m.rule for m in reversed(shop.store.outbox.newest((), 9))] == told


@pytest.mark.parametrize("arrivals", [("C", "D"), ("D", "C")])
def test_what_was_held_together_is_judged_as_it_happened_and_none_is_late(
    shop: Desk, arrivals: tuple[str, ...]
) -> None:
    shop.store.orders.accept_unknown(False)
    set_rules(shop, MAIL, rule("delivered", "D"), orders=Orders())
    for code in arrivals:
        shop.tell(code, "7", at=T0 + (60 if code == "D" else 0))
    shop.store.orders.register([("7", finding(DAVE))], shop.clock.now)
    shop.decide()

    assert [m.rule for m in reversed(shop.store.outbox.newest((), 9))] == ["shipped", "delivered"]


def test_what_happens_while_the_contact_is_looked_up_does_not_make_an_update_late(shop: Desk) -> None:
    set_rules(shop, MAIL, rule("problem", "I", send=[delivery("slack")]))
    shop.shops.answers["cottoncast"] = down()
    shop.tell("C", "7")
    shop.decide()
    shop.look_up()
    shop.tell("I", "7", at=T0 + 60)
    shop.decide()

    shop.shops.answers["cottoncast"] = found()
    shop.clock.now += 60
    shop.look_up()
    shop.decide()

    assert mails(shop) == [("slack", ""), ("email", "dave@example.org")]


def test_registering_an_order_ends_the_wait(shop: Desk) -> None:
    shop.shops.answers["cottoncast"] = down()
    shop.tell("C", "7")
    shop.decide()
    shop.look_up()

    (registered,) = shop.store.orders.register([("7", finding(DAVE))], shop.clock.now)
    shop.decide()

    assert registered.released == 1
    assert mails(shop) == [("slack", ""), ("email", "dave@example.org")]


SILENT = Contact(do_not_contact=True)


def test_nobody_is_asked_about_a_customer_who_wants_to_hear_nothing(shop: Desk) -> None:
    set_rules(shop, MAIL, orders=replace(ORDERS, sources=("cottoncast", "registered")))
    shop.store.orders.register([("7", finding(SILENT))], shop.clock.now)
    shop.tell("C", "7", order_id="3AF7")
    shop.decide()

    assert (shop.look_up(), shop.shops.asked) == (0, [])
    assert shop.reasons("7") == [{"shipped": Reason.DO_NOT_CONTACT, "missing_contact": Reason.NO_MATCH}]


@pytest.mark.parametrize("contact", [DAVE, SILENT], ids=["an address", "do_not_contact"])
@pytest.mark.parametrize("asked_before", [False, True])
def test_what_the_shop_registers_ends_the_search_and_nobody_is_asked_any_more(
    shop: Desk, contact: Contact, asked_before: bool
) -> None:
    shop.tell("C", "7")
    shop.decide()
    if asked_before:
        shop.look_up()
    asked = list(shop.shops.asked)
    shop.store.orders.register([("7", finding(contact))], shop.clock.now)

    shop.look_up()
    shop.decide()

    assert shop.shops.asked == asked
    assert shop.store.lookups.waiting(9) == []
    assert shop.store.lookups.next_due() is None
    assert state(shop) is UpdateState.DECIDED
    assert (("email", "dave@example.org") in mails(shop)) is (contact == DAVE)


def test_a_customer_who_wants_to_hear_nothing_ends_a_search_that_is_under_way(shop: Desk) -> None:
    shop.shops.answers |= {"cottoncast": down(), "shop": down()}
    shop.tell("C", "7")
    shop.decide()
    claimed = shop.lookups.claim()
    assert claimed is not None

    def registered_meanwhile(*_: object) -> Answer:
        shop.store.orders.register([("7", finding(SILENT))], shop.clock.now)
        return down()

    shop.shops.ask = registered_meanwhile  # type: ignore[method-assign]
    shop.lookups.look_up(claimed)

    assert shop.store.lookups.waiting(9) == []


def test_an_address_that_the_shop_took_back_is_looked_up_after_all(shop: Desk) -> None:
    set_rules(shop, MAIL, rule("delivered", "D", needs_contact=True))
    shop.tell("C", "7")
    shop.decide()
    shop.store.orders.register([("7", finding(DAVE))], shop.clock.now)
    shop.look_up()
    shop.decide()
    shop.store.orders.register([("7", finding(Contact(name="Dave")))], shop.clock.now)

    shop.shops.answers["cottoncast"] = found()
    shop.tell("D", "7", at=T0 + 60)
    settle(shop)

    assert mails(shop) == []  # that it is on its way is untrue by now
    assert mails(shop)[-1] == ("email", "dave@example.org")


@pytest.mark.parametrize(
    ("answer", "event", "words"),
    [
        (down(), "contact not known yet: asked again", {"next_try", "detail", "attempt"}),
        (found(), "contact found", {"source", "updates", "attempt"}),
    ],
)
def test_the_log_says_in_words_what_a_search_came_to(
    shop: Desk, answer: Answer, event: str, words: set[str]
) -> None:
    shop.shops.answers["cottoncast"] = answer
    shop.tell("C", "7")
    shop.decide()

    with capture_logs() as logs:
        shop.look_up()

    (line,) = (line for line in logs if line["event"].startswith("contact "))
    assert line["event"] == event
    assert line.keys() == words | {"event", "log_level", "ref"}


def test_without_sources_any_more_nobody_waits_for_them(shop: Desk) -> None:
    shop.shops.answers["cottoncast"] = down()
    shop.tell("C", "7")
    shop.decide()
    shop.look_up()

    set_rules(shop, MAIL, orders=Orders(sources=("registered",)))
    shop.store.lookups.hasten(shop.clock.now)
    shop.look_up()
    shop.decide()

    assert state(shop) is UpdateState.DECIDED
    assert shop.reasons("7")[0]["shipped"] is Reason.NO_CONTACT


def test_a_forgotten_order_is_not_looked_up_again(shop: Desk) -> None:
    shop.shops.answers["cottoncast"] = found()
    shop.tell("C", "7")
    shop.decide()
    shop.store.orders.forget("7", shop.clock.now)
    shop.look_up()
    shop.tell("D", "7", at=T0 + 60)
    set_rules(shop, rule("delivered", "D", needs_contact=True))
    shop.decide()

    assert shop.look_up() == 0
    assert shop.reasons("7")[-1]["delivered"] is Reason.CONTACT_REMOVED
    assert shop.history("7").order.contact is None
    assert State.PENDING not in shop.states()


def test_a_lookup_that_another_worker_took_over_changes_nothing(shop: Desk) -> None:
    shop.tell("C", "7")
    shop.decide()
    claimed = shop.lookups.claim()
    assert claimed is not None
    shop.clock.now += 3_600
    (taken,) = shop.store.lookups.claim("there/1/1", shop.clock.now, 60.0, 1)

    shop.shops.answers["cottoncast"] = found()
    shop.lookups.look_up(claimed)

    assert shop.history("7").order.contact is None
    assert taken.fence > claimed.fence


def test_a_source_never_answers_for_another(shop: Desk) -> None:
    """What is stored is what the source said, with its name and time."""
    shop.shops.answers["shop"] = Answer(AnswerKind.FOUND, Finding("shop", DAVE, T0 + 7))
    shop.tell("C", "7")
    shop.decide()
    shop.look_up()

    order = shop.history("7").order
    assert (order.source, order.contact_at) == ("shop", T0 + 7)
