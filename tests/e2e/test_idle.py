"""With nothing to do, nothing is done: the disk may sleep."""

from __future__ import annotations

import os
import time
from pathlib import Path

from tests.service_process import Service, body, descendants, eventually
from tests.sinks import SmtpSink

IDLE = 5.0
"""Seconds to watch; the worker looks for lost claims in every fifth second."""


def cpu_seconds(pids: list[int]) -> float:
    """Return the CPU time that processes have used (proc(5), /proc/pid/stat, fields 14 and 15)."""
    ticks = 0
    for pid in pids:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def stamps(service: Service) -> list[tuple[str, int, int]]:
    """Return size and time of change of the database's files."""
    files = [service.database, service.database.with_name("notifier.db-wal")]
    return [(file.name, file.stat().st_size, file.stat().st_mtime_ns) for file in files]


def test_idle_processes_write_nothing(service: Service, mail: SmtpSink) -> None:
    # One mail has been sent, one waits for a channel that is not there, one for an order.
    web, worker = service.both()
    service.customer("41")
    for code, ref in (("C", "41"), ("I", "41"), ("C", "nobody")):
        service.post(body(ref, code))
    mail.wait_for(1)
    service.wait_for_states("41", ("delivered", None), ("delivered", None))
    before = stamps(service)
    watched = {"web": [web.pid, *descendants(web.pid)], "worker": [worker.pid]}
    used = {name: cpu_seconds(pids) for name, pids in watched.items()}
    until = time.monotonic() + IDLE
    eventually(lambda: time.monotonic() > until, IDLE + 5)
    assert stamps(service) == before
    for name, pids in watched.items():
        print(f"{name}: {(cpu_seconds(pids) - used[name]) / IDLE:.1%} of one CPU while idle")  # noqa: T201
