"""A customer's name and a parcel's texts that try to be more than text."""

from __future__ import annotations

import html
import json
from typing import Any

from tests.service_process import Service, body
from tests.sinks import HttpSink, SmtpSink

NAME = "<b>{{700*700}}</b> {% raw %} %0d%0aBcc: x <!channel>"
"""Without an address in it: a name that holds one is not greeted."""
CARRIER = (
    "Post\r\nBcc: y@canary.example\r\n\r\n<img src=x onerror=alert(1)>{{700*700}}<!here>"
    " <https://canary.example|x> <@U1>"
)


def test_hostile_texts_reach_nobody_else_and_stay_text(
    service: Service, mail: SmtpSink, chat: HttpSink
) -> None:
    # Debug logging too must keep secrets and customers to itself.
    service.env["NOTIFIER_LOG_LEVEL"] = "debug"
    _, worker = service.both()
    with_line = service.put("41", name="<b>{{700*700}}</b>\r\nBcc: x@y.z", email="jane@canary.example")
    assert with_line.status_code == 201
    assert with_line.json()["order"]["contact"]["name"] == "<b>{{700*700}}</b> Bcc: x@y.z"
    for email in ("jane@canary.example\r\nBcc: x@canary.example", "a@b.c,x@canary.example", "<<x@y.z>"):
        left_out = service.put("41", name="Jane", email=email)
        assert left_out.status_code == 200
        assert [flaw["field"] for flaw in left_out.json()["unusable"]] == ["contact.email"]
        assert left_out.json()["order"]["contact"]["email"] is None
    address = service.customer("41", "jane@canary.example", NAME)

    hostile: dict[str, Any] = {
        "carrierName": CARRIER,
        "trackingcode": "'; DROP TABLE messages; --",
        "trackingurl": "javascript:alert(1)//https://canary.example",
    }
    assert service.post(body("41", "C", **hostile)).status_code == 200
    (got,) = mail.wait_for(1)
    assert got.recipients == (address,)
    assert got.message["To"] == address
    assert got.message["Bcc"] is None
    text, page = (part.get_content() for part in got.message.iter_parts())
    assert f"Hello {NAME}," in text
    assert html.escape(NAME, quote=False) in page.replace("&#39;", "'").replace("&#34;", '"')
    for words in (text, page):
        assert "490000" not in words
        assert "javascript:" not in words
    for tag in ("<b>{{", "<img src=x", "<!channel", "<@U1"):
        assert tag not in page

    assert service.post(body("41", "I", 1_622_010_000, **hostile)).status_code == 200
    (request,) = chat.wait_for(1)
    payload = json.loads(request.body)
    for attachment in payload["attachments"]:
        del attachment["ts"]  # the time of sending, whose digits say nothing
    said = json.dumps(payload, ensure_ascii=False)
    for quoted in ("&lt;b&gt;{{7", "&lt;!channel&gt;", "&lt;https://canary.example|x&gt;", "&lt;!here&gt;"):
        assert quoted in said
    for live in ("<", ">", "javascript:", "@U1", "490000"):
        assert live not in said
    service.wait_for_states("41", ("delivered", None), ("delivered", None))
    assert worker.running
    assert len(mail.mails) == 1
