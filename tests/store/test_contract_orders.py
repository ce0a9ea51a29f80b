"""What a store is: orders are registered, replaced, and put together from all that is known of them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from notifier.core.contact import Contact, Finding, Item
from notifier.core.flaw import Flaw
from notifier.core.lookup import LookupState, Verdict
from notifier.store.customers import Registered
from notifier.store.protocol import Receipt, Store
from tests.factories import JANE, T0, finding, received, shipment
from tests.store.conftest import await_contact, register

EVERYTHING = Finding(
    "registered",
    Contact(
        name="Zoë 'Z' 日本",
        email="zoe@example.org",
        phone="+31612345678",
        locale="nl-BE",
        country="BE",
        timezone="Europe/Brussels",
        channels=frozenset({"email", "sms"}),
        marketing=True,
        do_not_contact=True,
        unusable={"phone": Flaw.NO_SUCH_NUMBER, "locale": Flaw.UNKNOWN},
    ),
    T0 + 7,
    order_id="NL-7",
    attributes={"gift": True, "lines": [1, {"a": None}]},
    items=(Item("Mug", "M-1", 2, "https://shop.example/mug.png"), Item("Cup")),
)


@pytest.mark.parametrize(
    "said",
    [
        pytest.param(EVERYTHING, id="everything"),
        pytest.param(finding(Contact()), id="nothing"),
        pytest.param(finding(Contact(channels=frozenset(), marketing=False)), id="no channel, no marketing"),
    ],
)
def test_what_the_shop_registers_comes_back_as_it_was(store: Store, said: Finding) -> None:
    store.orders.register([("42", said)], said.at)

    order = store.orders.get("42")

    assert order is not None
    assert (order.contact, order.contact_at, order.source) == (said.contact, said.at, "registered")
    assert (order.id, order.attributes, order.items) == (said.order_id, said.attributes, said.items)
    assert order.registered
    assert not order.forgotten


def test_an_order_is_registered_and_replaced(store: Store) -> None:
    assert store.orders.register([("42", EVERYTHING)], T0) == [Registered(True, 0)]
    assert register(store, "42", replace(JANE, email=None), now=T0 + 1) == Registered(False, 0)

    order = store.orders.get("42")

    assert order is not None
    assert order.contact == replace(JANE, email=None)
    assert (order.id, order.attributes, order.items, order.contact_at) == ("", {}, (), T0 + 1)
    assert store.orders.get("43") is None


def test_a_batch_is_registered_whole_and_each_order_gets_its_result(store: Store) -> None:
    store.updates.record([received("C", "43"), received("D", "43")], T0)
    batch = [(ref, finding(Contact(name=ref))) for ref in ("42", "41", "43", "42")]

    results = store.orders.register(batch, T0)

    assert results == [
        Registered(True, 0), Registered(False, 0), Registered(True, 2), Registered(False, 0),
    ]  # fmt: skip
    assert store.orders.register([], T0) == []


def test_of_a_batch_that_fails_nothing_is_registered(store: Store) -> None:
    broken = finding(Contact(name=object()))  # type: ignore[arg-type]

    with pytest.raises(Exception):  # noqa: B017  each engine has its own word for it
        store.orders.register([("42", finding()), ("43", broken)], T0)

    assert store.orders.get("42") is None


def test_a_thousand_orders_are_registered_in_one_go(store: Store) -> None:
    results = store.orders.register([(f"r{n}", finding()) for n in range(1000)], T0)

    assert results == [Registered(True, 0)] * 1000


def test_an_order_is_shown_with_its_course(store: Store) -> None:
    store.updates.record(
        [received("C", shipments=(shipment("A"),)), received("D", at=T0 + 1), received("X", "42")], T0
    )

    order = store.orders.get("41")

    assert order is not None
    assert (order.status, order.reached) == ("delivered", {"C", "D"})
    assert [s.tracking_code for s in order.shipments] == ["A"]


def test_an_order_that_only_has_held_updates_is_not_known(store: Store) -> None:
    store.updates.record([received("C", "99")], T0)

    assert store.orders.get("99") is None


# several sources


def look_up(store: Store, ref: str, found: Finding | None, *, first: bool = False) -> None:
    """Have a contact looked up, with this finding."""
    await_contact(store, ref)
    (lookup,) = store.lookups.claim("a", T0, 60.0, 1)
    state = LookupState.MISSING if found is None else LookupState.FOUND
    store.lookups.settle(lookup, Verdict(state, found), first, T0 + 5)


@pytest.mark.parametrize("first", [False, True])
def test_what_was_looked_up_stands_beside_what_was_registered_in_the_order_of_precedence(
    store: Store, first: bool
) -> None:
    other = finding(Contact(email="joe@example.org", locale="fr"), "cottoncast", at=T0 + 5)
    look_up(store, "41", other, first=first)

    order = store.orders.get("41")

    assert order is not None
    assert order.contact is not None
    expected = ("joe@example.org", "cottoncast") if first else ("jane@example.org", "registered")
    assert (order.contact.email, order.source) == expected
    assert order.contact.locale == "fr"
    assert order.registered


def test_all_that_a_source_says_comes_back_as_it_was(store: Store) -> None:
    said = replace(EVERYTHING, source="woocommerce")
    look_up(store, "42", said)

    order = store.orders.get("42")

    assert order is not None
    assert (order.contact, order.contact_at, order.source) == (said.contact, said.at, "woocommerce")
    assert (order.id, order.attributes, order.items) == (said.order_id, said.attributes, said.items)
    assert not order.registered


def test_an_order_that_was_only_looked_up_is_known(store: Store) -> None:
    assert store.updates.record([received("C", "42")], T0) == [Receipt.HELD]
    look_up(store, "42", None)

    order = store.orders.get("42")

    assert order is not None
    assert (order.registered, order.contact) == (False, None)
    assert store.updates.record([received("D", "42")], T0) == [Receipt.RECORDED]
    assert store.updates.record([received("D", "42")], T0) == [Receipt.DUPLICATE]
