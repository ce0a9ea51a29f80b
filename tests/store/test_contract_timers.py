"""What a store is: what is due later goes off one time, with all that follows from it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from notifier.core.message import State
from notifier.core.plan import NOTHING, Plan
from notifier.core.reason import Reason
from notifier.core.shopwide import Count
from notifier.core.situation import Decision
from notifier.core.timer import Stop, Timer, TimerKind
from notifier.core.trigger import Rate
from notifier.store.protocol import Received, Store
from tests.factories import JANE, T0, new_message, plan, received, shipment, update
from tests.outbox import start_attempt
from tests.store.conftest import Write, register

HOUR = 3_600.0


def after(rule: str = "review", ref: str = "41", due_at: float = T0 + HOUR, update_id: int = 1) -> Timer:
    return Timer(rule, TimerKind.AFTER, ref, "D", due_at, ref, update_id)


def schedule(rule: str = "digest", key: str = "08:30", due_at: float = T0 + HOUR) -> Timer:
    return Timer(rule, TimerKind.SCHEDULE, "", key, due_at)


def decide(
    store: Store, decided: Plan, code: str = "D", ref: str = "41", now: float = T0, at: float = T0
) -> int:
    """Record an update of a registered order and decide it so; return its id."""
    store.updates.record([received(code, ref, at=at)], now)
    (update_id,) = store.updates.claim("setup", now, 60.0, 1)
    store.updates.record_plan(update_id, "setup", decided, False, "f1", now)
    return update_id


def set_(store: Store, *timers: Timer) -> int:
    return decide(store, Plan((), timers=timers))


def test_a_timer_is_due_at_its_time_and_not_before(store: Store) -> None:
    set_(store, after("late", due_at=T0 + 2 * HOUR), after("early"))

    assert store.timers.next_due() == T0 + HOUR
    assert store.timers.due(T0 + HOUR - 1, 9) == []
    assert [t.rule for t in store.timers.due(T0 + 2 * HOUR, 9)] == ["early", "late"]
    assert [t.rule for t in store.timers.due(T0 + 2 * HOUR, 1)] == ["early"]


def test_a_timer_is_on_record_as_it_was_set(store: Store) -> None:
    set_(store, after())

    assert store.timers.waiting("41") == [replace(after(), set_at=T0)]
    assert store.timers.waiting("42") == store.timers.waiting("") == []


def test_a_timer_goes_off_one_time(store: Store) -> None:
    set_(store, after())
    (timer,) = store.timers.due(T0 + HOUR, 9)

    assert store.timers.settle(timer, plan(new_message("k1")), None, "f1", T0 + HOUR)
    assert not store.timers.settle(timer, plan(new_message("k2")), None, "f1", T0 + HOUR)

    assert store.timers.next_due() is None
    assert store.timers.waiting("41") == []
    assert [m.once for m in store.outbox.newest((), 9)] == ["k1"]


def test_a_timer_that_went_off_is_not_set_again(store: Store) -> None:
    set_(store, after())
    (timer,) = store.timers.due(T0 + HOUR, 9)
    store.timers.settle(timer, NOTHING, None, "f1", T0 + HOUR)

    decide(store, Plan((), timers=(after(due_at=T0 + 2 * HOUR),)), at=T0 + 1)

    assert store.timers.next_due() is None


def test_a_timer_that_waits_keeps_its_time(store: Store) -> None:
    set_(store, after())
    decide(store, Plan((), timers=(after(due_at=T0 + 9 * HOUR),)), at=T0 + 1)

    assert store.timers.next_due() == T0 + HOUR


def test_a_timer_that_goes_off_again_does_so_at_that_time(store: Store) -> None:
    set_(store, after())
    (timer,) = store.timers.due(T0 + HOUR, 9)

    assert store.timers.settle(timer, NOTHING, T0 + 2 * HOUR, "f1", T0 + HOUR)

    assert not store.timers.settle(timer, NOTHING, None, "f1", T0 + HOUR)
    (again,) = store.timers.due(T0 + 2 * HOUR, 9)
    assert (again.due_at, again.set_at) == (T0 + 2 * HOUR, T0 + HOUR)


def test_the_verdict_of_a_timer_takes_the_place_of_the_one_before(store: Store) -> None:
    before = (Decision("review", False, Reason.SCHEDULED), Decision("told", True, Reason.FIRED))
    update_id = decide(store, Plan(before, timers=(after(),)))
    (timer,) = store.timers.due(T0 + HOUR, 9)
    verdict = Decision("review", True, Reason.FIRED, "send: email")

    store.timers.settle(replace(timer, update_id=update_id), Plan((verdict,)), None, "f1", T0 + HOUR)

    history = store.updates.history("41")
    assert history is not None
    assert set(history.updates[0].decisions) == {verdict, before[1]}


def test_a_message_of_a_timer_belongs_to_the_update_that_set_it(store: Store) -> None:
    update_id = set_(store, after())
    (timer,) = store.timers.due(T0 + HOUR, 9)

    store.timers.settle(timer, plan(new_message()), None, "f2", T0 + HOUR)

    (message,) = store.outbox.newest((), 9)
    assert (message.update_id, message.ref, message.fingerprint) == (update_id, "41", "f2")


def test_a_timer_that_awaits_the_contact_has_it_looked_up(store: Store) -> None:
    store.orders.accept_unknown(True)
    decide(store, Plan((), timers=(after(ref="7"),)), ref="7")
    (timer,) = store.timers.due(T0 + HOUR, 9)
    waiting = Plan((Decision("review", False, Reason.AWAITING_CONTACT),), awaits_contact=True)

    store.timers.settle(timer, waiting, T0 + HOUR + 15, "f1", T0 + HOUR)

    assert [lookup.ref for lookup in store.lookups.waiting(9)] == ["7"]
    assert store.updates.counts() == {"decided": 1}
    assert store.timers.next_due() == T0 + HOUR + 15


def test_what_follows_from_a_timer_is_written_whole_or_not_at_all(store: Store, write: Write) -> None:
    write(new_message("k1"))
    set_(store, after(update_id=2))
    (timer,) = store.timers.due(T0 + HOUR, 9)

    with pytest.raises(Exception, match="held already"):
        store.timers.settle(timer, plan(new_message("k2"), new_message("k1")), None, "f1", T0 + HOUR)

    assert store.timers.due(T0 + HOUR, 9) == [timer]
    assert store.outbox.counts() == {"pending": 1}


@pytest.mark.parametrize(
    ("stop", "left"),
    [
        (Stop("stuck", (TimerKind.STUCK,), "41"), {"other", "review"}),
        (Stop("stuck", (TimerKind.STUCK,), "41", but="C@1"), {"stuck", "other", "review"}),
        (Stop("stuck", (TimerKind.STUCK,), "41", but="E@2"), {"other", "review"}),
        (Stop("stuck", (TimerKind.STUCK,), "42"), {"stuck", "other", "review"}),
        (Stop("review", (TimerKind.STUCK,), "41"), {"stuck", "other", "review"}),
        (Stop("review", (TimerKind.STUCK, TimerKind.AFTER), "41"), {"stuck", "other"}),
    ],
)
def test_a_stop_ends_what_it_names(store: Store, stop: Stop, left: set[str]) -> None:
    stuck = [Timer(rule, TimerKind.STUCK, "41", "C@1", T0 + HOUR, "41", 1) for rule in ("stuck", "other")]
    set_(store, *stuck, after())

    decide(store, Plan((), stops=(stop,)), at=T0 + 1)

    assert {t.rule for t in store.timers.waiting("41")} == left


def test_a_stop_ends_a_timer_without_a_key(store: Store) -> None:
    set_(store, Timer("problem", TimerKind.REPEAT, "41", "", T0 + HOUR, "41", 1))

    decide(store, Plan((), stops=(Stop("problem", (TimerKind.REPEAT,), "41"),)), at=T0 + 1)

    assert store.timers.waiting("41") == []


def test_what_was_stopped_can_be_set_anew_in_the_same_plan(store: Store) -> None:
    set_(store, after())
    (timer,) = store.timers.due(T0 + HOUR, 9)
    store.timers.settle(timer, NOTHING, None, "f1", T0 + HOUR)
    stop = Stop("review", (TimerKind.AFTER,), "41")

    decide(store, Plan((), stops=(stop,), timers=(after(due_at=T0 + 3 * HOUR),)), at=T0 + 1)

    assert [t.due_at for t in store.timers.waiting("41")] == [T0 + 3 * HOUR]


def test_what_a_plan_cancels_ends_with_its_timers(store: Store, write: Write) -> None:
    write(new_message("k1", rule="shipped"), new_message("k2", rule="other"))
    write(new_message("k3", rule="held", state=State.HELD))
    write(new_message("k4", rule="shipped"), ref="42")
    set_(store, after("shipped"), after("other"))

    decide(store, Plan((), cancels=frozenset({"shipped", "held"})), at=T0 + 1)

    found = {m.once: (m.state, m.reason) for m in store.outbox.newest((), 9)}
    assert found == {
        "k1": (State.DROPPED, Reason.CANCELLED),
        "k2": (State.PENDING, None),
        "k3": (State.DROPPED, Reason.CANCELLED),
        "k4": (State.PENDING, None),
    }
    assert [t.rule for t in store.timers.waiting("41")] == ["other"]


def test_what_is_claimed_and_not_begun_is_cancelled_and_what_is_begun_is_not(
    store: Store, write: Write
) -> None:
    write(new_message("k1"), ref="41")
    write(new_message("k2", send=replace(new_message().send, channel="sms")), ref="41")
    claimed = {m.once: m for m in store.outbox.claim("a", T0, 60.0, 9)}
    start_attempt(store, claimed["k2"], "+31612345678", "", "", T0)

    decide(store, Plan((), cancels=frozenset({"shipped"})))

    assert {m.once: m.state for m in store.outbox.newest((), 9)} == {"k1": State.DROPPED, "k2": State.SENDING}


# standing timers


def test_exactly_the_standing_timers_of_the_rules_are_kept(store: Store) -> None:
    set_(store, after())
    store.timers.keep([schedule(), schedule("old")], T0)
    store.timers.keep([schedule(due_at=T0 + 9 * HOUR), schedule("new", due_at=T0 + 2 * HOUR)], T0 + 60)

    found = {(t.rule, t.due_at, t.set_at) for t in store.timers.due(T0 + 99 * HOUR, 9)}
    assert found == {
        ("digest", T0 + HOUR, T0),
        ("new", T0 + 2 * HOUR, T0 + 60),
        ("review", T0 + HOUR, T0),
    }


def test_a_schedule_that_says_something_else_gets_its_time(store: Store) -> None:
    store.timers.keep([schedule()], T0)
    store.timers.keep([schedule(key="09:00", due_at=T0 + 2 * HOUR)], T0 + 60)

    (timer,) = store.timers.due(T0 + 99 * HOUR, 9)
    assert (timer.key, timer.due_at) == ("09:00", T0 + 2 * HOUR)
    assert timer.set_at == T0  # what was said before is in its next digest


def test_orders_are_counted_again_with_the_next_news(store: Store) -> None:
    count = Timer("rate", TimerKind.RATE, "", "", T0 + 5)
    set_(store, count)
    (timer,) = store.timers.due(T0 + 5, 9)
    store.timers.settle(timer, NOTHING, None, "f1", T0 + 5)
    assert store.timers.next_due() is None

    decide(store, Plan((), timers=(replace(count, due_at=T0 + 90),)), at=T0 + 1)

    assert store.timers.next_due() == T0 + 90


# what a timer is judged by


def test_a_timer_is_judged_by_the_order_as_it_is_by_now(store: Store) -> None:
    update_id = decide(store, Plan((Decision("review", False, Reason.SCHEDULED),)), code="C")
    decide(store, NOTHING, code="D", at=T0 + 9)
    store.updates.record([received("X", at=T0 + 99)], T0)  # not judged yet

    situation = store.timers.situation(after(update_id=update_id))

    assert situation is not None
    assert (situation.update.id, situation.update.code) == (update_id, "C")
    assert (situation.order.code, situation.order.contact) == ("D", JANE)
    assert (situation.late, situation.overtaken) == (False, True)


def test_a_timer_of_no_order_has_no_situation(store: Store) -> None:
    assert store.timers.situation(schedule()) is None
    assert store.timers.situation(after(update_id=99)) is None


def test_a_forgotten_order_has_no_timers(store: Store) -> None:
    set_(store, after())
    (timer,) = store.timers.due(T0 + HOUR, 9)

    store.orders.forget("41", T0)

    assert store.timers.waiting("41") == []
    assert not store.timers.settle(timer, plan(new_message()), None, "f1", T0 + HOUR)
    assert store.outbox.counts() == {}


# the feed


def test_the_last_update_is_the_one_that_arrived_last(store: Store) -> None:
    assert store.timers.last_received() is None
    store.updates.record([received("C", at=T0 + 500)], T0 + 1)
    store.updates.record([received("L", at=T0)], T0 + 2)

    assert store.timers.last_received() == T0 + 2


# rates

RATE = Rate(of=frozenset("IX"), among=frozenset("C"), window=HOUR, above=0.05, clear_below=0.03)


def tell(store: Store, code: str, ref: str, *carriers: str, at: float = T0, now: float = T0) -> None:
    parcels = tuple(shipment(f"3S{ref}{carrier}", carrier=carrier) for carrier in carriers)
    store.updates.record([Received(update(code, ref, at=at, shipments=parcels), b"{}")], now)


def test_orders_are_counted_and_not_updates(store: Store) -> None:
    for at in (T0, T0 + 1):
        tell(store, "C", "41", "PNL", at=at)
        tell(store, "I", "41", "PNL", at=at)
    tell(store, "X", "41", "PNL")
    tell(store, "C", "42", "PNL")
    tell(store, "D", "43", "PNL")

    assert store.timers.counts(RATE, T0 + 9) == {"": Count(1, 2)}


def test_orders_are_counted_by_carrier_each_for_all_of_its_parcels(store: Store) -> None:
    tell(store, "C", "41", "PNL", "DHL")
    tell(store, "I", "41")  # lists none: it is about all of them
    tell(store, "C", "42", "DHL")
    tell(store, "C", "43")

    assert store.timers.counts(replace(RATE, by="carrier"), T0 + 9) == {
        "PNL": Count(1, 1),
        "DHL": Count(1, 2),
        "": Count(0, 1),
    }


def test_orders_are_counted_by_country_and_forgotten_ones_as_well(store: Store) -> None:
    for ref, country in (("1", "NL"), ("2", "NL"), ("3", "BE")):
        register(store, ref, replace(JANE, country=country))
        tell(store, "C", ref)
    tell(store, "I", "2")
    store.orders.forget("3", T0)

    assert store.timers.counts(replace(RATE, by="country"), T0 + 9) == {"NL": Count(1, 2), "": Count(0, 1)}


@pytest.mark.parametrize(
    ("by", "values"),
    [
        ("status", {"collected": Count(0, 1), "lost": Count(0, 0)}),
        ("ref", {"41": Count(1, 1)}),
        ("order_id", {"CC-1": Count(1, 1)}),
        ("carrier_name", {"PostNL": Count(1, 1)}),
        ("locale", {"nl": Count(1, 1)}),
        ("attributes.kind.of", {"gift": Count(1, 1)}),
        ("attributes.none", {"": Count(1, 1)}),
    ],
)
def test_orders_are_counted_by_any_field_of_match(store: Store, by: str, values: dict[str, Count]) -> None:
    register(store, "41", replace(JANE, locale="nl"), attributes={"kind": {"of": "gift"}})
    for code in "CX":
        parcels = (shipment(carrier_name="PostNL"),)
        store.updates.record([Received(update(code, order_id="CC-1", shipments=parcels), b"{}")], T0)

    assert store.timers.counts(replace(RATE, by=by), T0 + 9) == values


def test_the_time_of_the_event_counts_if_it_can_be(store: Store) -> None:
    now = T0 + 10 * HOUR
    tell(store, "C", "old", at=T0, now=now)
    tell(store, "C", "recent", at=now - HOUR + 1, now=now)
    tell(store, "C", "never set", at=5.0, now=now)
    tell(store, "C", "far ahead", at=now + 9 * HOUR, now=now)

    assert store.timers.counts(replace(RATE, by="ref"), now) == {
        ref: Count(0, 1) for ref in ("recent", "never set", "far ahead")
    }
