"""What a store is: messages to customers are counted, and held while the brake is pulled."""

from __future__ import annotations

from notifier.core.brake import Flow
from notifier.core.message import Priority, State
from notifier.core.reason import Reason
from notifier.core.standing import Wants
from notifier.store.protocol import Store
from notifier.store.timing import Braked
from tests.factories import T0, new_message
from tests.store.conftest import Write

DAY = 86_400.0
WINDOW = 600.0
BURST = Flow(900, 12.5, WINDOW)
HELD = {"state": State.HELD, "reason": Reason.BRAKED}


def test_messages_to_customers_are_counted_and_no_others(store: Store, write: Write) -> None:
    write(
        new_message("k1"),
        new_message("k2", priority=Priority.MARKETING),
        new_message("k3", **HELD),
        new_message("k4", priority=Priority.OPS),
        new_message("k5", shadow=True),
        new_message("k6", state=State.DROPPED, reason=Reason.NO_ADDRESS),
    )

    assert store.brake.flow(WINDOW, T0 + 60) == Flow(3, 0.0, WINDOW)


def test_only_those_of_late_make_a_burst_and_those_of_the_week_before_are_usual(
    store: Store, write: Write
) -> None:
    now = T0 + 20 * DAY
    write(new_message("older"), now=now - 8 * DAY)
    write(*(new_message(f"before-{n}") for n in range(7)), now=now - DAY)
    write(*(new_message(f"late-{n}") for n in range(3)), now=now - 60)

    assert store.brake.flow(DAY / 2, now) == Flow(3, 0.5, DAY / 2)


def test_the_brake_is_pulled_once_with_an_event(store: Store) -> None:
    assert store.brake.state() is None
    assert store.brake.pull(BURST, T0)
    assert not store.brake.pull(Flow(1_000, 12.5, WINDOW), T0 + 1)

    assert store.brake.state() == Braked(T0, 900, 12.5, WINDOW, held=0)
    assert [e.kind for e in store.events.newest(9)] == ["brake_pulled"]
    assert store.standing(Wants("41"), T0).braked


def test_what_is_held_is_claimed_by_nobody(store: Store, write: Write) -> None:
    (message,) = write(new_message(**HELD))
    store.brake.pull(BURST, T0)

    assert store.outbox.claim("a", T0 + 9, 60.0, 9) == []
    assert store.outbox.next_due(T0, {}) is None
    assert store.outbox.counts() == {"held": 1}
    assert store.brake.state() == Braked(T0, 900, 12.5, WINDOW, held=1)
    assert (message.reason, message.ended_at) == (Reason.BRAKED, None)
    assert store.standing(Wants("41"), T0).taken == {message.once}


def test_what_was_held_goes_when_the_brake_is_released_and_makes_no_other_burst(
    store: Store, write: Write
) -> None:
    write(new_message(**HELD))
    store.brake.pull(BURST, T0)

    assert store.brake.release(T0 + 60) == 1

    assert store.brake.state() is None
    assert not store.standing(Wants("41"), T0).braked
    (message,) = store.outbox.claim("a", T0 + 60, 60.0, 9)
    assert message.reason is None
    assert store.brake.flow(WINDOW, T0 + 60).count == 0
    write(new_message("k2"), now=T0 + 61)
    assert store.brake.flow(WINDOW, T0 + 61).count == 1
    assert store.brake.pull(BURST, T0 + 62)


def test_what_was_held_is_dropped_by_hand(store: Store, write: Write) -> None:
    (message,) = write(new_message(**HELD))
    store.brake.pull(BURST, T0)

    assert store.brake.drop(T0 + 60) == 1

    found = store.outbox.get(message.id)
    assert found is not None
    assert (found.state, found.reason, found.ended_at) == (State.DROPPED, Reason.BY_HAND, T0 + 60)
    assert store.brake.state() is None
    assert store.standing(Wants("41"), T0).taken == frozenset()


def test_nothing_is_let_go_while_nothing_is_held(store: Store) -> None:
    assert store.brake.release(T0) == store.brake.drop(T0) == 0


def test_a_forgotten_customer_is_not_told_what_is_held(store: Store, write: Write) -> None:
    (message,) = write(new_message(**HELD))

    store.orders.forget("41", T0)

    found = store.outbox.get(message.id)
    assert found is not None
    assert (found.state, found.reason) == (State.DROPPED, Reason.CONTACT_REMOVED)
