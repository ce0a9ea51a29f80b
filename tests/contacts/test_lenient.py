"""What another service says of a customer: what is kept of it, and in which form."""

from __future__ import annotations

from typing import Any

import pytest

from notifier.contacts import lenient
from notifier.core.contact import Contact, Item
from notifier.core.flaw import Flaw


@pytest.mark.parametrize(
    ("given", "email"),
    [
        pytest.param("jane@example.org", "jane@example.org", id="plain"),
        pytest.param("  Jane@Example.ORG \n", "Jane@example.org", id="white-space-around"),
        pytest.param("jane@exämple.org", "jane@xn--exmple-cua.org", id="international-domain"),
        pytest.param("jane@example.org.", "jane@example.org", id="full-stop-behind"),
        pytest.param("jane@example.org ;", "jane@example.org", id="semicolon-behind"),
        pytest.param("Jane <jane@example.org>,", "jane@example.org", id="comma-behind-a-named-one"),
        pytest.param("jane@example.org\u200b", "jane@example.org", id="zero-width-space-behind"),
        pytest.param("\ufeffjane@example.org", "jane@example.org", id="byte-order-mark-before"),
        pytest.param("\xa0jane@example.org\xa0\u2060", "jane@example.org", id="no-break-space"),
        pytest.param("\u202ajane@example.org\u202c \u200e", "jane@example.org", id="marks-of-direction"),
        pytest.param("mailto:jane@example.org", "jane@example.org", id="link"),
        pytest.param("MAILTO:jane%2Bshop@example.org?subject=Hi", "jane+shop@example.org", id="whole-link"),
        pytest.param("Jane Example <jane@example.org>", "jane@example.org", id="with-a-name"),
        pytest.param('"Example, Jane" <jane@example.org>', "jane@example.org", id="with-a-quoted-name"),
        pytest.param("<mailto:jane@example.org>", "jane@example.org", id="link-in-brackets"),
        pytest.param("taro..y@docomo.ne.jp", "taro..y@docomo.ne.jp", id="two-dots"),
        pytest.param("taro.@docomo.ne.jp", "taro.@docomo.ne.jp", id="dot-before-the-at"),
        pytest.param(".taro@docomo.ne.jp", ".taro@docomo.ne.jp", id="dot-first"),
        pytest.param('"taro..y"@Docomo.NE.jp', "taro..y@docomo.ne.jp", id="quoted-is-the-same-address"),
        pytest.param('"jane"@example.org', "jane@example.org", id="quoted-without-need"),
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
        pytest.param("Jane <jane@example.org>, Eve <eve@example.org>", id="two-with-names"),
        pytest.param("eve@example.org <jane@example.org>", id="another-address-as-a-name"),
        pytest.param("mailto:a@example.org,b@example.org", id="a-link-to-two"),
        pytest.param("mailto:jane@example.org%0aBcc:all@example.org", id="a-link-with-a-line-break"),
        pytest.param("..@example.org", id="nothing-but-dots"),
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
    read = lenient.contact({"email": given})

    assert (read.email, set(read.unusable)) == (None, {"email"})


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

    assert (read.phone, "phone" in read.unusable) == (None, True)


@pytest.mark.parametrize(
    ("given", "country", "kind"),
    [
        pytest.param("n/a", None, Flaw.MALFORMED, id="n/a"),
        pytest.param("-", "NL", Flaw.MALFORMED, id="dash"),
        pytest.param("06 12345678", None, Flaw.NO_COUNTRY, id="no country"),
        pytest.param("06 1234567", "NL", Flaw.NO_SUCH_NUMBER, id="a digit is missing"),
        pytest.param("06 123456789", "NL", Flaw.NO_SUCH_NUMBER, id="a digit too many"),
        pytest.param("0900 1234567", "NL", Flaw.COSTLY_NUMBER, id="premium"),
        pytest.param("+44 70 1234 5678", None, Flaw.COSTLY_NUMBER, id="premium by another name"),
        pytest.param("+1 900 123 4567", None, Flaw.NO_SUCH_NUMBER, id="may be premium: its neighbours are"),
        pytest.param("112", "NL", Flaw.NO_SUCH_NUMBER, id="short"),
        pytest.param("1008", "NL", Flaw.NO_SUCH_NUMBER, id="short, of a provider"),
        pytest.param("3.16123E+10", "NL", Flaw.SHORTENED, id="shortened by a spreadsheet"),
        pytest.param(True, "NL", Flaw.WRONG_TYPE, id="true"),
    ],
)
def test_the_kind_of_flaw_of_a_phone_number_is_noted(given: Any, country: str | None, kind: Flaw) -> None:
    assert lenient.contact({"phone": given, "country": country}).unusable == {"phone": kind}


@pytest.mark.parametrize(
    ("given", "phone"),
    [
        pytest.param("+1 729 555 1234", "+17295551234", id="an area code that is not in use yet"),
        pytest.param("+31 97 123456789", "+3197123456789", id="between known ranges"),
        pytest.param(31612345678.0, "+31612345678", id="a float without a fraction"),
    ],
)
def test_a_number_that_is_newer_than_the_tables_is_taken_if_its_neighbours_are_mobile(
    given: Any, phone: str
) -> None:
    assert lenient.contact({"phone": given, "country": "NL"}).phone == phone


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ("NL", "NL, nl, NLD, Nederland, the Netherlands, Niederlande, Pays-Bas, Holland, 528, \u200bnl"),
        ("GB", "UK, GBR, U.K., United Kingdom, Verenigd Koninkrijk, Vereinigtes Königreich, England"),
        ("GR", "EL, GR, GRC, Greece, Griekenland, Grèce, Ελλάδα"),
        ("DE", "Deutschland, Duitsland, Germany, Allemagne, DEU"),
        ("AT", "Österreich, Osterreich, Oostenrijk, Austria, Autriche"),
        ("CZ", "Česko, Cesko, Czechia, Czech Republic, Tsjechië"),
        ("US", "USA, U.S.A., United States, Verenigde Staten, États-Unis, America"),
        ("CI", "Côte d’Ivoire, Cote d'Ivoire, Ivoorkust"),
        ("CH", "Schweiz, Suisse, Svizzera, Zwitserland"),
        ("AQ", "AQ, Antarctica"),
    ],
)
def test_a_country_is_known_by_its_codes_and_its_usual_names(code: str, names: str) -> None:
    for name in names.split(", "):
        assert lenient.contact({"country": name}) == Contact(country=code), name


@pytest.mark.parametrize(
    ("given", "zone"),
    [
        ("Europe/Amsterdam", "Europe/Amsterdam"),
        ("europe/amsterdam", "Europe/Amsterdam"),
        ("UTC+1", "Etc/GMT-1"),
        ("GMT+2", "Etc/GMT-2"),
        ("UTC-05:00", "Etc/GMT+5"),
        ("+0200", "Etc/GMT-2"),
        ("UTC+0", "Etc/UTC"),
        ("Etc/GMT-1", "Etc/GMT-1"),
        ("W. Europe Standard Time", "Europe/Berlin"),
        ("romance standard time", "Europe/Paris"),
        ("CET", "CET"),
    ],
)
def test_a_zone_is_known_by_its_offset_and_by_windows_name_too(given: str, zone: str) -> None:
    assert lenient.contact({"timezone": given}) == Contact(timezone=zone)


@pytest.mark.parametrize(
    ("given", "channels", "flawed"),
    [
        pytest.param(None, None, False, id="any"),
        pytest.param("", None, False, id="an empty cell"),
        pytest.param([], frozenset(), False, id="none"),
        pytest.param(["email", "SMS "], frozenset({"email", "sms"}), False, id="list"),
        pytest.param("email, sms;slack", frozenset({"email", "sms", "slack"}), False, id="text"),
        pytest.param(["sms", "E-Mail!", None], frozenset({"sms"}), True, id="some are none"),
        pytest.param({"email": True}, frozenset(), True, id="object"),
        pytest.param(False, frozenset(), True, id="false"),
        pytest.param(7, frozenset(), True, id="number"),
    ],
)
def test_channels_that_cannot_be_read_allow_no_more(
    given: Any, channels: frozenset[str] | None, flawed: bool
) -> None:
    read = lenient.contact({"channels": given})

    assert (read.channels, read.unusable) == (channels, {"channels": Flaw.UNCLEAR} if flawed else {})


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
        pytest.param("de@euro", "de", id="posix-modifier"),
        pytest.param("nl_BE@euro", "nl-BE", id="posix-modifier-of-a-region"),
        pytest.param("sr_RS@latin", "sr-RS", id="posix-modifier-of-a-script"),
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


def test_a_country_and_a_zone_that_do_not_exist_are_left_out_and_named() -> None:
    assert lenient.contact({"country": "Atlantis", "timezone": "Europe/Atlantis"}) == Contact(
        unusable={"country": Flaw.UNKNOWN, "timezone": Flaw.UNKNOWN}
    )
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
        pytest.param(object(), id="no-json"),
    ],
)
def test_an_attribute_that_a_database_cannot_hold_is_left_out(value: Any) -> None:
    assert lenient.attributes({"bad": value, "total": "49.90"}) == {"total": "49.90"}


def test_attributes_are_bounded_together() -> None:
    assert set(lenient.attributes({"a": "x" * 9_000, "b": "y" * 9_000, "c": "z"})) == {"a", "c"}
