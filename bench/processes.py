"""The product's processes, started for a measurement in a folder of their own."""

from __future__ import annotations

import contextlib
import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SECRET = "a secret for measuring only".replace(" ", "-")
TOKEN = "a-token-for-measuring-only"


def free_port() -> int:
    """Return a port that nobody listens at."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port: int = s.getsockname()[1]
    return port


def environment(folder: Path, port: int, **more: str) -> dict[str, str]:
    """Return the environment of a notifier that lives in `folder` and listens at `port`."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith("NOTIFIER_")}
    return clean | {
        "NOTIFIER_RULES": str(folder / "rules.yaml"),
        "NOTIFIER_TEMPLATES": str(ROOT / "templates"),
        "NOTIFIER_DATABASE": f"sqlite:///{folder / 'notifier.db'}",
        "NOTIFIER_BIND": f"127.0.0.1:{port}",
        "NOTIFIER_WEBHOOK_SECRET": SECRET,
        "NOTIFIER_API_TOKEN": TOKEN,
        "NOTIFIER_LOG_LEVEL": "warning",
        **more,
    }


@contextlib.contextmanager
def running(arguments: list[str], env: dict[str, str], log: Path) -> Iterator[int]:
    """Run a Python process and yield its process id; stop it at the end."""
    with log.open("ab") as out:
        process = subprocess.Popen([sys.executable, *arguments], env=env, cwd=ROOT, stdout=out, stderr=out)
    try:
        yield process.pid
    finally:
        process.terminate()
        process.wait(60)


def wait_for(port: int, path: str = "/readyz") -> None:
    """Wait until the server at `port` answers."""
    deadline = time.monotonic() + 30
    while True:
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", path)
            connection.getresponse().read()
            connection.close()
            return
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)


def children(pid: int) -> list[int]:
    """Return the process ids of the children of `pid`."""
    return [int(p) for p in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def resident_mb(pid: int) -> float:
    """Return the resident memory of a process in MB (10^6 bytes)."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024 / 1e6
    raise LookupError(f"process {pid} has no memory")


def cpu_seconds(pid: int) -> float:
    """Return the processor time that a process has used so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
