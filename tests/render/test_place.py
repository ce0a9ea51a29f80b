"""Dates are written by the contact's clock and customs, in the language of the words."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from babel.core import get_global

from notifier.core.shop import Shop
from notifier.core.zones import PRIMARY_ZONES
from notifier.render.place import choose, languages, zone

MOMENT = datetime(2021, 5, 26, 22, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("locale", "country", "chain"),
    [
        pytest.param("nl-BE", "BE", ["nl-BE", "nl", "en"], id="her own, then its language"),
        pytest.param("fr-BE", "BE", ["fr-BE", "fr", "nl-BE", "nl", "en"], id="then the country's"),
        pytest.param("nl", "FR", ["nl", "fr-FR", "fr", "en"], id="Dutch in France"),
        pytest.param("en", "GB", ["en-GB", "en"], id="her language with the customs of her country"),
        pytest.param("en-US", "GB", ["en-US", "en", "en-GB"], id="her own customs win"),
        pytest.param("en", "NL", ["en-NL", "en", "nl-NL", "nl"], id="the shop's language comes first"),
        pytest.param("fr", "CA", ["fr-CA", "fr", "en-CA", "en"], id="French in Canada"),
        pytest.param(None, "NL", ["nl-NL", "nl", "en"], id="NL"),
        pytest.param(None, "BE", ["nl-BE", "nl", "en"], id="BE"),
        pytest.param(None, "DE", ["de-DE", "de", "en"], id="DE"),
        pytest.param(None, "AT", ["de-AT", "de", "en"], id="AT"),
        pytest.param(None, "CH", ["de-CH", "de", "en"], id="CH"),
        pytest.param(None, "FR", ["fr-FR", "fr", "en"], id="FR"),
        pytest.param(None, "LU", ["fr-LU", "fr", "en"], id="LU"),
        pytest.param(None, "GB", ["en-GB", "en"], id="GB"),
        pytest.param(None, "US", ["en-US", "en"], id="US"),
        pytest.param(None, "CA", ["en-CA", "en"], id="CA"),
        pytest.param(None, "BR", ["pt-BR", "pt", "en"], id="BR"),
        pytest.param(None, "PT", ["pt-PT", "pt", "en"], id="PT"),
        pytest.param(None, "JP", ["ja-JP", "ja", "en"], id="JP"),
        pytest.param(None, "TW", ["zh-Hant-TW", "zh-Hant", "en"], id="a script of its own"),
        pytest.param("nl", None, ["nl", "en"], id="no country"),
        pytest.param("nl", "ZZ", ["nl", "en"], id="an unknown country"),
        pytest.param("tlh-QO", "NL", ["nl-NL", "nl", "en"], id="an unknown language"),
        pytest.param("\x00", "\x00", ["en"], id="nonsense"),
        pytest.param(None, None, ["en"], id="nothing at all"),
    ],
)
def test_the_chain_of_languages_goes_from_the_contact_over_the_country_to_the_shop(
    locale: str | None, country: str | None, chain: list[str]
) -> None:
    assert list(languages(locale, country, "en")) == chain


def test_the_chain_ends_with_english_where_the_shops_language_is_unknown() -> None:
    assert languages(None, None, "no such thing") == ("en",)
    assert languages("nl", None, "no such thing") == ("nl", "en")


@pytest.mark.parametrize(
    ("timezone", "country", "name"),
    [
        pytest.param("Europe/Paris", "NL", "Europe/Paris", id="her own"),
        pytest.param("Mars/Base", "NL", "Europe/Amsterdam", id="an unknown one"),
        pytest.param(None, "NL", "Europe/Amsterdam", id="NL"),
        pytest.param(None, "BE", "Europe/Brussels", id="BE"),
        pytest.param(None, "DE", "Europe/Berlin", id="DE: of two, the one that stands for the country"),
        pytest.param(None, "AT", "Europe/Vienna", id="AT"),
        pytest.param(None, "CH", "Europe/Zurich", id="CH"),
        pytest.param(None, "FR", "Europe/Paris", id="FR"),
        pytest.param(None, "LU", "Europe/Luxembourg", id="LU"),
        pytest.param(None, "GB", "Europe/London", id="GB"),
        pytest.param(None, "PT", "Europe/Lisbon", id="PT"),
        pytest.param(None, "ES", "Europe/Madrid", id="ES"),
        pytest.param(None, "JP", "Asia/Tokyo", id="JP"),
        pytest.param(None, "US", "Europe/Oslo", id="US: none stands for the country"),
        pytest.param(None, "CA", "Europe/Oslo", id="CA"),
        pytest.param(None, "BR", "Europe/Oslo", id="BR"),
        pytest.param(None, "ZZ", "Europe/Oslo", id="an unknown country"),
        pytest.param(None, None, "Europe/Oslo", id="no country"),
    ],
)
def test_the_clock_is_the_contacts_the_countrys_or_the_shops(
    timezone: str | None, country: str | None, name: str
) -> None:
    assert str(zone(timezone, country, "Europe/Oslo")) == name


@pytest.mark.parametrize("country", PRIMARY_ZONES)
def test_a_zone_stands_for_a_country_only_where_there_are_several(country: str) -> None:
    zones = get_global("territory_zones")[country]
    assert len(zones) > 1
    assert PRIMARY_ZONES[country] in zones


@pytest.mark.parametrize(
    ("locale", "country", "shop", "lang"),
    [
        pytest.param(None, "GB", "en", "en-GB", id="the country's customs in the shop's language"),
        pytest.param("en", "NL", "en", "en-NL", id="her country's customs in her language"),
        pytest.param("nl-BE", "BE", "en", "en", id="no words in her language"),
        pytest.param("de", "BE", "nl", "nl-BE", id="words in the language of her country"),
        pytest.param(None, "BE", "fr-FR", "fr-FR", id="neither hers nor her country's"),
        pytest.param(None, "NL", "no such thing", "en", id="a shop without a language"),
    ],
)
def test_the_first_language_of_the_chain_that_has_words_is_taken(
    locale: str | None, country: str | None, shop: str, lang: str
) -> None:
    assert choose(locale, None, Shop(locale=shop), country).lang == lang


@pytest.mark.parametrize(
    ("locale", "timezone", "shop", "lang", "date"),
    [
        ("en-GB", "Europe/Amsterdam", Shop(), "en-GB", "27 May 2021"),
        ("en", None, Shop(), "en", "May 26, 2021"),
        (None, None, Shop(locale="nl", timezone="Europe/Amsterdam"), "nl", "27 mei 2021"),
        ("nl-BE", None, Shop(locale="nl"), "nl-BE", "26 mei 2021"),
        ("nl-BE", None, Shop(locale="en"), "en", "May 26, 2021"),  # the words around it are English
        ("ar", None, Shop(locale="ar-EG"), "ar", None),
        ("tlh", "Mars/Base", Shop(timezone="Europe/Paris"), "en", "May 27, 2021"),
        ("en_GB", "UTC", Shop(locale="no such thing", timezone="nowhere"), "en-GB", "26 May 2021"),
    ],
)
def test_the_place_is_the_contacts_where_it_can_be_and_the_shops_otherwise(
    locale: str | None, timezone: str | None, shop: Shop, lang: str, date: str | None
) -> None:
    place = choose(locale, timezone, shop)
    assert place.lang == lang
    assert date is None or place.date(MOMENT) == date


@pytest.mark.parametrize(
    "locale", ["", "\x00", "x" * 100_000, "../../etc", "nl-BE-x-y", "{{ 7*7 }}", "\ud800"]
)
@pytest.mark.parametrize(
    "timezone", ["", "Europe", "../../etc/passwd", "/etc/passwd", "\x00", "\ud800", "x" * 100_000]
)
def test_no_name_of_a_language_or_zone_can_break_it(locale: str, timezone: str) -> None:
    place = choose(locale, timezone, Shop(locale=locale, timezone=timezone), country=locale)
    assert (place.lang, place.zone) == ("en", UTC)


def test_arabic_runs_from_right_to_left() -> None:
    assert choose("ar", None, Shop(locale="ar")).direction == "rtl"
    assert choose("en", None, Shop()).direction == "ltr"


def test_time_and_zone_are_named() -> None:
    place = choose("en-GB", "Europe/Amsterdam", Shop())
    assert place.date_and_time(MOMENT) == "27 May 2021, 00:30 CEST"
    assert place.date_and_time(MOMENT.timestamp()) == "27 May 2021, 00:30 CEST"
    assert place.date_and_time(None) == ""
    with pytest.raises(TypeError):
        place.date("yesterday")


@pytest.mark.parametrize(
    ("locale", "words"),
    [
        ("en", "Wed, May 26, 2:30 PM"),
        ("en-GB", "Wed 26 May, 14:30"),
        ("nl", "wo 26 mei, 14:30"),
        ("de", "Mi., 26. Mai, 14:30"),
    ],
)
def test_a_moment_is_short_and_costs_no_more_in_an_sms(locale: str, words: str) -> None:
    place = choose(None, "Europe/Amsterdam", Shop(locale=locale))
    assert place.moment(datetime(2021, 5, 26, 12, 30, tzinfo=UTC)) == words
    assert place.moment(None) == ""
