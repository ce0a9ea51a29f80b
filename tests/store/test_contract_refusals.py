"""What a store is: what a service answered lately, and messages that come back from a refusal."""

from __future__ import annotations

from notifier.core.message import Message, State
from notifier.core.reason import Reason
from notifier.core.rest import Effect, Rest, hold
from notifier.core.retry import Outcome, OutcomeKind, Transition
from notifier.store.protocol import Store
from notifier.store.sending import Answered
from tests.factories import T0, new_message
from tests.outbox import settle_one, start_attempt
from tests.store.conftest import Write

REFUSED = Transition(State.FAILED, Reason.REFUSED)
UNKNOWN = Outcome(OutcomeKind.PERMANENT, "550 5.1.1", "rcpt: user unknown", bad_address=True)
DELIVERED = Outcome(OutcomeKind.DELIVERED, "250", "")


def send(store: Store, to: str, outcome: Outcome | None, at: float) -> Message:
    """Send the next message to an address; without an outcome it is on the wire still."""
    (message,) = store.outbox.claim("a", at, 60.0, 1)
    start_attempt(store, message, to, "subject", "text", at)
    if outcome is not None:
        done = Transition(State.DELIVERED) if outcome.kind is OutcomeKind.DELIVERED else REFUSED
        settle_one(store, message, done, at + 1, outcome=outcome)
    return message


def stands(store: Store, message: Message) -> Message:
    found = store.outbox.get(message.id)
    assert found is not None
    return found


def test_what_was_answered_is_told_in_the_order_of_the_ends(store: Store, write: Write) -> None:
    for n in range(4):
        write(new_message(f"k{n}"), ref=f"o{n}")
    old = send(store, "old@example.org", UNKNOWN, T0)
    slow = send(store, "slow@example.org", None, T0 + 10)
    bad = send(store, "bad@example.org", UNKNOWN, T0 + 11)
    settle_one(store, slow, Transition(State.DELIVERED), T0 + 20, outcome=DELIVERED)
    open_ = send(store, "open@example.org", None, T0 + 12)

    said = Outcome(OutcomeKind.PERMANENT, UNKNOWN.code, UNKNOWN.detail)
    assert store.outbox.answered("email", T0 + 5, 10) == [
        Answered(bad.id, "bad@example.org", said, T0 + 11, T0 + 12),
        Answered(slow.id, "slow@example.org", DELIVERED, T0 + 10, T0 + 20),
        Answered(open_.id, "open@example.org", None, T0 + 12, None),
    ]
    assert [a.message for a in store.outbox.answered("email", 0, 2)] == [bad.id, open_.id]
    assert old.id in [a.message for a in store.outbox.answered("email", 0, 10)]
    assert store.outbox.answered("sms", 0, 10) == []


def test_what_was_refused_waits_again_as_if_it_had_not_been_tried_and_its_mark_is_gone(
    store: Store, write: Write
) -> None:
    write(new_message("k1"))
    message = send(store, "jane@example.org", UNKNOWN, T0)
    assert store.addresses.marks(["jane@example.org"])

    store.outbox.put_back([message.id], T0 + 60)

    now = stands(store, message)
    assert (now.state, now.reason, now.due_at, now.ended_at) == (State.PENDING, None, T0 + 60, None)
    assert (now.attempts, now.first_attempt_at) == (0, None)
    assert store.addresses.marks(["jane@example.org"]) == {}
    assert store.outbox.claim("a", T0 + 59, 60.0, 1) == []
    assert [m.id for m in store.outbox.claim("a", T0 + 60, 60.0, 1)] == [message.id]


def test_what_is_told_another_way_or_ended_otherwise_stays(store: Store, write: Write) -> None:
    for n in (1, 2, 3):
        write(new_message(f"k{n}"), ref=f"o{n}")
    gone = send(store, "a@example.org", UNKNOWN, T0)
    write(new_message("k1", due_at=T0 + 900))
    fine = send(store, "b@example.org", DELIVERED, T0)
    left = send(store, "c@example.org", None, T0)
    settle_one(store, left, Transition(State.FAILED, Reason.GAVE_UP), T0 + 1, outcome=UNKNOWN)

    store.outbox.put_back([gone.id, fine.id, left.id], T0 + 60)

    assert [stands(store, m).state for m in (gone, fine, left)] == [
        State.FAILED,
        State.DELIVERED,
        State.FAILED,
    ]


def test_a_channel_that_refuses_everybody_says_by_which_code(store: Store, write: Write) -> None:
    write(new_message("k1"), ref="o1")
    write(new_message("k2"), ref="o2")
    pause = hold("550 5.1.1", T0, T0)
    (message,) = store.outbox.claim("a", T0, 60.0, 1)
    start_attempt(store, message, "a@example.org", "", "", T0)
    waits = Transition(State.PENDING, due_at=T0 + 20, counts=False)
    settle_one(store, message, waits, T0, outcome=UNKNOWN, effect=Effect(pause))

    (state,) = store.channels.paused()
    assert (state.reason, state.code, state.until) == (Reason.REFUSES_EVERYONE, "550 5.1.1", pause.until)
    assert [(e.kind, e.detail) for e in store.events.newest(9)] == [
        ("channel_down", "it refuses us, not single recipients: 550 5.1.1 rcpt: user unknown")
    ]
    store.channels.probe("email", T0 + 5)
    assert len(store.outbox.claim("a", T0 + 5, 60.0, 9)) == 1, "one probes it"
    assert Rest(state.reason, pause.until, state.code) == pause
