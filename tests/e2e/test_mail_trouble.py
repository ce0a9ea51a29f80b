"""Mail servers that are down, refuse a recipient, or refuse us."""

from __future__ import annotations

import pytest

from tests.service_process import SMTP_LOGIN, Service, body, eventually
from tests.sinks import SmtpSink

TO = 'to: "{{ contact.email }}"\n'


def test_a_mail_arrives_once_when_the_server_is_back(service: Service, mail: SmtpSink) -> None:
    service.edit(service.rules, TO, TO + "    retry: { first: 1s, max: 1s }\n")
    service.both()
    address = service.customer("41")
    mail.stop()
    service.post(body("41", "C"))
    eventually(lambda: service.rows("SELECT 1 FROM attempts WHERE outcome = 'transient'"), what="a try")
    assert service.states("41") == [("pending", None)]

    mail.start()
    (only,) = mail.wait_for(1, 15)
    assert only.recipients == (address,)
    service.wait_for_states("41", ("delivered", None))
    assert len(mail.mails) == 1
    assert f"connection refused by 127.0.0.1:{mail.port}" in service.cli("explain", "41").stdout


def test_a_recipient_that_is_refused_is_not_tried_again(service: Service, mail: SmtpSink) -> None:
    service.edit(service.rules, TO, TO + "    retry: { first: 1s, max: 1s }\n")
    service.both()
    address = service.customer("41")
    mail.answer(address, f"550 5.1.1 <{address}>: no such user")
    service.post(body("41", "C"))
    service.wait_for_states("41", ("failed", "refused"))
    listed = service.cli("messages", "--failed").stdout
    assert "refused" in listed
    assert "no such user" in listed
    assert address not in listed

    # The channel works on for the others, and the refused one stays where it is.
    service.customer("42")
    service.post(body("42", "C"))
    mail.wait_for(1)
    assert service.rows("SELECT count(*) AS n FROM attempts WHERE message_id = 1") == [{"n": 1}]
    assert service.states("41") == [("failed", "refused")]


@pytest.mark.parametrize("moment", ["the worker is restarted", "the rules are edited"])
def test_a_channel_that_refuses_us_rests_until_somebody_has_mended_it(
    service: Service, mail: SmtpSink, moment: str
) -> None:
    # The provider wants another password: nothing is lost, and it is not tried for every message.
    _, worker = service.both()
    address = service.customer("41")
    mail.demand(SMTP_LOGIN[0], "another password")
    service.post(body("41", "C"))
    eventually(lambda: service.rows("SELECT 1 FROM channels WHERE name = 'email'"), what="paused")
    service.customer("42")
    service.post(body("42", "C"))
    eventually(lambda: service.states("42") == [("pending", None)], what="42 decided")
    shown = service.cli("messages")
    assert "channel email is paused" in shown.stderr
    assert "535" in shown.stderr
    assert service.states() == [("pending", None)] * 2
    assert service.rows("SELECT count(*) AS n FROM attempts") == [{"n": 1}]

    # It is mended; that is told by a restart or an edit, and the channel is tried at once.
    mail.demand(*SMTP_LOGIN)
    if moment == "the worker is restarted":
        assert worker.stop() == 0
        service.worker()
    else:
        service.edit(service.rules, "name: Example Shop", "name: Example Store")
    both = mail.wait_for(2, 15)
    assert {m.recipients for m in both} == {(address,), ("customer-42@canary.example",)}
    eventually(lambda: not service.rows("SELECT 1 FROM channels WHERE name = 'email'"), what="up")
    service.wait_for_states("%", ("delivered", None), ("delivered", None))


BLOCKED = "554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org"
NOBODY_KNOWN = "550 5.1.1 Recipient address rejected: User unknown in virtual mailbox table"
ORDERS = 60


@pytest.mark.parametrize(
    ("moment", "said"),
    [
        ("rcpt", BLOCKED),
        ("rcpt", NOBODY_KNOWN),
        ("rcpt", "554 5.7.1 Access to the system denied"),
        ("data", "554 5.2.252 SendAsDenied; orders@shop.example not allowed to send as info@shop.example"),
    ],
)
def test_what_every_recipient_is_refused_with_holds_the_channel_and_all_are_told_once_it_is_mended(
    service: Service, mail: SmtpSink, moment: str, said: str
) -> None:
    refuse = mail.answer_all if moment == "rcpt" else mail.answer_data
    refuse(said)
    _, worker = service.both()
    addresses = [service.customer(str(n)) for n in range(ORDERS)]
    for n in range(ORDERS):
        assert service.post(body(str(n), "C")).status_code == 200
    eventually(lambda: service.rows("SELECT 1 FROM channels WHERE reason = 'refuses_everyone'"), what="held")
    eventually(lambda: service.states() == [("pending", None)] * ORDERS, what="all of them wait")
    assert mail.mails == []
    assert service.rows("SELECT 1 FROM addresses WHERE refused_at IS NOT NULL") == []
    down = service.rows("SELECT kind, detail FROM events")
    assert [event["kind"] for event in down] == ["channel_down"]
    assert said[:9] in down[0]["detail"]
    shown = service.cli("channels")
    assert "refuses_everyone" in shown.stdout
    assert said[:9] in shown.stdout
    assert "it refuses us, not single recipients: " + said[:9] in service.cli("explain", "59").stdout
    assert "channel email is paused: it refuses us, not single recipients" in service.cli("status").stdout

    # A worker that is killed now leaves nothing failed, and the next one nothing forgotten.
    worker.kill()
    refuse(None)
    service.worker()
    delivered = mail.wait_for(ORDERS, 60)

    service.wait_for_states("%", *[("delivered", None)] * ORDERS, within=30)
    assert sorted(m.recipients for m in delivered) == sorted((address,) for address in addresses)
    assert len(mail.mails) == ORDERS
    kinds = [event["kind"] for event in service.rows("SELECT kind FROM events")]
    assert kinds == ["channel_down", "channel_up"]


def test_dead_addresses_in_a_list_fail_alone_and_hold_nothing(service: Service, mail: SmtpSink) -> None:
    service.both()
    dead = {7, 8, 9, 30, 59}
    for n in range(ORDERS):
        address = service.customer(str(n))
        if n in dead:
            mail.answer(address, f"550 5.1.1 <{address}>: Recipient address rejected: User unknown")
        service.post(body(str(n), "C"))
    mail.wait_for(ORDERS - len(dead), 60)
    ended = "SELECT 1 FROM messages WHERE state IN ('delivered', 'failed')"
    eventually(lambda: len(service.rows(ended)) == ORDERS, what="all ended")

    failed = {int(row["ref"]) for row in service.rows("SELECT ref FROM messages WHERE state = 'failed'")}
    assert failed == dead
    assert service.rows("SELECT kind FROM events") == []
    (marked,) = service.rows("SELECT count(*) AS n FROM addresses WHERE refused_at IS NOT NULL")
    assert marked["n"] == len(dead)
