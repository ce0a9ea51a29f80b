"""What a store is: a stretch of time is read in bulk, with all that came before of its orders."""

from __future__ import annotations

from notifier.core.contact import Contact
from notifier.store.protocol import Store
from tests.factories import JANE, T0, received
from tests.store.conftest import register

DAY = 86_400.0


def arrive(store: Store, code: str, ref: str, at: float) -> None:
    """Record one update that arrives when it happens."""
    store.updates.record([received(code, ref, at=at)], at)


def listed(store: Store, since: float, until: float) -> list[tuple[str, str]]:
    """Return reference and code of each update of a stretch."""
    stretch = store.past.stretch(since, until)
    return [(u.update.ref, u.code) for u in store.past.updates(stretch.update_ids)]


def test_nothing_has_been_in_a_new_database(store: Store) -> None:
    assert store.past.span() is None
    assert listed(store, 0, 1e12) == []
    assert list(store.past.orders([])) == []


def test_the_first_and_the_last_arrival_are_known(store: Store) -> None:
    for number in (2, 0, 1):
        arrive(store, "C", "41", T0 + number * DAY)

    assert store.past.span() == (T0, T0 + 2 * DAY)


def test_a_stretch_holds_what_arrived_within_it_its_begin_and_not_its_end(store: Store) -> None:
    for number, code in enumerate("NRCD"):
        arrive(store, code, f"4{number}", T0 + number)

    assert listed(store, T0 + 1, T0 + 3) == [("41", "R"), ("42", "C")]


def test_earlier_updates_of_its_orders_are_in_it_and_later_ones_and_other_orders_are_not(
    store: Store,
) -> None:
    arrive(store, "N", "41", T0)
    arrive(store, "N", "42", T0 + 1)
    arrive(store, "R", "41", T0 + DAY)
    arrive(store, "C", "41", T0 + 2 * DAY)

    assert listed(store, T0 + DAY, T0 + 2 * DAY) == [("41", "N"), ("41", "R")]


def test_updates_come_in_the_order_of_arrival_whenever_they_happened(store: Store) -> None:
    for number, at in enumerate((T0 + 50, T0, T0 + 20)):
        store.updates.record([received("NRC"[number], "41", at=at)], T0 + 100 + number)

    assert listed(store, T0, T0 + DAY) == [("41", "N"), ("41", "R"), ("41", "C")]


def test_an_update_is_told_as_it_was_recorded_in_whatever_state_it_is(store: Store) -> None:
    arrive(store, "C", "41", T0)
    arrive(store, "D", "unregistered", T0 + 1)
    (claimed,) = store.updates.claim("a", T0, 60, 10)

    stretch = store.past.stretch(T0, T0 + DAY)
    told = list(store.past.updates(stretch.update_ids))

    assert list(stretch.refs) == ["41", "unregistered"]
    assert [(u.id, u.received_at, u.update.event_at) for u in told] == [
        (claimed, T0, T0),
        (claimed + 1, T0 + 1, T0 + 1),
    ]


def test_more_than_one_piece_comes_whole(store: Store) -> None:
    batch = [received("C", f"{n}", at=T0 + n) for n in range(1_201)]
    store.updates.record(batch, T0)

    stretch = store.past.stretch(T0, T0 + 1)

    assert len(stretch.update_ids) == len(list(store.past.updates(stretch.update_ids))) == 1_201
    assert [o.ref for o in store.past.orders(stretch.refs)] == list(stretch.refs)


def test_orders_come_with_what_is_known_of_them_today(store: Store) -> None:
    register(store, "42", Contact(email="old@example.org"))
    register(store, "42", Contact(email="new@example.org"), attributes={"total": 3})
    arrive(store, "C", "nobody", T0)

    known = {o.ref: o for o in store.past.orders(["nobody", "42", "41"])}

    assert list(known) == ["nobody", "42", "41"]
    assert known["nobody"].findings == ()
    assert [(f.contact.email, dict(f.attributes)) for f in known["42"].findings] == [
        ("new@example.org", {"total": 3})
    ]
    assert [(f.contact, f.order_id) for f in known["41"].findings] == [(JANE, "NL-1")]


def test_contacts_carry_the_marks_on_their_addresses(store: Store) -> None:
    assert JANE.email is not None
    store.addresses.refuse(JANE.email, "550", T0)
    store.addresses.unsubscribe(JANE.email, T0)

    (order,) = store.past.orders(["41"])

    assert order.findings[0].contact.refused == {JANE.email}
    assert order.findings[0].contact.unsubscribed


def test_of_a_forgotten_order_the_updates_are_told_and_nobody_is_known(store: Store) -> None:
    arrive(store, "C", "41", T0)
    store.orders.forget("41", T0 + 1)

    (order,) = store.past.orders(["41"])

    assert (order.findings, order.forgotten) == ((), True)
    assert listed(store, T0, T0 + DAY) == [("41", "C")]
