"""The dispatcher in trouble: nothing kills its threads, keeps them spinning, or leaves a message behind."""

from __future__ import annotations

import os
import threading
import time
from types import SimpleNamespace
from typing import Any

import pytest

from notifier.core.clock import Reading
from notifier.core.message import State
from notifier.core.reason import Reason
from notifier.core.retry import Outcome, OutcomeKind
from notifier.service import dispatcher
from notifier.service.crew import Crew
from notifier.service.machine import Machine
from notifier.service.timekeeper import Timekeeper
from notifier.service.worker import Worker
from tests.service.conftest import Desk
from tests.service.test_dispatcher import (
    Wire,
    all_delivered,
    busy,
    dispatching,
    states,
    tell,
    wire,
)
from tests.service_process import eventually

__all__ = ["busy", "wire"]


def test_an_order_that_cannot_be_read_is_set_aside_and_the_others_go_on(
    busy: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    tell(busy, 12)
    poison = busy.store.outbox.newest((), 99)[4]
    situations = busy.store.outbox.situations

    def breaks(messages: Any) -> Any:
        if any(message.id == poison.id for message in messages):
            raise KeyError("a mistake of ours")
        return situations(messages)

    monkeypatch.setattr(busy.store.outbox, "situations", breaks)
    with dispatching(busy, 8):
        eventually(lambda: states(busy) == {State.DELIVERED: 11, State.FAILED: 1})

    message = busy.store.outbox.get(poison.id)
    assert message is not None
    assert (message.reason, message.maybe_sent) == (Reason.SET_ASIDE, False)


def test_waiting_for_a_server_that_hangs_costs_no_time_while_stopping(
    busy: Desk, wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dispatcher, "LONGEST_WAIT", 0.1)
    wire.hold("email")
    tell(busy, 1)
    with dispatching(busy, 1) as sending:
        eventually(lambda: wire.now["email"] == 1)
        before = time.process_time()
        assert sending.stop(1.5) == 1
        assert time.process_time() - before < 0.5
        wire.release("email")


def test_a_claim_that_lapsed_and_is_not_yet_taken_over_is_no_reason_to_look_all_the_time(
    busy: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    tell(busy, 1)
    assert busy.store.outbox.claim("elsewhere/1/1", busy.sender._clock(), -1.0, 1)
    looks = []
    next_due = busy.sender.next_due
    monkeypatch.setattr(busy.sender, "next_due", lambda *args: looks.append(1) or next_due(*args))
    with dispatching(busy, 1):
        time.sleep(0.5)
    assert len(looks) < 10


def test_an_answer_that_cannot_be_written_down_leaves_its_message_to_a_person(busy: Desk, wire: Wire) -> None:
    wire.outcomes.append(Outcome(OutcomeKind.DELIVERED, "HTTP 201", provider_id="SM\ud800"))
    tell(busy, 1)
    with dispatching(busy, 1):
        eventually(lambda: states(busy) == {State.FAILED: 1})

    (message,) = busy.store.outbox.newest((), 9)
    assert (message.reason, message.maybe_sent) == (Reason.SET_ASIDE, True)


def test_a_commit_that_nobody_can_be_woken_by_is_a_commit(
    busy: Desk, wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    tell(busy, 9)

    def full(*_: Any) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "pwrite", full)
    with dispatching(busy, 2):
        eventually(lambda: all_delivered(busy))
    assert len(wire.sent) == 9


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_worker_does_not_outlive_the_threads_that_send(busy: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def ends(*_: Any) -> None:
        raise SystemExit

    monkeypatch.setattr(busy.sender, "next_due", ends)
    sending = dispatcher.Dispatcher(busy.store, busy.sender, lambda: busy.rules, busy.sender._clock, 1)
    here: Any = SimpleNamespace(
        current=SimpleNamespace(gateway=SimpleNamespace(tidy=lambda: None)),
        is_edited=False,
        look=lambda: False,
    )
    worker = Worker(
        busy.store,
        here,
        busy.decider,
        busy.lookups,
        busy.sender,
        sending,
        Timekeeper(busy.store, lambda: busy.rules, busy.clock),
        busy.upkeep,
        Machine(busy.store, lambda: Reading(busy.clock(), time.monotonic())),
        busy.clock,
    )
    threading.Timer(10.0, worker.stop).start()

    with pytest.raises(RuntimeError, match="a thread that sends has ended"):
        worker.run()
    worker._stop.set()


def test_a_thread_that_cannot_be_started_delays_its_job_and_ends_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    crew, done = Crew("test"), []
    start = threading.Thread.start

    def none_left(thread: threading.Thread) -> None:
        if thread.name != "test-1":
            raise RuntimeError("can't start new thread")
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", none_left)
    going = threading.Event()
    crew.do(lambda: going.wait(10) and done.append(1))
    crew.do(lambda: done.append(2))
    going.set()
    eventually(lambda: done == [1, 2])
