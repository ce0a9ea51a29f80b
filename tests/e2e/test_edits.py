"""Edits of rules.yaml and templates while the service runs: taken up whole, or refused with their place."""

from __future__ import annotations

import json
import shutil
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from notifier.service.edits import LOOK_EVERY
from tests.service_process import Process, Service, body, eventually
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
    service.edit(service.rules, "sned: email", "send: [email, slack]")
    eventually(lambda: worker.log.count("rules reloaded") == 2, what="the mended rules")
    service.post(body("4", "X"))
    assert mail.wait_for(3)[2].recipients == ("customer-4@canary.example",)
    service.wait_for_states("4", *[("delivered", None)] * 2)
    assert len(chat.requests) == 4


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


def reloads(worker: Process) -> int:
    return worker.log.count("rules reloaded")


def rename_over(path: Path, text: str) -> None:
    path.with_name("draft").write_text(text)
    path.with_name("draft").replace(path)


def swap_links(path: Path, text: str) -> None:
    """Write as Kubernetes writes a ConfigMap: a folder of its own, and one link that is renamed."""
    version = path.parent / f"..{len(list(path.parent.iterdir()))}"
    version.mkdir()
    (version / path.name).write_text(text)
    (path.parent / "..data_tmp").symlink_to(version.name)
    (path.parent / "..data_tmp").rename(path.parent / "..data")


@pytest.mark.parametrize("write", [Path.write_text, rename_over, swap_links])
def test_an_edit_is_taken_up_before_anybody_would_look(
    service: Service, write: Callable[[Path, str], object]
) -> None:
    text = service.rules.read_text()
    if write is swap_links:
        service.rules.unlink()
        service.rules.symlink_to(f"..data/{service.rules.name}")
        swap_links(service.rules, text)
    worker = service.worker()
    longest = 0.0
    for edit in range(1, 4):
        write(service.rules, text + f"# edit {edit}\n")
        began = time.monotonic()
        eventually(lambda edit=edit: reloads(worker) == edit, what=f"edit {edit}")
        longest = max(longest, time.monotonic() - began)
    assert longest < LOOK_EVERY, "a look would have found it"
    assert worker.log.count("nothing changed") == 3


def test_a_file_that_is_written_slowly_is_read_once_it_is_whole(service: Service) -> None:
    worker = service.worker()
    text = (
        service.rules.read_text()
        + "\n  - { id: late, when: lost, send: { channel: slack, template: lost } }\n"
    )
    with service.rules.open("w") as file:
        for start in range(0, len(text), 200):
            file.write(text[start : start + 200])
            file.flush()
            time.sleep(0.05)  # the slowness itself
    worker.wait_for_log("added=['late']")
    assert "not taken up" not in worker.log


def test_a_signal_reads_at_once_what_settings_and_rules_name_by_file(
    service: Service, mail: SmtpSink
) -> None:
    secret = service.folder / "email-url"
    right = service.env.pop("EMAIL_URL")
    secret.write_text(right.replace("canary-smtp-password", "canary-wrong-password"))
    service.edit(service.rules, "${env:EMAIL_URL}", f"${{file:{secret}}}")
    worker = service.worker()

    secret.write_text(right)
    worker.signal(signal.SIGHUP)

    worker.wait_for_log("channels=['email']")
    assert "canary" not in worker.log


def test_a_refused_edit_shows_in_status_metrics_and_events_until_it_is_mended(service: Service) -> None:
    service.env["SMS_URL"] = f"twilio://AC{'a' * 32}:{'b' * 32}@+31970000000"
    _, worker = service.both()

    def status() -> dict[str, object]:
        done = service.cli("status", "--json")
        found: dict[str, object] = json.loads(done.stdout)
        assert done.returncode == (0 if found["ok"] else 1), done.stderr
        return found

    def rejected() -> str:
        return next(line for line in service.metrics().splitlines() if line.startswith("notifier_rules_rej"))

    assert status()["ok"] is True
    assert rejected().endswith(" 0.0")

    service.edit(service.rules, "when: lost", "wehn: lost")
    worker.wait_for_log("the old rules stay in force")
    shutil.copy(service.rules, service.folder / "again")
    (service.folder / "again").replace(service.rules)  # the same mistake, deployed once more
    eventually(lambda: rejected().endswith(" 1.0"), what="the refusal in the metrics")
    found = status()
    assert found["needs"] == ["an edit of rules or templates was refused (notifier check)"]
    assert [event["kind"] for event in found["events"]] == ["rules_rejected"]  # type: ignore[attr-defined]

    service.edit(service.rules, "wehn: lost", "when: lost")
    worker.wait_for_log("rules reloaded")
    assert status()["ok"] is True
    eventually(lambda: rejected().endswith(" 0.0"), what="its end in the metrics")
    assert worker.log.count("not taken up") == 1, "it was one mistake, however often deployed"
