"""Services over HTTP that refuse everybody, each in its own way, and those who refuse one number."""

from __future__ import annotations

import json
from typing import Any

import pytest

from notifier.core.channel import Channel
from notifier.core.contact import Contact
from notifier.core.message import State
from notifier.core.refusals import FEW, MANY
from notifier.core.rest import FIRST_REST, LONGEST_REST
from tests.channels.ways import SENDGRID, SINCH, TWILIO, VONAGE
from tests.factories import T0, channel, register, to_email, to_phone
from tests.service.conftest import send
from tests.service.works import Works, hook, works

__all__ = ["works"]


def texts(url: str) -> Channel:
    return channel("sms", url=url, to=to_phone)


def says(**body: Any) -> str:
    return json.dumps(body)


EVERYBODY = [
    pytest.param(
        texts(TWILIO),
        400,
        says(code=21612, message="No way from 'From' +15005550006 to 'To' {}", status=400),
        201,
        says(sid="SM1"),
        FEW,
        id="Twilio: no way from our number",
    ),
    pytest.param(
        texts(TWILIO),
        400,
        says(code=21211, message="Invalid 'To' Phone Number: {}", status=400),
        201,
        says(sid="SM1"),
        MANY,
        id="Twilio: no number is one",
    ),
    pytest.param(
        texts(SINCH),
        400,
        says(code="syntax_constraint_violation", text="request {} has a sender that is not allowed"),
        201,
        says(id="b1"),
        FEW,
        id="Sinch",
    ),
    pytest.param(
        texts(VONAGE),
        200,
        json.dumps({"messages": [{"status": "15", "error-text": "Illegal sender address"}]}),
        200,
        json.dumps({"messages": [{"status": "0", "message-id": "1"}]}),
        FEW,
        id="Vonage, with HTTP 200",
    ),
    pytest.param(
        channel("email", url=SENDGRID, to=to_email),
        400,
        says(errors=[{"message": "The from address does not match a verified Sender Identity"}]),
        202,
        "",
        FEW,
        id="SendGrid",
    ),
    pytest.param(hook(), 400, "invalid_blocks", 200, "ok", FEW, id="Slack, for one place"),
]


def attempt_all(works: Works) -> None:
    while claimed := works.desk.claim(1):
        send(works.desk.sender, claimed[0])


@pytest.mark.parametrize(("way", "status", "body", "good", "taken", "enough"), EVERYBODY)
def test_a_service_that_refuses_everybody_is_held_and_nothing_has_failed(
    works: Works, way: Channel, status: int, body: str, good: int, taken: str, enough: int
) -> None:
    works.use(way)
    for n in range(MANY + 2):
        contact = Contact(name="Jo", email=f"jo-{n}@example.org", phone=f"+316123456{n:02}")
        register(works.desk.store, f"o{n}", contact, at=T0)
        works.http.answer_once(status, body.replace("{}", f"+316123456{n:02}"))
        works.desk.tell("C", f"o{n}")
    while works.desk.decide():
        pass
    attempt_all(works)

    assert len(works.http.requests) == enough
    assert works.rests() == f"refuses_everyone +{FIRST_REST:g}"
    assert works.told() == ["channel_down"]
    assert set(works.desk.states()) == {State.PENDING}

    works.http.answer(good, taken)
    for _ in range(MANY + 2):
        works.wait(FIRST_REST)
        attempt_all(works)
        if set(works.desk.states()) == {State.DELIVERED}:
            break
        works.wait(LONGEST_REST)
    assert set(works.desk.states()) == {State.DELIVERED}
    assert (works.rests(), works.told()) == ("-", ["channel_down", "channel_up"])
