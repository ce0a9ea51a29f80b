"""A worker that is killed again and again sends what one that was never killed sends.

What is due later too. Nothing in the story depends on how long an act takes: what would be told
or not, as time goes by, is due long after the last act.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.whole_language import install, post, told
from tests.service_process import SMTP_LOGIN, Service, eventually
from tests.sinks import HttpSink, SmtpSink

REFS = [str(n) for n in range(100, 108)]

COURSES = ("CED", "CCE", "L", "ID", "X", "CI", "D", "C")
"""What becomes of each order, one letter in each act."""


@pytest.fixture
def steady(tmp_path: Path) -> Iterator[tuple[Service, SmtpSink]]:
    """An installation whose worker is left alone."""
    folder = tmp_path / "steady"
    folder.mkdir()
    with SmtpSink(login=SMTP_LOGIN) as mail, HttpSink() as chat:
        service = Service(folder, mail, chat)
        try:
            yield service, mail
        finally:
            service.end()
    assert service.leaks() == []


@pytest.mark.timeout(900)
def test_a_worker_that_is_killed_at_any_moment_sends_what_a_steady_one_sends(
    service: Service, mail: SmtpSink, steady: tuple[Service, SmtpSink], cycles: int
) -> None:
    chance = random.Random(cycles)
    calm, calm_mail = steady
    for each in (service, calm):
        install(each)
        text = each.rules.read_text().split("\nmute:")[0]
        text = text.replace("for: 4s", "for: 20s").replace(
            "{ after: 2s, send: oncall }", "{ after: 20s, send: oncall }"
        )
        each.rules.write_text(text + "\n")
        each.web()
        for ref in REFS:
            each.customer(ref)
    calm.worker()
    kills = 0
    for act in range(3):
        worker = service.worker()
        for ref, course in zip(REFS, COURSES, strict=True):
            for each in (service, calm):
                if act < len(course):
                    post(each, ref, course[act])
        for _ in range(max(1, min(cycles, 12) // 3)):
            time.sleep(chance.uniform(0.05, 1.5))  # a moment that nobody chose
            worker.kill()
            kills += 1
            worker = service.worker()
        eventually(lambda: not busy(calm) and not busy(service), 60, "nothing is due now")
        worker.kill()
    service.worker()
    eventually(lambda: not waiting(calm) and not waiting(service), 90, "nothing is due any more")

    assert told(service, [*REFS, ""]) == told(calm, [*REFS, ""])
    assert len(told(calm, REFS)) > 12
    sent, expected = (Counter(m.recipients[0] for m in sink.mails) for sink in (mail, calm_mail))
    unknown = Counter(m["recipient"] for m in service.messages() if m["state"] == "unknown")
    for address in expected:
        assert expected[address] - unknown[address] <= sent[address] <= expected[address], address
    print(f"{len(service.messages())} messages after {kills} kills, {unknown.total()} unknown")  # noqa: T201


def busy(service: Service) -> bool:
    """Tell whether anything is to be done now."""
    return bool(
        service.rows(
            "SELECT 1 FROM updates WHERE id > 0 AND state <> 'decided' UNION ALL"
            " SELECT 1 FROM messages WHERE state = 'sending' OR state = 'pending' AND due_at <= ?1 UNION ALL"
            " SELECT 1 FROM timers WHERE fired_at IS NULL AND due_at <= ?1 AND kind <> 'rate' LIMIT 1",
            time.time() + 6.0,
        )
    )


def waiting(service: Service) -> bool:
    """Tell whether anything about these orders is left to do."""
    return bool(
        service.rows(
            "SELECT 1 FROM updates WHERE id > 0 AND state <> 'decided' UNION ALL"
            " SELECT 1 FROM messages WHERE state IN ('pending', 'sending') UNION ALL"
            " SELECT 1 FROM timers WHERE fired_at IS NULL AND ref <> '' AND kind <> 'repeat' LIMIT 1"
        )
    )
