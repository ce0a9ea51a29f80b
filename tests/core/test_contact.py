"""Several sources become one contact: addresses of one source only, wishes of any."""

from __future__ import annotations

from dataclasses import replace

import pytest

from notifier.core.contact import Contact, Finding, Item, Known, combine
from tests.factories import JANE, T0, finding

COTTONCAST = Contact(name="J. Example", email="billing@example.org", phone="+31201234567", country="BE")
NAMED = Contact(name="Jane", locale="nl-BE", timezone="Europe/Brussels")


def said(contact: Contact, source: str = "cottoncast", **more: object) -> Finding:
    return finding(contact, source, **more)


def test_nothing_is_known_without_sources() -> None:
    assert combine([]) == Known()


def test_the_first_source_with_an_address_wins_whole() -> None:
    phone_only = Contact(phone="+31612345678")

    known = combine([said(phone_only, "registered", at=T0), said(COTTONCAST, at=T0 + 5)])

    assert known.contact == phone_only
    assert (known.source, known.at) == ("registered", T0)


def test_a_source_without_an_address_is_passed_over_but_its_language_and_zone_are_kept() -> None:
    known = combine([said(NAMED, "registered"), said(COTTONCAST, at=T0 + 5)])

    assert known.contact == replace(COTTONCAST, locale="nl-BE", timezone="Europe/Brussels")
    assert (known.source, known.at) == ("cottoncast", T0 + 5)


def test_without_any_address_the_first_source_is_kept() -> None:
    known = combine([said(NAMED, "registered"), said(Contact(name="J. Example"))])

    assert known.contact == NAMED
    assert known.source == "registered"


@pytest.mark.parametrize(
    ("first", "second", "field", "wanted"),
    [
        pytest.param(
            {}, {"do_not_contact": True}, "do_not_contact", True, id="silence is asked for anywhere"
        ),
        pytest.param({"marketing": False}, {"marketing": True}, "marketing", False, id="the first to say it"),
        pytest.param({}, {"marketing": True}, "marketing", True, id="the only one to say it"),
        pytest.param({}, {}, "marketing", None, id="nobody asked"),
        pytest.param({}, {"channels": frozenset({"sms"})}, "channels", frozenset({"sms"}), id="channels"),
        pytest.param({"locale": "nl"}, {"locale": "de"}, "locale", "nl", id="the first language"),
    ],
)
def test_wishes_are_taken_from(first: dict, second: dict, field: str, wanted: object) -> None:
    known = combine([said(replace(JANE, **first), "registered"), said(replace(COTTONCAST, **second))])

    assert getattr(known.contact, field) == wanted
    assert known.contact is not None
    assert known.contact.email == JANE.email


def test_attributes_are_joined_and_the_first_to_name_one_wins() -> None:
    known = combine(
        [
            finding(attributes={"total": 10, "group": "vip"}),
            said(COTTONCAST, attributes={"total": 9, "currency": "EUR"}),
        ]
    )

    assert known.attributes == {"total": 10, "group": "vip", "currency": "EUR"}


def test_items_and_the_order_id_are_those_of_the_first_source_that_has_any() -> None:
    shirt = Item("T-shirt", image="https://img.example/1.png")

    known = combine([finding(), said(COTTONCAST, items=(shirt,), order_id="3AF7")])

    assert (known.items, known.order_id) == ((shirt,), "3AF7")
