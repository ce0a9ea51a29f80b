"""How the database is, what waits for too long, and which failures need a person."""

from __future__ import annotations

from dataclasses import replace

import pytest

from notifier.core.message import Message, State
from notifier.core.reason import Reason
from notifier.core.retry import Outcome, OutcomeKind, Transition
from notifier.errors import NotAllowed, NotFound
from notifier.store.health import Dismissed, Failures, Overdue
from notifier.store.protocol import Store
from tests.factories import T0, new_message
from tests.outbox import settle_one, start_attempt
from tests.store.conftest import Write

DAY = 86_400.0


def claimed(store: Store, message: Message, now: float) -> Message:
    return next(m for m in store.outbox.claim("w", now, 60.0, 100) if m.id == message.id)


def fail(store: Store, message: Message, now: float = T0, state: State = State.FAILED) -> Message:
    """Try it, and let it end."""
    mine = claimed(store, message, now)
    start_attempt(store, mine, "a@example.org", "", "", now)
    kind = OutcomeKind.UNKNOWN if state is State.UNKNOWN else OutcomeKind.PERMANENT
    settle_one(store, mine, Transition(state, Reason.GAVE_UP), now, outcome=Outcome(kind, "550", ""))
    found = store.outbox.get(message.id)
    assert found is not None
    return found


def recent(store: Store, now: float = T0) -> tuple[int, int]:
    backlog = store.outbox.backlog(now, now - DAY)
    return backlog.failed_since, backlog.unknown_since


def test_a_probe_goes_through_and_is_no_change_of_anything(store: Store) -> None:
    before = store.updates.counts(), store.events.newest(10)
    store.health.probe(T0)
    store.health.probe(T0 + 1)
    assert (store.updates.counts(), store.events.newest(10)) == before


def test_room_on_the_disk_is_told(store: Store) -> None:
    room = store.health.room()
    assert room is not None
    assert room.bytes > 0


def test_messages_are_overdue_by_when_they_were_due_or_first_tried(store: Store, write: Write) -> None:
    write(new_message("a", due_at=T0))
    (later,) = write(new_message("b", due_at=T0 + 500), ref="42")
    (tried,) = write(new_message("c", due_at=T0 + 500), ref="43")
    claims = store.outbox.claim("w", T0 + 500, 60.0, 100)
    mine = next(m for m in claims if m.id == tried.id)
    start_attempt(store, mine, "a@example.org", "", "", T0 + 500)
    again = Transition(State.PENDING, None, due_at=T0 + 90_000)
    settle_one(store, mine, again, T0 + 501, outcome=Outcome(OutcomeKind.TRANSIENT, "451", ""))
    for other in claims:
        if other.id != tried.id:
            store.outbox.give_back(other)

    assert store.health.overdue(T0 + 900, 900.0) == []
    assert store.health.overdue(T0 + 901, 900.0) == [Overdue("email", 1, T0)]
    assert store.health.overdue(T0 + 1401, 900.0) == [Overdue("email", 3, T0)]
    assert later.due_at == T0 + 500


def test_a_failure_that_another_way_took_over_needs_nobody(store: Store, write: Write) -> None:
    (sms,) = write(new_message("told"))
    mine = claimed(store, sms, T0)
    start_attempt(store, mine, "+31", "", "", T0)
    failed = Transition(State.FAILED, Reason.GAVE_UP)
    settle_one(
        store,
        mine,
        failed,
        T0,
        outcome=Outcome(OutcomeKind.PERMANENT, "21", ""),
        successor=new_message("told"),
    )
    assert recent(store) == (0, 0)
    assert store.health.failures(Failures()) == []
    assert [m.id for m in store.health.failures(Failures(every=True))] == [sms.id]

    (second,) = store.outbox.newest([State.PENDING], 10)
    fail(store, second)
    assert recent(store) == (1, 0)
    assert [m.id for m in store.health.failures(Failures())] == [second.id]


def test_what_was_dismissed_needs_nobody_until_it_fails_once_more(store: Store, write: Write) -> None:
    one, two = write(new_message("a"), new_message("b"))
    fail(store, one)
    fail(store, two, state=State.UNKNOWN)
    assert recent(store) == (1, 1)

    store.health.dismiss(Dismissed.MESSAGE, [one.id, two.id], "ann", "told by phone", T0 + 1)

    assert recent(store) == (0, 0)
    assert store.health.failures(Failures()) == []
    (first, _) = store.health.dismissals(Dismissed.MESSAGE, [one.id, two.id])
    assert (first.about, first.at, first.by, first.reason) == (one.id, T0 + 1, "ann", "told by phone")
    store.outbox.retry(one.id, T0 + 2)
    fail(store, one, T0 + 3)
    assert recent(store, T0 + 3) == (1, 0)


def test_what_needs_a_person_is_found_by_channel_rule_time_and_state(store: Store, write: Write) -> None:
    mail, lost = write(new_message("a"), replace(new_message("b"), rule="lost"))
    fail(store, mail, T0)
    fail(store, lost, T0 + 100, State.UNKNOWN)

    def found(which: Failures) -> list[int]:
        return [m.id for m in store.health.failures(which)]

    assert found(Failures()) == [mail.id, lost.id]
    assert found(Failures((State.FAILED,))) == [mail.id]
    assert found(Failures(channel="email")) == [mail.id, lost.id]
    assert found(Failures(channel="slack")) == []
    assert found(Failures(rule="lost")) == [lost.id]
    assert found(Failures(since=T0 + 50)) == [lost.id]


def test_only_what_failed_can_be_dismissed_and_all_or_nothing(store: Store, write: Write) -> None:
    failed, waiting = write(new_message("a"), new_message("b"))
    fail(store, failed)
    with pytest.raises(NotAllowed, match="only failed and unknown"):
        store.health.dismiss(Dismissed.MESSAGE, [failed.id, waiting.id], "ann", "x", T0)
    with pytest.raises(NotFound, match="no message 99"):
        store.health.dismiss(Dismissed.MESSAGE, [failed.id, 99], "ann", "x", T0)
    with pytest.raises(NotFound, match="no event 99"):
        store.health.dismiss(Dismissed.EVENT, [99], "ann", "x", T0)
    assert recent(store) == (1, 0)


def test_refused_updates_are_told_until_somebody_has_seen_to_them(store: Store) -> None:
    store.events.add("updates_unrecorded", "webhook", "27 updates answered 503", T0)
    store.events.add("channel_down", "email", "", T0)
    (event,) = store.health.unrecorded(T0 - DAY)
    assert event.detail == "27 updates answered 503"
    assert store.health.unrecorded(T0 + 1) == []
    store.health.dismiss(Dismissed.EVENT, [event.id], "ann", "compared", T0 + 5)
    assert store.health.unrecorded(T0 - DAY) == []
