"""What WooCommerce's REST API says of an order."""

from __future__ import annotations

import json
from typing import Any

import pytest

from notifier.contacts import woocommerce
from notifier.contacts.answers import Reply
from notifier.core.contact import Contact, Finding, Item
from notifier.core.lookup import Answer, AnswerKind
from notifier.core.source import Source, SourceKind
from tests.factories import T0
from tests.shop_api import woocommerce_order

SOURCE = Source("shop", SourceKind.WOOCOMMERCE, "https://shop.example/")


def ask(document: Any, status: int = 200, ref: str = "41") -> Answer:
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    return woocommerce.read(SOURCE, Reply(status, "application/json", body=body), ref, "3AF7", T0)


def found(**changes: Any) -> Finding:
    answer = ask(woocommerce_order("41") | changes)
    assert answer.kind is AnswerKind.FOUND, answer.detail
    assert answer.finding is not None
    return answer.finding


def test_a_whole_order_is_read() -> None:
    assert found() == Finding(
        "shop",
        Contact("Jane Example", "jane@example.org", "+31612345678", "nl", "NL"),
        T0,
        attributes={"currency": "EUR", "total": "49.90"},
        items=(Item("Mug", "MUG-1", 2, "https://img.example/mug.png"),),
    )


def test_the_payer_is_written_to_under_the_name_and_in_the_country_of_the_receiver() -> None:
    finding = found(
        billing={
            "first_name": "Joe",
            "last_name": "P",
            "email": "joe@x.org",
            "phone": "0470 12 34 56",
            "country": "BE",
        },
        shipping={"first_name": "Jane", "last_name": "Example", "phone": "06 12345678", "country": "NL"},
        meta_data=[],
    )

    assert finding.contact == Contact("Jane Example", "joe@x.org", "+32470123456", None, "NL")


@pytest.mark.parametrize(
    ("billing", "shipping", "email", "phone"),
    [
        pytest.param(
            {"last_name": "P", "email": "joe@x.org"},
            {"last_name": "P", "phone": "06 12345678", "country": "NL"},
            "joe@x.org",
            "+31612345678",
            id="the same person",
        ),
        pytest.param(
            {"last_name": "P", "email": "joe@x.org"},
            {"last_name": "Q", "phone": "06 12345678", "country": "NL"},
            "joe@x.org",
            None,
            id="another person",
        ),
        pytest.param(
            {"last_name": "P"},
            {"last_name": "Q", "phone": "06 12345678", "country": "NL"},
            None,
            "+31612345678",
            id="nobody can be mailed",
        ),
    ],
)
def test_a_phone_number_may_be_the_receivers(
    billing: Any, shipping: Any, email: str | None, phone: str | None
) -> None:
    contact = found(billing=billing, shipping=shipping).contact

    assert (contact.email, contact.phone) == (email, phone)


@pytest.mark.parametrize(
    "shipping", [{}, [], None, {"first_name": "", "last_name": "", "country": ""}], ids=repr
)
def test_without_a_shipping_address_the_billing_address_says_all(shipping: Any) -> None:
    contact = found(shipping=shipping).contact

    assert (contact.name, contact.country) == ("Jane Example", "NL")


@pytest.mark.parametrize(
    ("more", "locale"),
    [
        pytest.param({"meta_data": [{"key": "wpml_language", "value": "pt-br"}]}, "pt-BR", id="wpml"),
        pytest.param(
            {"meta_data": [{"key": "trp_language", "value": "de_DE_formal"}]}, "de-DE", id="translatepress"
        ),
        pytest.param({"meta_data": [{"key": "weglot_language", "value": "fr"}]}, "fr", id="weglot"),
        pytest.param({"meta_data": [{"key": "_locale", "value": "nl_BE"}]}, "nl-BE", id="locale"),
        pytest.param({"meta_data": [], "lang": "nl"}, "nl", id="polylang"),
        pytest.param({"meta_data": [], "lang": False}, None, id="polylang-without-one"),
        pytest.param({"meta_data": {"3": {"key": "_locale", "value": "nl"}}}, "nl", id="list-with-gaps"),
        pytest.param(
            {"meta_data": [{"key": "_locale", "value": "nl"}, {"key": "wpml_language", "value": {"odd": 1}}]},
            "nl",
            id="odd-value",
        ),
        pytest.param({"meta_data": [{"key": ["x"]}, {"value": "nl"}, None, 4]}, None, id="odd-entries"),
        pytest.param({"meta_data": None}, None, id="null"),
    ],
)
def test_the_language_is_what_the_known_plugins_keep(more: dict[str, Any], locale: str | None) -> None:
    assert found(**more).contact.locale == locale


@pytest.mark.parametrize(
    ("given", "ours"),
    [
        pytest.param({"id": 41, "number": "41"}, True, id="both"),
        pytest.param({"id": "41", "number": "SHOP-7"}, True, id="id"),
        pytest.param({"id": 7, "number": "41"}, False, id="number"),
        pytest.param({"id": 7, "number": "8"}, False, id="neither"),
        pytest.param({"id": 41, "number": "1041"}, True, id="id-of-an-order-with-another-number"),
        pytest.param({"id": 410, "number": None}, False, id="longer"),
    ],
)
def test_only_the_order_that_was_asked_for_is_taken(given: dict[str, Any], ours: bool) -> None:
    answer = ask(woocommerce_order("41") | given)

    assert answer.kind is (AnswerKind.FOUND if ours else AnswerKind.NOT_FOUND)


INVALID_ID = {
    "code": "woocommerce_rest_shop_order_invalid_id",
    "message": "Invalid ID.",
    "data": {"status": 404},
}
NO_ROUTE = {"code": "rest_no_route", "message": "No route was found", "data": {"status": 404}}


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        pytest.param(404, INVALID_ID, AnswerKind.NOT_FOUND, id="no-such-order"),
        pytest.param(404, NO_ROUTE, AnswerKind.DOWN, id="no-woocommerce"),
        pytest.param(404, b"<html>Not Found</html>", AnswerKind.DOWN, id="no-wordpress"),
        pytest.param(404, b"[" * 10_000, AnswerKind.DOWN, id="nonsense"),
        pytest.param(401, {"code": "woocommerce_rest_cannot_view"}, AnswerKind.DOWN, id="wrong-key"),
        pytest.param(200, [], AnswerKind.DOWN, id="list"),
        pytest.param(200, {}, AnswerKind.DOWN, id="empty"),
        pytest.param(200, {"name": "Our shop", "routes": {}}, AnswerKind.DOWN, id="the-index-of-the-api"),
    ],
)
def test_an_answer_without_an_order_is_told_from_a_wrong_address(
    status: int, body: Any, kind: AnswerKind
) -> None:
    answer = ask(body, status)

    assert (answer.kind, answer.finding) == (kind, None)
    assert answer.detail


def test_half_an_order_is_half_known() -> None:
    answer = ask({"id": 41})

    assert answer.finding == Finding("shop", Contact(), T0)


@pytest.mark.parametrize("base", ["https://shop.example", "https://shop.example/"])
def test_the_order_is_asked_for_by_the_reference(base: str) -> None:
    source = Source("shop", SourceKind.WOOCOMMERCE, base)

    assert woocommerce.address(source, "41", "") == "https://shop.example/wp-json/wc/v3/orders/41"


@pytest.mark.parametrize(
    "ref", ["", "A41", "41/notes", "41?x=1", "../1", "-1", "4.1", "٤١", "4" * 21, "41\n"], ids=repr
)
def test_a_reference_that_is_no_number_is_not_asked_for(ref: str) -> None:
    answer = woocommerce.address(SOURCE, ref, "3AF7")

    assert isinstance(answer, Answer)
    assert answer.kind is AnswerKind.NOT_FOUND
