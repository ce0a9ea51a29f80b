"""Ends in good order: SIGTERM finishes what is on the wire, and gives the rest back."""

from __future__ import annotations

import os
import signal
import socket
from pathlib import Path

import pytest

from tests.service_process import Service, body, descendants, eventually
from tests.sinks import SmtpSink


def test_a_send_that_hangs_is_finished_and_the_rest_is_left_to_the_next_worker(
    service: Service, mail: SmtpSink
) -> None:
    # Two senders are busy with a slow mail server while ten more orders wait.
    service.env["NOTIFIER_CONCURRENCY"] = "2"
    _, worker = service.both()
    refs = [str(n) for n in range(12)]
    for ref in refs:
        service.customer(ref)
    mail.hold()
    for ref in refs:
        service.post(body(ref, "C"))
    mail.wait_for_held(2)
    eventually(lambda: len(service.messages()) == 12, what="all decided")

    worker.signal(signal.SIGTERM)
    worker.wait_for_log("worker stopping")
    assert "by=SIGTERM" in worker.log
    assert worker.running
    mail.release()
    assert worker.wait() == 0
    assert len(mail.mails) == 2
    assert sorted(state for state, _ in service.states()) == ["delivered"] * 2 + ["pending"] * 10

    service.worker()
    mail.wait_for(12)
    service.wait_for_states("%", *[("delivered", None)] * 12)
    assert sorted(m.recipients[0] for m in mail.mails) == sorted(f"customer-{r}@canary.example" for r in refs)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_run_stops_both_of_its_processes(service: Service, mail: SmtpSink, number: int) -> None:
    run = service.run()
    service.customer("41")
    service.post(body("41", "C"))
    mail.wait_for(1)
    run.signal(number)
    assert run.wait() == 0
    assert service.pids() == []
    assert f"stopping web and worker      signal={number.name}" in run.log
    assert "web stopped" in run.log
    assert "worker stopped" in run.log


def test_run_can_be_stopped_while_it_starts(service: Service) -> None:
    run = service.start("run")
    eventually(lambda: len(descendants(run.pid)) >= 2, what="its processes")
    assert run.stop() == 0
    assert service.pids() == []


@pytest.mark.parametrize(("which", "other"), [("web", "worker"), ("worker", "web")])
def test_run_ends_with_a_failure_when_one_of_its_processes_dies_and_says_which(
    service: Service, which: str, other: str
) -> None:
    run = service.run()
    (child,) = [pid for pid in descendants(run.pid) if _command(pid) == which and _parent(pid) == run.pid]
    os.kill(child, signal.SIGKILL)
    assert run.wait() == 128 + signal.SIGKILL
    assert f"{which} ended by signal 9 (SIGKILL); stopping the {other} as well" in run.log
    eventually(lambda: service.pids() == [], what="all processes ended")


def test_connections_are_refused_when_web_has_ended_though_the_worker_still_finishes(
    service: Service, mail: SmtpSink
) -> None:
    run = service.run()
    service.customer("41")
    mail.hold()
    service.post(body("41", "C"))
    mail.wait_for_held(1)
    run.signal(signal.SIGTERM)
    run.wait_for_log("web stopped")
    assert run.running
    host, _, port = service.address.rpartition(":")
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((host, int(port)))
    mail.release()
    assert run.wait() == 0


def test_run_says_which_of_its_processes_did_not_start(service: Service) -> None:
    service.rules.unlink()
    run = service.start("run")
    assert run.wait() == 78
    assert "worker ended with exit code 78; stopping the web as well" in run.log
    assert service.pids() == []


def test_processes_whose_run_was_killed_finish_and_do_not_stay_behind(service: Service) -> None:
    run = service.run()
    os.kill(run.pid, signal.SIGKILL)
    eventually(lambda: service.pids() == [], within=40, what="no process left")
    assert "worker stopped" in run.log
    assert "web stopped" in run.log


def test_a_web_worker_whose_master_was_killed_does_not_stay_behind(service: Service) -> None:
    web = service.web()
    os.kill(web.pid, signal.SIGKILL)
    eventually(lambda: service.pids() == [], what="no process left")


def _command(pid: int) -> str:
    words = Path(f"/proc/{pid}/cmdline").read_text().split("\0")
    return next((word for word in words if word in {"web", "worker"}), "")


def _parent(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
