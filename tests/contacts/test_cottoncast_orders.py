"""What Cottoncast's order API says of an order."""

from __future__ import annotations

import json
from typing import Any

import pytest

from notifier.contacts import cottoncast
from notifier.contacts.answers import Reply
from notifier.core.contact import Contact, Finding, Item
from notifier.core.flaw import Flaw
from notifier.core.lookup import Answer, AnswerKind
from notifier.core.source import Source, SourceKind
from tests.factories import JANE, T0
from tests.shop_api import cottoncast_order

SOURCE = Source("cottoncast", SourceKind.COTTONCAST)
OTHER = {
    "fname": "Joe",
    "name": "Payer",
    "email": "joe@example.org",
    "phone": "0470 12 34 56",
    "country": "BE",
}
SILENT = {"email": "", "phone": None}


def ask(document: Any, ref: str = "41", order_id: str = "3AF7") -> Answer:
    reply = Reply(200, "application/json", body=json.dumps(document).encode())
    return cottoncast.read(SOURCE, reply, ref, order_id, T0)


def envelope(order: Any) -> dict[str, Any]:
    return {"status": "ok", "response": {"order": order}}


def found(order: Any) -> Finding:
    answer = ask(envelope(order))
    assert answer.kind is AnswerKind.FOUND, answer.detail
    assert answer.finding is not None
    return answer.finding


def contact(shipping: dict[str, Any], billing: dict[str, Any]) -> Contact:
    order = cottoncast_order("3AF7", "41")
    order["addresses"] = {"shipping": shipping, "billing": billing}
    return found(order).contact


def test_a_whole_order_is_read() -> None:
    assert found(cottoncast_order("3AF7", "41")) == Finding(
        "cottoncast",
        JANE,
        T0,
        "3AF7",
        items=(Item("Mug", "MUG-1", 1, "https://img.example/mug-thumb.png"),),
    )


SHIPPING = {"fname": "Jane", "name": "Example", "country": "NL"}


@pytest.mark.parametrize(
    ("shipping", "billing", "expected"),
    [
        pytest.param(
            SHIPPING | {"email": "jane@example.org"},
            OTHER,
            Contact("Jane Example", "jane@example.org", country="NL"),
            id="shipping-first-and-nothing-of-another-person",
        ),
        pytest.param(
            SHIPPING | {"phone": "06 12345678"},
            OTHER,
            Contact("Joe Payer", "joe@example.org", "+32470123456", country="BE"),
            id="who-can-be-mailed-before-who-can-only-be-phoned",
        ),
        pytest.param(
            SHIPPING | {"phone": "06 12345678"},
            OTHER | {"email": "joe@", "phone": ""},
            Contact("Jane Example", phone="+31612345678", country="NL", unusable={"email": Flaw.MALFORMED}),
            id="shipping-with-a-phone-if-nobody-can-be-mailed",
        ),
        pytest.param(
            SHIPPING | {"phone": "06 1"},
            OTHER | {"email": ""},
            Contact("Joe Payer", phone="+32470123456", country="BE"),
            id="billing-with-a-phone-if-nobody-can-be-mailed",
        ),
        pytest.param(
            SHIPPING | SILENT,
            OTHER,
            Contact("Joe Payer", "joe@example.org", "+32470123456", country="BE"),
            id="billing-if-shipping-has-no-address",
        ),
        pytest.param(
            [],
            OTHER,
            Contact("Joe Payer", "joe@example.org", "+32470123456", country="BE"),
            id="shipping-is-an-empty-php-list",
        ),
        pytest.param(
            SHIPPING | {"phone": "06 12345678"},
            SHIPPING | {"email": "jane@example.org"},
            JANE,
            id="the-same-person-in-both",
        ),
        pytest.param(
            SHIPPING | {"phone": "06 12345678"},
            {"fname": "jane", "name": "EXAMPLE", "email": "jane@example.org", "country": "BE"},
            Contact("jane EXAMPLE", "jane@example.org", "+31612345678", country="BE"),
            id="each-phone-is-read-with-the-country-of-its-own-address",
        ),
        pytest.param(
            SHIPPING | {"phone": "06 12345678"},
            {"email": "jane@example.org"},
            JANE,
            id="an-address-without-a-name-is-the-same-persons",
        ),
        pytest.param(
            SHIPPING | {"phone": "06 12345678"},
            OTHER | {"phone": ""},
            Contact("Joe Payer", "joe@example.org", country="BE"),
            id="no-phone-of-another-person",
        ),
        pytest.param(
            SHIPPING | {"email": "jane@example.org", "phone": "06 1"},
            SHIPPING | {"phone": "06 12345678"},
            JANE,
            id="an-unusable-phone-is-a-missing-one",
        ),
        pytest.param(
            SHIPPING | {"email": "jane@", "phone": "06 12345678"},
            SHIPPING | {"email": "old@example.org"},
            Contact("Jane Example", "old@example.org", "+31612345678", country="NL"),
            id="a-bad-address-in-shipping-and-a-good-one-in-billing",
        ),
        pytest.param(
            SHIPPING | {"email": "jane@"},
            OTHER,
            Contact("Joe Payer", "joe@example.org", "+32470123456", country="BE"),
            id="a-bad-address-in-shipping-and-a-good-one-of-the-payer",
        ),
        pytest.param(
            SHIPPING | {"email": "jane@"},
            OTHER | SILENT,
            Contact("Jane Example", country="NL", unusable={"email": Flaw.MALFORMED}),
            id="a-bad-address-and-no-other",
        ),
        pytest.param(
            {"email": "jane@example.org"},
            {"fname": "Jane", "name": "Example", "country": "NL"},
            Contact("Jane Example", "jane@example.org", country="NL"),
            id="name-and-country-of-the-other",
        ),
        pytest.param(
            {"email": "jane@example.org", "phone": "06 12345678", "fname": None, "name": "Example"},
            {"country": "NL"},
            Contact("Example", "jane@example.org", "+31612345678", country="NL"),
            id="the-phone-is-read-with-the-only-country",
        ),
        pytest.param(
            SHIPPING | {"phone": 612345678, "name": 7},
            [],
            Contact("Jane 7", phone="+31612345678", country="NL"),
            id="numbers-for-text",
        ),
        pytest.param(SHIPPING, {}, Contact("Jane Example", country="NL"), id="no-address-at-all"),
        pytest.param([], [], Contact(), id="nothing"),
    ],
)
def test_the_addresses_are_those_of_one_person(shipping: Any, billing: Any, expected: Contact) -> None:
    assert contact(shipping, billing) == expected


@pytest.mark.parametrize(
    ("lines", "items"),
    [
        pytest.param([], (), id="none"),
        pytest.param(None, (), id="null"),
        pytest.param(
            {"1": {"name": "Mug"}, "3": {"name": "Cup"}}, (Item("Mug"), Item("Cup")), id="with-gaps"
        ),
        pytest.param([{"name": "Mug", "qty": "2"}], (Item("Mug", "", 2),), id="quantity-as-text"),
        pytest.param(
            [{"name": "Mug", "thumb": [], "image": "https://img.example/mug.png"}],
            (Item("Mug", image="https://img.example/mug.png"),),
            id="no-thumb",
        ),
        pytest.param([None, "Mug", [], {"name": "Cup"}], (Item("Cup"),), id="odd-lines"),
    ],
)
def test_lines_become_items(lines: Any, items: tuple[Item, ...]) -> None:
    assert found(cottoncast_order("3AF7", "41") | {"line_items": lines}).items == items


@pytest.mark.parametrize("ref", ["42", "041", "410", 42], ids=repr)
def test_an_order_of_another_reference_is_not_taken(ref: Any) -> None:
    answer = ask(envelope(cottoncast_order("3AF7", ref)))

    assert answer == Answer(AnswerKind.NOT_FOUND, detail="has another order under this orderID")


@pytest.mark.parametrize(
    "store", [{"order_id": 41}, {"order_id": " 41 "}, {"order_id": None}, {}, [], None], ids=repr
)
def test_an_order_is_ours_unless_it_says_otherwise(store: Any) -> None:
    assert found(cottoncast_order("3AF7", "41") | {"store": store}).contact == JANE


@pytest.mark.parametrize(
    ("document", "kind"),
    [
        pytest.param(
            {"status": "error", "message": "Order 41 not found"}, AnswerKind.NOT_FOUND, id="error-not-found"
        ),
        pytest.param(
            {"status": "error", "message": "The order does not exist"},
            AnswerKind.NOT_FOUND,
            id="error-no-order",
        ),
        pytest.param({"status": "error", "message": "Database gone"}, AnswerKind.DOWN, id="error"),
        pytest.param({"status": "error"}, AnswerKind.DOWN, id="error-without-words"),
        pytest.param({"message": "not found"}, AnswerKind.DOWN, id="no-status"),
        pytest.param({"status": ["ok"]}, AnswerKind.DOWN, id="odd-status"),
        pytest.param({"status": "ok"}, AnswerKind.DOWN, id="no-response"),
        pytest.param({"status": "ok", "response": []}, AnswerKind.DOWN, id="empty-response"),
        pytest.param({"status": "ok", "response": {"order": []}}, AnswerKind.NOT_FOUND, id="empty-order"),
        pytest.param({"status": "ok", "response": {"order": None}}, AnswerKind.NOT_FOUND, id="null-order"),
        pytest.param({}, AnswerKind.DOWN, id="empty-object"),
        pytest.param([], AnswerKind.DOWN, id="list"),
    ],
)
def test_an_answer_without_an_order_has_words_for_it(document: Any, kind: AnswerKind) -> None:
    answer = ask(document)

    assert (answer.kind, answer.finding) == (kind, None)
    assert answer.detail


def test_the_words_of_an_error_stay_out_of_ours() -> None:
    answer = ask({"status": "error", "message": "no access for jane@example.org"})

    assert "jane" not in answer.detail


@pytest.mark.parametrize(
    ("base", "url"),
    [
        pytest.param("", "https://api.cottoncast.com/order/3AF7", id="default"),
        pytest.param("https://test.example", "https://test.example/order/3AF7", id="own"),
        pytest.param(
            "https://test.example/api/", "https://test.example/api/order/3AF7", id="own-with-a-path"
        ),
    ],
)
def test_the_order_is_asked_for_by_its_id(base: str, url: str) -> None:
    assert cottoncast.address(Source("c", SourceKind.COTTONCAST, base), "41", "3AF7") == url


@pytest.mark.parametrize(
    "order_id",
    [
        "",
        "..",
        "../store",
        "a/b",
        "a?b",
        "a#b",
        "a%2fb",
        "%2e%2e",
        "a b",
        "a\n",
        "a\0",
        "ä",
        "٣",
        "a" * 65,
        "a\\b",
        ":",
        "@",
    ],
    ids=repr,
)
def test_a_hostile_id_never_reaches_a_path(order_id: str) -> None:
    answer = cottoncast.address(SOURCE, "41", order_id)

    assert isinstance(answer, Answer)
    assert answer.kind is AnswerKind.NOT_FOUND
    assert answer.detail.startswith("cannot be asked: ")
    assert len(order_id) < 3 or order_id not in answer.detail
