"""A customer reads the code of her parcel: with the mail, or after it, and which one is current."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from notifier.config.rulefile import load_rules
from notifier.core.message import State
from notifier.core.update import Shipment
from notifier.render.compiling import load_templates
from tests.factories import JANE, T0, register
from tests.service.conftest import Desk
from tests.service.test_overtaken import send_all

ROOT = Path(__file__).parents[2]
MINUTE = 60.0
NOTHING = Shipment("postnl", "PostNL")
FIRST = Shipment("postnl", "PostNL", "3SFIRST", "https://track.example/3SFIRST")
SECOND = Shipment("postnl", "PostNL", "3SSECOND", "https://track.example/3SSECOND")


@pytest.fixture
def shop(desk: Desk) -> Desk:
    """A shop with the rules and templates that notifier comes with."""
    urls = {
        "EMAIL_URL": "mailto://127.0.0.1:2525?from=orders@shop.example",
        "SLACK_URL": "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ",
    }
    desk.templates = ROOT / "templates"
    names = load_templates(desk.templates).names
    desk.rules = load_rules(ROOT / "rules.yaml", urls, names).ruleset
    register(desk.store, "41", replace(JANE, locale="en"))
    return desk


def tell(shop: Desk, minute: float, code: str, *parcels: Shipment) -> None:
    """Have an update arrive, decide it, and send what is due."""
    shop.clock.now = T0 + minute * MINUTE
    shop.tell(code, at=shop.clock.now, shipments=parcels)
    shop.decide()
    send_all(shop)


def wait(shop: Desk, minute: float) -> None:
    shop.clock.now = T0 + minute * MINUTE
    send_all(shop)


def mails(shop: Desk) -> list[str]:
    """Return the texts of the mails that were sent."""
    return [sent.rendered.text for sent in shop.line.sent if sent.channel == "email"]


@pytest.mark.parametrize("before", [(), (NOTHING,)])
def test_a_mail_waits_for_its_code_and_goes_out_with_it(shop: Desk, before: tuple[Shipment, ...]) -> None:
    tell(shop, 0, "C", *before)
    assert mails(shop) == []
    tell(shop, 20, "E", FIRST)
    (mail,) = mails(shop)
    assert "3SFIRST" in mail
    wait(shop, 90)
    assert len(mails(shop)) == 1


def test_a_code_that_comes_after_the_mail_is_told_once(shop: Desk) -> None:
    tell(shop, 0, "C", NOTHING)
    wait(shop, 31)
    (mail,) = mails(shop)
    assert "3SFIRST" not in mail
    tell(shop, 50, "C", FIRST)
    tell(shop, 51, "E", FIRST)
    _, told = mails(shop)
    assert "3SFIRST" in told
    assert "3SFIRST" in shop.line.sent[-1].rendered.subject


def test_a_mail_with_a_code_does_not_wait(shop: Desk) -> None:
    tell(shop, 0, "C", FIRST)
    assert len(mails(shop)) == 1


def test_what_waits_for_its_code_is_dropped_once_it_is_delivered(shop: Desk) -> None:
    tell(shop, 0, "C")
    tell(shop, 10, "D", FIRST)
    assert len(mails(shop)) == 1
    assert State.DROPPED in shop.states()
    wait(shop, 40)
    assert len(mails(shop)) == 1


def test_a_problem_meanwhile_does_not_keep_the_code_from_the_customer(shop: Desk) -> None:
    tell(shop, 0, "C")
    tell(shop, 10, "I", FIRST)
    (mail,) = mails(shop)
    assert "3SFIRST" in mail


def test_a_label_that_was_replaced_before_the_mail_is_not_shown_as_a_parcel(shop: Desk) -> None:
    tell(shop, 0, "L", FIRST)
    tell(shop, 10, "C", SECOND)
    (mail,) = mails(shop)
    assert "track.example/3SSECOND" in mail
    assert "track.example/3SFIRST" not in mail
    assert "3SFIRST" in mail  # which is no longer used


def test_a_label_that_was_replaced_after_the_mail_is_told_and_operators_hear_of_the_old_one(
    shop: Desk,
) -> None:
    tell(shop, 0, "C", FIRST)
    tell(shop, 10, "C", SECOND)
    _, mail = mails(shop)
    assert "track.example/3SSECOND" in mail
    assert "3SFIRST" in mail
    (alert,) = [sent.rendered.chat for sent in shop.line.sent if sent.channel == "slack"]
    assert "label 3SFIRST was replaced by 3SSECOND" in alert
    tell(shop, 20, "E", SECOND)
    assert len(shop.line.sent) == 3


def test_one_more_parcel_replaces_none(shop: Desk) -> None:
    tell(shop, 0, "C", FIRST)
    tell(shop, 10, "C", FIRST, SECOND)
    _, mail = mails(shop)
    assert "3SSECOND" in mail
    assert "3SFIRST" not in mail
    assert [sent.channel for sent in shop.line.sent] == ["email", "email"]


def test_fewer_parcels_replace_none(shop: Desk) -> None:
    tell(shop, 0, "C", FIRST, SECOND)
    tell(shop, 10, "E", FIRST)
    tell(shop, 20, "D", FIRST)
    assert "3SSECOND" in mails(shop)[-1]
