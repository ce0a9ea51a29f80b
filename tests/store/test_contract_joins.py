"""What a store is: messages with the same join key go out as one, and share its fate."""

from __future__ import annotations

from typing import Any

import pytest

from notifier.core.message import Message, NewMessage, Send, State
from notifier.core.plan import Plan
from notifier.core.reason import Reason
from notifier.core.result import Result
from notifier.core.retry import Outcome, OutcomeKind, Transition
from notifier.core.standing import Join, Wants
from notifier.store.protocol import Store
from notifier.store.sending import Begin
from tests.factories import T0, new_message, received, shipment
from tests.outbox import settle_one
from tests.store.conftest import Write

KEY = "group/slack/rule=problem"
OUTCOMES = {State.DELIVERED: OutcomeKind.DELIVERED, State.FAILED: OutcomeKind.PERMANENT}


def joined(once: str, **more: Any) -> NewMessage:
    return new_message(once, **({"join": KEY} | more))


def three(write: Write) -> list[Message]:
    """Write three messages that go out together, each about an order of its own."""
    return [message for ref in ("41", "42", "43") for message in write(joined(f"k{ref}"), ref=ref)]


def claim(store: Store, now: float = T0) -> Message:
    (message,) = store.outbox.claim("a", now, 60.0, 9)
    return message


def begin(store: Store, message: Message, now: float = T0, **more: Any) -> bool:
    others = tuple(m.id for m in store.outbox.companions(message))
    begun = Begin(message, "#ops", "3 problems", "words", **({"merged": others} | more))
    return bool(store.outbox.start_attempts([begun], now))


def end(store: Store, message: Message, state: State, now: float = T0, **more: Any) -> None:
    reason = None if state in (State.DELIVERED, State.PENDING) else Reason.REFUSED
    due_at = now + 30 if state is State.PENDING else None
    transition = Transition(state, reason, due_at, maybe_sent=state is State.UNKNOWN)
    kind = OUTCOMES.get(state, OutcomeKind.TRANSIENT)
    settle_one(store, message, transition, now, outcome=Outcome(kind), **more)


def states(store: Store) -> dict[str, State]:
    return {m.once: m.state for m in store.outbox.newest((), 99)}


def join(store: Store, key: str = KEY) -> Join:
    return store.standing(Wants(joins=frozenset({key})), T0).joins[key]


def test_a_message_is_on_record_with_its_join_key(store: Store, write: Write) -> None:
    (message,) = write(joined("k1", alert="41", shadow=True))

    assert (message.join, message.alert, message.shadow, message.into) == (KEY, "41", True, None)


def test_of_those_that_go_out_together_the_oldest_is_claimed_alone(store: Store, write: Write) -> None:
    first, *others = three(write)

    assert claim(store).id == first.id
    assert store.outbox.claim("b", T0, 60.0, 9) == []
    assert store.outbox.companions(first) == others


def test_others_with_the_key_on_another_channel_wait_for_nobody(store: Store, write: Write) -> None:
    write(joined("k1"))
    (other,) = write(joined("k2", send=Send("slack", "problem")), ref="42")

    assert {m.once for m in store.outbox.claim("a", T0, 60.0, 9)} == {"k1", "k2"}
    assert store.outbox.companions(other) == []


def test_what_stands_alone_has_no_company(store: Store, write: Write) -> None:
    (message,) = write(new_message("k1"))
    write(new_message("k2"), ref="42")

    assert store.outbox.companions(message) == []


def test_the_others_are_merged_when_it_begins(store: Store, write: Write) -> None:
    first, second, third = three(write)

    assert begin(store, claim(store), now=T0 + 5)

    assert states(store) == {"k41": State.SENDING, "k42": State.MERGED, "k43": State.MERGED}
    found = store.outbox.get(second.id)
    assert found is not None
    assert (found.into, found.ended_at, found.reason) == (first.id, T0 + 5, None)
    assert store.standing(Wants("43"), T0).taken == {third.once}


def test_what_has_moved_on_meanwhile_is_not_merged(store: Store, write: Write) -> None:
    _, second, _ = three(write)
    store.orders.forget(second.ref, T0)

    assert begin(store, claim(store), merged=(second.id,))

    assert states(store) == {"k41": State.SENDING, "k42": State.DROPPED, "k43": State.PENDING}


def test_a_message_whose_order_had_another_update_is_not_begun(store: Store, write: Write) -> None:
    first, *_ = three(write)
    message = claim(store)
    store.updates.record([received("D", "41", at=T0 + 99)], T0)

    assert not begin(store, message, seen=first.update_id)

    found = store.outbox.get(message.id)
    assert found is not None
    assert (found.state, found.claims, found.attempts, found.due_at) == (State.PENDING, 0, 0, T0)
    assert set(states(store).values()) == {State.PENDING}
    (again,) = store.outbox.claim("a", T0, 60.0, 9)
    assert begin(store, again, seen=first.update_id + 99)


@pytest.mark.parametrize("seen", [0, None])
def test_a_message_is_begun_if_its_words_know_of_the_newest_update(
    store: Store, write: Write, seen: int | None
) -> None:
    (message,) = write(new_message())

    assert begin(store, claim(store), seen=None if seen is None else message.update_id)


@pytest.mark.parametrize(
    ("end_", "others"),
    [
        (State.DELIVERED, State.MERGED),
        (State.UNKNOWN, State.MERGED),
        (State.PENDING, State.MERGED),
        (State.FAILED, State.FAILED),
    ],
)
def test_they_share_the_fate_of_the_one_that_they_went_into(
    store: Store, write: Write, end_: State, others: State
) -> None:
    three(write)
    message = claim(store)
    begin(store, message)

    end(store, message, end_)

    assert states(store) == {"k41": end_, "k42": others, "k43": others}
    failed = store.outbox.newest([State.FAILED], 9)
    assert {m.reason for m in failed} <= {Reason.REFUSED}


def test_they_go_along_when_it_is_tried_again(store: Store, write: Write) -> None:
    three(write)
    message = claim(store)
    begin(store, message)
    end(store, message, State.PENDING)
    write(joined("k44"), ref="44")

    again = claim(store, T0 + 30)

    assert again.id == message.id
    assert [m.once for m in store.outbox.companions(again)] == ["k42", "k43", "k44"]
    assert begin(store, again, T0 + 30)
    assert states(store) == {"k41": State.SENDING} | dict.fromkeys(["k42", "k43", "k44"], State.MERGED)


def test_one_that_does_not_go_along_any_more_waits_again(store: Store, write: Write) -> None:
    _, second, _ = three(write)
    message = claim(store)
    begin(store, message)
    end(store, message, State.PENDING)

    assert begin(store, claim(store, T0 + 30), T0 + 30, merged=(second.id,))

    assert states(store) == {"k41": State.SENDING, "k42": State.MERGED, "k43": State.PENDING}


def test_one_that_is_told_another_way_takes_them_along(store: Store, write: Write) -> None:
    three(write)
    message = claim(store)
    begin(store, message)

    end(store, message, State.FAILED, successor=new_message("k41", send=Send("ops-email", "problem")))

    successor = claim(store)
    assert (successor.once, successor.send.channel) == ("k41", "ops-email")
    assert [(m.once, m.into) for m in store.outbox.companions(successor)] == [
        ("k42", successor.id),
        ("k43", successor.id),
    ]


def test_a_verdict_on_the_first_one_is_not_theirs(store: Store, write: Write) -> None:
    three(write)
    message = claim(store)
    begin(store, message)
    end(store, message, State.PENDING)
    again = claim(store, T0 + 30)

    settle_one(store, again, Transition(State.DROPPED, Reason.OVERTAKEN), T0 + 30)

    assert states(store) == {"k41": State.DROPPED, "k42": State.PENDING, "k43": State.PENDING}


def test_they_go_by_themselves_if_the_first_one_is_cancelled_or_forgotten(store: Store, write: Write) -> None:
    for n, gone in enumerate(["cancel", "forget"]):
        refs = [f"{n}-{i}" for i in range(2)]
        for ref in refs:
            write(joined(f"k{ref}"), ref=ref)
        message = claim(store)
        begin(store, message)
        end(store, message, State.PENDING)

        if gone == "forget":
            store.orders.forget(refs[0], T0)
        else:
            store.updates.record([received("D", refs[0], at=T0 + 99)], T0)
            (update_id,) = store.updates.claim("a", T0, 60.0, 9)
            cancels = Plan((), cancels=frozenset({"shipped"}))
            store.updates.record_plan(update_id, "a", cancels, False, "", T0)

        assert [states(store)[f"k{ref}"] for ref in refs] == [State.DROPPED, State.PENDING]
        other = claim(store)
        settle_one(store, other, Transition(State.DROPPED, Reason.BY_HAND), T0)


def test_what_went_into_another_is_cancelled_while_that_waits_for_another_try(
    store: Store, write: Write
) -> None:
    three(write)
    message = claim(store)
    begin(store, message)
    cancels = Plan((), cancels=frozenset({"shipped"}))

    def cancel(ref: str) -> None:
        store.updates.record([received("D", ref, at=T0 + 99)], T0)
        (update_id,) = store.updates.claim("a", T0, 60.0, 9)
        store.updates.record_plan(update_id, "a", cancels, False, "", T0)

    cancel("42")  # it may be on its way
    end(store, message, State.PENDING)
    cancel("43")

    assert states(store) == {"k41": State.PENDING, "k42": State.MERGED, "k43": State.DROPPED}


def test_a_person_sends_them_again_together(store: Store, write: Write) -> None:
    three(write)
    message = claim(store)
    begin(store, message)
    end(store, message, State.FAILED)
    write(new_message("k43"), ref="43")  # was told by another meanwhile

    store.outbox.retry(message.id, T0 + 60)

    found = {(m.once, m.state) for m in store.outbox.newest((), 99)}
    assert found == {
        ("k41", State.PENDING),
        ("k42", State.MERGED),
        ("k43", State.FAILED),
        ("k43", State.PENDING),
    }


def test_a_person_sends_one_of_them_alone(store: Store, write: Write) -> None:
    _, second, _ = three(write)
    message = claim(store)
    begin(store, message)
    end(store, message, State.FAILED)

    again = store.outbox.retry(second.id, T0 + 60)

    assert (again.state, again.into) == (State.PENDING, None)


def test_what_is_made_for_show_is_kept_with_its_words_and_without_an_attempt(
    store: Store, write: Write
) -> None:
    first, second, _ = three(write)
    message = claim(store)
    shown = ("#ops", "2 problems", "words")
    result = Result(message, Transition(State.SHADOWED), shown=shown, merged=(second.id,))

    assert store.outbox.settle([result], T0 + 5) == frozenset()

    # They were made to be sent: their once keys are given back.
    assert states(store) == {
        "k41/shadow/1": State.SHADOWED,
        "k42/shadow/2": State.MERGED,
        "k43": State.PENDING,
    }
    found = store.outbox.get(first.id)
    assert found is not None
    assert (found.recipient, found.ended_at, found.attempts) == ("#ops", T0 + 5, 0)
    history = store.updates.history("41")
    assert history is not None
    assert history.updates[0].messages[0].attempts == ()


# what others go by


def test_a_join_key_tells_when_its_next_one_is_due(store: Store, write: Write) -> None:
    assert join(store) == Join()
    write(joined("k1", due_at=T0 + 60), ref="41")
    write(joined("k2", due_at=T0 + 50), ref="42")
    write(joined("k3", due_at=T0 + 10, join="other"), ref="43")

    assert join(store) == Join(due_at=T0 + 50)


@pytest.mark.parametrize("end_", [State.DELIVERED, State.UNKNOWN, State.FAILED, State.PENDING])
def test_a_join_key_tells_when_its_last_one_went_out(store: Store, write: Write, end_: State) -> None:
    write(joined("k1"))
    message = claim(store)
    assert join(store).last_at is None
    begin(store, message, T0 + 5)
    assert join(store).last_at == T0 + 5

    end(store, message, end_, T0 + 6)

    went_out = end_ in (State.DELIVERED, State.UNKNOWN)
    assert join(store).last_at == (T0 + 6 if went_out else None)
    (waiting,) = write(joined("k2"), ref="42")
    lately = store.outbox.standing([waiting], T0).joins[KEY]
    assert lately.last_at == (T0 + 6 if went_out else None)


# forgetting


@pytest.mark.parametrize("gone", ["41", "42", "43"])
def test_words_that_told_of_a_forgotten_order_are_erased_with_its_parcels(
    store: Store, write: Write, gone: str
) -> None:
    three(write)
    for ref in ("41", "42", "43"):
        store.updates.record([received("E", ref, at=T0 + 99, shipments=(shipment(f"3S{ref}"),))], T0)
    begin(store, claim(store), carried=frozenset({"3S41", "3S42", "3S43"}))

    store.orders.forget(gone, T0)

    left = {"3S41", "3S42", "3S43"} - {f"3S{gone}"}
    for ref in ("41", "42", "43"):
        assert store.standing(Wants(ref), T0).carried() == (frozenset() if ref == gone else left)
