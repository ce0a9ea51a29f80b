"""Whether a worker is gone: only a process of this machine that runs no more is."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from notifier.service.liveness import is_gone, worker_name

ROOT = Path(__file__).parents[2]
NAMED = """
import sys
from notifier.service.liveness import worker_name
print(worker_name(), flush=True)
sys.stdin.read()
"""


@pytest.fixture
def child() -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A process that runs until it is told to end, and its name as a worker."""
    process = subprocess.Popen(
        [sys.executable, "-c", NAMED], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    yield process, process.stdout.readline().strip()
    process.kill()
    process.communicate()


def test_this_process_is_not_gone() -> None:
    assert not is_gone(worker_name())


def test_a_name_is_the_same_every_time_and_names_the_process(
    child: tuple[subprocess.Popen[str], str],
) -> None:
    process, name = child

    assert worker_name() == worker_name()
    assert name != worker_name()
    assert f"/{process.pid}/" in name


def test_a_running_process_is_not_gone(child: tuple[subprocess.Popen[str], str]) -> None:
    assert not is_gone(child[1])


def test_a_killed_process_is_gone_as_a_zombie_and_after_it_was_waited_for(
    child: tuple[subprocess.Popen[str], str],
) -> None:
    process, name = child
    process.kill()
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)  # it is dead, and its entry is still there
    assert Path(f"/proc/{process.pid}").exists()
    assert is_gone(name)

    process.wait()
    assert is_gone(name)


def test_another_process_with_the_same_id_is_not_the_one_meant() -> None:
    host, pid, started = worker_name().rsplit("/", 2)

    assert is_gone(f"{host}/{pid}/{int(started) - 1}")


def test_a_worker_on_another_machine_is_never_gone(child: tuple[subprocess.Popen[str], str]) -> None:
    process, name = child
    process.kill()
    process.wait()
    _, pid, started = name.rsplit("/", 2)

    assert not is_gone(f"another-host/{pid}/{started}")


def test_a_process_whose_name_holds_brackets_and_spaces_is_read_right(tmp_path: Path) -> None:
    odd = tmp_path / "py) Z (1 2"
    odd.symlink_to(sys.executable)
    code = """
from notifier.service.liveness import is_gone, worker_name
print(is_gone(worker_name()), worker_name().rpartition("/")[2].isdigit())
"""

    done = subprocess.run(
        [odd, "-c", code],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)},
        capture_output=True,
        text=True,
    )

    assert done.stdout == "False True\n", done.stderr
