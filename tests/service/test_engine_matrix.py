"""What becomes of a message and its channel, for every way in which the other side can fail.

The worker's steps with real channels: a mail server and an HTTP sink that go wrong
as a cell says, a store, and a clock that only moves when a test says so.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from notifier.core.message import Message, State
from tests.channels.ways import PHONE
from tests.service.works import LOGIN, Works, hook, mail_at, text_by, works
from tests.sinks import HttpSink
from tests.smtp_faults import CLOSE, HANG, NONSENSE, RESET, Fault, FaultServer, Step, says

__all__ = ["works"]

DROPPED = {"close": CLOSE, "reset": RESET, "hang": HANG, "nonsense": NONSENSE}

# Times are in seconds from the attempt on; the first retry comes after 30 s, by half with our jitter.
# `held` is a customers' channel (unknown_outcome: hold), `resent` an operators' one.

MAIL = """
step      fault                          | outcome              | held                 | resent      | rest               | told         | took
-         -                              | delivered 250        | delivered 1          | same        | -                  | -            | 1
nobody    listens                        | transient connect    | pending 1 +15        | same        | -                  | -            | 0
banner    close                          | transient connect    | pending 1 +15        | same        | -                  | -            | 0
banner    421 4.3.2 shutting down        | transient 421 4.3.2  | pending 1 +15        | same        | -                  | -            | 0
banner    554 5.7.1 not from you         | channel_down 554 5.7.1 | pending 0 +0       | same        | channel_down +300  | channel_down | 0
ehlo      reset                          | transient connect    | pending 1 +15        | same        | -                  | -            | 0
auth      454 4.7.0 not just now         | transient 454 4.7.0  | pending 1 +15        | same        | -                  | -            | 0
auth      454 Throttling failure         | transient 454        | pending 1 +15        | same        | throttled +7.5     | -            | 0
auth      535 5.7.8 wrong password       | channel_down 535 5.7.8 | pending 0 +0       | same        | channel_down +300  | channel_down | 0
auth      hang                           | transient auth       | pending 1 +15        | same        | -                  | -            | 0
mail      451 4.3.0 local error          | transient 451 4.3.0  | pending 1 +15        | same        | -                  | -            | 0
mail      550 5.7.1 not from this sender | channel_down 550 5.7.1 | pending 0 +0       | same        | channel_down +300  | channel_down | 0
mail      552 5.3.4 too large            | permanent 552 5.3.4  | failed refused 1     | same        | -                  | -            | 0
rcpt      450 4.7.1 greylisted           | transient 450 4.7.1  | pending 1 +15        | same        | -                  | -            | 0
rcpt      450 4.7.1 too much mail        | transient 450 4.7.1  | pending 1 +15        | same        | throttled +7.5     | -            | 0
rcpt      550 5.1.1 no such user         | permanent 550 5.1.1  | failed refused 1     | same        | -                  | -            | 0
rcpt      550 5.4.5 daily quota exceeded | transient 550 5.4.5  | pending 1 +15        | same        | throttled +7.5     | -            | 0
rcpt      552 5.2.2 mailbox full         | transient 552 5.2.2  | pending 1 +15        | same        | -                  | -            | 0
rcpt      close                          | transient rcpt       | pending 1 +15        | same        | -                  | -            | 0
rcpt      hang                           | transient rcpt       | pending 1 +15        | same        | -                  | -            | 0
data      554 5.5.1 no valid recipients  | permanent 554 5.5.1  | failed refused 1     | same        | -                  | -            | 0
data      reset                          | transient data       | pending 1 +15        | same        | -                  | -            | 0
text      451 4.3.0 local error          | transient 451 4.3.0  | pending 1 +15        | same        | -                  | -            | 0
text      421 4.3.2 shutting down        | transient 421 4.3.2  | pending 1 +15        | same        | -                  | -            | 0
text      554 5.7.1 looks like spam      | permanent 554 5.7.1  | failed refused 1     | same        | -                  | -            | 0
text      close                          | unknown after data   | unknown answer_lost 1 | pending 1 +15 | -               | -            | 1
text      reset                          | unknown after data   | unknown answer_lost 1 | pending 1 +15 | -               | -            | 1
text      hang                           | unknown after data   | unknown answer_lost 1 | pending 1 +15 | -               | -            | 1
text      nonsense                       | unknown after data   | unknown answer_lost 1 | pending 1 +15 | -               | -            | 1
"""  # noqa: E501

GOOD = {
    "slack": (200, "ok"),
    "sms": (201, '{"sid": "SM1", "status": "queued", "error_code": null}'),
}
BAD_NUMBER = '{"code": 21211, "message": "Invalid To Phone Number", "status": 400}'
NO_CREDIT = '{"code": 10001, "message": "Account is not active", "status": 403}'

HTTP = """
channel   fault                          | outcome              | held                 | resent      | rest               | told         | took
slack     good                           | delivered HTTP 200   | delivered 1          | same        | -                  | -            | 1
slack     nobody listens                 | transient no connection | pending 1 +15     | same        | -                  | -            | 0
slack     400                            | permanent HTTP 400   | failed refused 1     | same        | -                  | -            | 1
slack     403                            | channel_down HTTP 403 | pending 0 +0        | same        | channel_down +300  | channel_down | 1
slack     404                            | channel_down HTTP 404 | pending 0 +0        | same        | channel_down +300  | channel_down | 1
slack     302                            | permanent HTTP 302   | failed refused 1     | same        | -                  | -            | 1
slack     429                            | transient HTTP 429   | pending 1 +15        | same        | throttled +7.5     | -            | 1
slack     429 after 17                   | transient HTTP 429   | pending 1 +17        | same        | throttled +17      | -            | 1
slack     500                            | transient HTTP 500   | pending 1 +15        | same        | -                  | -            | 1
slack     503 after 40                   | transient HTTP 503   | pending 1 +40        | same        | throttled +40      | -            | 1
slack     welcome                        | unknown HTTP 200     | unknown answer_lost 1 | pending 1 +15 | -               | -            | 1
slack     drop                           | unknown cut off before the answer | unknown answer_lost 1 | pending 1 +15 | -  | -            | 1
slack     hang                           | unknown no answer in time | unknown answer_lost 1 | pending 1 +15 | -          | -            | 1
sms       good                           | delivered HTTP 201   | delivered 1          | same        | -                  | -            | 1
sms       nobody listens                 | transient no connection | pending 1 +15     | same        | -                  | -            | 0
sms       bad number                     | permanent HTTP 400, error 21211 | failed refused 1 | same | -                  | -            | 1
sms       no credit                      | channel_down HTTP 403, error 10001 | pending 0 +0 | same  | channel_down +300  | channel_down | 1
sms       401                            | channel_down HTTP 401 | pending 0 +0        | same        | channel_down +300  | channel_down | 1
sms       404                            | permanent HTTP 404   | failed refused 1     | same        | -                  | -            | 1
sms       429 after 17                   | transient HTTP 429   | pending 1 +17        | same        | throttled +17      | -            | 1
sms       502                            | transient HTTP 502   | pending 1 +15        | same        | -                  | -            | 1
sms       welcome                        | unknown HTTP 200     | unknown answer_lost 1 | pending 1 +15 | -               | -            | 1
sms       drop                           | unknown cut off before the answer | unknown answer_lost 1 | pending 1 +15 | -  | -            | 1
sms       hang                           | unknown no answer in time | unknown answer_lost 1 | pending 1 +15 | -          | -            | 1
"""  # noqa: E501


def cells(table: str) -> list[Any]:
    """Return a case for each row and kind of channel: place, fault, resend, and what is to be seen."""
    found = []
    for row in table.strip().splitlines()[1:]:
        what, outcome, held, resent, rest, told, took = (cell.strip() for cell in row.split("|"))
        place, _, fault = what.partition(" ")
        for kind, end in (("held", held), ("resent", held if resent == "same" else resent)):
            wanted = f"{outcome} | {end} | {rest} | {told} | {took}"
            found.append(
                pytest.param(
                    place, fault.strip(), kind == "resent", wanted, id=f"{place}-{fault.strip()}-{kind}"
                )
            )
    return found


def seen(works: Works, message: Message, took: int) -> str:
    """Return what a cell is about, in the table's words."""
    state = " ".join(filter(None, [message.state, message.reason, str(message.attempts)]))
    if message.state is State.PENDING:
        state += f" +{message.due_at - works.desk.clock.now:g}"
    (outcome,) = works.outcomes()
    return f"{outcome} | {state} | {works.rests()} | {', '.join(works.told()) or '-'} | {took}"


def the_next_one_waits_for_the_rest_alone(works: Works) -> None:
    """Assert that another message is held by the channel's rest to the second, and by nothing else."""
    until = [s.until for s in works.desk.store.channels.paused()]
    if until:
        assert until[0] is not None
        works.wait(until[0] - works.desk.clock.now - 0.001)
        assert works.desk.claim(9) == []
        works.wait(0.001)
    assert len(works.desk.claim(9)) == 1


@pytest.mark.parametrize(("step", "fault", "resend", "wanted"), cells(MAIL))
def test_a_mail_in_trouble(works: Works, step: str, fault: str, resend: bool, wanted: str) -> None:
    with mail_server(step, fault) as server, nobody() as unused:
        works.use(mail_at(unused if step == "nobody" else server.port, resend_unknown=resend))
        works.tell("41", "42")
        message = works.attempt()
    assert seen(works, message, len(server.taken)) == wanted
    assert {taken.recipient for taken in server.taken} <= {"jane@example.org"}
    the_next_one_waits_for_the_rest_alone(works)


def mail_server(step: str, fault: str) -> FaultServer:
    script = {} if step in ("-", "nobody") else {Step(step): _fault(fault)}
    return FaultServer(script, login=LOGIN)


def _fault(text: str) -> Fault:
    return DROPPED.get(text) or says(text)


@contextmanager
def nobody() -> Iterator[int]:
    """Keep a port at which nobody listens."""
    with socket.socket() as bound:  # and never listens
        bound.bind(("127.0.0.1", 0))
        yield bound.getsockname()[1]


@pytest.mark.parametrize(("name", "fault", "resend", "wanted"), cells(HTTP))
def test_a_call_in_trouble(works: Works, name: str, fault: str, resend: bool, wanted: str) -> None:
    works.use((hook if name == "slack" else text_by)(resend_unknown=resend))
    works.tell("41", "42")
    answer(works.http, name, fault)
    message = works.attempt()
    assert seen(works, message, len(works.http.requests)) == wanted
    if name == "sms":
        assert {request.form["To"] for request in works.http.requests} <= {PHONE}
    the_next_one_waits_for_the_rest_alone(works)


def answer(http: HttpSink, name: str, fault: str) -> None:
    """Have the sink answer as a cell says."""
    match fault.split():
        case ["good"]:
            http.answer(*GOOD[name])
        case ["nobody", "listens"]:
            http.stop()
        case ["drop" | "hang" as manner]:
            http.answer(**{manner: True})
        case ["bad", "number"]:
            http.answer(400, BAD_NUMBER)
        case ["no", "credit"]:
            http.answer(403, NO_CREDIT)
        case [status, "after", seconds]:
            http.answer(int(status), headers={"Retry-After": seconds})
        case [status] if status.isdigit():
            http.answer(int(status))
        case _:
            http.answer(200, fault)
