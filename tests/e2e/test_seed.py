"""The update that Cottoncast's page prints, from the webhook to the inbox; and orders that come too late."""

from __future__ import annotations

import json

from tests.service_process import ROOT, Service, body, eventually
from tests.sinks import HttpSink, SmtpSink

SEED = (ROOT / "tests/seed.json").read_bytes()
TRACK = "https://jouw.postnl.nl/track-and-trace/3SCEBU123456789-NL-1000AB"


def test_the_printed_update_becomes_a_mail_and_its_course_is_told_to_whom_it_concerns(
    service: Service, mail: SmtpSink, chat: HttpSink
) -> None:
    # The shop registers its order; Cottoncast collects the parcel.
    web, worker = service.both()
    address = service.customer("41", "jane@canary.example", "Jane Canary")
    answer = service.post(SEED)
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})

    # The customer gets one mail, in both forms, with everything in it.
    (shipped,) = mail.wait_for(1)
    assert shipped.recipients == (address,)
    assert len(shipped.message.get_all("Message-ID", [])) == 1
    assert "on its way" in shipped.message["Subject"]
    text, html = shipped.message.iter_parts()
    assert (text.get_content_type(), html.get_content_type()) == ("text/plain", "text/html")
    for part in (text, html):
        for word in ("41", "Jane Canary", TRACK, "3SCEBU123456789"):
            assert word in part.get_content()

    # A problem is told to the operators, not to her.
    problem = SEED.replace(b'"C"', b'"I"').replace(b"1622007287", b"1622010000")
    assert service.post(problem).status_code == 200
    (request,) = chat.wait_for(1)
    assert (request.method, request.host) == ("POST", "hooks.slack.com")
    said = json.dumps(json.loads(request.body))
    assert "Problem with order 41" in said
    assert TRACK in said

    # The parcel arrives; there is no SMS channel, so it is a mail again. The operators hear that it is over.
    delivered = SEED.replace(b'"C"', b'"D"').replace(b"1622007287", b"1622020000")
    assert service.post(delivered).status_code == 200
    assert "delivered" in mail.wait_for(2)[1].message["Subject"]
    service.wait_for_states("41", *[("delivered", None)] * 4)
    assert "Resolved: order 41 is now Delivered" in json.dumps(json.loads(chat.wait_for(2)[1].body))

    # `explain` tells all of it, and gives no address away.
    told = service.cli("explain", "41")
    assert told.returncode == 0
    story = [
        "Order 41", "Shipped (C)", "✓ shipped: send: email", "Problem (I)", "✓ problem: send: slack",
        "Delivered (D)", "✓ delivered: send: email", TRACK, "attempt 1", "delivered 250",
    ]  # fmt: skip
    where = [told.stdout.find(words) for words in story]
    assert -1 not in where, told.stdout
    assert where[:7] == sorted(where[:7])
    assert address not in told.stdout

    # The sender repeats itself, also after both processes were started anew: nobody is told twice.
    for _ in range(100):
        assert service.post(SEED).json() == {"status": "ok"}
    assert (web.stop(), worker.stop()) == (0, 0)
    web, worker = service.both()
    for _ in range(100):
        assert service.post(SEED).json() == {"status": "ok"}
    service.customer("last")
    service.post(body("last", "C"))
    mail.wait_for(3)
    assert [m.recipients for m in mail.mails[:2]] == [(address,)] * 2
    assert len(chat.requests) == 2
    assert service.rows("SELECT count(*) AS n FROM updates WHERE ref = '41'") == [{"n": 3}]


def test_updates_of_an_unknown_order_wait_for_it_and_its_customer_reads_the_newest(
    service: Service, mail: SmtpSink
) -> None:
    service.both()
    refs = [str(n) for n in range(70, 80)]
    for ref in refs:
        for code, at in (("C", 1_622_010_000), ("D", 1_622_020_000)):
            answer = service.post(body(ref, code, at))
            assert answer.status_code == 404
            assert answer.json() == {"status": "error", "message": f"Order {ref} not found"}
    assert [row["state"] for row in service.rows("SELECT DISTINCT state FROM updates WHERE id > 0")] == [
        "held"
    ]
    assert "held" in service.cli("explain", "70").stdout

    addresses = {ref: service.customer(ref) for ref in refs}
    mail.wait_for(10)
    for ref, address in addresses.items():
        service.wait_for_states(ref, ("dropped", "overtaken"), ("delivered", None))
        (subject,) = [m.message["Subject"] for m in mail.mails if m.recipients == (address,)]
        assert "delivered" in subject, ref
    told = service.cli("explain", "70").stdout
    assert "the order had gone further before it was sent (the order is delivered by now)" in told
    eventually(
        lambda: (
            {row["state"] for row in service.rows("SELECT state FROM updates WHERE id > 0")} == {"decided"}
        )
    )
