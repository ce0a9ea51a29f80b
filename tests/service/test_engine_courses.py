"""Channels that fail for a while: who waits, for how long, who takes another way, and what operators hear."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from notifier.core.message import State
from notifier.core.quota import Quota
from notifier.core.reason import Reason
from notifier.core.rest import FAILURES, LONGEST_REST
from notifier.core.retry import RetryPolicy
from tests.channels.ways import PHONE
from tests.service.conftest import send
from tests.service.works import LOGIN, Works, hook, mail_at, text_by, works
from tests.sinks import HttpSink
from tests.smtp_faults import CLOSE, FaultServer, Step, says

__all__ = ["works"]

TAKEN = (201, '{"sid": "SM1", "status": "queued", "error_code": null}')
NO_CREDIT = (403, '{"code": 10001, "message": "Account is not active", "status": 403}')
SHORT = RetryPolicy(within=100.0, first=30.0)
DAY = 86_400.0


@pytest.fixture
def server() -> Iterator[FaultServer]:
    with FaultServer(login=LOGIN) as server:
        yield server


def next_due(works: Works) -> float | None:
    """Return in how many seconds the worker would look again."""
    due = works.desk.sender.next_due(works.desk.clock.now, works.limits())
    return None if due is None else due - works.desk.clock.now


def ends(works: Works) -> list[tuple[str, str, str | None]]:
    """Return channel, state and reason of every message, oldest first."""
    return [
        (m.send.channel, str(m.state), m.reason) for m in reversed(works.desk.store.outbox.newest((), 100))
    ]


def test_five_in_a_row_that_find_nobody_pause_the_channel_and_one_probe_brings_it_back(works: Works) -> None:
    works.use(hook())
    works.tell(*(str(n) for n in range(FAILURES + 3)))
    works.http.stop()
    for _ in range(FAILURES - 1):
        works.attempt()
        assert (works.rests(), works.told()) == ("-", [])
    works.attempt()
    assert (works.rests(), works.told()) == ("unreachable +7.5", ["channel_down"])
    assert works.desk.claim(9) == []
    assert next_due(works) == 7.5

    # Its rest is over, and nobody is there yet: it rests for twice as long, and operators know already.
    works.wait(7.5)
    works.attempt()
    assert (works.rests(), works.told()) == ("unreachable +15", ["channel_down"])

    works.wait(15)
    works.http.start()
    (probe,) = works.desk.claim(9)
    assert works.desk.claim(9) == []  # while it is on its way
    send(works.desk.sender, probe)
    assert works.stands(probe).state is State.DELIVERED
    assert (works.rests(), works.told()) == ("-", ["channel_down", "channel_up"])
    assert len(works.desk.claim(99)) == FAILURES + 2


def test_answers_that_speak_of_one_message_alone_are_none_of_the_five(
    works: Works, server: FaultServer
) -> None:
    works.use(mail_at(server.port))
    works.tell(*(str(n) for n in range(20)))
    for n in range(20):
        server.script = {Step.RCPT: says("450 4.2.0 mailbox busy") if n % FAILURES == 4 else CLOSE}
        works.attempt()
    assert (works.rests(), works.told()) == ("-", [])


def test_who_asks_for_seventeen_seconds_gets_them_to_the_second_for_the_whole_channel(works: Works) -> None:
    works.use(hook())
    works.tell("41", "42", "43")
    works.http.answer_once(429, headers={"Retry-After": "17"})
    first = works.attempt()
    began = works.desk.clock.now
    assert (first.due_at, works.rests(), next_due(works)) == (began + 17, "throttled +17", 17)

    works.wait(16.999)
    assert works.desk.claim(9) == []
    works.wait(0.001)
    assert works.desk.clock.now == pytest.approx(began + 17)
    works.attempt()
    assert works.rests() == "-"
    assert len(works.desk.send()) == 2
    assert works.told() == []
    assert works.desk.states() == [State.DELIVERED] * 3


def test_a_wrong_password_pauses_the_channel_and_is_told_once_until_a_probe_gets_through(
    works: Works, server: FaultServer
) -> None:
    server.login = (LOGIN[0], "changed")
    works.use(mail_at(server.port, retry=SHORT))
    works.tell("41", "42", "43")
    works.attempt()
    assert (works.rests(), works.told()) == (f"channel_down +{LONGEST_REST:g}", ["channel_down"])
    for _ in range(3):
        works.wait(LONGEST_REST - 1)
        assert works.desk.claim(9) == []
        works.wait(1)
        works.attempt()
    assert works.told() == ["channel_down"]
    assert server.connections == 4  # none for every message

    server.login = LOGIN
    works.wait(LONGEST_REST)
    works.attempt()
    assert (works.rests(), works.told()) == ("-", ["channel_down", "channel_up"])
    works.desk.send()
    # It was never their fault: no patience was used up, though the rest was longer.
    assert {(m.state, m.attempts) for m in works.desk.store.outbox.newest((), 9)} == {(State.DELIVERED, 1)}
    assert len({taken.message_id for taken in server.taken}) == 3


def test_a_budget_that_is_used_up_sends_the_others_another_way_at_once_and_is_told_once(
    works: Works, server: FaultServer
) -> None:
    works.http.answer(*TAKEN)
    works.use(text_by(budget=Quota(2, DAY)), mail_at(server.port), by=("sms", "email"))
    works.tell("1", "2", "3", "4", "5")
    while works.desk.send():
        pass

    assert [request.form["To"] for request in works.http.requests] == [PHONE] * 2
    assert len(server.taken) == 3
    over = ("sms", "dropped", Reason.BUDGET_REACHED)
    assert ends(works) == [("sms", "delivered", None)] * 2 + [over] * 3 + [("email", "delivered", None)] * 3
    assert works.told() == ["budget_reached"]

    works.wait(DAY)
    works.tell("6")
    works.desk.send()
    assert len(works.http.requests) == 3
    assert works.told() == ["budget_reached"]


def test_what_is_tried_in_vain_for_too_long_is_given_up_told_of_and_goes_another_way(
    works: Works, server: FaultServer
) -> None:
    works.http.answer(408)
    works.use(text_by(retry=SHORT), mail_at(server.port), by=("sms", "email"))
    works.tell("42")
    began = works.desk.clock.now
    while (message := works.attempt()).state is State.PENDING:
        assert server.taken == []
        works.wait(message.due_at - works.desk.clock.now)

    assert (message.state, message.reason) == (State.FAILED, Reason.GAVE_UP)
    assert works.desk.clock.now - began <= SHORT.within
    assert works.told() == ["send_gave_up"]
    works.desk.send()
    assert ends(works) == [("sms", "failed", Reason.GAVE_UP), ("email", "delivered", None)]
    assert len(server.taken) == 1
    assert len(works.http.requests) == message.attempts == 3


def test_a_channel_that_is_down_for_longer_than_its_patience_is_gone_around(
    works: Works, server: FaultServer
) -> None:
    works.http.answer(*NO_CREDIT)
    works.use(text_by(retry=SHORT), mail_at(server.port), by=("sms", "email"))
    works.tell("42", "43")
    works.attempt()
    assert works.rests() == f"channel_down +{LONGEST_REST:g}"
    works.wait(SHORT.within - 0.001)
    assert works.desk.claim(9) == []
    works.wait(0.001)
    while works.desk.send():
        pass

    gone_around = ("sms", "dropped", Reason.CHANNEL_DOWN)
    assert ends(works) == [gone_around] * 2 + [("email", "delivered", None)] * 2
    assert len(works.http.requests) == 1
    assert len(server.taken) == 2


def test_without_another_way_it_waits_for_the_channel_for_as_long_as_it_takes(works: Works) -> None:
    works.http.answer(*NO_CREDIT)
    works.use(text_by(retry=SHORT))
    works.tell("42", "43")
    for _ in range(20):
        works.attempt()
        works.wait(LONGEST_REST)
    assert {(m.state, m.attempts) for m in works.desk.store.outbox.newest((), 9)} == {(State.PENDING, 0)}

    works.http.answer(*TAKEN)
    works.attempt()
    works.attempt()
    assert works.desk.states() == [State.DELIVERED] * 2


def test_what_may_have_reached_somebody_goes_no_other_way(works: Works, server: FaultServer) -> None:
    works.http.answer(drop=True)
    works.use(
        text_by(retry=SHORT, resend_unknown=True), mail_at(server.port, retry=SHORT), by=("sms", "email")
    )
    works.tell("42")
    while (message := works.attempt()).state is State.PENDING:
        works.wait(message.due_at - works.desk.clock.now)
    assert (message.reason, message.maybe_sent) == (Reason.GAVE_UP, True)
    assert works.desk.send() == []
    assert server.taken == []


def test_the_message_id_stays_the_same_over_all_attempts(works: Works, server: FaultServer) -> None:
    works.use(mail_at(server.port, resend_unknown=True))
    works.tell("42")
    for step, fault in ((Step.TEXT, CLOSE), (Step.RCPT, says("450 4.2.0 later")), (Step.TEXT, CLOSE)):
        server.script = {step: fault}
        message = works.attempt()
        works.wait(message.due_at - works.desk.clock.now)
    server.script = {}
    message = works.attempt()
    assert message.state is State.DELIVERED
    assert works.outcomes("42") == [
        "unknown after data",
        "transient 450 4.2.0",
        "unknown after data",
        "delivered 250",
    ]
    assert {taken.message_id for taken in server.taken} == {f"<{message.message_id}@shop.example>"}
    assert len(server.taken) == 3


def test_an_address_that_does_not_exist_is_asked_for_once(works: Works, server: FaultServer) -> None:
    server.script = {Step.RCPT: says("550 5.1.1 no such user")}
    works.use(mail_at(server.port))
    works.tell("42", "43")  # both are Jane's
    works.attempt()
    works.attempt()
    assert ends(works) == [
        ("email", "failed", Reason.REFUSED),
        ("email", "dropped", Reason.ADDRESS_REFUSED),
    ]
    assert sum(command.startswith("RCPT") for _, command in server.heard) == 1


def test_an_alert_names_its_order_and_comes_again_when_its_answer_was_lost(
    works: Works, http: HttpSink
) -> None:
    http.answer_once(drop=True)
    works.use(hook(resend_unknown=True))
    works.tell("42")
    message = works.attempt()
    works.wait(message.due_at - works.desk.clock.now)
    works.attempt()
    assert works.desk.states() == [State.DELIVERED]
    assert ["42" in json.dumps(json.loads(request.body)) for request in http.requests] == [True, True]
