"""Countries, languages and time zones of customers, in the spellings that shops and their systems have.

Source: CLDR through Babel, for names of countries and Windows' names of time zones. Each function raises
Flawed, with words for whoever wrote the value.

Babel and its data take 9 MB, which the web process spends only once an odd value comes.
"""

from __future__ import annotations

import re
import zoneinfo
from functools import cache, lru_cache

import phonenumbers

from notifier import territories
from notifier.core.flaw import Flaw, Flawed

_TAG = re.compile(r"([A-Za-z]{2,3})(?:-([A-Za-z]{4}))?(?:-([A-Za-z]{2}|[0-9]{3}))?")
_BETWEEN = re.compile(r"[-_.\s]")
_OFFSET = re.compile(r"(?:UTC|GMT)?\s?([+-])([0-9]{1,2})(?::?00)?", re.IGNORECASE)


@lru_cache(maxsize=512)
def country(text: str) -> str:
    """Return the code (ISO 3166 alpha-2) of a country, from a code or a name of it."""
    code = text.upper()
    if code in phonenumbers.SUPPORTED_REGIONS:
        return code
    found = territories.code(text)
    if found is None:
        raise Flawed(
            Flaw.UNKNOWN, "must be a country code of two letters (ISO 3166), such as NL, or its name"
        )
    return found


@lru_cache(maxsize=512)
def locale(text: str) -> str:
    """Return a language tag (BCP 47) as it is usually written, such as nl-BE, also out of a longer one.

    WordPress has locales such as de_DE_formal, operating systems such as nl_NL.UTF-8@euro, browsers lists.
    """
    parts = _BETWEEN.split(re.split("[,;@]", text, maxsplit=1)[0])
    for count in (3, 2, 1):
        if match := _TAG.fullmatch("-".join(parts[:count])):
            language, script, region = match.groups()
            return "-".join(
                part
                for part in (language.lower(), script and script.title(), region and region.upper())
                if part
            )
    raise Flawed(Flaw.UNKNOWN, "must be a language tag (BCP 47), such as nl or nl-BE")


@lru_cache(maxsize=512)
def timezone(text: str) -> str:
    """Return an IANA time zone's name, from one, from an offset of whole hours or from Windows' name."""
    if _is_zone(text):
        return text
    folded = text.casefold()
    if match := _OFFSET.fullmatch(text):
        sign, hours = match[1], int(match[2])
        # POSIX counts the other way round: Etc/GMT-1 is an hour ahead of UTC.
        found = f"Etc/GMT{'-' if sign == '+' else '+'}{hours}" if hours else "Etc/UTC"
    else:
        found = _zones().get(folded, "")
    if not _is_zone(found):
        raise Flawed(Flaw.UNKNOWN, "must be a time zone's name, such as Europe/Amsterdam")
    return found


def _is_zone(name: str) -> bool:
    try:
        zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


@cache
def _zones() -> dict[str, str]:
    """Return the time zones by their names in small letters, IANA's and Windows'."""
    from babel.core import get_global

    windows = {name.casefold(): zone for name, zone in get_global("windows_zone_mapping").items()}
    return windows | {zone.casefold(): zone for zone in zoneinfo.available_timezones()}
