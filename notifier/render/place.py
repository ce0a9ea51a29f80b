"""Whose language, calendar and clock a message is written by."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from decimal import Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel import Locale, UnknownLocaleError
from babel.core import get_global
from babel.dates import format_date, format_skeleton, format_time, get_datetime_format
from babel.languages import get_official_languages
from babel.numbers import format_currency, format_decimal, format_percent

from notifier.core.shop import Shop
from notifier.core.zones import usual_zone


@dataclass(frozen=True, slots=True)
class Place:
    """A language with its customs, and a time zone."""

    locale: Locale
    zone: tzinfo

    @property
    def lang(self) -> str:
        """The language as BCP 47 (`en-GB`), for `lang` attributes."""
        return _tag(self.locale)

    @property
    def direction(self) -> str:
        """`ltr` or `rtl`, for `dir` attributes."""
        return _direction(self.locale)

    def date(self, value: object) -> str:
        """Return the day in words (May 26, 2021).

        Args:
            value: an aware datetime, Unix seconds UTC, or None, which gives an empty string.
        """
        moment = self._moment(value)
        return format_date(moment, "long", locale=self.locale) if moment else ""

    def date_and_time(self, value: object) -> str:
        """Return day, time and zone (May 26, 2021, 7:34 AM CEST); takes what `date` takes."""
        moment = self._moment(value)
        if moment is None:
            return ""
        pattern = str(get_datetime_format("medium", locale=self.locale)).replace("'", "")
        time = format_time(moment, "short", tzinfo=self.zone, locale=self.locale)
        return f"{pattern.replace('{0}', time).replace('{1}', self.date(moment))} {moment.tzname()}"

    def moment(self, value: object) -> str:
        """Return weekday, day and time (Wed, May 26, 7:34 AM): short, for what is not long ago.

        Takes what `date` takes.
        """
        moment = self._moment(value)
        if moment is None:
            return ""
        pattern = str(get_datetime_format("medium", locale=self.locale)).replace("'", "")
        day = format_skeleton("MMMEd", moment, tzinfo=self.zone, locale=self.locale)
        time = format_time(moment, "short", tzinfo=self.zone, locale=self.locale)
        # A narrow space would double what an SMS costs.
        return pattern.replace("{0}", time).replace("{1}", day).replace("\u202f", " ")

    def number(self, value: object) -> str:
        """Return a number as it is written here (1,234.5); None gives an empty string."""
        number = _number(value)
        return "" if number is None else format_decimal(number, locale=self.locale)

    def percent(self, value: object) -> str:
        """Return a share of one as a percentage with one decimal at most (0.075: 7.5%)."""
        share = _number(value)
        if share is None:
            return ""
        pattern = self.locale.percent_formats[None]
        return format_percent(share, re.sub("0(?=[^0]*$)", "0.#", pattern.pattern, count=1), self.locale)

    def currency(self, value: object, code: str) -> str:
        """Return an amount of money (€49.90).

        Args:
            code: ISO 4217; one that is unknown stands before or after the number as it is.
        """
        amount = _number(value)
        return "" if amount is None else format_currency(amount, code, locale=self.locale)

    def _moment(self, value: object) -> datetime | None:
        match value:
            case None:
                return None
            case datetime():
                return value.astimezone(self.zone)
            case int() | float():
                return datetime.fromtimestamp(value, UTC).astimezone(self.zone)
        raise TypeError(f"not a time: {value}")  # printing an undefined name says so instead


def languages(locale: str | None, country: str | None, shop_locale: str) -> tuple[str, ...]:
    """Return in which languages to write to somebody, the best first, as BCP 47 tags that Babel knows.

    The chain: the contact's locale (`nl-BE`), its language (`nl`), the country's
    usual language, the shop's. A locale that names no country takes the contact's
    (`en` in GB is `en-GB`): the words are the same, the dates are hers. Usual is the
    official language that most people of the country use (Unicode CLDR,
    territoryInfo): `nl` in BE, `de` in CH, `fr` in LU.

    Args:
        locale: the contact's, BCP 47; None or an unknown one is passed over.
        country: the contact's, ISO 3166 alpha-2; None or an unknown one is passed over.
        shop_locale: the shop's; English where it is unknown.
    """
    own = _locale(locale)
    usual = next(iter(get_official_languages(country or "", de_facto=True)), None)
    place = country if usual else None  # Babel reads an unknown country as another one
    chain = [
        _locale(f"{own.language}-{place}")
        if own and place and not own.territory and not own.script
        else None,
        own,
        _locale(own.language) if own else None,
        _locale(f"{usual}-{place}") if place else None,
        _locale(usual),
        _locale(shop_locale) or Locale("en"),
    ]
    return tuple(dict.fromkeys(_tag(found) for found in chain if found))


def zone(timezone: str | None, country: str | None, shop_timezone: str) -> tzinfo:
    """Return whose clock counts: the contact's, the country's, the shop's, else UTC.

    A country has a zone of its own where it has only one (Unicode CLDR), or one
    that stands for it (PRIMARY_ZONES); the shop's counts for the others (US, CA, BR).

    Args:
        timezone: the contact's, an IANA name; None or an unknown one is passed over.
        country: the contact's, ISO 3166 alpha-2; None or an unknown one is passed over.
        shop_timezone: the shop's, an IANA name.
    """
    return (
        _zone(timezone)
        or _zone(usual_zone(country, get_global("territory_zones")))
        or _zone(shop_timezone)
        or UTC
    )


def choose(
    locale: str | None,
    timezone: str | None,
    shop: Shop,
    country: str | None = None,
    spoken: Sequence[str] = (),
) -> Place:
    """Return the place for a contact: the first language of its chain that there are words in, and its zone.

    Dates follow the contact's customs within that language (en-GB where there are
    words in `en`) and never stand in another language than the sentence around them.

    Args:
        spoken: the languages that there are words in, BCP 47, first the one that
            serves where nothing of the chain does; default: the shop's.
        locale: BCP 47; see `languages`.
        timezone: IANA name; see `zone`.
        country: ISO 3166 alpha-2; see both.
    """
    return _choose(locale, timezone, country, shop.locale, shop.timezone, tuple(spoken))


@lru_cache(maxsize=1024)
def _choose(
    locale: str | None,
    timezone: str | None,
    country: str | None,
    shop_locale: str,
    shop_timezone: str,
    spoken: tuple[str, ...],
) -> Place:
    available = spoken or (_tag(_locale(shop_locale) or Locale("en")).partition("-")[0],)
    chain = [Locale.parse(tag, sep="-") for tag in (*languages(locale, country, shop_locale), available[0])]
    return Place(
        locale=next(found for found in chain if found.language in available or _tag(found) in available),
        zone=zone(timezone, country, shop_timezone),
    )


def _number(value: object) -> Decimal | None:
    """Return a number from data that may have come as text; what is none fails as any wrong type does."""
    if value is None:
        return None
    number = Decimal(str(value))
    if not number.is_finite() or abs(number.adjusted()) > 30:
        raise ValueError("not a number that can be written out")
    return number


@lru_cache(maxsize=256)
def _direction(locale: Locale) -> str:
    return str(locale.text_direction)


def _tag(locale: Locale) -> str:
    return str(locale).replace("_", "-")


def _locale(tag: str | None) -> Locale | None:
    try:
        return Locale.parse((tag or "").replace("_", "-"), sep="-")
    except (ValueError, UnknownLocaleError):
        return None


def _zone(name: str | None) -> tzinfo | None:
    # Names come from outside: besides an unknown one (KeyError) zoneinfo raises
    # ValueError for paths and OSError for folders and names that no file can have.
    try:
        return ZoneInfo(name or "")
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None
