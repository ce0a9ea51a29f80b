"""Threads that wait for work: the crew of senders, and the bell."""

from __future__ import annotations

import threading

from notifier.service.bell import Bell
from notifier.service.crew import Crew
from tests.service_process import eventually


def test_as_many_jobs_as_are_given_run_at_the_same_time() -> None:
    crew = Crew("test")
    together = threading.Barrier(5)
    done: list[int] = []

    def job(n: int) -> None:
        together.wait(10)
        done.append(n)

    for n in range(5):
        crew.do(lambda n=n: job(n))  # type: ignore[misc]
    eventually(lambda: sorted(done) == [0, 1, 2, 3, 4])


def test_a_thread_that_is_idle_takes_the_next_job() -> None:
    crew = Crew("idle")
    names: set[str] = set()
    for _ in range(20):
        before = len(names), crew._idle
        finished = threading.Event()

        def job(finished: threading.Event = finished) -> None:
            names.add(threading.current_thread().name)
            finished.set()

        crew.do(job)
        assert finished.wait(10), before
        eventually(lambda: crew._idle == 1)
    assert names == {"idle-1"}


def test_a_ring_lets_one_of_several_go_on() -> None:
    bell = Bell()
    through: list[int] = []

    def wait(n: int) -> None:
        bell.wait(30)
        through.append(n)

    threads = [threading.Thread(target=wait, args=[n], daemon=True) for n in range(3)]
    for thread in threads:
        thread.start()
    for count in (1, 2, 3):
        bell.ring()
        eventually(lambda count=count: len(through) == count)  # type: ignore[misc]


def test_a_ring_before_anybody_waits_is_not_lost_and_several_are_one() -> None:
    bell = Bell()
    bell.ring()
    bell.ring()
    bell.wait(30)
    began = threading.Event()
    second = threading.Thread(target=lambda: (began.set(), bell.wait(0.2)), daemon=True)
    second.start()
    second.join(10)
    assert began.is_set()
    assert not second.is_alive()
