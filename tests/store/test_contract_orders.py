"""What a store is: orders are registered, replaced, and forgotten without a trace of the customer."""

from __future__ import annotations

from dataclasses import replace

import pytest

from notifier.core.message import State
from notifier.core.reason import Reason
from notifier.core.retry import Outcome, OutcomeKind, Transition
from notifier.errors import NotAllowed
from notifier.store.protocol import Receipt, Store
from tests.factories import JANE, T0, new_message, received, shipment
from tests.store.conftest import Write
from tests.store.engines import Engine

TRACES = ("Jane", "jane@example.org", "+31612345678", "Gift for Joe", "Dear J.")


def test_an_order_is_registered_and_replaced(store: Store) -> None:
    assert store.orders.put("42", "NL-2", JANE, {"gift": True}, T0) == (True, 0)
    before = store.orders.get("42")
    assert store.orders.put("42", "NL-3", replace(JANE, email=None), {}, T0 + 1) == (False, 0)
    after = store.orders.get("42")

    assert before is not None
    assert after is not None
    assert (before.id, before.contact, before.attributes) == ("NL-2", JANE, {"gift": True})
    assert (after.id, after.contact, after.attributes) == ("NL-3", replace(JANE, email=None), {})
    assert store.orders.get("43") is None


def test_an_order_is_shown_with_its_course(store: Store) -> None:
    store.updates.record(
        [received("C", shipments=(shipment("A"),)), received("D", at=T0 + 1), received("X", "42")], T0
    )

    order = store.orders.get("41")

    assert order is not None
    assert (order.status, order.reached) == ("delivered", {"C", "D"})
    assert [s.tracking_code for s in order.shipments] == ["A"]


def test_an_order_that_only_has_held_updates_is_not_registered(store: Store) -> None:
    store.updates.record([received("C", "99")], T0)

    assert store.orders.get("99") is None


def test_deleting_erases_every_trace_of_the_customer_and_keeps_states_and_counts(
    store: Store, engine: Engine, write: Write
) -> None:
    store.orders.put("41", "NL-1", JANE, {"note": "Gift for Joe"}, T0)
    store.updates.record([received("N", body=b'{"ref": 41, "note": "Gift for Joe"}')], T0)
    (update_id,) = store.updates.claim("setup", T0, 60.0, 1)
    store.updates.fail(update_id, "setup", "KeyError")
    write(*(new_message(f"k{n}", due_at=T0 + n) for n in range(4)))
    for transition, kind in (
        (Transition(State.DELIVERED), OutcomeKind.DELIVERED),
        (Transition(State.UNKNOWN, Reason.ANSWER_LOST, maybe_sent=True), OutcomeKind.UNKNOWN),
        (Transition(State.PENDING, due_at=T0 + 99), OutcomeKind.TRANSIENT),
    ):
        (claimed,) = store.outbox.claim("a", T0 + 9, 60.0, 1)
        store.outbox.start_attempt(claimed, "jane@example.org", "Jane, it is on its way", "Dear J.", T0)
        store.outbox.settle(claimed, transition, T0, outcome=Outcome(kind))
    assert [trace for trace in TRACES if trace not in engine.contents()] == []

    assert store.orders.delete("41", T0 + 50) is True

    assert [trace for trace in TRACES if trace in engine.contents()] == []
    assert store.outbox.counts() == {"delivered": 1, "unknown": 1, "dropped": 2}
    assert sum(store.updates.counts().values()) == 2
    for dropped in store.outbox.newest([State.DROPPED], 9):
        assert (dropped.reason, dropped.ended_at) == (Reason.CONTACT_REMOVED, T0 + 50)
    assert store.orders.get("41") is None
    history = store.updates.history("41")
    assert history is not None
    assert not history.known
    assert store.outbox.claim("a", T0 + 1e6, 60.0, 9) == []


def test_a_message_that_was_claimed_but_not_begun_is_dropped_with_its_order(
    store: Store, engine: Engine, write: Write
) -> None:
    write(new_message())
    (claimed,) = store.outbox.claim("a", T0, 60.0, 1)

    store.orders.delete("41", T0)

    with pytest.raises(NotAllowed):
        store.outbox.start_attempt(claimed, "jane@example.org", "Jane", "Dear J.", T0)
    assert "jane" not in engine.contents().lower()
    assert store.outbox.counts() == {"dropped": 1}


def test_a_message_on_the_wire_still_gets_its_result_after_its_order_was_deleted(
    store: Store, engine: Engine, write: Write
) -> None:
    write(new_message())
    (claimed,) = store.outbox.claim("a", T0, 60.0, 1)
    store.outbox.start_attempt(claimed, "jane@example.org", "Jane", "Dear J.", T0)

    store.orders.delete("41", T0)
    delivered = Outcome(OutcomeKind.DELIVERED)
    store.outbox.settle(claimed, Transition(State.DELIVERED), T0, outcome=delivered)

    assert "jane" not in engine.contents().lower()
    assert store.outbox.counts() == {"delivered": 1}


def test_only_the_deleted_order_is_forgotten(store: Store, write: Write) -> None:
    store.orders.put("42", "", JANE, {}, T0)
    write(new_message("k1"))
    write(new_message("k2"), ref="42")

    store.orders.delete("41", T0)

    assert store.outbox.counts() == {"dropped": 1, "pending": 1}
    other = store.orders.get("42")
    assert other is not None
    assert other.contact == JANE


def test_deleting_tells_whether_there_was_anything(store: Store) -> None:
    store.updates.record([received("C", "99", body=b"jane@example.org")], T0)

    assert store.orders.delete("nobody", T0) is False
    assert store.orders.delete("99", T0) is True
    assert store.orders.delete("41", T0) is True


def test_a_deleted_order_is_not_known_until_it_is_registered_again(store: Store) -> None:
    store.orders.delete("41", T0)

    assert store.updates.record([received("C")], T0) == [Receipt.HELD]
    assert store.orders.put("41", "", JANE, {}, T0) == (True, 1)
