"""The database is taken away under a busy worker: no attempt that cannot be recorded is made."""

from __future__ import annotations

from tests.service_process import Service, body, eventually
from tests.sinks import SmtpSink

MANY = 40


def test_without_its_database_the_worker_begins_nothing_and_afterwards_sends_each_mail_once(
    service: Service, mail: SmtpSink
) -> None:
    _, worker = service.both()
    for n in range(MANY):
        service.customer(f"o{n}")
    mail.hold()
    for n in range(MANY):
        assert service.post(body(f"o{n}", "C")).status_code == 200
    on_the_wire = len(mail.wait_for_held(1))
    eventually(lambda: len(service.messages()) == MANY)
    away = service.folder / "elsewhere.db"
    service.database.rename(away)
    worker.wait_for_log("is gone")
    on_the_wire = len(mail.wait_for_held(on_the_wire))
    mail.release()
    mail.wait_for(on_the_wire)
    assert service.post(body("o1", "D")).status_code == 503
    assert service.cli("status").returncode == 66
    assert len(mail.mails) < MANY

    away.rename(service.database)

    eventually(lambda: {state for state, _ in service.states()} == {"delivered"}, 40, "all delivered")
    assert len(mail.mails) == MANY
    assert len({m.recipients for m in mail.mails}) == MANY
    assert "Traceback" not in service.logs()
