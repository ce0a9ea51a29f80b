"""Whether a worker works on a database: known from a lock that ends with its process."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

from notifier.store.sqlite.attendance import Attendance
from tests.service_process import eventually

HOLD = """
import sys, time
from pathlib import Path
from notifier.store.sqlite.attendance import Attendance
Attendance(Path(sys.argv[1])).begin()
print("held", flush=True)
time.sleep(60)
"""


def test_nobody_is_there_before_the_first_worker(tmp_path: Path) -> None:
    assert not Attendance(tmp_path / "notifier.db").is_held()
    assert list(tmp_path.iterdir()) == []


def test_several_workers_may_be_there_and_the_last_one_counts(tmp_path: Path) -> None:
    first, second, looking = (Attendance(tmp_path / "notifier.db") for _ in range(3))
    first.begin()
    first.begin()
    second.begin()
    assert looking.is_held()
    first.end()
    assert looking.is_held()
    second.end()
    assert not looking.is_held()


def test_a_worker_that_is_killed_is_there_no_more(tmp_path: Path) -> None:
    database = tmp_path / "notifier.db"
    worker = subprocess.Popen([sys.executable, "-c", HOLD, str(database)], stdout=subprocess.PIPE, text=True)
    assert worker.stdout
    assert worker.stdout.readline() == "held\n"
    assert Attendance(database).is_held()

    worker.send_signal(signal.SIGKILL)
    worker.wait(10)
    worker.stdout.close()

    eventually(lambda: not Attendance(database).is_held())
