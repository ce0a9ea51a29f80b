"""What a store is: messages are claimed with a lease and a fence, and settled by whoever holds it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from notifier.core.message import Message, NewMessage, Send, State
from notifier.core.reason import Reason
from notifier.core.retry import MAX_CLAIMS, Outcome, OutcomeKind, Transition, settle_lapsed
from notifier.core.standing import Wants
from notifier.errors import NotAllowed, NotFound
from notifier.store.protocol import Store
from notifier.store.sending import Backlog
from tests.factories import JANE, T0, new_message, received
from tests.outbox import settle_one, start_attempt
from tests.store.conftest import Write, register

LEASE = 60.0
DELIVERED = Transition(State.DELIVERED)
REFUSED = Transition(State.FAILED, Reason.REFUSED)
LOST = Transition(State.UNKNOWN, Reason.ANSWER_LOST, maybe_sent=True)
OUTCOMES = {State.DELIVERED: OutcomeKind.DELIVERED, State.FAILED: OutcomeKind.PERMANENT}


def claim(store: Store, worker: str = "a", now: float = T0, limit: int = 10) -> list[Message]:
    return store.outbox.claim(worker, now, LEASE, limit)


def begin(store: Store, message: Message, now: float = T0) -> None:
    start_attempt(store, message, "jane@example.org", "On its way", "Dear Jane", now)


def end(store: Store, message: Message, transition: Transition, kind: OutcomeKind | None = None) -> None:
    kind = kind or OUTCOMES.get(transition.state, OutcomeKind.UNKNOWN)
    settle_one(store, message, transition, T0 + 1, outcome=Outcome(kind, "250", "fine", provider_id="p1"))


def send(store: Store, transition: Transition, kind: OutcomeKind | None = None, now: float = T0) -> Message:
    """Take the message that is due through one attempt."""
    (message,) = claim(store, now=now)
    begin(store, message)
    end(store, message, transition, kind)
    return message


def get(store: Store, message: Message) -> Message:
    found = store.outbox.get(message.id)
    assert found is not None
    return found


# birth


def test_a_message_is_born_as_planned(store: Store, write: Write) -> None:
    planned = new_message(
        "k1", fallbacks=(Send("sms", "told"), Send("slack", "other")), shipment="3S/1", due_at=T0 + 5
    )

    (born,) = write(planned, now=T0 + 2)

    assert born == Message(
        id=born.id,
        update_id=born.update_id,
        ref="41",
        rule="shipped",
        send=planned.send,
        recipient="jane@example.org",
        once="k1",
        message_id=planned.message_id,
        state=State.PENDING,
        reason=None,
        due_at=T0 + 5,
        created_at=T0 + 2,
        fallbacks=planned.fallbacks,
        shipment="3S/1",
        fingerprint="f1",
    )
    assert store.outbox.get(born.id + 1) is None


def test_a_message_may_be_born_dropped(store: Store, write: Write) -> None:
    (born,) = write(new_message(state=State.DROPPED, reason=Reason.NO_ADDRESS), now=T0 + 2)

    assert (born.state, born.reason, born.ended_at) == (State.DROPPED, Reason.NO_ADDRESS, T0 + 2)
    assert claim(store, now=T0 + 1e6) == []


def test_counts_and_the_newest_by_state(store: Store, write: Write) -> None:
    write(new_message("k1"), new_message("k2"), new_message("k3", state=State.DROPPED, reason=Reason.LATE))
    send(store, DELIVERED)

    assert store.outbox.counts() == {"delivered": 1, "pending": 1, "dropped": 1}
    assert [m.once for m in store.outbox.newest((), 2)] == ["k3", "k2"]
    assert [m.once for m in store.outbox.newest([State.DELIVERED, State.PENDING], 9)] == ["k2", "k1"]


# claims


def test_due_messages_are_claimed_oldest_first_up_to_the_limit(store: Store, write: Write) -> None:
    channels = ("email", "sms", "slack", "push")
    due = (T0 + 2, T0, T0 + 1, T0 + 3)
    write(*(new_message(c, send=Send(c, "told"), due_at=at) for c, at in zip(channels, due, strict=True)))

    assert [m.once for m in claim(store, now=T0 + 2, limit=2)] == ["sms", "slack"]
    assert [m.once for m in claim(store, now=T0 + 2)] == ["email"]
    assert claim(store, now=T0 + 2) == []
    assert claim(store, now=T0 + 3, limit=0) == []
    assert [m.once for m in claim(store, now=T0 + 3)] == ["push"]


def test_a_claimed_message_says_so(store: Store, write: Write) -> None:
    write(new_message())

    (message,) = claim(store)

    assert (message.state, message.claims, message.fence) == (State.SENDING, 1, 1)
    assert get(store, message) == message


def test_a_message_waits_for_an_earlier_one_of_its_order_on_its_channel(store: Store, write: Write) -> None:
    first, second = write(new_message("k1"), new_message("k2"))
    write(new_message("k3"), ref="42")

    assert [m.once for m in claim(store)] == ["k1", "k3"]
    assert claim(store) == []
    begin(store, first_claimed := get(store, first))
    end(store, first_claimed, DELIVERED)
    assert [m.id for m in claim(store)] == [second.id]


def test_a_message_waits_while_an_earlier_one_waits_for_another_try(store: Store, write: Write) -> None:
    write(new_message("k1"), new_message("k2"))
    write(new_message("k3"), ref="42")
    send_all = claim(store)
    for message in send_all:
        begin(store, message)
        end(store, message, Transition(State.PENDING, due_at=T0 + 100), OutcomeKind.TRANSIENT)

    assert claim(store, now=T0 + 99) == []
    assert [m.once for m in claim(store, now=T0 + 100)] == ["k1", "k3"]


def test_a_message_that_is_to_be_sent_later_holds_nothing_up(store: Store, write: Write) -> None:
    write(new_message("k1", due_at=T0 + 100), new_message("k2"))

    assert [m.once for m in claim(store)] == ["k2"]


@pytest.mark.parametrize("ended", [DELIVERED, REFUSED, LOST])
def test_what_has_ended_holds_nothing_up(store: Store, write: Write, ended: Transition) -> None:
    write(new_message("k1"), new_message("k2"))
    send(store, ended)

    assert [m.once for m in claim(store)] == ["k2"]


def test_a_lease_lapses_and_the_message_returns_with_its_count(store: Store, write: Write) -> None:
    write(new_message())
    (message,) = claim(store, "a")

    assert store.outbox.lapsed(T0 + LEASE - 1, 9) == []
    ((lapsed, attempt_open),) = store.outbox.lapsed(T0 + LEASE, 9)

    assert not attempt_open
    assert (lapsed.id, lapsed.claims, lapsed.state) == (message.id, 1, State.SENDING)
    assert lapsed.fence > message.fence
    assert store.outbox.lapsed(T0 + LEASE, 9) == []  # one worker takes it over
    settle_one(store, lapsed, Transition(State.PENDING, due_at=T0 + LEASE, lapsed=True), T0 + LEASE)
    (again,) = claim(store, "b", T0 + LEASE)
    assert again.claims == 2


def test_a_message_whose_recovery_failed_lapses_again(store: Store, write: Write) -> None:
    write(new_message())
    claim(store)
    ((first, _),) = store.outbox.lapsed(T0 + LEASE, 9)

    ((second, _),) = store.outbox.lapsed(T0 + 1e6, 9)

    assert second.fence > first.fence


def test_lapsed_tells_whether_an_attempt_is_open(store: Store, write: Write) -> None:
    write(new_message("k1", send=Send("email", "t")), new_message("k2", send=Send("sms", "t")))
    begun, idle = claim(store)
    begin(store, begun)

    assert {m.id: is_open for m, is_open in store.outbox.lapsed(T0 + LEASE, 9)} == {
        begun.id: True,
        idle.id: False,
    }


def test_an_attempt_with_a_result_is_not_open(store: Store, write: Write) -> None:
    write(new_message())
    send(store, Transition(State.PENDING, due_at=T0), OutcomeKind.TRANSIENT)
    claim(store)

    assert [is_open for _, is_open in store.outbox.lapsed(T0 + LEASE, 9)] == [False]


def test_as_many_lapsed_messages_are_taken_over_as_asked_for(store: Store, write: Write) -> None:
    write(*(new_message(c, send=Send(c, "t")) for c in "abc"))
    claim(store)

    assert [len(store.outbox.lapsed(T0 + LEASE, 2)) for _ in range(3)] == [2, 1, 0]


@pytest.mark.parametrize("begun", [False, True])
def test_a_message_is_set_aside_after_three_claims_without_a_word(
    store: Store, write: Write, begun: bool
) -> None:
    write(new_message())
    now = T0
    for _ in range(MAX_CLAIMS):
        (message,) = claim(store, now=now)
        if begun:
            begin(store, message)
        now += LEASE
        ((lapsed, attempt_open),) = store.outbox.lapsed(now, 9)
        assert attempt_open is begun
        transition = settle_lapsed(lapsed, attempt_open=attempt_open, resend_unknown=True, now=now)
        vanished = Outcome(OutcomeKind.UNKNOWN) if attempt_open else None
        settle_one(store, lapsed, transition, now, outcome=vanished)

    ended = get(store, message)
    assert (ended.state, ended.reason, ended.maybe_sent) == (State.FAILED, Reason.SET_ASIDE, begun)
    assert claim(store, now=now + 1e6) == []


def test_nothing_else_is_set_aside_with_the_message_that_ends_the_workers(store: Store, write: Write) -> None:
    for name in "abc":
        write(new_message(name), ref=name)
    assert [m.once for m in claim(store, "w0")] == ["a", "b", "c"]
    write(new_message("d"), ref="d")
    for n in range(1, MAX_CLAIMS):
        die(store, f"w{n - 1}")
        # `a` is prepared alone; whoever was never held by a worker that ended goes along.
        assert [m.once for m in claim(store, f"w{n}")] == (["a", "d"] if n == 1 else ["a"])
        assert claim(store, f"w{n}") == []
    die(store, f"w{MAX_CLAIMS - 1}")

    (set_aside,) = store.outbox.newest([State.FAILED], 9)
    assert (set_aside.once, set_aside.reason) == ("a", Reason.SET_ASIDE)
    # Once the next has been begun it is none of those that end workers over the words.
    for name in "bcd":
        (message,) = claim(store, "good")
        assert message.once == name
        begin(store, message)


def die(store: Store, worker: str) -> None:
    """Let a worker be gone, and another settle what it held."""
    store.release(worker)
    for message, attempt_open in store.outbox.lapsed(T0, 9):
        transition = settle_lapsed(message, attempt_open=attempt_open, resend_unknown=False, now=T0)
        settle_one(store, message, transition, T0)


def test_a_result_starts_the_count_of_claims_anew(store: Store, write: Write) -> None:
    write(new_message())
    for _ in range(5):
        send(store, Transition(State.PENDING, due_at=T0), OutcomeKind.TRANSIENT)

    (message,) = claim(store)

    assert (message.claims, message.attempts) == (1, 5)


def test_what_was_given_back_is_due_as_before_and_counts_for_nothing(store: Store, write: Write) -> None:
    write(new_message())
    (message,) = claim(store, "a")

    store.outbox.give_back(message)

    (again,) = claim(store, "b")
    assert (again.id, again.claims, again.due_at, again.attempts) == (message.id, 1, T0, 0)
    assert again.fence > message.fence
    store.outbox.give_back(message)  # the one before has no say any more
    assert get(store, message).state is State.SENDING


# attempts and results


def test_an_attempt_is_on_record_before_anything_is_sent(store: Store, write: Write) -> None:
    write(new_message())
    (message,) = claim(store)

    begin(store, message, T0 + 3)

    tried = get(store, message)
    assert (tried.attempts, tried.first_attempt_at, tried.state) == (1, T0 + 3, State.SENDING)
    history = store.updates.history("41")
    assert history is not None
    ((attempt,),) = (m.attempts for u in history.updates for m in u.messages)
    assert (attempt.number, attempt.channel, attempt.started_at) == (1, "email", T0 + 3)
    assert (attempt.ended_at, attempt.outcome) == (None, "")


def test_attempts_are_numbered_and_keep_their_evidence(store: Store, write: Write) -> None:
    write(new_message())
    send(store, Transition(State.PENDING, due_at=T0), OutcomeKind.TRANSIENT)
    message = send(store, DELIVERED)

    history = store.updates.history("41")

    assert history is not None
    (told,) = (m for u in history.updates for m in u.messages)
    assert [(a.number, a.outcome, a.code, a.detail, a.ended_at) for a in told.attempts] == [
        (1, "transient", "250", "fine", T0 + 1),
        (2, "delivered", "250", "fine", T0 + 1),
    ]
    ended = get(store, message)
    assert (ended.state, ended.ended_at, ended.attempts) == (State.DELIVERED, T0 + 1, 2)


def test_a_stale_claimant_can_neither_begin_nor_settle(store: Store, write: Write) -> None:
    write(new_message())
    (stale,) = claim(store, "a")
    ((lapsed, _),) = store.outbox.lapsed(T0 + LEASE, 9)
    settle_one(store, lapsed, Transition(State.PENDING, due_at=T0), T0)
    (held,) = claim(store, "b")
    before = store.updates.history("41")

    with pytest.raises(NotAllowed):
        begin(store, stale)
    with pytest.raises(NotAllowed):
        end(store, stale, Transition(State.PENDING, due_at=T0), OutcomeKind.CHANNEL_DOWN)
    with pytest.raises(NotAllowed):
        settle_one(store, stale, REFUSED, T0, successor=new_message("k9"))

    assert store.updates.history("41") == before
    assert store.channels.paused() == []
    begin(store, held)
    end(store, held, DELIVERED)


def test_a_message_is_settled_once(store: Store, write: Write) -> None:
    write(new_message())
    message = send(store, DELIVERED)

    with pytest.raises(NotAllowed):
        end(store, message, REFUSED)

    assert get(store, message).state is State.DELIVERED


def test_a_result_without_an_attempt_says_why(store: Store, write: Write) -> None:
    write(new_message())
    (message,) = claim(store)

    failed = Transition(State.FAILED, Reason.TEMPLATE_FAILED)
    settle_one(store, message, failed, T0 + 9, detail="shipped/email.html:3: no such field")

    ended = get(store, message)
    assert (ended.state, ended.reason, ended.ended_at) == (State.FAILED, Reason.TEMPLATE_FAILED, T0 + 9)
    assert ended.detail == "shipped/email.html:3: no such field"
    assert ended.attempts == 0


def test_what_may_have_been_sent_is_never_forgotten(store: Store, write: Write) -> None:
    write(new_message())
    send(store, Transition(State.PENDING, due_at=T0, maybe_sent=True), OutcomeKind.UNKNOWN)

    message = send(store, REFUSED)

    assert get(store, message).maybe_sent


# once


def refused(store: Store, write: Write, message: NewMessage) -> bool:
    """Tell whether a further message is refused; in a transaction, so that nothing of it stays."""
    try:
        with store.transaction():
            write(message)
    except Exception:  # noqa: BLE001  each engine has its own word for it
        return True
    return False


@pytest.mark.parametrize("state", [State.PENDING, State.SENDING, State.DELIVERED, State.UNKNOWN])
def test_a_message_that_reached_or_may_yet_reach_somebody_holds_its_key(
    store: Store, write: Write, state: State
) -> None:
    write(new_message("k1"))
    if state is State.SENDING:
        claim(store)
    elif state is not State.PENDING:
        send(store, Transition(state, Reason.ANSWER_LOST if state is State.UNKNOWN else None))

    assert store.standing(Wants(keys=frozenset({"k1", "k2"})), T0).taken == {"k1"}
    assert refused(store, write, new_message("k1"))
    assert store.outbox.counts() == {state.value: 1}


def test_a_key_is_free_again_after_a_permanent_failure(store: Store, write: Write) -> None:
    write(new_message("k1"))
    send(store, REFUSED)

    assert store.standing(Wants(keys=frozenset({"k1"})), T0).taken == frozenset()
    assert not refused(store, write, new_message("k1"))
    assert store.outbox.counts() == {"failed": 1, "pending": 1}


def test_a_dropped_message_holds_no_key(store: Store, write: Write) -> None:
    write(new_message("k1", state=State.DROPPED, reason=Reason.LATE))

    assert store.standing(Wants(keys=frozenset({"k1"})), T0).taken == frozenset()
    assert not refused(store, write, new_message("k1"))


def test_a_failed_message_that_may_have_been_sent_holds_its_key(store: Store, write: Write) -> None:
    write(new_message("k1"))
    send(store, Transition(State.PENDING, due_at=T0, maybe_sent=True), OutcomeKind.UNKNOWN)
    send(store, REFUSED)

    assert store.standing(Wants(keys=frozenset({"k1"})), T0).taken == {"k1"}
    assert refused(store, write, new_message("k1"))


def test_no_keys_are_taken_where_none_are_asked_for(store: Store) -> None:
    assert store.standing(Wants(keys=frozenset(frozenset())), T0).taken == frozenset()


def test_a_successor_takes_over_the_key(store: Store, write: Write) -> None:
    write(new_message("k1", send=Send("sms", "told"), fallbacks=(Send("email", "told"),)))
    (message,) = claim(store)
    begin(store, message)

    settle_one(
        store, message, REFUSED, T0 + 1, outcome=Outcome(OutcomeKind.PERMANENT), successor=new_message("k1")
    )

    (born,) = claim(store, now=T0 + 1)
    assert (born.send.channel, born.once, born.ref, born.update_id, born.fingerprint) == (
        "email",
        "k1",
        "41",
        message.update_id,
        "f1",
    )
    assert store.outbox.counts() == {"failed": 1, "sending": 1}


def test_a_successor_is_refused_whole_while_the_key_is_held(store: Store, write: Write) -> None:
    write(new_message("k1"))
    (message,) = claim(store)
    begin(store, message)

    with pytest.raises(Exception):  # noqa: B017
        settle_one(
            store, message, LOST, T0, outcome=Outcome(OutcomeKind.UNKNOWN), successor=new_message("k1")
        )

    assert store.outbox.counts() == {"sending": 1}
    end(store, message, DELIVERED)


# by hand


@pytest.mark.parametrize("transition", [REFUSED, LOST])
def test_a_person_may_have_it_sent_again_with_fresh_patience(
    store: Store, write: Write, transition: Transition
) -> None:
    write(new_message())
    message = send(store, transition)

    again = store.outbox.retry(message.id, T0 + 500)

    assert again == get(store, message)
    assert (again.state, again.reason, again.due_at, again.ended_at) == (State.PENDING, None, T0 + 500, None)
    assert (again.attempts, again.first_attempt_at, again.claims) == (0, None, 0)
    assert again.maybe_sent is transition.maybe_sent
    (claimed,) = claim(store, now=T0 + 500)
    begin(store, claimed)
    assert claimed.message_id == message.message_id


def test_a_failed_message_is_not_sent_again_when_a_later_one_has_told_it(store: Store, write: Write) -> None:
    write(new_message("k1"))
    message = send(store, REFUSED)
    write(new_message("k1"))

    with pytest.raises(NotAllowed):
        store.outbox.retry(message.id, T0)

    assert store.outbox.counts() == {"failed": 1, "pending": 1}


@pytest.mark.parametrize("state", [State.PENDING, State.SENDING, State.DELIVERED, State.DROPPED])
def test_only_failed_and_unknown_messages_can_be_retried(store: Store, write: Write, state: State) -> None:
    reason = Reason.LATE if state is State.DROPPED else None
    born = State.DROPPED if state is State.DROPPED else State.PENDING
    (message,) = write(new_message(state=born, reason=reason))
    if state is State.SENDING:
        claim(store)
    elif state is State.DELIVERED:
        send(store, DELIVERED)

    with pytest.raises(NotAllowed, match=state.value):
        store.outbox.retry(message.id, T0)
    with pytest.raises(NotFound):
        store.outbox.retry(message.id + 1, T0)

    assert store.outbox.counts() == {state.value: 1}


# what it is about


def test_a_messages_situation_is_its_update_with_the_order_as_it_is_now(store: Store, write: Write) -> None:
    (message,) = write(new_message())
    store.updates.record([received("D", at=T0 + 99), received("X", "42", at=T0 + 99)], T0)
    register(store, "41", replace(JANE, email="new@example.org"))

    (situation,) = store.outbox.situations([message])

    assert situation.update.id == message.update_id
    assert situation.order.contact == replace(JANE, email="new@example.org")
    assert situation.order.code == "D"
    assert (situation.late, situation.overtaken) == (False, True)


def test_a_message_of_the_newest_update_is_not_overtaken(store: Store, write: Write) -> None:
    write(new_message("k1"))
    (message,) = write(new_message("k2"))

    assert not store.outbox.situations([message])[0].overtaken


def test_a_message_remembers_that_its_update_came_late(store: Store, write: Write) -> None:
    def late_plan(*args: Any) -> Any:
        return record_plan(*args[:3], True, *args[4:])

    record_plan = store.updates.record_plan
    store.updates.record_plan = late_plan  # type: ignore[method-assign]
    (message,) = write(new_message())

    assert store.outbox.situations([message])[0].late


# when to look again


def test_next_due_is_the_first_thing_to_wait_for(store: Store, write: Write) -> None:
    assert store.outbox.next_due(T0) is None
    write(new_message("k1", due_at=T0 + 50), new_message("k2", due_at=T0 + 20, send=Send("sms", "told")))
    assert store.outbox.next_due(T0) == T0 + 20

    store.channels.pause("sms", Reason.CHANNEL_DOWN, None, "", T0)
    assert store.outbox.next_due(T0) == T0 + 50
    store.channels.pause("sms", Reason.CHANNEL_DOWN, T0 + 30, "", T0)
    assert store.outbox.next_due(T0) == T0 + 30
    store.channels.resume("sms")

    (claimed,) = claim(store, now=T0 + 20)
    assert store.outbox.next_due(T0 + 20) == T0 + 50
    end(store, claimed, DELIVERED)
    (claimed,) = claim(store, now=T0 + 50)
    assert store.outbox.next_due(T0 + 50) == T0 + 50 + LEASE
    end(store, claimed, DELIVERED)
    assert store.outbox.next_due(T0 + 50) is None


# a claim is extended while its worker lives


def test_a_living_worker_extends_its_claims_and_nobody_elses(store: Store, write: Write) -> None:
    write(new_message("k1"), new_message("k2", send=Send("sms", "told")))
    (ours,) = claim(store, "ours", limit=1)
    (theirs,) = claim(store, "theirs", limit=1)

    store.outbox.extend("ours", T0 + 50, LEASE)

    assert [m.id for m, _ in store.outbox.lapsed(T0 + 100, 10)] == [theirs.id]
    assert [m.id for m, _ in store.outbox.lapsed(T0 + 110, 10)] == [ours.id]


def test_a_claim_that_is_still_young_is_left_as_it_is(store: Store, write: Write) -> None:
    write(new_message())
    (message,) = claim(store, "ours")

    store.outbox.extend("ours", T0 + 10, LEASE)

    assert [m.id for m, _ in store.outbox.lapsed(T0 + 60, 10)] == [message.id]


# what lies in it


def test_the_backlog_counts_what_is_due_waits_and_failed_and_what_of_that_is_new(
    store: Store, write: Write
) -> None:
    assert store.outbox.backlog(T0, T0) == Backlog()
    for n in range(4):
        write(new_message(f"k{n}"), now=T0 + n)
    write(new_message("later", due_at=T0 + 500), now=T0)
    for ended_at, transition in ((T0 + 20, REFUSED), (T0 + 40, LOST)):
        (message,) = claim(store, now=ended_at - 10, limit=1)
        begin(store, message, ended_at - 5)
        settle_one(store, message, transition, ended_at, outcome=Outcome(OutcomeKind.UNKNOWN))
    claim(store, now=T0 + 50, limit=1)

    found = store.outbox.backlog(T0 + 60, since=T0 + 30)

    assert found == Backlog(
        due=1,
        later=1,
        sending=1,
        failed=1,
        unknown=1,
        oldest_due=T0 + 3,
        failed_since=0,
        unknown_since=1,
    )
