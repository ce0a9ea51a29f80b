"""What an operator sees who starts it for the first time, and something is in the way."""

from __future__ import annotations

import socket
import stat
import time

from tests.service_process import Service, eventually
from tests.sinks import SmtpSink


def test_run_says_where_it_listens_and_when_it_is_ready(service: Service) -> None:
    run = service.run()
    run.wait_for_log(f"web ready                    address={service.address}")
    assert run.stop() == 0
    assert run.log.count("web ready") == run.log.count("worker ready") == 1


def test_run_starts_nothing_while_its_port_is_in_use(service: Service) -> None:
    with socket.create_server(("127.0.0.1", int(service.address.rpartition(":")[2]))):
        began = time.monotonic()
        run = service.start("run")
        assert run.wait() == 78
        assert time.monotonic() - began < 5
    assert run.log == (
        f"error: NOTIFIER_BIND: cannot listen at {service.address}: another program listens there"
        " (`ss -lntp` names it); stop it, or choose another port\n"
    )
    assert not service.database.exists()


def test_a_second_run_leaves_the_first_at_work(service: Service) -> None:
    service.run()
    assert service.start("run").wait() == 78
    service.customer("41")


def test_run_starts_nothing_without_a_folder_for_its_database(service: Service) -> None:
    service.env["NOTIFIER_DATABASE"] = "sqlite:///missing/n.db"
    run = service.start("run")
    assert run.wait() == 78
    assert run.log == (
        f"error: NOTIFIER_DATABASE: there is no folder {service.folder}/missing; make it, or name another\n"
    )


def test_the_database_is_for_its_owner_only(service: Service, mail: SmtpSink) -> None:
    service.run()
    service.customer("41")
    eventually(lambda: (service.folder / "notifier.db.worker.lock").exists(), what="the worker is up")
    files = {path.name: stat.S_IMODE(path.stat().st_mode) for path in service.folder.glob("notifier.db*")}
    names = (
        "notifier.db",
        "notifier.db-wal",
        "notifier.db-shm",
        "notifier.db.lock",
        "notifier.db.worker.lock",
    )
    assert files == dict.fromkeys(names, 0o600)
