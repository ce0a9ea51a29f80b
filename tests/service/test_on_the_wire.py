"""What happens to an order while a message about it is prepared, or on the wire: nothing is told by half."""

from __future__ import annotations

import pytest

from notifier.core.message import Message, State
from notifier.service.ledger import Ledger
from notifier.service.steps import Ready
from tests.factories import T0
from tests.service.conftest import Desk
from tests.service.test_overtaken import send_all
from tests.service.test_tracking import FIRST, NOTHING, mails, shop, wait

__all__ = ["shop"]


def ready(shop: Desk, rule: str) -> Ready:
    """Claim what is due and prepare it; return what a rule says, and give the others back."""
    (one,) = [made for made in shop.sender.prepare(shop.claim(10)) if made.message.rule == rule]
    assert isinstance(one, Ready)
    return one


def deliver(shop: Desk, one: Ready) -> None:
    """Bring to its end what was begun."""
    result = shop.sender.judge(one, shop.sender.transmit(one))
    Ledger(shop.store, shop.sender, shop.clock).write([result], [], None)


def chats(shop: Desk) -> list[str]:
    return [sent.rendered.text.partition("\n")[0] for sent in shop.line.sent if sent.channel == "slack"]


def told(shop: Desk, rule: str) -> list[Message]:
    return [m for m in shop.store.outbox.newest((), 100) if m.rule == rule and m.state is State.DELIVERED]


@pytest.mark.parametrize(("code", "rule"), [("I", "problem"), ("X", "lost")])
def test_an_alert_that_ends_while_it_is_on_the_wire_is_told_its_end(shop: Desk, code: str, rule: str) -> None:
    shop.tell(code, at=T0, shipments=[FIRST])
    shop.decide()
    alert = ready(shop, rule)
    assert shop.sender.start([alert]) == [alert]
    shop.tell("D", at=T0 + 60, shipments=[FIRST])
    shop.decide()
    deliver(shop, alert)
    send_all(shop)

    assert [m.occasion.kind for m in told(shop, rule)] == ["resolved", "update"]


@pytest.mark.parametrize(("code", "rule"), [("I", "problem"), ("X", "lost")])
def test_an_alert_that_ends_between_its_words_and_its_sending_is_not_told(
    shop: Desk, code: str, rule: str
) -> None:
    shop.tell(code, at=T0, shipments=[FIRST])
    shop.decide()
    shop.tell("D", at=T0 + 60, shipments=[FIRST])
    alert = ready(shop, rule)  # it knows of both updates, of which one is decided
    shop.decide()
    assert shop.sender.start([alert]) == []
    send_all(shop)

    assert told(shop, rule) == []
    assert chats(shop) == []


def test_an_alert_that_a_person_closes_between_its_words_and_its_sending_is_not_told(shop: Desk) -> None:
    shop.tell("I", at=T0, shipments=[FIRST])
    shop.decide()
    alert = ready(shop, "problem")
    shop.store.alerts.resolve(1, "anna", shop.clock.now)

    assert shop.sender.start([alert]) == []
    send_all(shop)
    assert chats(shop) == []


def test_the_end_of_an_alert_goes_out_although_the_alert_is_over(shop: Desk) -> None:
    shop.tell("I", at=T0, shipments=[FIRST])
    shop.decide()
    send_all(shop)
    shop.tell("D", at=T0 + 60, shipments=[FIRST])
    shop.decide()
    send_all(shop)

    assert [m.occasion.kind for m in told(shop, "problem")] == ["resolved", "update"]


def test_a_code_that_comes_while_the_mail_without_it_is_on_the_wire_is_told(shop: Desk) -> None:
    shop.tell("C", at=T0, shipments=[NOTHING])
    shop.decide()
    shop.clock.now = T0 + 32 * 60
    mail = ready(shop, "shipped")
    assert shop.sender.start([mail]) == [mail]
    shop.tell("C", at=shop.clock.now, shipments=[FIRST])
    shop.decide()
    deliver(shop, mail)
    wait(shop, 33)

    first, second = mails(shop)
    assert "3SFIRST" not in first
    assert "3SFIRST" in second
