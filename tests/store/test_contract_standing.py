"""What a store is: what a decision stands on, of orders, of customers, and of the shop as a whole."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from notifier.core.alert import AlertChange, Change
from notifier.core.event import Event
from notifier.core.message import NewMessage, Outside, Priority, Send, State
from notifier.core.occasion import Occasion, OccasionKind
from notifier.core.plan import NOTHING, Plan
from notifier.core.reason import Reason
from notifier.core.retry import Outcome, OutcomeKind, Transition
from notifier.core.situation import Decision, of_no_order
from notifier.core.standing import Standing, Trace, Wants
from notifier.errors import NotFound
from notifier.store.protocol import Store
from notifier.store.sending import Begin
from tests.factories import T0, message, new_message, plan, received
from tests.outbox import settle_one
from tests.store.conftest import Write

ENDS = {
    State.DELIVERED: Transition(State.DELIVERED),
    State.FAILED: Transition(State.FAILED, Reason.REFUSED),
    State.UNKNOWN: Transition(State.UNKNOWN, Reason.ANSWER_LOST, maybe_sent=True),
    State.PENDING: Transition(State.PENDING, due_at=T0 + 30),
}
OF_RATE = Occasion(OccasionKind.RATE, T0, {"value": "PNL"})


def standing(store: Store, ref: str = "", now: float = T0, **more: Any) -> Standing:
    return store.standing(Wants(ref, **more), now)


def attempt(store: Store, end: State | None, now: float = T0, carried: frozenset[str] = frozenset()) -> None:
    """Begin the one message that is due, and end it so unless `end` is None."""
    (message,) = store.outbox.claim("a", now, 60.0, 9)
    assert store.outbox.start_attempts([Begin(message, "jane@example.org", "", "", carried)], now)
    if end is not None:
        outcome = Outcome(OutcomeKind.DELIVERED if end is State.DELIVERED else OutcomeKind.UNKNOWN)
        settle_one(store, message, ENDS[end], now, outcome=outcome)


def say(store: Store, *messages: NewMessage, now: float = T0, **more: Any) -> None:
    """Write messages about no order."""
    store.events.add("channel_down", "sms", "", now)
    (event,) = store.events.untold(9)
    assert store.events.settle(event, Plan((), messages, **more), "f1", now)


# the order


def test_nothing_stands_at_first(store: Store) -> None:
    assert standing(store, "41") == standing(store) == Standing()


def test_each_message_of_the_order_leaves_a_trace(store: Store, write: Write) -> None:
    way = Send("email", "told", "office", Outside.NEXT, 60.0)
    write(new_message("k1", send=way, alert="41"), new_message("k2", state=State.DROPPED, reason=Reason.LATE))
    write(new_message("k3"), ref="42")

    found = standing(store, "41")

    assert set(found.traces) == {
        Trace("shipped", way, State.PENDING, "k1", alert="41", made_at=T0),
        Trace("shipped", new_message().send, State.DROPPED, "k2", made_at=T0),
    }
    assert found.taken == {"k1"}


@pytest.mark.parametrize("state", State)
def test_keys_are_taken_by_what_may_reach_somebody(store: Store, write: Write, state: State) -> None:
    write(new_message("k1", state=state))

    wanted = set() if state in (State.FAILED, State.DROPPED) else {"k1"}
    assert standing(store, "41").taken == standing(store, keys=frozenset({"k1", "k2"})).taken == wanted


@pytest.mark.parametrize(
    ("end", "told"),
    [
        (None, True),
        (State.DELIVERED, True),
        (State.UNKNOWN, True),
        (State.FAILED, False),
        (State.PENDING, False),
    ],
)
def test_what_was_carried_counts_if_it_may_have_arrived(
    store: Store, write: Write, end: State | None, told: bool
) -> None:
    write(new_message())

    attempt(store, end, carried=frozenset({"3S1", "3S2"}))

    assert standing(store, "41").carried() == (frozenset({"3S1", "3S2"}) if told else frozenset())


def test_alerts_of_the_order_stand_whatever_became_of_them_and_of_others_the_open_ones(store: Store) -> None:
    changes = [
        AlertChange("problem", "41", Change.OPEN, ref="41"),
        AlertChange("problem", "41", Change.RESOLVE, ref="41"),
        AlertChange("rate", "PNL", Change.OPEN),
        AlertChange("rate", "DHL", Change.OPEN),
        AlertChange("rate", "DHL", Change.RESOLVE),
        AlertChange("problem", "42", Change.OPEN, ref="42"),
    ]
    say(store, alerts=tuple(changes))

    def keys(**wants: Any) -> list[tuple[str, str]]:
        return [(a.rule, a.key) for a in standing(store, **wants).alerts]

    assert keys(ref="41") == [("problem", "41")]
    assert keys(alerts=frozenset({"rate"})) == [("rate", "PNL")]
    assert keys(ref="41", alerts=frozenset({"rate"})) == [("problem", "41"), ("rate", "PNL")]
    assert keys() == []
    assert {a.key for a in store.outbox.standing([], T0, ["rate", "problem"]).alerts} == {"PNL", "42"}
    about_42 = message(rule="problem", alert="42")
    assert {a.key for a in store.outbox.standing([about_42], T0).alerts} == {"42"}
    assert store.outbox.standing([], T0).alerts == ()


# customers


@pytest.mark.parametrize("end", [State.DELIVERED, State.UNKNOWN])
def test_a_customer_was_told_when_it_went_out(store: Store, write: Write, end: State) -> None:
    write(new_message(person="jane"))
    attempt(store, end, T0 + 5)

    assert standing(store, persons={"jane": T0}).lately == {"jane": (T0 + 5,)}
    assert standing(store, persons={"jane": T0 + 5}).lately == {"jane": ()}
    assert standing(store, persons={"bert": T0}).lately == {"bert": ()}


def test_what_she_will_be_told_counts_but_not_what_waits_for_its_turn(store: Store, write: Write) -> None:
    write(
        new_message("k1", person="jane", due_at=T0 + 60),
        new_message("k2", person="jane", due_at=T0 + 70, join="throttle/jane/email"),
        new_message("k3", person="jane", state=State.HELD),
        new_message("k4", person="jane", state=State.DROPPED, reason=Reason.LATE),
    )

    assert standing(store, persons={"jane": T0}).lately == {"jane": (T0 + 60,)}


def test_what_failed_does_not_count(store: Store, write: Write) -> None:
    write(new_message(person="jane"))
    attempt(store, State.FAILED)

    assert standing(store, persons={"jane": 0.0}).lately == {"jane": ()}


def test_messages_that_wait_for_their_turn_are_judged_by_when_their_customers_were_told(
    store: Store, write: Write
) -> None:
    write(new_message("k1", person="jane"))
    attempt(store, State.DELIVERED, T0 + 5)
    (waiting,) = write(new_message("k2", person="jane", join="throttle/jane/email"))

    assert store.outbox.standing([waiting], T0 + 9).lately == {"jane": (T0 + 5,)}


def test_a_forgotten_customer_has_no_name_left(store: Store, write: Write) -> None:
    write(new_message("k1", person="jane", join="throttle/jane/email", occasion=OF_RATE))
    write(new_message("k2", person="jane", join="throttle/jane/email"), ref="42")
    store.orders.forget_person("jane@example.org", T0)

    assert standing(store, persons={"jane": 0.0}).lately == {"jane": ()}
    assert {m.join for m in store.outbox.newest((), 9)} == {""}
    assert {m.occasion.kind: m.occasion.facts for m in store.outbox.newest((), 9)} == {
        OccasionKind.RATE: {},
        OccasionKind.UPDATE: {},
    }


# events, and what is about no order


def test_an_event_is_judged_once(store: Store) -> None:
    store.events.add("channel_down", "sms", "no answer", T0)
    store.events.add("channel_up", "sms", "", T0 + 1)

    first, second = store.events.untold(9)
    assert first == Event(1, T0, "channel_down", "sms", "no answer")
    assert store.events.untold(1) == [first]
    assert store.events.settle(first, plan(new_message("k1")), "f1", T0)
    assert not store.events.settle(first, plan(new_message("k2")), "f1", T0)

    assert store.events.untold(9) == [second]
    assert [m.once for m in store.outbox.newest((), 9)] == ["k1"]


def test_events_are_deleted_when_they_were_told_long_ago(store: Store) -> None:
    day = 86_400.0
    store.events.add("channel_down", "sms", "", T0)
    store.events.add("channel_down", "email", "", T0)
    store.events.settle(store.events.untold(1)[0], NOTHING, "f1", T0)

    store.orders.age_out(None, None, 50, T0 + 90 * day)
    assert len(store.events.newest(9)) == 2
    store.orders.age_out(None, None, 50, T0 + 90 * day + 1)

    assert [e.subject for e in store.events.newest(9)] == ["email"]


def test_a_message_about_no_order_is_sent_like_any_other(store: Store) -> None:
    born = new_message("k1", occasion=OF_RATE, priority=Priority.OPS)
    say(store, born, now=T0)

    (message,) = store.outbox.claim("a", T0, 60.0, 9)

    assert (message.update_id, message.ref, message.occasion) == (0, "", OF_RATE)
    assert store.outbox.situations([message]) == [of_no_order(OF_RATE, T0)]
    assert store.outbox.start_attempts([Begin(message, "ops@shop.example", "", "")], T0)
    settle_one(store, message, ENDS[State.DELIVERED], T0, outcome=Outcome(OutcomeKind.DELIVERED))
    assert store.outbox.counts() == {"delivered": 1}


def test_messages_about_no_order_do_not_wait_for_one_another(store: Store) -> None:
    say(store, new_message("k1"), new_message("k2"))

    assert len(store.outbox.claim("a", T0, 60.0, 1)) == 1
    assert len(store.outbox.claim("a", T0, 60.0, 9)) == 1


def test_what_is_about_no_order_shows_nowhere_as_an_update_or_an_order(store: Store) -> None:
    say(store, new_message("k1", recipient="ops@shop.example"))

    assert store.updates.counts() == {}
    assert store.updates.history("") is None
    assert store.updates.claim("a", T0, 60.0, 9) == store.updates.held(T0, 9) == []
    assert store.orders.get("") is None
    assert not store.orders.forget("", T0)
    assert not store.orders.of_person("ops@shop.example")
    assert store.orders.age_out(T0 + 99, T0 + 99, 50, T0 + 99) == 1  # order 41
    assert store.timers.last_received() is None
    assert [m.once for m in store.outbox.newest((), 9)] == ["k1"]
    with pytest.raises(NotFound):
        store.updates.retry(0)


def test_an_operators_address_is_erased_where_messages_about_no_order_went_there(store: Store) -> None:
    say(store, new_message("k1", recipient="ops@shop.example"))

    store.orders.forget_person("ops@shop.example", T0)

    assert [m.recipient for m in store.outbox.newest((), 9)] == [""]


# what was told, for digests


def test_what_rules_said_is_listed_once_for_each_update(store: Store, write: Write) -> None:
    slack = {"send": Send("slack", "problem"), "rule": "problem"}
    (first, _) = write(new_message("k1", **slack), new_message("k2", **slack), now=T0 + 1)
    (other,) = write(new_message("k3", **slack), now=T0 + 2)
    write(new_message("k4"), now=T0 + 2)
    write(new_message("k5", **(slack | {"state": State.DROPPED})), now=T0 + 2)
    write(new_message("k6", **slack), now=T0 + 3)

    assert store.outbox.told(["problem", "none"], T0, T0 + 2, 9) == [first, other]
    assert store.outbox.told(["problem"], T0, T0 + 9, 1) == [first]
    assert store.outbox.told(["problem"], T0 + 1, T0 + 2, 9) == [other]


def test_what_rules_said_of_no_order_is_told_apart_by_its_occasion(store: Store) -> None:
    dhl = Occasion(OccasionKind.RATE, T0, {"value": "DHL"})
    say(
        store,
        new_message("k1", rule="rate", occasion=OF_RATE),
        new_message("k2", rule="rate", occasion=OF_RATE),
        new_message("k3", rule="rate", occasion=dhl),
        now=T0 + 1,
    )

    assert [m.once for m in store.outbox.told(["rate"], T0, T0 + 1, 9)] == ["k1", "k3"]


# verdicts


def test_rules_that_an_update_does_not_concern_are_told_of_afterwards(store: Store) -> None:
    store.rulesets.take_up("f1", ["printed", "shipped", "delivered"], T0)
    store.updates.record([received("C"), received("D")], T0)
    (first, _) = store.updates.claim("a", T0, 60.0, 9)
    verdict = Decision("shipped", True, Reason.FIRED)
    store.updates.record_plan(first, "a", Plan((verdict,)), False, "f1", T0)

    history = store.updates.history("41")

    assert history is not None
    decided, undecided = (u.decisions for u in history.updates)
    assert [(d.rule, d.reason) for d in decided] == [
        ("printed", Reason.OTHER_STATUS),
        ("shipped", Reason.FIRED),
        ("delivered", Reason.OTHER_STATUS),
    ]
    assert undecided == ()


def test_a_verdict_that_is_given_again_takes_the_place_of_the_first(store: Store) -> None:
    store.orders.accept_unknown(True)
    store.updates.record([received("C", "7")], T0)
    waiting = Decision("shipped", False, Reason.AWAITING_CONTACT)
    other = Decision("slack", True, Reason.FIRED, "send: slack")
    (update_id,) = store.updates.claim("a", T0, 60.0, 9)
    store.updates.record_plan(update_id, "a", Plan((waiting, other), (), True), False, "f1", T0)
    store.updates.amend(update_id, replace(waiting, reason=Reason.NO_CONTACT), (), "f1", T0)

    history = store.updates.history("7")

    assert history is not None
    assert set(history.updates[0].decisions) == {other, replace(waiting, reason=Reason.NO_CONTACT)}
