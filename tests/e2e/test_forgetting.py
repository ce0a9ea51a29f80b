"""Forgetting an order or a person: what waits is dropped, and the customer is nowhere on the disk."""

from __future__ import annotations

import contextlib
import sqlite3

from tests.e2e.test_contacts_from_cottoncast import ADDRESS, api
from tests.e2e.test_killed_worker import SLOW
from tests.service_process import Service, body, eventually
from tests.shop_api import ShopApi
from tests.sinks import SmtpSink

__all__ = ["api"]

TO = 'to: "{{ contact.email }}"\n'


def where_on_disk(service: Service, *texts: str) -> list[str]:
    """Return the files of the installation, logs and database alike, that hold one of the texts."""
    return [
        path.name
        for path in service.folder.iterdir()
        if path.is_file() and any(text.encode() in path.read_bytes() for text in texts)
    ]


def test_a_forgotten_customer_gets_nothing_and_leaves_no_trace(service: Service, mail: SmtpSink) -> None:
    # One mail is sent, the next waits because the server is down.
    service.edit(service.rules, TO, TO + "    retry: { first: 1s, max: 1s }\n")
    web, worker = service.both()
    address = service.customer("41", name="Jane Forgetme")
    service.post(body("41", "C"))
    mail.wait_for(1)
    service.wait_for_states("41", ("delivered", None))
    mail.stop()
    service.post(body("41", "D", 1_622_020_000))
    eventually(lambda: service.rows("SELECT 1 FROM attempts WHERE outcome = 'transient'"), what="a try")
    assert where_on_disk(service, address, "Jane Forgetme")

    # She is forgotten while the processes run: database, WAL and logs know nothing of her.
    assert service.delete("41").status_code == 200
    eventually(lambda: service.states("41")[1] == ("dropped", "contact_removed"), what="dropped")
    assert where_on_disk(service, address, "Jane Forgetme") == []

    # What was told stays on record; nothing more is told.
    mail.start()
    service.customer("42")
    service.post(body("42", "C"))
    assert mail.wait_for(2)[1].recipients == ("customer-42@canary.example",)
    told = service.cli("explain", "41").stdout
    assert "contact_removed" in told
    assert service.states("41") == [("delivered", None), ("dropped", "contact_removed")]
    assert service.delete("nobody").status_code == 404
    assert (web.stop(), worker.stop()) == (0, 0)
    assert where_on_disk(service, address, "Jane Forgetme") == []


def test_many_forgotten_customers_are_in_no_corner_of_a_page_once_the_file_was_written_anew(
    service: Service,
) -> None:
    service.web()
    refs = [f"{n:03}" for n in range(80)]
    for ref in refs:
        service.customer(ref, name=f"Forgetme {ref}")
        service.post(body(ref, "C"))
    assert where_on_disk(service, "@canary.example", "Forgetme")
    for ref in refs[1:]:
        assert service.delete(ref).status_code == 200
    kept = service.rows("SELECT name FROM orders WHERE forgotten_at IS NULL")
    assert kept == [{"name": "Forgetme 000"}]
    service.worker().wait_for_log("database rewritten")
    assert where_on_disk(service, *(f"Forgetme {ref}" for ref in refs[1:])) == []
    assert where_on_disk(service, *(f"customer-{ref}@canary.example" for ref in refs[1:])) == []


def test_a_customer_forgotten_while_her_mail_is_being_made_gets_none(
    service: Service, mail: SmtpSink
) -> None:
    subject = service.templates / "shipped/subject.txt"
    subject.write_text(SLOW.replace("range(100)", "range(10)") + subject.read_text())
    _, worker = service.both()
    address = service.customer("41", name="Jane Forgetme")
    service.post(body("41", "C"))
    eventually(lambda: service.states("41") == [("sending", None)], what="claimed")
    assert service.delete("41").status_code == 200
    assert worker.stop() == 0
    assert service.states("41") == [("dropped", "contact_removed")]
    assert mail.mails == []
    assert where_on_disk(service, address, "Jane Forgetme") == []


def test_a_person_is_forgotten_by_her_address_wherever_it_came_from(
    service: Service, mail: SmtpSink, api: ShopApi
) -> None:
    # One order is looked up, one is registered; one mail is refused in words that name her.
    service.both()
    service.post(body("41", "C"))
    mail.wait_for(1)
    service.wait_for_states("41", ("delivered", None))
    service.put("42", name="Canary Jones", email=ADDRESS, phone="+31612345678")
    mail.answer(ADDRESS, f"550 5.1.1 <{ADDRESS}>: no such user")
    service.post(body("42", "C"))
    eventually(lambda: service.rows("SELECT 1 FROM addresses"), what="the address is marked")
    asked = len(api.asked)

    done = service.cli("forget", ADDRESS.upper(), "--yes")
    assert (done.returncode, done.stdout.split()) == (0, ["41", "42"]), done.stderr

    traces = (ADDRESS, "Canary Jones", "+31612345678", "3S41", "3S42")
    assert where_on_disk(service, *traces) == []
    with contextlib.closing(sqlite3.connect(service.database)) as db:
        db.execute("VACUUM INTO ?", (str(service.folder / "backup.db"),))
    assert where_on_disk(service, *traces) == []

    # More news is recorded and told to nobody, and nobody is asked for her again.
    assert service.post(body("41", "D", 1_622_090_000)).status_code == 200
    eventually(
        lambda: service.rows("SELECT 1 FROM updates WHERE code = 'D' AND state = 'decided'"), what="decided"
    )
    assert len(mail.mails) == 1
    assert len(api.asked) == asked
    assert ADDRESS not in service.logs()
    assert service.cli("forget", ADDRESS, "--yes").returncode == 66
