"""What a store is: contacts are looked up once at a time, and what waited for them is judged again."""

from __future__ import annotations

import pytest

from notifier.core.contact import Contact
from notifier.core.lookup import Lookup, LookupState, Verdict
from notifier.core.message import UpdateState
from notifier.core.plan import Plan
from notifier.core.reason import Reason
from notifier.core.retry import MAX_CLAIMS
from notifier.core.situation import Decision
from notifier.errors import NotAllowed
from notifier.store.protocol import Store
from tests.factories import JANE, T0, finding, new_message, plan, received
from tests.store.conftest import await_contact, register

LEASE = 60.0
FOUND = Verdict(LookupState.FOUND, finding(source="cottoncast", at=T0 + 5))
MISSING = Verdict(LookupState.MISSING, detail="cottoncast has no such order")


def claim(store: Store, worker: str = "a", now: float = T0, limit: int = 9) -> list[Lookup]:
    return store.lookups.claim(worker, now, LEASE, limit)


def of(store: Store, ref: str = "41") -> Lookup:
    history = store.updates.history(ref)
    assert history is not None
    assert history.lookup is not None
    return history.lookup


def states(store: Store, ref: str = "41") -> list[UpdateState]:
    history = store.updates.history(ref)
    assert history is not None
    return [update.state for update in history.updates]


# asked for


def test_an_update_that_awaits_its_contact_has_it_looked_up_at_once(store: Store) -> None:
    await_contact(store, "41", now=T0 + 3, order_id="CC-1")

    assert states(store) == [UpdateState.AWAITING_CONTACT]
    assert of(store) == Lookup("41", "CC-1", LookupState.DUE, T0 + 3, T0 + 3)
    assert store.updates.claim("a", T0 + 1e6, LEASE, 9) == []


def test_what_was_judged_before_the_contact_was_known_is_written_and_handed_on(store: Store) -> None:
    update_id = await_contact(store, "41", new_message())
    assert store.outbox.counts() == {"pending": 1}
    (lookup,) = claim(store)
    store.lookups.settle(lookup, MISSING, False, T0)
    assert store.updates.claim("a", T0, LEASE, 9) == [update_id]

    situation = store.updates.situation(update_id, "a")

    assert situation is not None
    assert situation.judged == {"shipped": Decision("shipped", False, Reason.AWAITING_CONTACT)}
    assert situation.lookup == of(store)


def test_an_order_is_asked_for_with_its_id_whoever_told_it(store: Store) -> None:
    register(store, "42", order_id="NL-2")
    await_contact(store, "42")

    assert of(store, "42").order_id == "NL-2"


def test_a_lookup_that_is_under_way_goes_on_and_takes_up_a_better_id(store: Store) -> None:
    await_contact(store, "42")
    (lookup,) = claim(store)
    again = Verdict(LookupState.DUE, due_at=T0 + 30)
    store.lookups.settle(lookup, again, False, T0)

    await_contact(store, "42", code="D", now=T0 + 10, order_id="CC-1")

    assert of(store, "42") == Lookup("42", "CC-1", LookupState.DUE, T0 + 30, T0, attempts=1, fence=1)


def test_what_was_asked_with_stays_on_record(store: Store) -> None:
    await_contact(store, "42")
    (lookup,) = claim(store)
    await_contact(store, "42", code="D", now=T0 + 10, order_id="CC-1")

    store.lookups.settle(lookup, MISSING, False, T0 + 11)

    assert of(store, "42").order_id == ""


def test_a_lookup_that_has_ended_begins_anew(store: Store) -> None:
    await_contact(store, "41")
    (lookup,) = claim(store)
    store.lookups.settle(lookup, FOUND, False, T0 + 5)

    await_contact(store, "41", code="D", now=T0 + 900)

    anew = of(store)
    assert (anew.state, anew.due_at, anew.started_at, anew.attempts) == ("due", T0 + 900, T0 + 900, 0)
    assert (anew.ended_at, anew.found_at, anew.source) == (T0 + 5, T0 + 5, "cottoncast")
    assert anew.fence == lookup.fence


def test_a_stale_claimant_of_an_update_asks_for_nothing(store: Store) -> None:
    store.updates.record([received("C")], T0)
    (update_id,) = store.updates.claim("a", T0, LEASE, 9)
    store.updates.claim("b", T0 + LEASE, LEASE, 9)

    with pytest.raises(NotAllowed):
        store.updates.record_plan(update_id, "a", Plan((), (), True), False, "", T0)

    assert store.lookups.counts() == {}


def test_waiting_for_a_contact_is_no_failure_of_the_update(store: Store) -> None:
    update_id = await_contact(store, "41")
    for _ in range(MAX_CLAIMS + 1):
        (lookup,) = claim(store)
        store.lookups.settle(lookup, MISSING, False, T0)
        assert store.updates.claim("a", T0, LEASE, 9) == [update_id]
        store.updates.record_plan(update_id, "a", Plan((), (), True), False, "", T0)


# claims


def test_lookups_are_claimed_longest_due_first_and_an_attempt_is_counted(store: Store) -> None:
    for n, ref in enumerate(("43", "41", "42")):
        await_contact(store, ref, now=T0 + n)

    assert claim(store, now=T0 - 1) == []
    assert [lookup.ref for lookup in claim(store, now=T0 + 1, limit=1)] == ["43"]
    assert [(lookup.ref, lookup.attempts) for lookup in claim(store, now=T0 + 9)] == [("41", 1), ("42", 1)]
    assert claim(store, now=T0 + 9) == []


def test_a_lease_lapses_and_the_stale_claimant_is_refused(store: Store) -> None:
    await_contact(store, "41")
    (stale,) = claim(store, "a")
    assert claim(store, "b", T0 + LEASE - 1) == []
    (held,) = claim(store, "b", T0 + LEASE)

    with pytest.raises(NotAllowed):
        store.lookups.settle(stale, FOUND, True, T0)

    assert states(store) == [UpdateState.AWAITING_CONTACT]
    assert of(store).found_at is None
    assert (held.attempts, held.fence) == (2, 2)
    assert store.lookups.settle(held, FOUND, False, T0) == 1
    with pytest.raises(NotAllowed):
        store.lookups.settle(held, FOUND, False, T0)


def test_what_was_given_back_is_due_as_before_and_counts_for_nothing(store: Store) -> None:
    await_contact(store, "41")
    (lookup,) = claim(store, "a")

    store.lookups.give_back(lookup)

    (again,) = claim(store, "b")
    assert (again.attempts, again.due_at) == (1, T0)
    store.lookups.give_back(lookup)  # the one before has no say any more
    assert claim(store) == []


def test_next_due_is_the_first_thing_to_wait_for(store: Store) -> None:
    assert store.lookups.next_due() is None
    await_contact(store, "41", now=T0 + 20)
    await_contact(store, "42", now=T0 + 90)
    assert store.lookups.next_due() == T0 + 20

    (lookup,) = claim(store, now=T0 + 20)
    assert store.lookups.next_due() == T0 + 20 + LEASE
    store.lookups.settle(lookup, MISSING, False, T0 + 21)
    assert store.lookups.next_due() == T0 + 90


# results


def test_what_was_found_is_known_and_all_that_waited_is_to_be_judged(store: Store) -> None:
    await_contact(store, "41")
    await_contact(store, "41", code="D", now=T0 + 1)
    await_contact(store, "42")
    lookup = next(one for one in claim(store) if one.ref == "41")

    assert store.lookups.settle(lookup, FOUND, True, T0 + 5) == 2

    assert states(store) == [UpdateState.UNDECIDED] * 2
    assert states(store, "42") == [UpdateState.AWAITING_CONTACT]
    ended = of(store)
    assert (ended.state, ended.ended_at, ended.found_at, ended.source) == (
        LookupState.FOUND, T0 + 5, T0 + 5, "cottoncast",
    )  # fmt: skip


@pytest.mark.parametrize("state", [LookupState.MISSING, LookupState.GAVE_UP])
def test_a_search_without_an_end_in_sight_ends_and_says_why(store: Store, state: LookupState) -> None:
    await_contact(store, "41")
    (lookup,) = claim(store)

    assert store.lookups.settle(lookup, Verdict(state, detail="HTTP 404"), False, T0 + 5) == 1

    ended = of(store)
    assert (ended.state, ended.detail, ended.ended_at, ended.found_at) == (state, "HTTP 404", T0 + 5, None)
    assert store.lookups.counts() == {state.value: 1}
    assert claim(store, now=T0 + 1e6) == []


def test_a_search_that_is_to_be_tried_again_releases_nothing(store: Store) -> None:
    await_contact(store, "41")
    (lookup,) = claim(store)

    assert store.lookups.settle(lookup, Verdict(LookupState.DUE, due_at=T0 + 30), False, T0 + 1) == 0

    assert states(store) == [UpdateState.AWAITING_CONTACT]
    assert claim(store, now=T0 + 29) == []
    (again,) = claim(store, now=T0 + 30)
    assert (again.attempts, again.ended_at) == (2, None)


def test_a_finding_replaces_the_one_before_and_silence_does_not(store: Store) -> None:
    def emails(verdict: Verdict) -> str | None:
        await_contact(store, "42", at=T0 + store.updates.counts().get("decided", 0))
        (lookup,) = claim(store)
        store.lookups.settle(lookup, verdict, True, T0)
        for update_id in store.updates.claim("a", T0, LEASE, 9):
            store.updates.record_plan(update_id, "a", plan(), False, "", T0)
        order = store.orders.get("42")
        return order.contact.email if order and order.contact else None

    register(store, "42", Contact(name="Nobody"))
    joe = Verdict(LookupState.FOUND, finding(Contact(email="joe@example.org"), "cottoncast"))

    assert emails(FOUND) == JANE.email
    assert emails(joe) == "joe@example.org"
    assert emails(Verdict(LookupState.FOUND)) == "joe@example.org"
    assert emails(MISSING) == "joe@example.org"


def test_registering_the_order_meanwhile_ends_the_waiting(store: Store) -> None:
    await_contact(store, "41")

    assert register(store, "41").released == 1

    assert states(store) == [UpdateState.UNDECIDED]
    assert store.lookups.counts() == {"due": 1}


@pytest.mark.parametrize(
    ("contact", "due"),
    [
        (JANE, T0 + 5),
        (Contact(do_not_contact=True), T0 + 5),
        (Contact(name="Jane"), T0 + 600),
    ],
)
def test_a_search_that_may_be_needless_now_is_due_at_once(store: Store, contact: Contact, due: float) -> None:
    for ref in ("42", "43"):
        await_contact(store, ref)
    for lookup in claim(store):
        store.lookups.settle(lookup, Verdict(LookupState.DUE, due_at=T0 + 600), False, T0)

    register(store, "42", contact, now=T0 + 5)

    assert {one.ref: one.due_at for one in store.lookups.waiting(9)} == {"42": due, "43": T0 + 600}
