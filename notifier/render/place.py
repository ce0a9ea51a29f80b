"""Whose calendar and clock a message is written by."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_time, get_datetime_format

from notifier.core.rules import Shop


@dataclass(frozen=True, slots=True)
class Place:
    """A language with its customs, and a time zone."""

    locale: Locale
    zone: tzinfo

    @property
    def lang(self) -> str:
        """The language as BCP 47 (`en-GB`), for `lang` attributes."""
        return str(self.locale).replace("_", "-")

    @property
    def direction(self) -> str:
        """`ltr` or `rtl`, for `dir` attributes."""
        return str(self.locale.text_direction)

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

    def _moment(self, value: object) -> datetime | None:
        match value:
            case None:
                return None
            case datetime():
                return value.astimezone(self.zone)
            case int() | float():
                return datetime.fromtimestamp(value, UTC).astimezone(self.zone)
        raise TypeError(f"not a time: {value}")  # printing an undefined name says so instead


def choose(locale: str | None, timezone: str | None, shop: Shop) -> Place:
    """Return the place for a contact: its own where we can, else the shop's, else English and UTC.

    Templates hold the words of one language, the shop's; dates follow the
    contact's customs within that language (en-GB in an `en` shop) and never
    stand in another language than the sentence around them.

    Args:
        locale: BCP 47 tag; None or an unknown one counts as the shop's.
        timezone: IANA name; None or an unknown one counts as the shop's.
    """
    own = _locale(shop.locale) or Locale("en")
    wanted = _locale(locale)
    return Place(
        locale=wanted if wanted and wanted.language == own.language else own,
        zone=_zone(timezone) or _zone(shop.timezone) or UTC,
    )


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
