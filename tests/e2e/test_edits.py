"""Edits of rules.yaml and templates while the service runs: taken up whole, or refused with their place."""

from __future__ import annotations

from tests.service_process import Service, body, eventually
from tests.sinks import HttpSink, SmtpSink


def test_rules_are_taken_up_without_a_restart_and_mistakes_are_not(
    service: Service, mail: SmtpSink, chat: HttpSink
) -> None:
    # At first the operators hear of a lost parcel.
    _, worker = service.both()
    for ref in ("1", "2", "3", "4"):
        service.customer(ref)
    service.post(body("1", "X"))
    chat.wait_for(1)
    service.wait_for_states("1", ("delivered", None))

    # From now on the customer does as well.
    lost = "when: lost\n    send: slack"
    service.edit(service.rules, lost, "when: lost\n    send: [slack, email]")
    worker.wait_for_log("rules reloaded")
    service.post(body("2", "X"))
    assert mail.wait_for(1)[0].recipients == ("customer-2@canary.example",)
    chat.wait_for(2)

    # A typo: its line is in the log, and the rules of before go on.
    service.edit(service.rules, "send: [slack, email]", "sned: email")
    worker.wait_for_log("the old rules stay in force")
    line = 1 + service.rules.read_text().splitlines().index("    sned: email")
    assert f"rules.yaml:{line}:5: " in worker.log
    assert "did you mean `send`?" in worker.log
    checked = service.cli("check")
    assert checked.returncode == 78
    assert f"rules.yaml:{line}:5" in checked.stderr
    service.post(body("3", "X"))
    assert mail.wait_for(2)[1].recipients == ("customer-3@canary.example",)
    chat.wait_for(3)

    # Mended.
    service.edit(service.rules, "sned: email", "send: email")
    eventually(lambda: worker.log.count("rules reloaded") == 2, what="the mended rules")
    service.post(body("4", "X"))
    assert mail.wait_for(3)[2].recipients == ("customer-4@canary.example",)
    service.wait_for_states("4", ("delivered", None))
    assert len(chat.requests) == 3


def test_templates_are_taken_up_without_a_restart_and_broken_ones_are_not(
    service: Service, mail: SmtpSink
) -> None:
    _, worker = service.both()
    for ref in ("1", "2", "3"):
        service.customer(ref)
    subject = service.templates / "shipped/subject.txt"
    subject.write_text("Parcel of {{ order.ref }} left\n")
    worker.wait_for_log("rules reloaded")
    service.post(body("1", "C"))
    assert mail.wait_for(1)[0].message["Subject"] == "Parcel of 1 left"

    subject.write_text("Parcel of\n{{ order.ref }\n")
    worker.wait_for_log("the old rules stay in force")
    assert "shipped/subject.txt:2" in worker.log
    service.post(body("2", "C"))
    assert mail.wait_for(2)[1].message["Subject"] == "Parcel of 2 left"

    subject.write_text("{{ order.ref }} is yours\n")
    eventually(lambda: worker.log.count("rules reloaded") == 2, what="the mended template")
    service.post(body("3", "C"))
    assert mail.wait_for(3)[2].message["Subject"] == "3 is yours"
