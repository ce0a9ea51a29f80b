"""Dates are written by the contact's clock and customs, in the language of the words."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from notifier.core.rules import Shop
from notifier.render.place import choose

MOMENT = datetime(2021, 5, 26, 22, 30, tzinfo=UTC)


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
    place = choose(locale, timezone, Shop(locale=locale, timezone=timezone))
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
