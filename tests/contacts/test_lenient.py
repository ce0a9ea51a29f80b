"""What another service says of a customer: what is kept of it, and in which form."""

from __future__ import annotations

from typing import Any

import pytest

from notifier.contacts import lenient
from notifier.core.contact import Contact, Item


@pytest.mark.parametrize(
    ("given", "email"),
    [
        pytest.param("jane@example.org", "jane@example.org", id="plain"),
        pytest.param("  Jane@Example.ORG \n", "Jane@example.org", id="white-space-around"),
        pytest.param("jane@exämple.org", "jane@xn--exmple-cua.org", id="international-domain"),
    ],
)
def test_a_mail_address_is_kept_in_ascii(given: str, email: str) -> None:
    assert lenient.contact({"email": given}) == Contact(email=email)


@pytest.mark.parametrize(
    "given",
    [
        pytest.param("jäne@example.org", id="international-local-part"),
        pytest.param("a@example.org, b@example.org", id="two-with-a-comma"),
        pytest.param("a@example.org;b@example.org", id="two-with-a-semicolon"),
        pytest.param("a@example.org b@example.org", id="two-with-a-space"),
        pytest.param("Jane <jane@example.org>", id="with-a-name"),
        pytest.param("jane@example.org\r\nBcc: all@example.org", id="header-trick"),
        pytest.param("jane@example.org\nBcc: all@example.org", id="header-trick-by-line-feed"),
        pytest.param("jane@example.org\0", id="nul-at-the-end"),
        pytest.param("ja\0ne@example.org", id="nul-within"),
        pytest.param("jane@example.org\x7f", id="delete-at-the-end"),
        pytest.param("jane\u202e@example.org", id="right-to-left-override"),
        pytest.param("jane\ud800@example.org", id="lone-surrogate"),
        pytest.param("jane", id="no-at"),
        pytest.param("jane@localhost", id="no-domain"),
        pytest.param("j" * 400 + "@example.org", id="too-long"),
        pytest.param(12, id="number"),
        pytest.param(True, id="true"),
        pytest.param(["jane@example.org"], id="list"),
        pytest.param({"email": "jane@example.org"}, id="object"),
    ],
)
def test_an_unusable_mail_address_is_left_out_and_named(given: Any) -> None:
    assert lenient.contact({"email": given}) == Contact(unusable=frozenset({"email"}))


@pytest.mark.parametrize("nothing", [None, "", "  \t", [], {}, False], ids=repr)
def test_nothing_is_no_unusable_address(nothing: Any) -> None:
    assert lenient.contact({"email": nothing, "phone": nothing}) == Contact()


@pytest.mark.parametrize(
    ("given", "country", "phone"),
    [
        pytest.param("06 12345678", "NL", "+31612345678", id="as-typed-at-home"),
        pytest.param("06 12345678", "nl", "+31612345678", id="country-in-small-letters"),
        pytest.param("06-123 456 78", "NL", "+31612345678", id="hyphens"),
        pytest.param("0031 6 12345678", "NL", "+31612345678", id="two-zeros"),
        pytest.param("+31 (0)6 12345678", "NL", "+31612345678", id="zero-in-brackets"),
        pytest.param("+32 470 12 34 56", "NL", "+32470123456", id="from-abroad"),
        pytest.param("+31612345678", None, "+31612345678", id="complete-without-a-country"),
        pytest.param("+31612345678", "Holland", "+31612345678", id="complete-with-a-bad-country"),
        pytest.param("\u202a06 12345678\u202c", "NL", "+31612345678", id="pasted-with-invisible-marks"),
        pytest.param(612345678, "NL", "+31612345678", id="number-that-lost-its-zero"),
        pytest.param(31612345678, "NL", "+31612345678", id="number-that-lost-its-plus"),
    ],
)
def test_a_phone_number_is_read_with_the_country(given: Any, country: str | None, phone: str) -> None:
    assert lenient.contact({"phone": given, "country": country}).phone == phone


@pytest.mark.parametrize(
    ("given", "country"),
    [
        pytest.param("06 12345678", None, id="without-a-country"),
        pytest.param("06 12345678", "BE", id="of-another-country"),
        pytest.param("06 12345678 / 06 87654321", "NL", id="two"),
        pytest.param("none", "NL", id="words"),
        pytest.param("0" * 400, "NL", id="too-long"),
        pytest.param("06 1234\0 5678", "NL", id="nul"),
        pytest.param(["06 12345678"], "NL", id="list"),
    ],
)
def test_an_unusable_phone_number_is_left_out_and_named(given: Any, country: str | None) -> None:
    read = lenient.contact({"phone": given, "country": country})

    assert (read.phone, read.unusable) == (None, frozenset({"phone"}))


@pytest.mark.parametrize(
    ("given", "name"),
    [
        pytest.param("Jane Example", "Jane Example", id="plain"),
        pytest.param("  Jane \n\t Example ", "Jane Example", id="one-line"),
        pytest.param("Jane\0 Ex\x1b[31mample", "Jane Ex[31mample", id="no-control-characters"),
        pytest.param("Jane\u202e Example\ud800", "Jane Example", id="nothing-unprintable"),
        pytest.param("J" * 500, "J" * 200, id="cut"),
        pytest.param("\0", None, id="nothing-left"),
        pytest.param(7, "7", id="number"),
        pytest.param(["Jane"], None, id="list"),
    ],
)
def test_a_name_is_one_printable_line(given: Any, name: str | None) -> None:
    assert lenient.contact({"name": given}).name == name


@pytest.mark.parametrize(
    ("given", "locale"),
    [
        pytest.param("nl", "nl", id="language"),
        pytest.param("nl_BE", "nl-BE", id="wordpress"),
        pytest.param("de_DE_formal", "de-DE", id="wordpress-formal"),
        pytest.param("pt_PT_ao90", "pt-PT", id="wordpress-spelling"),
        pytest.param("pt-br", "pt-BR", id="wpml"),
        pytest.param("zh-hans", "zh-Hans", id="script"),
        pytest.param("zh_Hant_TW", "zh-Hant-TW", id="script-and-region"),
        pytest.param("nl_NL.UTF-8", "nl-NL", id="operating-system"),
        pytest.param("Dutch", None, id="word"),
        pytest.param("../nl", None, id="path"),
        pytest.param("nl\0", None, id="nul"),
        pytest.param({"lang": "nl"}, None, id="object"),
    ],
)
def test_a_language_is_found_in_what_services_write(given: Any, locale: str | None) -> None:
    assert lenient.contact({"locale": given}).locale == locale


def test_a_country_and_a_zone_that_do_not_exist_are_left_out() -> None:
    assert lenient.contact({"country": "Nederland", "timezone": "Europe/Atlantis"}) == Contact()
    assert lenient.contact({"country": "nl", "timezone": "Europe/Amsterdam"}) == Contact(
        country="NL", timezone="Europe/Amsterdam"
    )


@pytest.mark.parametrize(
    ("given", "marketing", "silence"),
    [
        pytest.param(True, True, True, id="true"),
        pytest.param(1, True, True, id="1"),
        pytest.param("YES", True, True, id="yes"),
        pytest.param(False, False, False, id="false"),
        pytest.param(0, False, False, id="0"),
        pytest.param("no", False, False, id="no"),
        pytest.param(None, None, False, id="null"),
        pytest.param("", None, False, id="empty"),
        pytest.param([], None, False, id="empty-list"),
        pytest.param("2024-05-01", False, True, id="a-date"),
        pytest.param({"at": 1}, False, True, id="an-object"),
    ],
)
def test_what_is_unclear_counts_against_writing(given: Any, marketing: bool | None, silence: bool) -> None:
    read = lenient.contact({"marketing": given, "do_not_contact": given})

    assert (read.marketing, read.do_not_contact) == (marketing, silence)


@pytest.mark.parametrize(
    ("given", "item"),
    [
        pytest.param(
            ("Mug", "M-1", 2, "https://i.example/m.png"),
            Item("Mug", "M-1", 2, "https://i.example/m.png"),
            id="whole",
        ),
        pytest.param(("Mug",), Item("Mug"), id="only-a-name"),
        pytest.param((None, "M-1"), Item("M-1", "M-1"), id="only-a-sku"),
        pytest.param(("Mug", 17, "3"), Item("Mug", "17", 3), id="php"),
        pytest.param(("Mug", None, 2.0), Item("Mug", "", 2), id="float"),
        pytest.param(("Mug", None, -2), Item("Mug"), id="negative"),
        pytest.param(("Mug", None, "1e999"), Item("Mug"), id="endless"),
        pytest.param(("Mug", None, "nan"), Item("Mug"), id="no-number"),
        pytest.param(
            ("Mug", None, 1, "", "http://i.example/2"),
            Item("Mug", "", 1, "http://i.example/2"),
            id="second-image",
        ),
        pytest.param(("Mug", None, 1, "javascript:alert(1)"), Item("Mug"), id="script"),
        pytest.param(("Mug", None, 1, 'https://i.example/"><script>'), Item("Mug"), id="markup"),
        pytest.param(("Mug", None, 1, "https://i.example/" + "x" * 2000), Item("Mug"), id="long-link"),
        pytest.param(("Mug", None, 1, "//i.example/m.png"), Item("Mug"), id="no-scheme"),
    ],
)
def test_a_line_of_an_order_is_kept_as_far_as_it_can_be_shown(given: tuple[Any, ...], item: Item) -> None:
    assert lenient.item(*given) == item


def test_lines_without_a_name_and_lines_beyond_the_bound_are_left_out() -> None:
    assert lenient.items([Item(""), Item("Mug")]) == (Item("Mug"),)
    assert len(lenient.items(Item(str(n)) for n in range(10_000))) == 200


@pytest.mark.parametrize(
    "value",
    [
        pytest.param("a\0b", id="nul"),
        pytest.param("\ud800", id="lone-surrogate"),
        pytest.param(float("nan"), id="nan"),
        pytest.param(2**70, id="large-number"),
        pytest.param({"a": {"b": ["\0"]}}, id="deep-within"),
        pytest.param("x" * 20_000, id="too-large"),
        pytest.param(None, id="null"),
        pytest.param(object(), id="no-json"),
    ],
)
def test_an_attribute_that_a_database_cannot_hold_is_left_out(value: Any) -> None:
    assert lenient.attributes({"bad": value, "total": "49.90"}) == {"total": "49.90"}


def test_attributes_are_bounded_together() -> None:
    assert set(lenient.attributes({"a": "x" * 9_000, "b": "y" * 9_000, "c": "z"})) == {"a", "c"}
