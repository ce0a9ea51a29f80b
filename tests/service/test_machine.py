"""A clock that is set and a program that pins the database are noticed and said; nothing is delayed."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from notifier.core.clock import Reading
from notifier.core.message import State
from notifier.core.retry import OutcomeKind
from notifier.core.rules import Orders
from notifier.service.ledger import Ledger
from notifier.service.machine import Machine
from notifier.service.sender import Ready
from notifier.store.sqlite.pinned import pinned
from tests import factories
from tests.service.conftest import Desk, send

HOUR = 3_600.0


@pytest.fixture
def machine(desk: Desk) -> Machine:
    """A machine whose steady clock stands still: what the wall clock does was done by somebody."""
    watching = Machine(desk.store, lambda: Reading(desk.clock.now, 5.0), large=20_000)
    assert watching.look_at_clock() == 0.0
    return watching


def set_clock(desk: Desk, machine: Machine, by: float) -> None:
    desk.clock.now += by
    assert machine.look_at_clock() == by


def claimed(desk: Desk) -> list[int]:
    """Send all that is due; return the ids."""
    found = desk.store.outbox.claim("here/1/1", desk.clock.now, 60.0, 99)
    for message in found:
        send(desk.sender, message)
    return [message.id for message in found]


def test_what_was_made_by_a_clock_that_was_ahead_goes_out_at_once_and_once(
    desk: Desk, machine: Machine
) -> None:
    set_clock(desk, machine, 3 * HOUR)
    desk.store.orders.register([("41", factories.finding())], desk.clock.now)
    desk.tell("C")
    desk.decide()

    set_clock(desk, machine, -3 * HOUR)

    assert len(claimed(desk)) == 1
    assert len(desk.line.sent) == 1
    assert claimed(desk) == []
    assert [m.state for m in desk.store.outbox.newest((), 9)] == [State.DELIVERED]


def test_a_message_that_is_tried_again_waits_no_longer_than_it_would_have(
    desk: Desk, machine: Machine
) -> None:
    desk.store.orders.register([("41", factories.finding())], desk.clock.now)
    desk.tell("C")
    desk.decide()
    set_clock(desk, machine, 3 * HOUR)
    desk.line.outcomes.append(OutcomeKind.TRANSIENT)
    assert len(claimed(desk)) == 1

    set_clock(desk, machine, -3 * HOUR)

    assert claimed(desk) == [], "its wait is not over"
    desk.clock.now += 60
    assert len(claimed(desk)) == 1
    assert len(desk.line.sent) == 2


def test_the_lease_of_a_dead_worker_ends_by_the_clock_that_is_right(desk: Desk, machine: Machine) -> None:
    desk.store.orders.register([("41", factories.finding())], desk.clock.now)
    desk.tell("C")
    desk.decide()
    set_clock(desk, machine, 3 * HOUR)
    assert len(desk.store.outbox.claim("gone/1/1", desk.clock.now, 60.0, 99)) == 1

    set_clock(desk, machine, -3 * HOUR)
    desk.clock.now += 61
    desk.sender.recover()

    assert len(claimed(desk)) == 1


@pytest.mark.parametrize("by", [-3 * HOUR, 3 * HOUR])
def test_a_message_on_the_wire_while_the_clock_is_set_is_sent_once(
    desk: Desk, machine: Machine, by: float
) -> None:
    desk.tell("C")
    desk.decide()
    (message,) = desk.claim()
    (ready,) = desk.sender.prepare([message])
    assert isinstance(ready, Ready)
    assert desk.sender.start([ready])
    for step in (by, -by):
        set_clock(desk, machine, step)
        desk.sender.hold()
        desk.sender.recover()
        assert desk.claim() == []
    result = desk.sender.judge(ready, desk.sender.transmit(ready))
    Ledger(desk.store, desk.sender, desk.clock).write([result], [], None)
    set_clock(desk, machine, by)
    desk.sender.recover()
    assert (desk.decide(), desk.send(), len(desk.line.sent)) == (0, [], 1)


def test_a_lookup_that_goes_on_while_the_clock_is_set_back_is_not_begun_a_second_time(
    desk: Desk, machine: Machine
) -> None:
    desk.rules = replace(
        factories.ruleset(factories.rule("shipped", needs_contact=True)),
        orders=Orders(sources=("registered", "shop")),
    )
    desk.store.orders.accept_unknown(True)
    desk.tell("C", "77", order_id="3AF7")
    desk.decide()
    assert desk.lookups.claim() is not None
    set_clock(desk, machine, -3 * HOUR)
    desk.clock.now += 61
    assert desk.lookups.claim() is None, "the one that looks it up has the whole of its lease"
    desk.clock.now += 600
    assert desk.lookups.claim() is not None, "and not three hours more"


def test_a_source_that_was_down_is_asked_again_in_time(desk: Desk, machine: Machine) -> None:
    set_clock(desk, machine, 3 * HOUR)
    desk.store.sources.failed("shop", "HTTP 503", desk.clock.now + 1)
    desk.store.sources.rest("shop", desk.clock.now + 30)
    set_clock(desk, machine, -3 * HOUR)
    (source,) = desk.store.sources.down()
    assert source.until == pytest.approx(desk.clock.now + 30)
    assert source.since <= desk.clock.now + 1


def test_a_change_is_on_record_once_whoever_notices_it(desk: Desk, machine: Machine) -> None:
    other = Machine(desk.store, lambda: Reading(desk.clock.now, 5.0))
    other.look_at_clock()
    set_clock(desk, machine, -3 * HOUR)
    assert other.look_at_clock() == -3 * HOUR
    assert machine.look_at_clock() == 0.0
    (event,) = desk.store.events.newest(9)
    assert (event.kind, event.detail) == ("clock_changed", "the clock was set back by 3 h 0 min")


def test_a_clock_that_was_set_back_while_no_worker_ran_is_noticed_at_the_start(desk: Desk) -> None:
    desk.tell("C")
    desk.clock.now -= 2 * HOUR
    machine = Machine(desk.store, lambda: Reading(desk.clock.now, 5.0))
    assert machine.look_at_clock() == pytest.approx(-2 * HOUR)
    assert [event.kind for event in desk.store.events.newest(9)] == ["clock_changed"]


def test_time_that_passes_changes_nothing(desk: Desk) -> None:
    desk.tell("C")
    machine = Machine(desk.store, lambda: Reading(desk.clock.now, desk.clock.now))
    for _ in range(3):
        desk.clock.now += HOUR
        assert machine.look_at_clock() == 0.0
    assert desk.store.events.newest(9) == []


# --- a program that pins the database --------------------------------------------------------------


@contextmanager
def forgotten_reader(database: Path) -> Iterator[int]:
    """Another program that reads, and never ends its transaction; its process id."""
    code = (
        "import sqlite3, sys\n"
        f"db = sqlite3.connect({str(database)!r}, isolation_level=None)\n"
        "db.execute('BEGIN'); db.execute('SELECT count(*) FROM updates').fetchone()\n"
        "print('reading', flush=True); sys.stdin.read()\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "reading\n"
    try:
        yield process.pid
    finally:
        process.communicate("", timeout=10)


def test_a_program_that_keeps_reading_is_named_once_and_its_end_is_noticed(
    desk: Desk, machine: Machine
) -> None:
    machine.look_at_database()
    assert desk.store.events.newest(9) == []
    path = desk.store._db.path
    desk.tell("C", "40")
    with forgotten_reader(path) as pid:
        for ref in range(30):
            desk.tell("C", str(ref))
        machine.look_at_database()
        machine.look_at_database()
        (event,) = desk.store.events.newest(9)
        assert event.kind == "database_pinned"
        assert f"process {pid} (python" in event.detail
        assert "keeps reading an old state of it" in event.detail
    machine.look_at_database()
    assert desk.store.health.pinned(20_000) is None
    assert pinned(path, 20_000) is None, "the log was emptied"
    assert len(desk.store.events.newest(9)) == 1


def test_a_process_that_reads_the_newest_state_is_not_taken_for_the_culprit(desk: Desk) -> None:
    """A web process under load always reads something."""
    path = desk.store._db.path
    desk.tell("C", "40")
    with forgotten_reader(path) as culprit:
        for ref in range(30):
            desk.tell("C", str(ref))
        with forgotten_reader(path):
            found = desk.store.health.pinned(20_000)
            assert found is not None
            assert [pid for pid, _ in found.readers] == [culprit]


def test_looking_for_the_culprit_takes_no_lock_from_this_process(desk: Desk) -> None:
    """A closed file descriptor takes all locks of its process on that file with it."""

    def locks() -> list[str]:
        index = path.with_name(f"{path.name}-shm").stat().st_ino
        lines = Path("/proc/locks").read_text().splitlines()
        return [line.split(": ")[1] for line in lines if f" {os.getpid()} " in line and f":{index} " in line]

    path = desk.store._db.path
    for ref in range(30):
        desk.tell("C", str(ref))
    with sqlite3.connect(path, isolation_level=None) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM updates").fetchone()
        before = locks()
        assert pinned(path, 20_000) is not None
        assert locks() == before != []
    reader.close()


def test_all_processes_that_keep_the_oldest_state_are_named(desk: Desk) -> None:
    path = desk.store._db.path
    desk.tell("C", "40")
    with forgotten_reader(path) as one, forgotten_reader(path) as other:
        for ref in range(30):
            desk.tell("C", str(ref))
        found = desk.store.health.pinned(20_000)
        assert found is not None
        assert [pid for pid, _ in found.readers] == sorted([one, other])


def test_a_large_log_that_nobody_pins_is_emptied_and_not_told(desk: Desk, machine: Machine) -> None:
    for ref in range(30):
        desk.tell("C", str(ref))
    machine.look_at_database()
    assert desk.store.events.newest(9) == []
