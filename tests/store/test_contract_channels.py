"""What a store is: channels rest, and their messages wait."""

from __future__ import annotations

import pytest

from notifier.core.message import Message, Priority, Send, State
from notifier.core.quota import Limits, Quota
from notifier.core.reason import Reason
from notifier.core.rest import WIRE_REASONS, Effect, Rest
from notifier.core.retry import Outcome, OutcomeKind, Transition
from notifier.store.protocol import Store
from notifier.store.sending import ChannelRecord, ChannelState
from tests.factories import T0, new_message
from tests.outbox import settle_one, start_attempt
from tests.store.conftest import Write
from tests.store.engines import Engine

DOWN = Transition(State.PENDING, due_at=T0, counts=False)
RESTS = Effect(Rest(Reason.CHANNEL_DOWN, T0 + 300))
WORKS = Effect(over=WIRE_REASONS)


def claim(store: Store, now: float = T0) -> list[Message]:
    return store.outbox.claim("a", now, 60.0, 10)


def end(store: Store, message: Message, transition: Transition, kind: OutcomeKind, now: float) -> None:
    effect = {OutcomeKind.DELIVERED: WORKS, OutcomeKind.CHANNEL_DOWN: RESTS}.get(kind, Effect())
    outcome = Outcome(kind, "535", "wrong password")
    settle_one(store, message, transition, now, outcome=outcome, effect=effect)


def send(store: Store, transition: Transition, kind: OutcomeKind, now: float = T0) -> Message:
    (message,) = claim(store, now)
    start_attempt(store, message, "jane@example.org", "", "", now)
    end(store, message, transition, kind, now)
    return message


def events(store: Store) -> list[tuple[str, str]]:
    return [(event.kind, event.subject) for event in reversed(store.events.newest(100))]


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
    start_attempt(store, probe, "jane@example.org", "", "", T0 + 300)
    end(store, probe, Transition(State.DELIVERED), OutcomeKind.DELIVERED, T0 + 301)
    assert [m.id for m in claim(store, T0 + 301)] == [born[1].id], "one order's messages keep their order"


def test_a_probe_that_is_refused_as_well_leaves_the_others_waiting(store: Store, write: Write) -> None:
    write(new_message("k1"), new_message("k2"))
    send(store, DOWN, OutcomeKind.CHANNEL_DOWN)
    (probe,) = claim(store, T0 + 300)
    start_attempt(store, probe, "jane@example.org", "", "", T0 + 300)
    longer = Effect(Rest(Reason.CHANNEL_DOWN, T0 + 600))

    settle_one(store, probe, DOWN, T0 + 300, outcome=Outcome(OutcomeKind.CHANNEL_DOWN), effect=longer)

    assert claim(store, T0 + 301) == []
    assert store.outbox.next_due(T0 + 301) == T0 + 600


@pytest.mark.parametrize("kind", [OutcomeKind.DELIVERED, OutcomeKind.CHANNEL_DOWN])
@pytest.mark.parametrize("reason", [Reason.NOT_CONFIGURED, Reason.PAUSED_BY_HAND, Reason.BUDGET_REACHED])
def test_no_result_from_the_wire_resumes_a_channel_that_rests_for_another_reason(
    store: Store, write: Write, reason: Reason, kind: OutcomeKind
) -> None:
    write(new_message())
    (message,) = claim(store)
    start_attempt(store, message, "jane@example.org", "", "", T0)
    store.channels.pause("email", reason, None, "", T0)

    ended = Transition(State.DELIVERED) if kind is OutcomeKind.DELIVERED else DOWN
    end(store, message, ended, kind, T0)

    assert ChannelState("email", reason, T0, None) in store.channels.paused()
    if reason is not Reason.BUDGET_REACHED:  # that is counted at each claim
        assert claim(store, T0 + 1e9) == []


def test_reasons_to_rest_end_one_by_one(store: Store, write: Write) -> None:
    write(new_message())
    store.channels.pause("email", Reason.NOT_CONFIGURED, None, "", T0)
    store.channels.pause("email", Reason.PAUSED_BY_HAND, T0 + 60, "moving house", T0 + 1)

    assert store.channels.resume("email", [Reason.NOT_CONFIGURED])
    assert not store.channels.resume("email", [Reason.NOT_CONFIGURED])
    assert [state.reason for state in store.channels.paused()] == [Reason.PAUSED_BY_HAND]
    assert claim(store, T0 + 59) == []
    assert len(claim(store, T0 + 60)) == 1
    assert store.channels.paused() == [], "what the clock has ended is gone with the next claim"


def test_a_channel_can_be_probed_at_once(store: Store, write: Write) -> None:
    write(new_message("k1"), ref="41")
    write(new_message("k2"), ref="42")
    store.channels.pause("email", Reason.UNREACHABLE, T0 + 300, "", T0)
    store.channels.pause("sms", Reason.PAUSED_BY_HAND, T0 + 300, "", T0)

    store.channels.probe("email", T0 + 1)
    store.channels.probe("sms", T0 + 1)

    assert [m.once for m in claim(store, T0 + 1)] == ["k1"]
    assert {state.name: state.until for state in store.channels.paused()} == {
        "email": T0 + 1,
        "sms": T0 + 300,
    }


def test_going_down_and_coming_up_is_told_once(store: Store, write: Write) -> None:
    write(new_message("k1"), new_message("k2"))
    send(store, DOWN, OutcomeKind.CHANNEL_DOWN)
    send(store, DOWN, OutcomeKind.CHANNEL_DOWN, T0 + 300)
    send(store, Transition(State.DELIVERED), OutcomeKind.DELIVERED, T0 + 600)
    send(store, Transition(State.DELIVERED), OutcomeKind.DELIVERED, T0 + 600)

    assert events(store) == [("channel_down", "email"), ("channel_up", "email")]


def test_a_throttled_channel_is_no_event(store: Store, write: Write) -> None:
    write(new_message())
    (message,) = claim(store)
    start_attempt(store, message, "jane@example.org", "", "", T0)
    later = Transition(State.PENDING, due_at=T0 + 30)
    slow = Effect(Rest(Reason.THROTTLED, T0 + 30))

    settle_one(store, message, later, T0, outcome=Outcome(OutcomeKind.TRANSIENT), effect=slow)

    assert [state.reason for state in store.channels.paused()] == [Reason.THROTTLED]
    assert events(store) == []


def test_that_a_message_was_given_up_is_an_event_without_a_word_of_the_customer(
    store: Store, write: Write
) -> None:
    (born,) = write(new_message())
    send(store, Transition(State.FAILED, Reason.GAVE_UP), OutcomeKind.TRANSIENT)

    (event,) = store.events.newest(9)
    assert (event.kind, event.subject) == ("send_gave_up", "email")
    assert event.detail == f"message {born.id} of rule shipped"


# another way


OTHER_WAY = (Send("sms", "told"),)


@pytest.mark.parametrize("reason", [Reason.CHANNEL_DOWN, Reason.UNREACHABLE, Reason.PAUSED_BY_HAND])
def test_what_has_another_way_leaves_a_resting_channel_after_its_patience(
    store: Store, write: Write, reason: Reason
) -> None:
    write(new_message("k1", fallbacks=OTHER_WAY), ref="41")
    write(new_message("k2"), ref="42")
    store.channels.pause("email", reason, T0 + 900, "", T0)
    limits = {"email": Limits(10, patience=600.0)}

    assert store.outbox.claim("a", T0 + 599, 60.0, 10, limits) == []
    assert store.outbox.next_due(T0 + 599, limits) == T0 + 600
    assert [m.once for m in store.outbox.claim("a", T0 + 600, 60.0, 10, limits)] == ["k1"]


# limits


def sms(store: Store, write: Write, count: int, *, fallbacks: tuple[Send, ...] = ()) -> None:
    """Have `count` messages of as many orders due on the channel `sms`."""
    for n in range(count):
        message = new_message(f"k{n}", send=Send("sms", "told"), fallbacks=fallbacks)
        write(message, ref=f"order-{n}")


def attempt(store: Store, limits: Limits, now: float, kind: OutcomeKind = OutcomeKind.DELIVERED) -> int:
    """Claim what may be claimed and take it through an attempt; return how many there were."""
    claimed = store.outbox.claim("a", now, 60.0, 100, {"sms": limits})
    for message in claimed:
        start_attempt(store, message, "+31612345678", "", "", now)
        ended = (
            Transition(State.DELIVERED)
            if kind is OutcomeKind.DELIVERED
            else Transition(State.FAILED, Reason.REFUSED)
        )
        end(store, message, ended, kind, now)
    return len(claimed)


def test_a_channel_gives_no_more_than_there_is_room_for(store: Store, write: Write) -> None:
    sms(store, write, 5)
    write(new_message("mail"), ref="41")

    claimed = store.outbox.claim("a", T0, 60.0, 100, {"sms": Limits(2), "email": Limits(0)})

    assert [m.once for m in claimed] == ["k0", "k1"]
    assert store.outbox.claim("a", T0, 60.0, 100, {"sms": Limits(0), "email": Limits(0)}) == []


def test_a_rate_is_exact_over_workers_and_restarts(engine: Engine, store: Store, write: Write) -> None:
    sms(store, write, 20)
    limits = {"sms": Limits(4, rate=Quota(5, 60.0))}
    other = engine.open()

    first = store.outbox.claim("a", T0, 60.0, 100, limits)
    second = other.outbox.claim("b", T0, 60.0, 100, limits)
    assert (len(first), len(second)) == (4, 1), "what is claimed counts, whoever claimed it"
    for n, message in enumerate([*first, *second]):
        start_attempt(store, message, "+31612345678", "", "", T0 + n)
        end(store, message, Transition(State.DELIVERED), OutcomeKind.DELIVERED, T0 + n)
    other.close()
    again = engine.open()

    assert again.outbox.claim("c", T0 + 59, 60.0, 100, limits) == []
    assert again.outbox.next_due(T0 + 59, limits) == T0 + 60
    assert len(again.outbox.claim("c", T0 + 60, 60.0, 100, limits)) == 1, "one has left the minute"
    again.close()


def test_failures_count_for_the_rate_and_not_for_the_budget(store: Store, write: Write) -> None:
    sms(store, write, 9)
    hour = Limits(100, rate=Quota(6, 3_600.0), budget=Quota(4, 86_400.0))

    assert attempt(store, hour, T0, OutcomeKind.PERMANENT) == 4
    assert attempt(store, hour, T0 + 1) == 2, "six attempts an hour"
    assert attempt(store, hour, T0 + 2) == 0
    assert attempt(store, hour, T0 + 3_601) == 2, "four a day that arrived"
    assert attempt(store, hour, T0 + 3_602) == 0


def test_what_a_dead_worker_claimed_and_did_not_begin_is_free_again(store: Store, write: Write) -> None:
    sms(store, write, 3)
    limits = {"sms": Limits(9, rate=Quota(2, 60.0))}
    for message in store.outbox.claim("a", T0, 60.0, 9, limits):
        store.outbox.give_back(message)

    assert len(store.outbox.claim("b", T0, 60.0, 9, limits)) == 2


def test_a_budget_that_is_used_up_is_a_rest_and_one_event(store: Store, write: Write) -> None:
    sms(store, write, 5)
    day = Limits(100, budget=Quota(2, 86_400.0))

    assert attempt(store, day, T0) == 2
    assert attempt(store, day, T0 + 1) == 0
    assert attempt(store, day, T0 + 2) == 0

    assert events(store) == [("budget_reached", "sms")]
    (state,) = store.channels.paused()
    assert (state.reason, state.since, state.until) == (Reason.BUDGET_REACHED, T0 + 1, T0 + 86_400)
    assert store.outbox.next_due(T0 + 2, {"sms": day}) == T0 + 86_400
    assert attempt(store, day, T0 + 86_400) == 2
    assert store.channels.paused() == []
    assert attempt(store, day, T0 + 86_401) == 0
    assert events(store) == [("budget_reached", "sms")] * 2


def test_what_comes_while_the_budget_is_used_up_takes_its_other_way_at_once_as_well(
    store: Store, write: Write
) -> None:
    other = (Send("email", "told"),)
    sms(store, write, 2, fallbacks=other)
    limits = {"sms": Limits(100, budget=Quota(1, 86_400.0), patience=7_200.0)}
    assert attempt(store, limits["sms"], T0) == 2 - 1
    (leaving,) = store.outbox.claim("a", T0 + 1, 60.0, 100, limits)
    settle_one(store, leaving, Transition(State.DROPPED, Reason.BUDGET_REACHED), T0 + 1)

    for n in range(3, 6):
        write(new_message(f"k{n}", send=Send("sms", "told"), fallbacks=other), ref=f"order-{n}", now=T0 + n)
        (later,) = store.outbox.claim("a", T0 + n, 60.0, 100, limits)
        assert later.once == f"k{n}"
        assert later.leaves


def test_a_budget_under_steady_load_is_one_event_a_period(store: Store, write: Write) -> None:
    sms(store, write, 12)
    day = Limits(1, budget=Quota(3, 86_400.0))
    for hour in range(3):
        assert attempt(store, day, T0 + hour * 3_600) == 1
    for hour in range(20, 28):  # three places become free, one after the other, and are used at once
        attempt(store, day, T0 + hour * 3_600)
        attempt(store, day, T0 + hour * 3_600 + 1)

    assert events(store) == [("budget_reached", "sms")]
    assert [state.reason for state in store.channels.paused()] == [Reason.BUDGET_REACHED]


def test_what_has_another_way_leaves_at_once_when_the_budget_is_used_up(store: Store, write: Write) -> None:
    sms(store, write, 3, fallbacks=(Send("email", "told"),))
    day = Limits(100, budget=Quota(2, 86_400.0))
    assert attempt(store, day, T0) == 2

    (leaving,) = store.outbox.claim("a", T0 + 1, 60.0, 100, {"sms": day})

    assert leaving.once == "k2"
    assert [state.reason for state in store.channels.paused()] == [Reason.BUDGET_REACHED]


def test_the_record_of_a_channel(store: Store, write: Write) -> None:
    assert store.channels.record("sms", Limits(1), T0) == ChannelRecord()
    sms(store, write, 7)
    busy = Limits(2, rate=Quota(10, 60.0), budget=Quota(3, 86_400.0))
    attempt(store, busy, T0)
    attempt(store, busy, T0 + 10, OutcomeKind.PERMANENT)
    store.outbox.claim("a", T0 + 20, 60.0, 100, {"sms": Limits(1)})
    write(new_message("later", send=Send("sms", "told"), due_at=T0 + 999), ref="42")

    record = store.channels.record("sms", busy, T0 + 61)

    assert (record.due, record.later, record.sending, record.failed, record.unknown) == (3, 1, 1, 1, 0)
    assert record.oldest_due == T0
    assert (record.rate_used, record.budget_used) == (1, 2)
    assert (record.delivered_last_hour, record.delivered_last_day) == (2, 2)
    assert record.last_success is not None
    assert record.last_success.started_at == T0
    assert record.last_failure is not None
    assert (record.last_failure.outcome, record.last_failure.code) == ("permanent", "535")


# who goes first


def test_an_operators_critical_alert_overtakes_everything(store: Store, write: Write) -> None:
    for n, priority in enumerate(reversed(Priority)):
        write(new_message(priority.name, priority=priority, due_at=T0 - n), ref=f"order-{n}")

    (first,) = store.outbox.claim("a", T0, 60.0, 1)
    rest = store.outbox.claim("a", T0, 60.0, 10)

    assert [m.once for m in (first, *rest)] == ["CRITICAL", "OPS", "CUSTOMER", "MARKETING"]
