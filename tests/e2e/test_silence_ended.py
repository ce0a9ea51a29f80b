"""A silence that is ended by hand: what it kept back is told at once, one time."""

from __future__ import annotations

import json

from tests.e2e.whole_language import install, post, told
from tests.service_process import Service, eventually
from tests.sinks import HttpSink


def test_what_a_silence_kept_back_is_told_once_when_it_is_ended_by_hand(
    service: Service, chat: HttpSink
) -> None:
    install(service)
    service.both()
    made = service.cli("silence", "add", "rule=problem", "--for", "1h", "--reason", "strike")
    assert made.returncode == 0, made.stderr
    for ref in "12":
        service.customer(ref)
        post(service, ref, "I")
    post(service, "2", "D")  # over before anybody is told
    eventually(lambda: ("2", "delivered", "update") in told(service, "2"), 20, "the mail to its customer")
    eventually(lambda: _states(service) == {"1": "open", "2": "resolved"}, 20, "one open alert")
    assert chat.requests == []

    assert service.cli("silence", "end", "1").returncode == 0
    chat.wait_for(1)
    assert b"problem" in chat.requests[0].body.lower()
    service.customer("3")
    post(service, "3", "I")  # told after all that the end of the silence brings
    chat.wait_for(2)
    assert [rule for ref, rule, *_ in told(service, "12") if rule == "problem"] == ["problem"]
    assert len(chat.requests) == 2


def _states(service: Service) -> dict[str, str]:
    listed = service.cli("alerts", "--all", "--json")
    return {alert["ref"]: alert["state"] for alert in json.loads(listed.stdout)}
