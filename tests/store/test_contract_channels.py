"""What a store is: channels rest, and their messages wait."""

from __future__ import annotations

import pytest

from notifier.core.message import Message, Send, State
from notifier.core.reason import Reason
from notifier.core.retry import Outcome, OutcomeKind, Transition
from notifier.store.protocol import ChannelState, Store
from tests.factories import T0, new_message
from tests.store.conftest import Write

DOWN = Transition(State.PENDING, due_at=T0, counts=False, pause_until=T0 + 300)


def claim(store: Store, now: float = T0) -> list[Message]:
    return store.outbox.claim("a", now, 60.0, 10)


def send(store: Store, transition: Transition, kind: OutcomeKind, now: float = T0) -> Message:
    (message,) = claim(store, now)
    store.outbox.start_attempt(message, "jane@example.org", "", "", now)
    store.outbox.settle(message, transition, now, outcome=Outcome(kind, "535", "wrong password"))
    return message


def test_a_channel_rests_until_it_is_resumed(store: Store, write: Write) -> None:
    write(new_message("k1"), new_message("k2", send=Send("sms", "told")))

    store.channels.pause("email", Reason.NOT_CONFIGURED, None, "EMAIL_URL is not set", T0 + 1)

    state = ChannelState("email", Reason.NOT_CONFIGURED, T0 + 1, None, "EMAIL_URL is not set")
    assert store.channels.paused() == [state]
    assert [m.once for m in claim(store, T0 + 1e9)] == ["k2"]
    store.channels.resume("email")
    assert store.channels.paused() == []
    assert [m.once for m in claim(store, T0 + 1e9)] == ["k1"]


def test_a_channel_rests_until_its_time(store: Store, write: Write) -> None:
    write(new_message())
    store.channels.pause("email", Reason.CHANNEL_DOWN, T0 + 300, "", T0)

    assert claim(store, T0 + 299) == []
    assert len(claim(store, T0 + 300)) == 1


def test_a_channel_that_is_paused_again_keeps_since_when_it_rests(store: Store) -> None:
    store.channels.pause("email", Reason.CHANNEL_DOWN, T0 + 300, "535", T0)
    store.channels.pause("email", Reason.CHANNEL_DOWN, T0 + 600, "421", T0 + 300)

    assert store.channels.paused() == [ChannelState("email", Reason.CHANNEL_DOWN, T0, T0 + 600, "421")]


def test_resuming_what_does_not_rest_is_nothing(store: Store) -> None:
    store.channels.resume("email")

    assert store.channels.paused() == []


def test_a_channel_that_refuses_us_rests_and_the_attempt_does_not_count(store: Store, write: Write) -> None:
    write(new_message())

    message = send(store, DOWN, OutcomeKind.CHANNEL_DOWN)

    (state,) = store.channels.paused()
    assert (state.name, state.reason, state.until) == ("email", Reason.CHANNEL_DOWN, T0 + 300)
    assert state.detail == "535 wrong password"
    waiting = store.outbox.get(message.id)
    assert waiting is not None
    assert (waiting.state, waiting.attempts, waiting.first_attempt_at) == (State.PENDING, 0, None)
    assert claim(store, T0 + 299) == []


def test_an_uncounted_attempt_keeps_the_patience_of_those_before(store: Store, write: Write) -> None:
    write(new_message(due_at=T0 - 5))
    send(store, Transition(State.PENDING, due_at=T0), OutcomeKind.TRANSIENT, T0 - 5)

    message = send(store, DOWN, OutcomeKind.CHANNEL_DOWN)

    waiting = store.outbox.get(message.id)
    assert waiting is not None
    assert (waiting.attempts, waiting.first_attempt_at) == (1, T0 - 5)


def test_a_delivery_ends_the_rest_of_a_channel_that_refused_us(store: Store, write: Write) -> None:
    write(new_message("k1"))
    send(store, DOWN, OutcomeKind.CHANNEL_DOWN)

    send(store, Transition(State.DELIVERED), OutcomeKind.DELIVERED, T0 + 300)

    assert store.channels.paused() == []


def test_a_channel_whose_rest_is_over_is_probed_by_one_message_before_the_others_go(
    store: Store, write: Write
) -> None:
    born = write(*(new_message(f"k{n}") for n in range(3)))
    store.channels.pause("email", Reason.CHANNEL_DOWN, T0 + 300, "535", T0)

    (probe,) = claim(store, T0 + 300)

    assert probe.id == born[0].id
    assert claim(store, T0 + 300) == [], "the others wait for what becomes of it"
    assert store.outbox.next_due(T0 + 300) == T0 + 360, "only its lease is worth waking for"
    store.outbox.start_attempt(probe, "jane@example.org", "", "", T0 + 300)
    store.outbox.settle(probe, Transition(State.DELIVERED), T0 + 301, outcome=Outcome(OutcomeKind.DELIVERED))
    assert [m.id for m in claim(store, T0 + 301)] == [born[1].id], "one order's messages keep their order"


def test_a_probe_that_is_refused_as_well_leaves_the_others_waiting(store: Store, write: Write) -> None:
    write(new_message("k1"), new_message("k2"))
    send(store, DOWN, OutcomeKind.CHANNEL_DOWN)
    (probe,) = claim(store, T0 + 300)
    store.outbox.start_attempt(probe, "jane@example.org", "", "", T0 + 300)
    again = Transition(State.PENDING, due_at=T0 + 300, counts=False, pause_until=T0 + 600)

    store.outbox.settle(probe, again, T0 + 300, outcome=Outcome(OutcomeKind.CHANNEL_DOWN))

    assert claim(store, T0 + 301) == []
    assert store.outbox.next_due(T0 + 301) == T0 + 600


@pytest.mark.parametrize(
    ("transition", "kind"),
    [(Transition(State.DELIVERED), OutcomeKind.DELIVERED), (DOWN, OutcomeKind.CHANNEL_DOWN)],
)
def test_no_result_from_the_wire_resumes_a_channel_that_lost_its_configuration(
    store: Store, write: Write, transition: Transition, kind: OutcomeKind
) -> None:
    write(new_message())
    (message,) = claim(store)
    store.outbox.start_attempt(message, "jane@example.org", "", "", T0)
    store.channels.pause("email", Reason.NOT_CONFIGURED, None, "", T0)

    store.outbox.settle(message, transition, T0, outcome=Outcome(kind))

    assert store.channels.paused() == [ChannelState("email", Reason.NOT_CONFIGURED, T0, None)]
