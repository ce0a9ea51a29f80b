"""`kill -9` of the worker: what may have been sent is not guessed about, the rest is sent at once."""

from __future__ import annotations

from tests.service_process import Service, body, eventually
from tests.sinks import HttpSink, SmtpSink

SLOW = (
    "{% for i in range(100) %}{% for j in range(90) %}"
    "{% set x = range(1000)|list|pprint %}"
    "{% endfor %}{% endfor %}"
)
"""Many seconds of work within the limits of templates."""


def test_a_mail_whose_answer_was_lost_waits_for_a_person(service: Service, mail: SmtpSink) -> None:
    # The mail server has the whole mail and thinks; the attempt is on record; the worker dies.
    _, worker = service.both()
    address = service.customer("41")
    mail.hold()
    service.post(body("41", "C"))
    (held,) = mail.wait_for_held(1)
    assert service.rows("SELECT number, outcome FROM attempts") == [{"number": 1, "outcome": ""}]
    worker.kill()
    mail.release()

    # The next worker does not guess: it lists the message and leaves it.
    service.worker()
    service.wait_for_states("41", ("unknown", "answer_lost"))
    listed = service.cli("messages", "--failed").stdout
    assert "unknown" in listed
    assert "answer_lost" in listed
    assert address not in listed
    service.customer("42")
    service.post(body("42", "C"))
    mail.wait_for(1)
    service.wait_for_states("42", ("delivered", None))
    assert service.states("41") == [("unknown", "answer_lost")]
    assert all(address not in m.recipients for m in mail.mails)

    # A person decides; a mailbox that has it already can tell by the Message-ID.
    retried = service.cli("retry", str(service.messages("41")[0]["id"]))
    assert (retried.returncode, retried.stderr) == (0, "")
    again = mail.wait_for(2)[1]
    assert again.recipients == (address,)
    assert again.message["Message-ID"] == held.message["Message-ID"]
    service.wait_for_states("41", ("delivered", None))
    assert service.cli("retry", "1").returncode != 0


def test_operators_hear_of_it_again_rather_than_not_at_all(service: Service, chat: HttpSink) -> None:
    _, worker = service.both()
    service.customer("41")
    chat.answer_once(hang=True)
    service.post(body("41", "I"))
    chat.wait_for(1)
    worker.kill()

    service.worker()
    first, second = chat.wait_for(2, 15)
    assert "Problem with order 41" in second.body.decode()
    assert first.path == second.path
    service.wait_for_states("41", ("delivered", None))
    outcomes = service.rows("SELECT outcome FROM attempts ORDER BY number")
    assert outcomes == [{"outcome": "unknown"}, {"outcome": "delivered"}]


def test_what_was_claimed_but_not_begun_is_sent_once_and_at_once(service: Service, mail: SmtpSink) -> None:
    # The worker dies over making the words: it holds the message, but no attempt is on record.
    subject = service.templates / "shipped/subject.txt"
    good = subject.read_text()
    subject.write_text(SLOW + good)
    _, worker = service.both()
    address = service.customer("41")
    service.post(body("41", "C"))
    eventually(lambda: service.states("41") == [("sending", None)], what="claimed")
    worker.kill()
    assert service.rows("SELECT * FROM attempts") == []
    assert service.states("41") == [("sending", None)]
    subject.write_text(good)

    # The lease would last two minutes; the next worker sees that its holder is gone.
    service.worker()
    (only,) = mail.wait_for(1, 15)
    assert only.recipients == (address,)
    service.wait_for_states("41", ("delivered", None))
    assert len(mail.mails) == 1
