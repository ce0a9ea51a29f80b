"""What a store is: customers are forgotten without a trace, and the statistics stay."""

from __future__ import annotations

import pytest

from notifier.core.contact import Contact, Item
from notifier.core.lookup import LookupState, Verdict
from notifier.core.message import Send, State
from notifier.core.note import Note, NoteKind
from notifier.core.reason import Reason
from notifier.core.retry import Outcome, OutcomeKind, Transition
from notifier.errors import NotAllowed
from notifier.store.customers import AddressState, Registered, Traces
from notifier.store.protocol import Receipt, Store
from tests.factories import JANE, T0, finding, new_message, plan, received, shipment
from tests.outbox import settle_one, start_attempt
from tests.store.conftest import Write, await_contact, register
from tests.store.engines import Engine

EMAIL, PHONE = "jane@example.org", "+31612345678"
PERSONAL = (
    "Jane", EMAIL, PHONE, "Gift for Joe", "Dear J.", "3SABCD001", "track.example", "Blue mug", "nl-NL",
    "Europe/Amsterdam", "joe@example.org", "said of J.", "provider-77",
    "0badcafe", "feedbeef",
)  # fmt: skip


def fill(store: Store, write: Write) -> None:
    """Put everything personal on record, everywhere that it can be."""
    contact = Contact(name="Jane", email=EMAIL, phone=PHONE, locale="nl-NL", timezone="Europe/Amsterdam")
    register(store, "41", contact, attributes={"note": "Gift for Joe"}, items=(Item("Blue mug"),))
    body = b'{"ref": 41, "note": "Gift for Joe"}'
    notes = (Note("orderID", NoteKind.NOT_TEXT, "feedbeef"),)
    news = received("N", body=body, shipments=(shipment(),), order_id="CC-1", notes=notes)
    store.updates.record([news], T0)
    (update_id,) = store.updates.claim("setup", T0, 60.0, 1)
    born = new_message("shipped/shipment/41/3SABCD001/0", message_id="m0", shipment="3SABCD001")
    store.updates.record_plan(update_id, "setup", plan(born), False, "f1", T0)
    write(new_message("shipped/contact/0badcafe/0", message_id="m1"), new_message("shipped/order/41/0"))
    write(new_message("shipped/status/41/E/0", rule="shipped"))
    for transition, kind in (
        (Transition(State.DELIVERED), OutcomeKind.DELIVERED),
        (Transition(State.UNKNOWN, Reason.ANSWER_LOST, maybe_sent=True), OutcomeKind.UNKNOWN),
        (Transition(State.PENDING, due_at=T0 + 99), OutcomeKind.TRANSIENT),
    ):
        (claimed,) = store.outbox.claim("a", T0 + 9, 60.0, 1)
        start_attempt(store, claimed, EMAIL, "Jane, it is on its way", "Dear J.", T0)
        said = Outcome(kind, "250", "said of J.", provider_id="provider-77")
        settle_one(store, claimed, transition, T0, outcome=said)
    await_contact(store, "41", code="D", at=T0 + 50, body=body)
    (lookup,) = store.lookups.claim("a", T0, 60.0, 1)
    found = Verdict(LookupState.FOUND, finding(Contact(email="joe@example.org")), detail="said of J.")
    store.lookups.settle(lookup, found, False, T0)


def test_forgetting_erases_every_trace_of_the_customer_and_keeps_states_and_counts(
    store: Store, engine: Engine, write: Write
) -> None:
    fill(store, write)
    assert [trace for trace in PERSONAL if trace not in engine.contents()] == []

    assert store.orders.forget("41", T0 + 60) is True

    assert [trace for trace in PERSONAL if trace in engine.contents()] == []
    assert store.outbox.counts() == {"delivered": 1, "unknown": 1, "dropped": 2}
    assert store.updates.counts() == {"decided": 3, "undecided": 1}
    for dropped in store.outbox.newest([State.DROPPED], 9):
        assert (dropped.reason, dropped.ended_at) == (Reason.CONTACT_REMOVED, T0 + 60)


def test_what_is_left_of_an_order_tells_its_course_and_what_became_of_its_messages(
    store: Store, write: Write
) -> None:
    fill(store, write)
    before = store.updates.history("41")

    store.orders.forget("41", T0 + 60)

    after = store.updates.history("41")
    assert before is not None
    assert after is not None
    order = after.order
    assert (order.forgotten, order.registered, order.contact, order.attributes) == (True, False, None, {})
    assert (order.id, order.code, order.reached) == ("CC-1", "D", {"N", "E", "D"})
    assert [(p.carrier, p.carrier_name, p.key) for p in order.shipments] == [("PNL", "PostNL", "PNL|PostNL|")]
    for was, now in zip(before.updates, after.updates, strict=True):
        assert (was.update.id, was.update.code, was.update.at) == (
            now.update.id, now.update.code, now.update.at,
        )  # fmt: skip
        assert (was.decisions, was.decided_at, was.late) == (now.decisions, now.decided_at, now.late)
        for sent, left in zip(was.messages, now.messages, strict=True):
            assert (sent.message.rule, sent.message.send) == (left.message.rule, left.message.send)
            assert [(a.outcome, a.code, a.started_at) for a in sent.attempts] == [
                (a.outcome, a.code, a.started_at) for a in left.attempts
            ]


def test_an_order_that_was_forgotten_is_known_and_not_looked_up_again(store: Store) -> None:
    await_contact(store, "42")
    (claimed,) = store.lookups.claim("a", T0, 60.0, 1)

    store.orders.forget("42", T0)

    assert store.orders.get("42") is None
    assert store.updates.record([received("D", "42"), received("C", "42")], T0) == [
        Receipt.RECORDED,
        Receipt.DUPLICATE,
    ]
    assert store.lookups.claim("a", T0 + 1e6, 60.0, 9) == []
    with pytest.raises(NotAllowed):
        store.lookups.settle(claimed, Verdict(LookupState.FOUND, finding()), True, T0)
    for update_id in store.updates.claim("a", T0, 60.0, 9):
        situation = store.updates.situation(update_id, "a")
        assert situation is not None
        assert situation.order.forgotten
        assert situation.order.contact is None


def test_news_of_an_order_that_was_forgotten_is_kept_without_what_is_personal(
    store: Store, engine: Engine
) -> None:
    store.orders.forget("41", T0)
    news = received("D", shipments=(shipment(),), body=b'{"note": "Gift for Joe"}')
    other = received("D", "42", body=b"kept")

    assert store.updates.record([news, other, news], T0) == [
        Receipt.RECORDED,
        Receipt.HELD,
        Receipt.DUPLICATE,
    ]

    assert [trace for trace in PERSONAL if trace in engine.contents()] == []
    assert "kept" in engine.contents()
    history = store.updates.history("41")
    assert history is not None
    (parcel,) = history.updates[0].update.shipments
    assert (parcel.carrier, parcel.carrier_name, history.order.code) == ("PNL", "PostNL", "D")


def test_an_answer_of_before_says_nothing_about_an_order_that_is_known_again(store: Store) -> None:
    await_contact(store, "42")
    (stale,) = store.lookups.claim("a", T0, 60.0, 1)
    store.orders.forget("42", T0)
    register(store, "42")
    await_contact(store, "42", code="D")

    with pytest.raises(NotAllowed):
        store.lookups.settle(stale, Verdict(LookupState.FOUND, finding()), True, T0)

    assert len(store.lookups.claim("a", T0, 60.0, 9)) == 1


def test_what_was_held_or_awaited_the_contact_is_decided_after_all(store: Store) -> None:
    store.updates.record([received("C", "42")], T0)
    await_contact(store, "43")

    assert store.orders.forget("42", T0) is True
    assert store.orders.forget("43", T0) is True

    assert store.updates.counts() == {"undecided": 2}


def test_registering_again_makes_the_order_known_again(store: Store) -> None:
    store.orders.forget("41", T0)

    assert register(store, "41", now=T0 + 9) == Registered(True, 0, was_forgotten=True)
    assert register(store, "41", now=T0 + 9) == Registered(False, 0)

    order = store.orders.get("41")
    assert order is not None
    assert (order.forgotten, order.contact, order.contact_at) == (False, JANE, T0 + 9)


def test_forgetting_tells_whether_there_was_anything(store: Store) -> None:
    store.updates.record([received("C", "99", body=b"jane@example.org")], T0)

    assert store.orders.forget("nobody", T0) is False
    assert store.updates.record([received("C", "nobody")], T0) == [Receipt.HELD]
    assert store.orders.forget("99", T0) is True
    assert store.orders.forget("41", T0) is True
    assert store.orders.forget("41", T0) is True


def test_only_the_order_itself_is_forgotten(store: Store, write: Write) -> None:
    register(store, "42")
    write(new_message("k1"))
    write(new_message("k2"), ref="42")

    store.orders.forget("41", T0)

    assert store.outbox.counts() == {"dropped": 1, "pending": 1}
    other = store.orders.get("42")
    assert other is not None
    assert other.contact == JANE


# messages that are just being sent


def test_a_message_that_was_claimed_but_not_begun_is_dropped_with_its_order(
    store: Store, engine: Engine, write: Write
) -> None:
    write(new_message())
    (claimed,) = store.outbox.claim("a", T0, 60.0, 1)

    store.orders.forget("41", T0)

    with pytest.raises(NotAllowed):
        start_attempt(store, claimed, EMAIL, "Jane", "Dear J.", T0)
    assert "jane" not in engine.contents().lower()
    assert store.outbox.counts() == {"dropped": 1}


def test_a_message_on_the_wire_still_gets_its_result_and_no_words_with_it(
    store: Store, engine: Engine, write: Write
) -> None:
    write(new_message())
    (claimed,) = store.outbox.claim("a", T0, 60.0, 1)
    start_attempt(store, claimed, EMAIL, "Jane", "Dear J.", T0)

    store.orders.forget("41", T0)
    refused = Outcome(
        OutcomeKind.PERMANENT, "550", f"{EMAIL} is unknown", bad_address=True, provider_id="provider-7"
    )
    settle_one(store, claimed, Transition(State.FAILED, Reason.REFUSED), T0, outcome=refused)

    assert "jane" not in engine.contents().lower()
    assert "provider-7" not in engine.contents()
    assert store.addresses.get(EMAIL) is None
    assert store.outbox.counts() == {"failed": 1}


def test_the_next_entry_of_a_first_of_is_not_written_to_a_customer_who_was_forgotten(
    store: Store, engine: Engine, write: Write
) -> None:
    write(new_message("shipped/shipment/41/3SABCD001/0", message_id="m1"))
    (claimed,) = store.outbox.claim("a", T0, 60.0, 1)
    start_attempt(store, claimed, EMAIL, "", "", T0)
    store.orders.forget("41", T0)

    following = new_message(
        claimed.once, message_id="m2", send=Send("sms", "told"), recipient=PHONE, shipment="3SABCD001"
    )
    refused = Outcome(OutcomeKind.PERMANENT, "550")
    failed = Transition(State.FAILED, Reason.REFUSED, fall_back=True)
    settle_one(store, claimed, failed, T0, outcome=refused, successor=following)

    assert [trace for trace in (PHONE, "3SABCD001") if trace in engine.contents()] == []
    assert store.outbox.counts() == {"failed": 1, "dropped": 1}
    (dropped,) = store.outbox.newest([State.DROPPED], 9)
    assert (dropped.send.channel, dropped.reason) == ("sms", Reason.CONTACT_REMOVED)


# marks on addresses


def test_refusals_of_its_addresses_go_and_unsubscriptions_stay(store: Store, write: Write) -> None:
    fill(store, write)
    for address in (EMAIL, PHONE, "joe@example.org", "other@example.org"):
        store.addresses.refuse(address, "550", T0)
    store.addresses.unsubscribe(PHONE, T0)

    store.orders.forget("41", T0)

    assert store.addresses.get(EMAIL) is None
    assert store.addresses.get("joe@example.org") is None
    assert store.addresses.get(PHONE) == AddressState(None, "", T0)
    assert store.addresses.get("other@example.org") == AddressState(T0, "550", None)


@pytest.mark.parametrize("how", ["registered", "looked up"])
def test_a_refusal_stays_while_another_order_has_the_address(store: Store, how: str) -> None:
    theirs = Contact(email=EMAIL.upper(), phone=PHONE)
    if how == "registered":
        register(store, "42", theirs)
    else:
        await_contact(store, "42")
        (lookup,) = store.lookups.claim("a", T0, 60.0, 1)
        found = Verdict(LookupState.FOUND, finding(theirs, "cottoncast"))
        store.lookups.settle(lookup, found, False, T0)
    store.addresses.refuse(EMAIL, "550", T0)
    store.addresses.refuse(PHONE, "unknown", T0)

    store.orders.forget("41", T0)
    assert store.addresses.get(EMAIL) == AddressState(T0, "550", None)
    assert store.addresses.get(PHONE) == AddressState(T0, "unknown", None)

    store.orders.forget("42", T0)
    assert store.addresses.get(EMAIL) is None
    assert store.addresses.get(PHONE) is None


# a person


@pytest.mark.parametrize(
    ("address", "orders", "messages"),
    [
        pytest.param("JANE@Example.org", ["41", "43"], ["44"], id="e-mail, in capitals"),
        pytest.param(PHONE, ["41", "45"], [], id="phone"),
        pytest.param("nobody@example.org", [], [], id="nobody"),
        pytest.param("", [], [], id="no address"),
    ],
)
def test_a_person_is_forgotten_wherever_the_address_is(
    store: Store, write: Write, address: str, orders: list[str], messages: list[str]
) -> None:
    register(store, "44", Contact(name="Joe"))
    write(new_message("k1"), new_message("k2", recipient="", send=Send("slack", "told")), ref="44")
    register(store, "42", Contact(name="Joe", email="joe@example.org"))
    await_contact(store, "43")
    (lookup,) = store.lookups.claim("a", T0, 60.0, 1)
    found = Verdict(LookupState.FOUND, finding(Contact(email="Jane@example.ORG"), "cottoncast"))
    store.lookups.settle(lookup, found, False, T0)
    register(store, "45", Contact(phone=PHONE))

    traces = Traces(tuple(orders), tuple(messages))
    assert store.orders.of_person(address) == traces
    assert store.orders.forget_person(address, T0 + 9) == traces

    for ref in ("41", "42", "43", "44", "45"):
        history = store.updates.history(ref)
        assert history is not None
        # Of order 44 only a message went there: its contact is somebody else by now.
        assert history.order.forgotten is (ref in orders)
    assert not store.orders.of_person(address)
    assert not store.orders.forget_person(address, T0 + 9)


def test_of_an_address_that_an_order_had_before_no_mark_and_no_fingerprint_is_left(
    store: Store, engine: Engine, write: Write
) -> None:
    write(new_message("shipped/contact/0badcafe/0", message_id="m1"))
    store.addresses.refuse(EMAIL, "550", T0)
    register(store, "41", Contact(email="jane@new.example"))

    store.orders.forget_person(EMAIL, T0 + 9)

    assert store.addresses.get(EMAIL) is None
    assert "0badcafe" not in engine.contents()
    order = store.orders.get("41")
    assert order is not None
    assert order.contact == Contact(email="jane@new.example")


def test_an_operators_address_forgets_no_customer_and_erases_what_went_there(
    store: Store, engine: Engine, write: Write
) -> None:
    told = new_message("k1", recipient="ops@shop.example", send=Send("ops-email", "problem"))
    (message,) = write(told)
    (claimed,) = store.outbox.claim("a", T0, 60.0, 1)
    start_attempt(store, claimed, "ops@shop.example", "Problem", "Order 41 has a problem", T0)

    assert store.orders.of_person("Ops@shop.example") == Traces((), ("41",))
    assert store.orders.forget_person("Ops@shop.example", T0 + 9) == Traces((), ("41",))

    order = store.orders.get("41")
    assert order is not None
    assert order.contact == JANE
    assert "ops@shop.example" not in engine.contents()
    assert "has a problem" not in engine.contents()
    still = store.outbox.get(message.id)
    assert still is not None
    assert (still.state, still.once) == (State.SENDING, "k1")
