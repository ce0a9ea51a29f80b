"""What a store is: limits and rests of channels where several things happen at once."""

from __future__ import annotations

from notifier.core.message import Message, Send, State
from notifier.core.quota import Limits, Quota
from notifier.core.reason import Reason
from notifier.core.rest import WIRE_REASONS, Effect
from notifier.core.retry import Outcome, OutcomeKind, Transition
from notifier.store.protocol import Store
from tests.factories import T0, new_message
from tests.outbox import settle_one, start_attempt
from tests.store.conftest import Write

DAY = 86_400.0
DELIVERED = Transition(State.DELIVERED)
OTHER_WAY = (Send("sms", "told"),)


def claim(store: Store, limits: Limits, now: float = T0) -> list[Message]:
    return store.outbox.claim("a", now, 60.0, 100, {"email": limits})


def begin(store: Store, message: Message, now: float) -> None:
    start_attempt(store, message, "jane@example.org", "", "", now)


def deliver(store: Store, limits: Limits, now: float) -> int:
    claimed = claim(store, limits, now)
    for message in claimed:
        begin(store, message, now)
        settle_one(store, message, DELIVERED, now, outcome=Outcome(OutcomeKind.DELIVERED))
    return len(claimed)


def budget_events(store: Store) -> int:
    return sum(event.kind == "budget_reached" for event in store.events.newest(100))


def test_a_budget_is_not_used_up_by_attempts_that_may_yet_fail(store: Store, write: Write) -> None:
    for n in range(3):
        write(new_message(f"k{n}", fallbacks=OTHER_WAY), ref=f"o{n}")
    limits = Limits(10, budget=Quota(2, DAY))
    assert deliver(store, Limits(1, budget=Quota(2, DAY)), T0) == 1
    (message,) = claim(store, limits, T0 + 1)
    begin(store, message, T0 + 1)

    assert claim(store, limits, T0 + 2) == [], "the last place may be taken"
    assert store.channels.paused() == []
    busy = Transition(State.PENDING, due_at=T0 + 30)
    settle_one(store, message, busy, T0 + 3, outcome=Outcome(OutcomeKind.TRANSIENT, "451"))

    assert [m.once for m in claim(store, limits, T0 + 4)] == ["k2"], "it is not"
    assert budget_events(store) == 0


def test_a_budget_that_was_lowered_rests_until_there_is_room(store: Store, write: Write) -> None:
    for n in range(6):
        write(new_message(f"k{n}"), ref=f"o{n}")
    for n in range(4):
        assert deliver(store, Limits(1, budget=Quota(9, DAY)), T0 + n) == 1
    lowered = Limits(10, budget=Quota(2, DAY))

    assert claim(store, lowered, T0 + 10) == []
    (state,) = store.channels.paused()
    assert (state.reason, state.until) == (Reason.BUDGET_REACHED, T0 + 2 + DAY)
    assert store.outbox.next_due(T0 + 10, {"email": lowered}) == T0 + 2 + DAY
    assert claim(store, lowered, T0 + DAY) == []
    assert budget_events(store) == 1
    assert deliver(store, lowered, T0 + 2 + DAY) == 1


def test_a_budget_that_was_raised_is_room_at_once(store: Store, write: Write) -> None:
    for n in range(3):
        write(new_message(f"k{n}"), ref=f"o{n}")
    assert deliver(store, Limits(10, budget=Quota(2, DAY)), T0) == 2
    assert claim(store, Limits(10, budget=Quota(2, DAY)), T0 + 1) == []

    assert len(claim(store, Limits(10, budget=Quota(3, DAY)), T0 + 2)) == 1
    assert store.channels.paused() == []


def test_a_rate_that_was_lowered_looks_again_when_there_is_room(store: Store, write: Write) -> None:
    for n in range(5):
        write(new_message(f"k{n}"), ref=f"o{n}")
    for n in range(4):
        assert deliver(store, Limits(1, rate=Quota(9, 60.0)), T0 + n) == 1
    lowered = Limits(10, rate=Quota(2, 60.0))

    assert claim(store, lowered, T0 + 10) == []
    assert store.outbox.next_due(T0 + 10, {"email": lowered}) == T0 + 2 + 60.0


def test_what_leaves_a_resting_channel_is_marked_so(store: Store, write: Write) -> None:
    write(new_message("k1", fallbacks=OTHER_WAY))
    store.channels.pause("email", Reason.CHANNEL_DOWN, T0 + 0.5, "", T0)

    (leaving,) = claim(store, Limits(10, patience=0.0), T0)

    assert leaving.leaves
    store.outbox.give_back(leaving)
    (again,) = claim(store, Limits(10, patience=0.0), T0 + 1)
    assert not again.leaves


def test_a_message_that_went_back_to_wait_keeps_its_place(store: Store, write: Write) -> None:
    write(new_message("k1"))
    write(new_message("k2"))
    (first,) = claim(store, Limits(10))
    assert first.once == "k1"
    store.outbox.give_back(first, T0 + 300)

    assert claim(store, Limits(10), T0 + 1) == []
    assert [m.once for m in claim(store, Limits(10), T0 + 300)] == ["k1"]


def test_an_earlier_message_without_another_way_keeps_no_later_one_on_a_resting_channel(
    store: Store, write: Write
) -> None:
    write(new_message("k1"))
    write(new_message("k2", fallbacks=OTHER_WAY))
    store.channels.pause("email", Reason.PAUSED_BY_HAND, None, "", T0)

    assert [m.once for m in claim(store, Limits(10, patience=600.0), T0 + 600)] == ["k2"]


def test_messages_of_one_order_leave_a_resting_channel_one_after_the_other(
    store: Store, write: Write
) -> None:
    write(new_message("k1", fallbacks=OTHER_WAY))
    write(new_message("k2", fallbacks=OTHER_WAY))
    store.channels.pause("email", Reason.PAUSED_BY_HAND, None, "", T0)
    patient = Limits(10, patience=600.0)

    (first,) = claim(store, patient, T0 + 600)
    assert first.once == "k1"
    assert claim(store, patient, T0 + 600) == []
    store.outbox.give_back(first, T0 + 900)
    assert [m.once for m in claim(store, patient, T0 + 600)] == ["k2"], "the first has no other way now"


def test_a_delivery_that_was_on_its_way_does_not_end_the_time_that_a_service_asked_for(
    store: Store, write: Write
) -> None:
    write(new_message("k1"), ref="o1")
    write(new_message("k2"), ref="o2")
    (first,) = claim(store, Limits(1))
    begin(store, first, T0)
    store.channels.pause("email", Reason.THROTTLED, T0 + 60, "HTTP 429", T0)
    over = Effect(over=WIRE_REASONS)

    settle_one(store, first, DELIVERED, T0 + 1, outcome=Outcome(OutcomeKind.DELIVERED), effect=over)

    assert [state.until for state in store.channels.paused()] == [T0 + 60]
    (probe,) = claim(store, Limits(10), T0 + 60)
    begin(store, probe, T0 + 60)
    settle_one(store, probe, DELIVERED, T0 + 61, outcome=Outcome(OutcomeKind.DELIVERED), effect=over)
    assert store.channels.paused() == []


def test_a_clock_that_was_far_ahead_uses_up_no_limit(store: Store, write: Write) -> None:
    for n in range(3):
        write(new_message(f"k{n}"), ref=f"o{n}")
    limits = Limits(1, rate=Quota(1, 60.0))
    assert deliver(store, limits, T0 + DAY) == 1

    assert deliver(store, limits, T0) == 1, "a day would be waited for, for a limit of a minute"
    assert deliver(store, limits, T0 + 59) == 0
    assert deliver(store, limits, T0 + 60) == 1
