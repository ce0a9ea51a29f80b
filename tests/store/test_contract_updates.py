"""What a store is: updates are recorded once, claimed in turn, and decided in one transaction."""

from __future__ import annotations

import threading

import pytest

from notifier.core.message import State, UpdateState
from notifier.core.note import Note, NoteKind
from notifier.core.plan import Plan
from notifier.core.reason import Reason
from notifier.core.retry import MAX_CLAIMS
from notifier.core.situation import Decision
from notifier.errors import NotAllowed, NotFound
from notifier.store.customers import Registered
from notifier.store.protocol import LARGEST_CLAIM, Receipt, Received, Store
from tests.factories import JANE, T0, new_message, plan, received, shipment, update
from tests.store.conftest import register
from tests.store.engines import Engine

RECORDED, DUPLICATE, HELD = Receipt.RECORDED, Receipt.DUPLICATE, Receipt.HELD
LEASE = 60.0


def record(store: Store, *codes: str, ref: str = "41") -> None:
    """Record an update for each letter, in this sequence."""
    store.updates.record([received(code, ref) for code in codes], T0)


def claim(store: Store, worker: str = "a", now: float = T0, limit: int = 10) -> list[int]:
    return store.updates.claim(worker, now, LEASE, limit)


def decide(store: Store, update_id: int, worker: str = "a", what: Plan | None = None) -> None:
    store.updates.record_plan(update_id, worker, what or plan(), False, "f1", T0)


# recording


def test_the_same_update_is_recorded_once_in_one_batch_and_over_batches(store: Store) -> None:
    first = store.updates.record([received("C"), received("C"), received("D")], T0)
    again = store.updates.record([received("D"), received("E"), received("C")], T0 + 99)

    assert first == [RECORDED, DUPLICATE, RECORDED]
    assert again == [DUPLICATE, RECORDED, DUPLICATE]
    assert store.updates.counts() == {"undecided": 3}


def test_the_same_updates_from_eight_threads_at_once_are_recorded_once(store: Store) -> None:
    batch = [received("C", at=T0 + n) for n in range(20)]
    receipts: list[Receipt] = []
    start = threading.Barrier(8)

    def submit() -> None:
        start.wait()
        for one in batch:
            receipts.extend(store.updates.record([one], T0))

    threads = [threading.Thread(target=submit) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert receipts.count(RECORDED) == 20
    assert receipts.count(DUPLICATE) == 7 * 20
    assert store.updates.counts() == {"undecided": 20}


def test_a_decided_update_stays_known(store: Store) -> None:
    record(store, "C")
    decide(store, *claim(store))

    assert store.updates.record([received("C")], T0 + 1e8) == [DUPLICATE]
    assert store.updates.counts() == {"decided": 1}


def test_an_empty_batch_is_nothing(store: Store) -> None:
    assert store.updates.record([], T0) == []


def test_a_batch_may_be_large(store: Store) -> None:
    batch = [received("C", f"r{n}", at=T0 + n) for n in range(1000)]

    assert store.updates.record(batch, T0) == [HELD] * 1000


def test_updates_of_an_order_that_is_not_known_are_held(store: Store) -> None:
    batch = [received("C", "99"), received("C", "41"), received("C", "99")]

    assert store.updates.record(batch, T0) == [HELD, RECORDED, HELD]
    assert store.updates.counts() == {"held": 1, "undecided": 1}
    assert len(claim(store)) == 1


def test_held_updates_are_released_and_decided_as_they_happened(store: Store) -> None:
    record(store, "D", "C", "I", ref="99")
    record(store, "E", ref="98")

    assert register(store, "99") == Registered(True, 3)

    codes = []
    for update_id in claim(store):
        situation = store.updates.situation(update_id, "a")
        assert situation is not None
        codes.append(situation.update.code)
    assert codes == ["C", "I", "D"]
    assert store.updates.counts() == {"undecided": 3, "held": 1}
    assert register(store, "99") == Registered(False, 0)


WEIRD = "emoji 👩‍👩‍👧 four bytes 𝕏 quotes ' \" ` ; -- % _ \\ \u2028 \u202e ñ é 日本語 " + "x" * 1000


def test_whatever_text_an_update_brings_comes_back_as_it_was(store: Store, engine: Engine) -> None:
    said = update(WEIRD, WEIRD, order_id=WEIRD, shipments=(shipment(WEIRD, carrier=WEIRD, new=True),))
    body = ("é" * 50_000).encode()
    register(store, WEIRD, order_id=WEIRD, attributes={WEIRD: [WEIRD, {"n": None}]})
    store.updates.record([Received(said, body)], T0)

    (update_id,) = claim(store)
    situation = store.updates.situation(update_id, "a")

    assert situation is not None
    assert situation.update.update == said
    assert situation.update.received_at == T0
    assert situation.order.attributes == {WEIRD: [WEIRD, {"n": None}]}
    assert repr(body) in engine.contents()


# claims


def test_whole_orders_are_claimed_oldest_first_each_as_it_happened(store: Store) -> None:
    register(store, "42")
    for code, ref, at in (("D", "42", 9), ("C", "41", 2), ("E", "42", 3), ("L", "41", 1), ("C", "42", 3)):
        store.updates.record([received(code, ref, at=T0 + at)], T0)

    def told(ids: list[int]) -> list[str]:
        seen = [store.updates.situation(update_id, "a") for update_id in ids]
        return [f"{s.order.ref} {s.update.code}" for s in seen if s]

    assert told(claim(store, limit=1)) == ["42 C", "42 E", "42 D"]
    assert told(claim(store, limit=1)) == ["41 L", "41 C"]
    assert claim(store) == []


def test_the_oldest_updates_of_a_claim_say_how_many_orders_are_claimed(store: Store) -> None:
    register(store, "42")
    register(store, "43")
    for ref in ("41", "42", "41", "43"):
        store.updates.record([received("C", ref, at=T0 + store.updates.counts().get("undecided", 0))], T0)

    assert len(claim(store, limit=2)) == 3
    assert len(claim(store, limit=2)) == 1


def test_a_claim_is_bounded_and_cuts_an_order_only_if_it_is_larger_than_a_claim(store: Store) -> None:
    register(store, "42")
    many = [received("C", "41", at=T0 + n) for n in range(LARGEST_CLAIM + 50)]
    store.updates.record([*many, received("C", "42")], T0)

    first = claim(store)
    assert len(first) == LARGEST_CLAIM
    assert claim(store, "b") != []  # the other order
    assert claim(store, "b") == []
    for update_id in first:
        decide(store, update_id)

    assert len(claim(store)) == 50


def test_an_order_that_does_not_fit_waits_whole_for_the_next_claim(store: Store) -> None:
    register(store, "42")
    for ref in ("41", "42"):
        store.updates.record([received("C", ref, at=T0 + n) for n in range(LARGEST_CLAIM // 2 + 1)], T0)

    assert [len(claim(store, limit=LARGEST_CLAIM)) for _ in range(3)] == [LARGEST_CLAIM // 2 + 1] * 2 + [0]


def test_what_one_worker_claimed_is_not_given_to_another(store: Store) -> None:
    record(store, "C")

    assert len(claim(store, "a")) == 1
    assert claim(store, "b") == []
    assert claim(store, "a") == []


def test_no_update_of_an_order_is_given_away_while_another_one_is_claimed(store: Store) -> None:
    register(store, "42")
    record(store, "C")
    (earlier,) = claim(store, "a")
    record(store, "D")
    record(store, "C", ref="42")

    (other,) = claim(store, "b")  # of the other order
    situation = store.updates.situation(other, "b")
    assert situation is not None
    assert situation.order.ref == "42"

    decide(store, earlier, "a")
    assert len(claim(store, "b")) == 1


def test_a_lease_lapses_and_the_update_is_given_to_another(store: Store) -> None:
    record(store, "C")
    (update_id,) = claim(store, "a", T0)

    assert claim(store, "b", T0 + LEASE - 1) == []
    assert claim(store, "b", T0 + LEASE) == [update_id]
    assert store.updates.situation(update_id, "a") is None
    assert store.updates.situation(update_id, "b") is not None


def test_a_plan_by_a_stale_claimant_is_refused_and_nothing_is_written(store: Store) -> None:
    record(store, "C")
    (update_id,) = claim(store, "a", T0)
    claim(store, "b", T0 + LEASE)

    with pytest.raises(NotAllowed):
        decide(store, update_id, "a", plan(new_message()))

    assert store.outbox.counts() == {}
    assert store.updates.counts() == {"undecided": 1}


def test_an_update_is_decided_once(store: Store) -> None:
    record(store, "C")
    (update_id,) = claim(store)
    decide(store, update_id, what=plan(new_message()))

    with pytest.raises(NotAllowed):
        decide(store, update_id, what=plan(new_message("another")))

    assert store.outbox.counts() == {"pending": 1}
    assert claim(store, now=T0 + 1e6) == []


def test_a_plan_is_written_whole_or_not_at_all(store: Store) -> None:
    record(store, "C", "D")
    first, second = claim(store)
    decide(store, first, what=plan(new_message("k1")))

    with pytest.raises(Exception):  # noqa: B017  each engine has its own word for it
        decide(store, second, what=plan(new_message("k2"), new_message("k1")))

    assert store.outbox.counts() == {"pending": 1}
    assert store.updates.counts() == {"decided": 1, "undecided": 1}
    decide(store, second, what=plan(new_message("k2")))


def test_a_situation_is_the_order_as_told_by_what_was_judged_before(store: Store) -> None:
    register(store, "41", order_id="NL-1", attributes={"total": 12.5})

    def judge(*news: Received) -> list[tuple[str, str, bool]]:
        store.updates.record(news, T0 + 9)
        seen = []
        for update_id in claim(store):
            situation = store.updates.situation(update_id, "a")
            assert situation is not None
            seen.append((situation.update.code, situation.order.code, situation.late))
            decide(store, update_id)
        return seen

    assert judge(
        received("D", at=T0 + 4, shipments=(shipment("B"),)), received("L", at=T0, shipments=(shipment("A"),))
    ) == [("L", "L", False), ("D", "D", False)]
    assert judge(received("C", at=T0 + 2)) == [("C", "D", True)]

    order = store.orders.get("41")
    assert order is not None
    assert [s.tracking_code for s in order.shipments] == ["A", "B"]
    assert (order.contact, order.id, order.attributes) == (JANE, "NL-1", {"total": 12.5})


def test_what_is_undecided_or_held_tells_nothing_of_an_order_yet(store: Store) -> None:
    store.updates.record([received("L", at=T0), received("D", at=T0 + 4)], T0 + 9)
    first, _ = claim(store)

    situation = store.updates.situation(first, "a")

    assert situation is not None
    assert (situation.order.code, situation.order.reached) == ("L", {"L"})


# failures


def test_an_update_that_fails_three_times_is_set_aside_and_decided_after_all_by_hand(store: Store) -> None:
    record(store, "C")
    for attempt in range(1, 4):
        (update_id,) = claim(store)
        assert store.updates.fail(update_id, "a", "KeyError") is (attempt == 3)

    assert store.updates.counts() == {"set_aside": 1}
    assert claim(store, now=T0 + 1e6) == []
    history = store.updates.history("41")
    assert history is not None
    assert (history.updates[0].state, history.updates[0].detail) == (UpdateState.SET_ASIDE, "KeyError")

    store.updates.retry(update_id)
    assert claim(store) == [update_id]
    decide(store, update_id)


def test_updates_that_are_given_back_count_for_nothing(store: Store) -> None:
    record(store, "C", "D")
    for _ in range(MAX_CLAIMS + 1):
        claimed = claim(store)
        assert len(claimed) == 2
        store.updates.give_back(claimed, "b")  # not the claimant
        assert claim(store) == []
        store.updates.give_back(claimed, "a")

    assert store.updates.counts() == {"undecided": 2}


def test_a_stale_claimants_failure_counts_for_nothing(store: Store) -> None:
    record(store, "C")
    (update_id,) = claim(store, "a", T0)
    claim(store, "b", T0 + LEASE)

    assert store.updates.fail(update_id, "a", "KeyError") is False

    decide(store, update_id, "b")


def test_an_update_whose_claims_lapsed_three_times_is_set_aside_and_others_go_on(store: Store) -> None:
    record(store, "C")
    for n in range(MAX_CLAIMS):
        assert store.updates.set_aside_repeated(T0 + n * LEASE) == []
        (update_id,) = claim(store, f"w{n}", T0 + n * LEASE)
    record(store, "D")

    end = T0 + MAX_CLAIMS * LEASE
    assert store.updates.set_aside_repeated(end - 1) == []
    (other,) = claim(store, "b", end, limit=1)
    assert other != update_id
    store.release("b")
    assert store.updates.set_aside_repeated(end) == [update_id]
    assert store.updates.set_aside_repeated(end) == []
    assert store.updates.counts() == {"set_aside": 1, "undecided": 1}
    assert len(claim(store, now=end)) == 1


def test_nothing_else_is_set_aside_with_what_ends_the_workers(store: Store) -> None:
    for ref in ("a", "b", "c"):
        register(store, ref)
        record(store, "C", ref=ref)
    first = claim(store, "w0")
    assert len(first) == 3
    for n in range(1, MAX_CLAIMS):
        store.release(f"w{n - 1}")
        assert claim(store, f"w{n}") == first[:1]
    store.release(f"w{MAX_CLAIMS - 1}")

    assert store.updates.set_aside_repeated(T0) == first[:1]
    assert claim(store, "b") == first[1:2]
    assert claim(store, "c") == first[2:]


def test_only_an_update_that_was_set_aside_can_be_retried(store: Store) -> None:
    record(store, "C")
    (update_id,) = claim(store)

    with pytest.raises(NotAllowed):
        store.updates.retry(update_id)
    with pytest.raises(NotFound):
        store.updates.retry(update_id + 1)


# history


def test_history_tells_everything(store: Store) -> None:
    record(store, "C", "D")
    first, second = claim(store)
    fired = Decision("shipped", True, Reason.FIRED, "send: email")
    silent = Decision("lost", False, Reason.OTHER_STATUS)
    whole = Plan((fired, silent), (new_message(),))
    store.updates.record_plan(first, "a", whole, True, "f7", T0 + 5)

    history = store.updates.history("41")

    assert history is not None
    assert history.order.registered
    assert history.order.contact == JANE
    one, two = history.updates
    assert (one.update.id, one.state, one.late) == (first, UpdateState.DECIDED, True)
    assert (one.decided_at, one.fingerprint, one.decisions) == (T0 + 5, "f7", (fired, silent))
    assert [(m.message.state, m.attempts) for m in one.messages] == [(State.PENDING, ())]
    assert (two.update.id, two.state, two.decided_at) == (second, UpdateState.UNDECIDED, None)
    assert (two.decisions, two.messages) == ((), ())


def test_what_could_not_be_read_stays_on_record_with_the_update(store: Store) -> None:
    notes = (Note("status.timestamp", NoteKind.NOT_A_TIME, "00c0ffee"), Note("orderID", NoteKind.TOO_LONG))
    told = received("C", at=None, notes=notes)
    store.updates.record([told], T0)
    assert store.updates.record([told], T0 + 3600) == [Receipt.DUPLICATE]
    assert store.updates.record([received("C", at=None)], T0 + 3600) == [Receipt.RECORDED]

    history = store.updates.history("41")

    assert history is not None
    assert [u.update.update.notes for u in history.updates] == [notes, ()]
    assert history.updates[0].update.update == told.update
    assert history.updates[0].update.happened_at == T0
    (first, _) = claim(store)
    situation = store.updates.situation(first, "a")
    assert situation is not None
    assert situation.update.update.notes == notes


def test_history_of_an_order_that_is_not_registered_tells_what_is_held(store: Store) -> None:
    record(store, "C", ref="99")

    history = store.updates.history("99")

    assert history is not None
    assert not history.order.registered
    assert history.order.contact is None
    assert [u.state for u in history.updates] == [UpdateState.HELD]
    assert store.updates.history("nobody") is None


# orders that are not known


def test_without_a_word_updates_of_unknown_orders_are_held_and_with_one_they_are_not(store: Store) -> None:
    record(store, "C", ref="99")

    assert store.orders.accept_unknown(True) == 1
    assert store.orders.accept_unknown(True) == 0
    assert store.updates.record([received("C", "99"), received("D", "98")], T0) == [DUPLICATE, RECORDED]
    assert store.updates.counts() == {"undecided": 2}

    assert store.orders.accept_unknown(False) == 0
    assert store.updates.record([received("E", "97")], T0) == [HELD]
    assert store.updates.counts() == {"undecided": 2, "held": 1}


def test_held_updates_are_found_by_their_age_oldest_first(store: Store) -> None:
    for n in range(4):
        store.updates.record([received("C", f"u{n}")], T0 + n)
    record(store, "C")

    assert [u.update.ref for u in store.updates.held(T0 + 3, 9)] == ["u0", "u1", "u2"]
    assert [u.update.ref for u in store.updates.held(T0 + 3, 2)] == ["u0", "u1"]
    assert store.updates.held(T0, 9) == []


def test_a_held_update_is_given_up_with_a_plan_and_only_once(store: Store) -> None:
    record(store, "C", ref="99")
    (held,) = store.updates.held(T0 + 1, 9)
    situation = store.updates.situation_of_held(held.id)
    assert situation is not None
    assert (situation.update, situation.order.contact) == (held, None)
    gone = Plan((Decision("shipped", False, Reason.EXPIRED),), (new_message(),))

    assert store.updates.expire(held.id, gone, "f1", T0 + 5) is True
    assert store.updates.expire(held.id, gone, "f1", T0 + 6) is False

    assert store.updates.situation_of_held(held.id) is None
    assert register(store, "99").released == 0
    history = store.updates.history("99")
    assert history is not None
    (told,) = history.updates
    assert (told.state, told.decided_at, told.decisions) == (UpdateState.EXPIRED, T0 + 5, gone.decisions)
    assert store.outbox.counts() == {"pending": 1}


def test_an_update_that_is_not_held_cannot_expire(store: Store) -> None:
    record(store, "C")
    (update_id,) = claim(store)

    assert store.updates.situation_of_held(update_id) is None
    assert store.updates.expire(update_id, plan(new_message()), "f1", T0) is False
    assert store.outbox.counts() == {}


def test_what_follows_later_from_an_update_takes_the_place_of_the_first_verdict(store: Store) -> None:
    record(store, "C")
    (update_id,) = claim(store)
    first = (Decision("shipped", True, Reason.FIRED), Decision("missing_contact", False, Reason.NO_MATCH))
    store.updates.record_plan(update_id, "a", Plan(first, (new_message("k1"),)), False, "f1", T0)
    now = Decision("missing_contact", True, Reason.FIRED, "send: slack")

    store.updates.amend(update_id, now, [new_message("k2", rule="missing_contact")], "f2", T0 + 5)

    history = store.updates.history("41")
    assert history is not None
    (told,) = history.updates
    assert (told.decisions, told.decided_at, told.fingerprint) == ((first[0], now), T0, "f1")
    assert [(m.message.rule, m.message.fingerprint) for m in told.messages] == [
        ("shipped", "f1"),
        ("missing_contact", "f2"),
    ]
    with pytest.raises(NotAllowed):
        store.updates.amend(update_id, first[1], [new_message("k2")], "f3", T0 + 6)
    assert store.updates.history("41") == history
