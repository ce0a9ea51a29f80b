"""What a store is: what is kept too long is erased by age, a few orders at a time."""

from __future__ import annotations

from notifier.core.contact import Contact
from notifier.core.message import State
from notifier.core.reason import Reason
from notifier.core.retry import Transition
from notifier.store.protocol import Store
from tests.factories import T0, new_message, plan, received, shipment
from tests.outbox import settle_one
from tests.store.conftest import Write, register
from tests.store.engines import Engine

DAY = 86_400.0


def tell(store: Store, ref: str, at: float, code: str = "C") -> None:
    """Record and decide an update that arrives at `at`, with a body that names the order."""
    store.updates.record([received(code, ref, at=at, body=f"body of {ref}".encode())], at)
    for update_id in store.updates.claim("setup", at, 60.0, 9):
        store.updates.record_plan(update_id, "setup", plan(), False, "", at)


def forgotten(store: Store, *refs: str) -> list[str]:
    found = {ref: store.updates.history(ref) for ref in refs}
    return [ref for ref, history in found.items() if history and history.order.forgotten]


def with_body(engine: Engine, *refs: str) -> list[str]:
    return [ref for ref in refs if f"body of {ref}" in engine.contents()]


def test_an_order_is_forgotten_once_nothing_was_heard_of_it_for_long_enough(store: Store) -> None:
    register(store, "old", now=T0)
    tell(store, "old", T0 + 1)
    register(store, "told", now=T0)
    tell(store, "told", T0 + DAY)
    register(store, "registered", now=T0 + DAY)
    register(store, "silent", now=T0)
    tell(store, "unknown", T0)
    refs = ("old", "told", "registered", "silent", "unknown")

    assert store.orders.age_out(None, T0 + DAY, 50, T0 + 9 * DAY) == 4  # 41 is one of them

    assert forgotten(store, *refs) == ["old", "silent", "unknown"]
    assert store.orders.age_out(None, T0 + DAY, 50, T0 + 9 * DAY) == 0
    assert store.orders.age_out(None, T0 + DAY + 1, 50, T0 + 9 * DAY) == 2
    assert forgotten(store, *refs) == list(refs)


def test_an_order_that_was_registered_again_is_as_young_as_that(store: Store) -> None:
    register(store, "42", now=T0)
    tell(store, "42", T0)
    register(store, "42", now=T0 + DAY)

    store.orders.age_out(T0 + DAY, T0 + DAY, 50, T0 + DAY)

    assert forgotten(store, "42") == []


def test_bodies_go_before_contacts_and_contacts_stay(store: Store, engine: Engine) -> None:
    for ref, at in (("a", T0), ("b", T0 + DAY), ("c", T0)):
        register(store, ref, Contact(email=f"{ref}@example.org"), now=T0)
        tell(store, ref, at)
    tell(store, "c", T0 + DAY, "D")

    assert store.orders.age_out(T0 + DAY, None, 50, T0 + 9 * DAY) == 1
    assert store.orders.age_out(T0 + DAY, None, 50, T0 + 9 * DAY) == 0

    assert with_body(engine, "a", "b", "c") == ["b", "c"]
    assert forgotten(store, "a", "b", "c") == []
    assert "a@example.org" in engine.contents()


def test_each_kind_is_erased_at_its_own_age(store: Store, engine: Engine) -> None:
    for ref, at in (("a", T0), ("b", T0 + DAY), ("c", T0 + 2 * DAY)):
        register(store, ref, now=T0)
        tell(store, ref, at)

    assert store.orders.age_out(T0 + 2 * DAY, T0 + DAY, 50, T0 + 9 * DAY) == 3  # 41, a and b

    assert with_body(engine, "a", "b", "c") == ["c"]
    assert forgotten(store, "a", "b", "c") == ["a"]
    assert store.orders.age_out(None, T0 + DAY + 1, 50, T0 + 9 * DAY) == 1  # b, without its body by now
    assert forgotten(store, "a", "b", "c") == ["a", "b"]


def test_without_an_age_nothing_is_erased(store: Store, engine: Engine) -> None:
    tell(store, "41", T0)

    assert store.orders.age_out(None, None, 50, T0 + 1e9) == 0

    assert with_body(engine, "41") == ["41"]


def test_at_most_so_many_orders_are_erased_in_one_go(store: Store) -> None:
    for n in range(5):
        tell(store, f"r{n}", T0)
        register(store, f"s{n}", now=T0)
    later = T0 + DAY

    done = [store.orders.age_out(later, later, 4, later) for _ in range(4)]

    assert done == [4, 4, 3, 0]


def test_an_order_with_messages_that_wait_or_are_being_sent_is_left_alone(
    store: Store, engine: Engine, write: Write
) -> None:
    write(new_message())
    store.updates.record([received("C", body=b"body of 41")], T0)
    later = T0 + DAY

    assert store.orders.age_out(later, later, 50, later) == 0
    (message,) = store.outbox.claim("a", T0, 60.0, 1)
    assert store.orders.age_out(later, later, 50, later) == 0
    assert with_body(engine, "41") == ["41"]

    settle_one(store, message, Transition(State.DROPPED, Reason.BY_HAND), T0)
    assert store.orders.age_out(later, later, 50, later) == 1
    assert forgotten(store, "41") == ["41"]


def test_what_comes_after_the_customer_was_forgotten_has_nothing_left_to_erase(store: Store) -> None:
    store.orders.forget("41", T0)
    store.updates.record([received("C", at=T0, shipments=(shipment(),), body=b"body of 41")], T0 + 1)

    assert store.orders.age_out(T0 + DAY, T0 + DAY, 50, T0 + DAY) == 0


def test_nothing_is_written_while_nothing_is_due(store: Store) -> None:
    tell(store, "41", T0)
    store.wait(0.0)

    store.orders.age_out(T0, T0, 50, T0 + DAY)

    assert not store.wait(0.0)
