"""A mail server that vanishes: what an operator reads of each manner in which it does."""

from __future__ import annotations

import itertools

import pytest

from notifier.core.retry import OutcomeKind
from tests.channels.conftest import Open
from tests.channels.ways import WORDS, mail_url
from tests.smtp_faults import CLOSE, ENDLESS, HANG, NONSENSE, RESET, Fault, FaultServer, Step

MANNERS = {
    "close": (CLOSE, "connection to {} lost"),
    "reset": (RESET, "connection to {} lost"),
    "hang": (HANG, "no answer from {} in time"),
    "nonsense": (NONSENSE, "{} gives no proper answer"),
    "endless": (ENDLESS, "{} gives no proper answer"),
}
BEFORE_THE_TEXT = [Step.BANNER, Step.EHLO, Step.MAIL, Step.RCPT, Step.DATA]


@pytest.mark.parametrize(("step", "manner"), list(itertools.product(BEFORE_THE_TEXT, MANNERS)))
def test_a_connection_lost_before_the_text_is_tried_again(gateway: Open, step: Step, manner: str) -> None:
    fault, said = MANNERS[manner]
    with FaultServer({step: fault}) as server:
        ways = gateway(mail_url(server.port, "&rto=0.3&cto=5"), to=True)
        outcome = ways.send("way", WORDS, "anna@customer.example", "m1")
        assert outcome.kind is OutcomeKind.TRANSIENT
        assert outcome.detail == said.format(f"127.0.0.1:{server.port}")
        assert server.taken == []


@pytest.mark.parametrize("manner", MANNERS)
def test_an_answer_lost_after_the_text_leaves_it_unknown(gateway: Open, manner: str) -> None:
    fault, said = MANNERS[manner]
    with FaultServer({Step.TEXT: fault}) as server:
        ways = gateway(mail_url(server.port, "&rto=0.3"), to=True)
        outcome = ways.send("way", WORDS, "anna@customer.example", "m1")
        assert outcome.kind is OutcomeKind.UNKNOWN
        assert outcome.detail == said.format(f"127.0.0.1:{server.port}")
        assert [mail.message_id for mail in server.taken] == ["<m1@shop.example>"]


@pytest.mark.parametrize("fault", [CLOSE, RESET, HANG])
def test_a_server_that_says_nothing_to_quit_has_the_mail_all_the_same(gateway: Open, fault: Fault) -> None:
    with FaultServer({Step.QUIT: fault}) as server:
        ways = gateway(mail_url(server.port), to=True)
        outcome = ways.send("way", WORDS, "anna@customer.example", "m1")
        ways.close()
        assert outcome.kind is OutcomeKind.DELIVERED
        assert len(server.taken) == 1
