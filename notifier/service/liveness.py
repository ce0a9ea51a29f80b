"""Names of workers, and whether one on this machine is gone, so that its claims need not run out."""

from __future__ import annotations

import os
import socket
from pathlib import Path


def worker_name() -> str:
    """Return this process's name: host, process id and start time (a process id alone is used again)."""
    pid = os.getpid()
    return f"{socket.gethostname()}/{pid}/{_started(pid)}"


def is_gone(worker: str) -> bool:
    """Tell whether the worker ran on this machine and runs no more; a worker elsewhere is never gone."""
    host, pid, started = worker.rsplit("/", 2)
    return host == socket.gethostname() and _started(int(pid)) != started


def _started(pid: int) -> str:
    """Return the start time of a process in clock ticks since boot (proc(5), /proc/pid/stat, field 22)."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return ""
    fields = stat.rpartition(")")[2].split()
    # A killed process that nobody has waited for keeps its entry as a zombie.
    return "" if fields[0] == "Z" else fields[19]
