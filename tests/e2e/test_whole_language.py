"""The whole rule language on real processes, with times of seconds: what is due later, alerts, groups."""

from __future__ import annotations

import json

from tests.e2e.whole_language import install, post, told
from tests.service_process import Service, eventually
from tests.sinks import HttpSink, SmtpSink


def subjects(mail: SmtpSink, address: str) -> list[str]:
    """Return the subjects of the mails to an address, in their order."""
    return [m.message["Subject"] for m in mail.mails if m.recipients == (address,)]


def said(chat: HttpSink) -> list[str]:
    """Return what Slack was told, in its order."""
    return [json.dumps(json.loads(request.body), ensure_ascii=False) for request in chat.requests]


def test_an_order_is_told_from_its_parcels_to_the_review(service: Service, mail: SmtpSink) -> None:
    install(service)
    service.both()
    address = service.customer("1")

    # Two statuses and two parcels within `settle`: one mail with both parcels.
    post(service, "1", "C", "3SAAA")
    post(service, "1", "E", "3SAAA", "3SBBB")
    mail.wait_for(1)
    text = mail.mails[0].message.get_body(("plain",)).get_content()
    assert ("3SAAA" in text, "3SBBB" in text) == (True, True)
    service.wait_for_states("1", ("delivered", None))

    # A third parcel gets a mail of its own, and only the new one is in it.
    post(service, "1", "E", "3SAAA", "3SBBB", "3SCCC")
    mail.wait_for(2)
    text = mail.mails[1].message.get_body(("plain",)).get_content()
    assert ("3SAAA" in text, "3SCCC" in text) == (False, True)

    # It arrives before it is late: no delay notice, and the review request comes after its time.
    post(service, "1", "D")
    mail.wait_for(4)
    story = {
        ("1", "shipped", "update"),
        ("1", "extra-parcel", "update"),
        ("1", "delivered", "update"),
        ("1", "review-request", "after"),
    }
    eventually(lambda: told(service, ["1"]) == story, what="all four are settled")
    assert len(subjects(mail, address)) == 4
    assert service.rows("SELECT count(*) AS n FROM messages WHERE state = 'shadowed'") == [{"n": 1}]


def test_an_order_that_stays_where_it_is_is_told_once(service: Service, mail: SmtpSink) -> None:
    install(service)
    service.both()
    service.customer("2")

    post(service, "2", "C")
    eventually(lambda: ("2", "delay-notice", "stuck") in told(service, ["2"]), 20, "the delay notice")
    post(service, "2", "C")  # again, later: it has not moved

    post(service, "2", "D")
    eventually(lambda: ("2", "review-request", "after") in told(service, ["2"]), 20, "the review request")
    rules = [m["rule"] for m in service.messages("2") if m["state"] == "delivered"]
    assert sorted(rules) == ["delay-notice", "delivered", "review-request", "shipped"]


def test_a_problem_is_escalated_until_somebody_acknowledges_or_it_is_over(
    service: Service, mail: SmtpSink, chat: HttpSink
) -> None:
    install(service)
    service.both()
    for ref in "345":
        service.customer(ref)
        post(service, ref, "I")
    chat.wait_for(3)
    listed = service.cli("alerts", "--json")
    assert listed.returncode == 0, listed.stderr
    ids = {alert["ref"]: str(alert["id"]) for alert in json.loads(listed.stdout)}

    # One is acknowledged, one resolves itself, one is left alone.
    assert service.cli("ack", ids["3"], "--by", "ann").returncode == 0
    post(service, "4", "D")
    eventually(lambda: ("5", "problem", "escalated") in told(service, ["5"]), 30, "the escalation")
    eventually(lambda: ("4", "problem", "resolved") in told(service, ["4"]), 20, "the end of the alert")
    eventually(lambda: ("4", "delivered", "update") in told(service, ["4"]), 20, "the mail to its customer")

    assert told(service, "345") == {
        ("3", "problem", "update"),
        ("4", "problem", "update"),
        ("4", "problem", "resolved"),
        ("4", "delivered", "update"),
        ("5", "problem", "update"),
        ("5", "problem", "escalated"),
    } | ({("4", "review-request", "after")} & told(service, "4"))
    assert any("5" in subject for subject in subjects(mail, "oncall@shop.example"))
    states = {a["ref"]: a["state"] for a in json.loads(service.cli("alerts", "--all", "--json").stdout)}
    assert states == {"3": "acknowledged", "4": "resolved", "5": "open"}


def test_what_several_orders_have_to_say_goes_out_together(service: Service, chat: HttpSink) -> None:
    install(service)
    service.both()
    refs = [f"60{n}" for n in range(4)]
    for ref in refs:
        service.customer(ref)
        post(service, ref, "L")

    eventually(lambda: len({ref for ref, *_ in told(service, refs)}) == 4, 20, "all four")
    assert len(chat.requests) == 1
    assert all(ref in said(chat)[0] for ref in refs)
    assert sorted(state for state, _ in service.states("60%")) == ["delivered", "merged", "merged", "merged"]


def test_a_carrier_with_many_problems_is_told_and_hides_its_parcels(service: Service, chat: HttpSink) -> None:
    install(service)
    service.both()
    refs = [f"7{n}" for n in range(5)]
    for ref in refs:
        service.customer(ref)
        post(service, ref, "C")
    for ref in refs[:2]:
        post(service, ref, "I")
    eventually(lambda: ("", "many-problems", "rate") in told(service, [""]), 20, "the rate")
    assert any("40" in text for text in said(chat)), said(chat)

    service.customer("79")
    post(service, "79", "L")
    told_why = eventually(
        lambda: [
            d[2]
            for row in service.rows("SELECT decisions FROM updates WHERE ref = '79'")
            for d in json.loads(row["decisions"])
            if d[0] == "not-collected" and d[2] != "scheduled"
        ],
        20,
        "the verdict of not-collected",
    )
    assert told_why == ["muted"]


def test_a_silence_stops_operators_messages_and_no_customers(
    service: Service, mail: SmtpSink, chat: HttpSink
) -> None:
    install(service)
    service.both()
    made = service.cli("silence", "add", "rule=problem", "--for", "1h", "--reason", "moving", "--by", "ann")
    assert made.returncode == 0, made.stderr
    service.customer("8")
    post(service, "8", "I")
    post(service, "8", "D")
    mail.wait_for(1)

    assert chat.requests == []
    verdicts = {
        d[0]: d[2]
        for d in json.loads(
            service.rows("SELECT decisions FROM updates WHERE ref = '8' AND code = 'I'")[0]["decisions"]
        )
    }
    assert verdicts["problem"] == "silenced"
