"""The body of `PUT /orders/{ref}`, field by field."""

from __future__ import annotations

import contextlib
import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier import addresses
from notifier.contacts import places, registered
from notifier.contacts.lenient import LARGEST_ATTRIBUTES
from notifier.contacts.registered import Reading
from notifier.core.contact import Contact, Finding, Item
from notifier.core.flaw import EXPLAINED, Flaw, Flawed
from notifier.errors import RequestError
from tests.factories import T0

LONG = "is 201 characters long; at most 200 are accepted"
COUNT = "must be a whole number from 1 on"
ADDRESS = "must be an http or https address"
CHANNEL = "must be a channel's name, such as email"
NOTHING = Finding("registered", Contact(), T0)


def read(document: Any) -> Reading:
    return registered.parse(json.dumps(document).encode(), T0)


def parse(document: Any) -> Finding:
    return read(document).finding


def contact(**given: Any) -> Contact:
    return parse({"contact": given}).contact


def refused(document: Any) -> tuple[str, str]:
    with pytest.raises(RequestError) as error:
        read(document).strictly()
    return error.value.field, str(error.value).removeprefix(f"{error.value.field}: ")


def test_a_whole_registration_is_read_as_it_stands() -> None:
    given = {
        "orderID": "3AF7",
        "contact": {
            "name": "Jane Example",
            "email": "jane@example.org",
            "phone": "06 12345678",
            "locale": "nl-NL",
            "country": "NL",
            "timezone": "Europe/Amsterdam",
            "channels": ["email", "sms"],
            "marketing": True,
            "do_not_contact": False,
        },
        "attributes": {"total": 49.9, "vip": True, "tags": ["a", "b"], "note": None},
        "items": [
            {"name": "Poster", "sku": "P-1", "quantity": 2, "image": "https://shop.example/p.jpg"},
            {"name": "Card", "sku": 17},
        ],
    }
    jane = Contact(
        "Jane Example",
        "jane@example.org",
        "+31612345678",
        "nl-NL",
        "NL",
        "Europe/Amsterdam",
        channels=frozenset({"email", "sms"}),
        marketing=True,
    )
    assert parse(given) == Finding(
        source="registered",
        contact=jane,
        at=T0,
        order_id="3AF7",
        attributes={"total": 49.9, "vip": True, "tags": ["a", "b"], "note": None},
        items=(Item("Poster", "P-1", 2, "https://shop.example/p.jpg"), Item("Card", "17")),
    )


def test_an_order_with_its_reference_in_it_is_the_same_order() -> None:
    given = {"orderID": "3AF7", "contact": {"email": "jane@example.org"}, "items": [{"name": "Poster"}]}
    assert registered.parse_value(given | {"ref": "2024/41"}, T0) == ("2024/41", read(given))
    assert registered.parse_value({"ref": 41}, T0) == ("41", Reading(NOTHING))
    assert registered.parse_value({"ref": 41.0}, T0) == ("41", Reading(NOTHING))


@pytest.mark.parametrize(
    ("document", "message"),
    [
        pytest.param({}, "ref: is missing", id="none"),
        pytest.param({"ref": None}, "ref: is missing", id="null"),
        pytest.param({"ref": " "}, "ref: is empty", id="blank"),
        pytest.param({"ref": "x" * 201}, f"ref: {LONG}", id="long"),
        pytest.param({"ref": "a\nb"}, "ref: holds a control character", id="line"),
        pytest.param({"ref": True}, "ref: must be text", id="true"),
        pytest.param({"ref": 4.1}, "ref: must be text", id="fraction"),
        pytest.param({"ref": "41", "reff": 1}, "reff: is not a field; did you mean ref?", id="unknown"),
        pytest.param(["41"], "must be a JSON object", id="list"),
        pytest.param("41", "must be a JSON object", id="text"),
        pytest.param(
            {"ref": "41", "contact": {"marketing": "maybe"}},
            "contact.marketing: must be true or false",
            id="field",
        ),
    ],
)
def test_an_order_without_a_usable_reference_is_refused(document: Any, message: str) -> None:
    with pytest.raises(RequestError) as error:
        registered.parse_value(document, T0)[1].strictly()
    assert str(error.value) == message


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"orderID": None, "contact": None, "attributes": None},
        {"orderID": "", "contact": {}, "attributes": {}},
        {"contact": [], "attributes": []},
        {"contact": dict.fromkeys(registered.CONTACT_FIELDS), "items": None},
        {"items": []},
        {"contact": dict.fromkeys(("name", "email", "phone", "locale", "country", "timezone"), " ")},
    ],
)
def test_what_is_missing_null_or_empty_is_not_known(document: Any) -> None:
    assert parse(document) == NOTHING


@pytest.mark.parametrize(("given", "expected"), [("3AF7", "3AF7"), (37, "37"), (" 3AF7 ", "3AF7"), ("", "")])
def test_the_order_id_may_be_text_or_a_number(given: object, expected: str) -> None:
    assert parse({"orderID": given}).order_id == expected


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("jane@example.org", "jane@example.org"),
        ("  jane@example.org\n", "jane@example.org"),
        ("Jane.Doe+shop@Example.ORG", "Jane.Doe+shop@example.org"),
        ("jane@bücher.example.org", "jane@xn--bcher-kva.example.org"),
        ("jane@BÜCHER.example.org", "jane@xn--bcher-kva.example.org"),
        ("jane@例え.jp", "jane@xn--r8jz45g.jp"),
        ("o'hara@example.org", "o'hara@example.org"),
    ],
)
def test_an_address_becomes_what_every_mail_server_takes(address: str, expected: str) -> None:
    assert contact(email=address).email == expected


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("jane", "@-sign"),
        ("jane@", "after the @-sign"),
        ("@example.org", "before the @-sign"),
        ("jane@localhost", "should have a period"),
        ("jane doe@example.org", "invalid characters"),
        ("jane@exa mple.org", "invalid characters"),
        ("jane@example.org, eve@example.org", "invalid characters"),
        ("jane@example..org", "two periods"),
        ("jané@example.org", "Internationalized"),
        ("jane@[127.0.0.1]", "bracket"),
        ("a" * 65 + "@example.org", "too long"),
    ],
)
def test_what_is_no_address_is_refused_with_the_reason(address: str, why: str) -> None:
    field, text = refused({"contact": {"email": address}})
    assert field == "contact.email"
    assert why in text


@pytest.mark.parametrize(
    ("number", "country", "expected"),
    [
        ("+31612345678", None, "+31612345678"),
        ("+31 (0)6-1234 5678", None, "+31612345678"),
        (" +31 6 12345678 ", "DE", "+31612345678"),
        ("06 12345678", "NL", "+31612345678"),
        ("06-12345678", "nl", "+31612345678"),
        ("0031 6 12345678", "NL", "+31612345678"),
        ("0151 23456789", "DE", "+4915123456789"),
        ("(202) 456-1111", "US", "+12024561111"),
        ("07400 123456", "GB", "+447400123456"),
    ],
)
def test_a_phone_number_is_read_as_one_of_its_country(
    number: str, country: str | None, expected: str
) -> None:
    assert contact(phone=number, country=country).phone == expected


@pytest.mark.parametrize(
    ("number", "country", "text"),
    [
        ("06 12345678", None, "give it with + and the country code, or give contact.country"),
        ("call me", "NL", "it is not a phone number"),
        ("+", None, "it is not a phone number"),
        ("06 123", "NL", "there is no such number in NL"),
        ("+31 6 1", None, "there is no such number"),
        ("+999 123456789", None, "it is not a phone number"),
    ],
)
def test_what_is_no_phone_number_is_refused_with_the_reason(
    number: str, country: str | None, text: str
) -> None:
    assert refused({"contact": {"phone": number, "country": country}}) == ("contact.phone", text)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("nl", "nl"), ("NL", "nl"), ("nl-NL", "nl-NL"), ("nl_BE", "nl-BE"), ("EN_us", "en-US"),
        ("zh-hant-tw", "zh-Hant-TW"), ("es-419", "es-419"), ("fil", "fil"), (" de-AT ", "de-AT"),
    ],
)  # fmt: skip
def test_a_locale_is_taken_in_the_usual_spellings(given: str, expected: str) -> None:
    assert contact(locale=given).locale == expected


@pytest.mark.parametrize("given", ["n", "dutch", "../nl", "POSIX", "-nl", "n_l"])
def test_what_is_no_locale_is_refused(given: str) -> None:
    assert refused({"contact": {"locale": given}}) == (
        "contact.locale",
        "must be a language tag (BCP 47), such as nl or nl-BE",
    )


@pytest.mark.parametrize("given", ["Europe/Amsterdam", "UTC", "America/Argentina/Buenos_Aires"])
def test_a_time_zone_is_taken_by_its_name(given: str) -> None:
    assert contact(timezone=given).timezone == given


@pytest.mark.parametrize(
    "given",
    [
        "Europe/Atlantis",
        "CEST+2h",
        "UTC+5:30",
        "GMT+15",
        "UTC-13",
        "../../etc/passwd",
        "/etc/localtime",
        "Europe",
        "a\\b",
    ],
)
def test_what_is_no_time_zone_is_refused(given: str) -> None:
    assert refused({"contact": {"timezone": given}}) == (
        "contact.timezone",
        "must be a time zone's name, such as Europe/Amsterdam",
    )


@pytest.mark.parametrize(("given", "expected"), [("NL", "NL"), ("nl", "NL"), (" be ", "BE")])
def test_a_country_is_taken_by_its_two_letters(given: str, expected: str) -> None:
    assert contact(country=given).country == expected


@pytest.mark.parametrize("given", ["Middle-earth", "EU", "XX", "N", "31", "ZZ", "Île", "nl be"])
def test_what_is_no_country_is_refused(given: str) -> None:
    assert refused({"contact": {"country": given}}) == (
        "contact.country",
        "must be a country code of two letters (ISO 3166), such as NL, or its name",
    )


@pytest.mark.parametrize(
    ("document", "field", "text"),
    [
        ([1], "", "must be a JSON object"),
        ("x", "", "must be a JSON object"),
        ({"contact": "Jane"}, "contact", "must be a JSON object"),
        ({"contact": {"refused": []}}, "contact.refused", "is not a field"),
        ({"contact": {"channels": {"email": True}}}, "contact.channels",
         "must be a list of channels' names, or null for any"),
        ({"contact": {"channels": ["email", True]}}, "contact.channels[1]",
         CHANNEL),
        ({"contact": {"channels": [["email"]]}}, "contact.channels[0]",
         CHANNEL),
        ({"contact": {"channels": ["E-Mail!"]}}, "contact.channels[0]",
         CHANNEL),
        ({"contact": {"marketing": 2}}, "contact.marketing", "must be true or false"),
        ({"contact": {"marketing": "maybe"}}, "contact.marketing", "must be true or false"),
        ({"contact": {"do_not_contact": "2024-05-01"}}, "contact.do_not_contact", "must be true or false"),
        ({"items": "x"}, "items", "must be a list"),
        ({"items": [{"name": "x"}] * 201}, "items", "are 201; at most 200 are accepted"),
        ({"items": ["x"]}, "items[0]", "must be a JSON object"),
        ({"items": [{"name": "x"}, {"quantity": 2}]}, "items[1].name", "is missing"),
        ({"items": [{"name": "x", "price": 5}]}, "items[0].price", "is not a field"),
        ({"items": [{"name": "x", "title": "x"}]}, "items[0].title", "is not a field"),
        ({"items": [{"name": "x", "qantity": 5}]}, "items[0].qantity",
         "is not a field; did you mean quantity?"),
        ({"items": [{"name": "x", "quantity": 0}]}, "items[0].quantity", COUNT),
        ({"items": [{"name": "x", "quantity": -1}]}, "items[0].quantity", COUNT),
        ({"items": [{"name": "x", "quantity": "two"}]}, "items[0].quantity", COUNT),
        ({"items": [{"name": "x", "quantity": 2.5}]}, "items[0].quantity", COUNT),
        ({"items": [{"name": "x", "quantity": True}]}, "items[0].quantity", COUNT),
        ({"items": [{"name": "x", "image": "javascript:alert(1)"}]}, "items[0].image",
         ADDRESS),
        ({"items": [{"name": "x", "image": "data:image/png;base64,AA"}]}, "items[0].image",
         ADDRESS),
        ({"items": [{"name": "x", "image": "https://a.example/\"><script>"}]}, "items[0].image",
         ADDRESS),
        ({"items": [{"name": "x", "image": "https://" + "a" * 2000}]}, "items[0].image", ADDRESS),
        ({"attributes": [1]}, "attributes", "must be a JSON object"),
        ({"orderID": 1.5}, "orderID", "must be text"),
        ({"orderID": True}, "orderID", "must be text"),
        ({"orderID": "x" * 201}, "orderID", LONG),
        ({"orderid": "3AF7"}, "orderid", "is not a field; did you mean orderID?"),
        ({"contacts": {}}, "contacts", "is not a field; did you mean contact?"),
        ({"email": "jane@example.org"}, "email", "is not a field here; it belongs inside contact"),
        ({"ref": "41"}, "ref", "is not a field"),
        ({"contact": {"e-mail": "x"}}, "contact.e-mail", "is not a field; did you mean email?"),
        ({"contact": {"mail": "x"}}, "contact.mail", "is not a field; did you mean email?"),
        ({"contact": {"zzz": 1}}, "contact.zzz", "is not a field"),
        ({"contact": {"name": ["Jane"]}}, "contact.name", "must be text"),
        ({"contact": {"name": "x" * 201}}, "contact.name", LONG),
        ({"contact": {"name": "Jane\x1b[31m"}}, "contact.name", "holds a control character"),
        ({"contact": {"name": "Jane\x00"}}, "contact.name", "holds a control character"),
        ({"contact": {"email": ["jane@example.org"]}}, "contact.email", "must be text"),
        ({"contact": {"phone": True}}, "contact.phone", "must be text"),
        ({"attributes": {"a": "\0"}}, "attributes.a", "holds what cannot be stored"),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_refused_with_its_field_and_why(document: Any, field: str, text: str) -> None:
    assert refused(document) == (field, text)


def test_every_kind_of_flaw_is_explained_to_operators_and_to_shops() -> None:
    said = (Path(__file__).parents[2] / "docs" / "api.md").read_text()
    assert set(EXPLAINED) == set(Flaw)
    assert [kind for kind in Flaw if f"\n| `{kind}` | " not in said] == []


def test_what_is_named_has_a_bound() -> None:
    given = read({"contact": {f"field{n}": n for n in range(5000)} | {"channels": [None] * 5000}})
    assert len(given.unusable) == registered.MOST_FLAWS
    assert given.finding.contact.channels == frozenset()


def test_a_wish_for_no_channel_is_not_a_wish_for_any() -> None:
    assert contact(channels=[]).channels == frozenset()
    assert contact(channels=None).channels is None


@pytest.mark.parametrize("said", [True, False, None])
def test_not_asked_is_not_the_same_as_no(said: bool | None) -> None:
    assert contact(marketing=said).marketing is said
    assert contact(do_not_contact=said).do_not_contact is bool(said)


@pytest.mark.parametrize(
    "address",
    ["jane", "jané@example.org", "jane@exa\u00a8mple.org", "jane@\u2488example.org",
     "Jane Doe <j@x.org> jane", "jane..doe@x..org", "jane(doe)@example.org", '"jane doe"x@example.org',
     "jane@" + "doe." * 80 + "org"],
)  # fmt: skip
def test_the_reason_does_not_repeat_the_address(address: str) -> None:
    _, text = refused({"contact": {"email": address}})
    assert not {"jane", "jané", "doe", "Doe"} & set(re.split(r"\W", text)), text
    assert text.isascii()


def test_attributes_are_taken_up_to_their_size_and_not_beyond() -> None:
    def sized(size: int) -> dict[str, str]:
        return {"x": "ü" * ((size - len('{"x": ""}')) // 2)}

    fits = sized(LARGEST_ATTRIBUTES - 1)
    assert parse({"attributes": fits}).attributes == fits
    assert refused({"attributes": sized(LARGEST_ATTRIBUTES + 1)}) == (
        "attributes.x",
        "all together are more than 16384 bytes",
    )


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
fields = dict.fromkeys(registered.CONTACT_FIELDS, anything)
items = st.lists(
    st.fixed_dictionaries({}, optional=dict.fromkeys(("name", "sku", "quantity", "image"), anything)),
    max_size=3,
)


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "orderID": anything,
            "contact": anything | st.fixed_dictionaries({}, optional=fields),
            "attributes": anything,
            "items": anything | items,
        },
    )
)
def test_known_fields_holding_anything_are_read(document: Any) -> None:
    given = read(document)
    assert all(flaw.field for flaw in given.unusable)
    for address in (given.finding.contact.email, given.finding.contact.phone):
        assert address is None or address.isascii()
    json.dumps(given.finding.attributes, allow_nan=False).encode()


@given(st.text(max_size=40), st.sampled_from(["NL", "US", None]))
def test_any_text_as_an_address_number_locale_or_zone_is_read_or_refused(
    text: str, country: str | None
) -> None:
    for check in (
        lambda: addresses.email(text),
        lambda: addresses.phone(text, country),
        lambda: addresses.any_phone(text),
        lambda: places.country(text),
        lambda: places.locale(text),
        lambda: places.timezone(text),
    ):
        with contextlib.suppress(Flawed):
            check()
