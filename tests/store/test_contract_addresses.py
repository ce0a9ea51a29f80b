"""What a store is: addresses that are not written to, kept without the addresses."""

from __future__ import annotations

import pytest

from notifier.core.contact import Contact
from notifier.core.message import State
from notifier.core.reason import Reason
from notifier.core.retry import Outcome, OutcomeKind, Transition
from notifier.store.customers import AddressState
from notifier.store.protocol import Store
from tests.factories import JANE, T0, new_message
from tests.outbox import settle_one, start_attempt
from tests.store.conftest import Write, register
from tests.store.engines import Engine

EMAIL, PHONE = "jane@example.org", "+31612345678"
REFUSED = Transition(State.FAILED, Reason.REFUSED)
BAD = Outcome(OutcomeKind.PERMANENT, "550 5.1.1", "no such user", bad_address=True)


def contact_of(store: Store, ref: str = "41") -> Contact:
    order = store.orders.get(ref)
    assert order is not None
    assert order.contact is not None
    return order.contact


def bounce(store: Store, outcome: Outcome = BAD, to: str = EMAIL) -> int:
    """Send the message that is due, and have it refused."""
    (message,) = store.outbox.claim("a", T0, 60.0, 1)
    start_attempt(store, message, to, "", "", T0)
    settle_one(store, message, REFUSED, T0 + 1, outcome=outcome)
    return message.id


def test_marks_are_kept_until_they_are_taken_away(store: Store) -> None:
    assert store.addresses.get(EMAIL) is None
    store.addresses.refuse(EMAIL, "550 no such user", T0)
    store.addresses.unsubscribe(EMAIL, T0 + 1)
    store.addresses.unsubscribe(EMAIL, T0 + 9)

    assert store.addresses.get(EMAIL) == AddressState(T0, "550 no such user", T0 + 1)
    assert store.addresses.get(PHONE) is None
    assert (store.addresses.allow(EMAIL), store.addresses.allow(EMAIL)) == (True, False)
    assert store.addresses.get(EMAIL) == AddressState(None, "", T0 + 1)
    assert (store.addresses.resubscribe(EMAIL), store.addresses.resubscribe(EMAIL)) == (True, False)
    assert store.addresses.get(EMAIL) is None


def test_undoing_an_unsubscription_leaves_a_refusal(store: Store) -> None:
    store.addresses.refuse(EMAIL, "550 no such user", T0)
    store.addresses.unsubscribe(EMAIL, T0)

    assert store.addresses.resubscribe(EMAIL)

    assert store.addresses.get(EMAIL) == AddressState(T0, "550 no such user", None)


def test_a_later_refusal_is_the_one_that_is_told(store: Store) -> None:
    store.addresses.refuse(EMAIL, "550 first", T0)
    store.addresses.refuse(EMAIL, "550 second", T0 + 1)

    assert store.addresses.get(EMAIL) == AddressState(T0 + 1, "550 second", None)


def test_addresses_are_the_same_in_capitals(store: Store) -> None:
    register(store, "42", Contact(email="Jane@Example.org"))
    store.addresses.refuse("JANE@example.ORG", "", T0)

    assert store.addresses.get(EMAIL) is not None
    assert contact_of(store, "42").refused == {"Jane@Example.org"}


def test_no_table_holds_a_marked_address(store: Store, engine: Engine) -> None:
    store.addresses.refuse("someone@else.example", "550", T0)
    store.addresses.unsubscribe("+31699999999", T0)

    assert "someone" not in engine.contents()
    assert "31699999999" not in engine.contents()


@pytest.mark.parametrize("address", [EMAIL, PHONE])
def test_a_contact_says_which_of_its_addresses_were_refused(store: Store, address: str) -> None:
    store.addresses.refuse(address, "550", T0)

    assert contact_of(store).refused == {address}
    register(store, "42", Contact(email="joe@example.org"))
    assert contact_of(store, "42").refused == frozenset()


def test_whoever_unsubscribed_is_known_to_have_whatever_the_shop_registered(store: Store) -> None:
    register(store, "42", Contact(email=EMAIL, marketing=True))
    assert not contact_of(store, "42").unsubscribed

    store.addresses.unsubscribe(EMAIL, T0)

    assert contact_of(store, "42") == Contact(email=EMAIL, marketing=True, unsubscribed=True)


def test_the_recipient_of_a_message_unsubscribes_by_its_id(store: Store, write: Write) -> None:
    write(new_message("k1", message_id="m1"), new_message("k2", message_id="m2", recipient=""))

    assert store.addresses.unsubscribe_by("m1", T0) is True
    assert store.addresses.unsubscribe_by("m2", T0) is False
    assert store.addresses.unsubscribe_by("nobody", T0) is False

    assert store.addresses.get(EMAIL) == AddressState(None, "", T0)


def test_nobody_unsubscribes_by_a_message_of_an_order_that_was_forgotten(store: Store, write: Write) -> None:
    write(new_message(message_id="m1"))
    store.orders.forget("41", T0)

    assert store.addresses.unsubscribe_by("m1", T0) is False


def test_an_address_that_a_server_refuses_is_marked(store: Store, write: Write) -> None:
    write(new_message(recipient="old@example.org"))

    bounce(store, to=EMAIL)

    assert store.addresses.get(EMAIL) == AddressState(T0 + 1, "550 5.1.1 no such user", None)
    assert store.addresses.get("old@example.org") is None


def test_a_message_that_is_refused_for_itself_marks_no_address(store: Store, write: Write) -> None:
    write(new_message())

    bounce(store, Outcome(OutcomeKind.PERMANENT, "554", "looks like spam"))

    assert store.addresses.get(EMAIL) is None


def test_a_retry_by_hand_takes_the_refusal_away_and_nothing_else(store: Store, write: Write) -> None:
    write(new_message("k1"))
    failed = bounce(store)
    store.addresses.unsubscribe(EMAIL, T0)

    store.outbox.retry(failed, T0 + 9)

    assert store.addresses.get(EMAIL) == AddressState(None, "", T0)
    assert contact_of(store).refused == frozenset()
    assert contact_of(store) == Contact(**{**_fields(JANE), "unsubscribed": True})


def _fields(contact: Contact) -> dict[str, object]:
    return {name: getattr(contact, name) for name in Contact.__dataclass_fields__}
