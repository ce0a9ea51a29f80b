"""Intake: updates that arrive together become few transactions, and each one is answered exactly once."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from notifier.errors import StoreBusy, StoreError, StoreFull
from notifier.service.intake import LARGEST_BATCH, Intake
from notifier.store.protocol import Receipt, Received
from notifier.store.sqlite.situations import Situations
from notifier.store.sqlite.store import SqliteStore
from notifier.store.sqlite.updates import SqliteUpdates
from tests.factories import JANE, T0, received, register, update

RECORDED, DUPLICATE, HELD = Receipt.RECORDED, Receipt.DUPLICATE, Receipt.HELD


class Answers:
    """Collects what is answered, and waits for it."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self.given: list[tuple[int, Receipt | StoreError]] = []

    def __call__(self, results: list[tuple[int, Receipt | StoreError]]) -> None:
        with self._changed:
            self.given += results
            self._changed.notify_all()

    def wait_for(self, count: int) -> dict[int, Receipt | StoreError]:
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.given) >= count, 10)
        return dict(self.given)


class Gate(SqliteUpdates):
    """The real updates, behind a gate: counts batches, waits while shut, fails when told."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.open = threading.Event()
        self.open.set()
        self.waiting = threading.Event()
        self.batches: list[int] = []
        self.error: Exception | None = None
        self.poison: str | None = None

    def record(self, batch: Sequence[Received], now: float) -> list[Receipt]:
        self.batches.append(len(batch))
        self.waiting.set()
        assert self.open.wait(10)
        if self.error is not None:
            raise self.error
        if any(r.update.ref == self.poison for r in batch):
            raise KeyError("a fault of ours")
        return super().record(batch, now)


@pytest.fixture
def gate(store: SqliteStore) -> Gate:
    store.updates = Gate(store._db, Situations(store._db, store.addresses))
    return store.updates


@pytest.fixture
def answers() -> Answers:
    return Answers()


@pytest.fixture
def intake(store: SqliteStore, gate: Gate, answers: Answers) -> Iterator[Intake[int]]:
    intake: Intake[int] = Intake(store, lambda: T0, answers)
    yield intake
    gate.open.set()
    intake.close()


def gather(intake: Intake[int], gate: Gate, *crowd: Received) -> None:
    """Submit the first update, and the others while it is being recorded."""
    gate.open.clear()
    gate.waiting.clear()
    intake.submit(0, crowd[0])
    assert gate.waiting.wait(10)
    for ticket, one in enumerate(crowd[1:], 1):
        intake.submit(ticket, one)
    gate.open.set()


def test_updates_that_arrive_together_need_few_transactions(
    intake: Intake[int], gate: Gate, answers: Answers, store: SqliteStore
) -> None:
    threads = [
        threading.Thread(
            target=lambda first=first: [
                intake.submit(n, received(at=T0 + n)) for n in range(first, first + 25)
            ]
        )
        for first in range(0, 200, 25)
    ]
    gate.open.clear()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    gate.open.set()

    answered = answers.wait_for(200)

    assert answered == dict.fromkeys(range(200), RECORDED)
    assert len(answers.given) == 200
    assert len(gate.batches) <= 4
    assert sum(gate.batches) == 200
    assert store.updates.counts() == {"undecided": 200}


def test_no_transaction_grows_beyond_the_limit(intake: Intake[int], gate: Gate, answers: Answers) -> None:
    count = 2 * LARGEST_BATCH
    gather(intake, gate, *(received(at=T0 + n) for n in range(count)))

    answers.wait_for(count)

    assert max(gate.batches) == LARGEST_BATCH


def test_every_ticket_gets_its_own_answer(intake: Intake[int], gate: Gate, answers: Answers) -> None:
    gather(intake, gate, received("N"), received("C"), received("C", "99"), received("C"), received("N"))

    assert answers.wait_for(5) == {0: RECORDED, 1: RECORDED, 2: HELD, 3: DUPLICATE, 4: DUPLICATE}


def test_it_is_answered_after_it_is_on_disk(intake: Intake[int], store: SqliteStore, tmp_path: Path) -> None:
    seen: list[int] = []

    def look(results: list[tuple[int, Receipt | StoreError]]) -> None:
        other = SqliteStore(tmp_path / "notifier.db")
        seen.append(sum(other.updates.counts().values()))
        other.close()

    one: Intake[int] = Intake(store, lambda: T0, look)
    one.submit(1, received())
    one.close()

    assert seen == [1]


def test_a_database_that_fails_is_told_to_every_ticket_of_the_batch_and_the_next_goes_on(
    intake: Intake[int], gate: Gate, answers: Answers, store: SqliteStore
) -> None:
    gate.error = StoreFull("no space left for the database")
    gather(intake, gate, *(received(at=T0 + n) for n in range(5)))

    answered = answers.wait_for(5)

    assert len(answers.given) == 5
    assert all(isinstance(answer, StoreFull) for answer in answered.values())
    assert gate.batches == [1, 4]  # not one by one
    gate.error = None
    intake.submit(9, received())
    assert answers.wait_for(6)[9] is RECORDED
    assert store.updates.counts() == {"undecided": 1}


def test_an_update_that_cannot_be_recorded_fails_nobody_else(
    intake: Intake[int], gate: Gate, answers: Answers, store: SqliteStore
) -> None:
    register(store, "42", JANE, at=T0)
    gate.poison = "42"
    gather(intake, gate, received("N"), received("C"), received("C", "42"), received("D"))

    answered = answers.wait_for(4)

    assert len(answers.given) == 4
    assert [answered[n] for n in (0, 1, 3)] == [RECORDED] * 3
    assert isinstance(answered[2], StoreError)
    assert "KeyError" in str(answered[2])
    assert "a fault of ours" not in str(answered[2])
    assert store.updates.counts() == {"undecided": 3}


def test_a_real_value_that_sqlite_refuses_fails_nobody_else(
    intake: Intake[int], gate: Gate, answers: Answers, store: SqliteStore
) -> None:
    unstorable = Received(update("C", ref="\ud800"), b"")
    gather(intake, gate, received("N"), received("C"), unstorable, received("D"))

    answered = answers.wait_for(4)

    assert [answered[n] for n in (0, 1, 3)] == [RECORDED] * 3
    assert isinstance(answered[2], StoreError)


def test_closing_records_what_waits_and_takes_nothing_more(
    store: SqliteStore, gate: Gate, answers: Answers
) -> None:
    intake: Intake[int] = Intake(store, lambda: T0, answers)
    assert intake.alive
    gate.open.clear()
    for n in range(50):
        intake.submit(n, received(at=T0 + n))
    closing = threading.Thread(target=intake.close)
    closing.start()
    while intake.alive:
        pass

    with pytest.raises(StoreBusy, match="shutting down"):
        intake.submit(99, received("D"))

    gate.open.set()
    closing.join()
    assert Counter(answer for _, answer in answers.given) == {RECORDED: 50}
    assert store.updates.counts() == {"undecided": 50}


def test_too_long_a_queue_is_refused(
    intake: Intake[int], gate: Gate, answers: Answers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("notifier.service.intake.LONGEST_QUEUE", 3)
    gate.open.clear()
    gate.waiting.clear()
    intake.submit(0, received("N"))
    assert gate.waiting.wait(10)
    for n, code in enumerate("LRC", 1):
        intake.submit(n, received(code))

    with pytest.raises(StoreBusy, match="too many updates"):
        intake.submit(9, received("D"))

    gate.open.set()
    assert answers.wait_for(4) == dict.fromkeys(range(4), RECORDED)


def test_an_update_that_waited_too_long_is_sent_back_unrecorded(
    intake: Intake[int], gate: Gate, answers: Answers, store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate.open.clear()
    gate.waiting.clear()
    intake.submit(0, received("N"))
    assert gate.waiting.wait(10)
    monkeypatch.setattr("notifier.service.intake.LONGEST_WAIT", -1.0)  # it has waited longer already
    intake.submit(1, received("C"))
    gate.open.set()

    answered = answers.wait_for(2)

    assert answered[0] is RECORDED
    assert isinstance(answered[1], StoreBusy)
    assert store.updates.counts() == {"undecided": 1}
