"""Countries by their codes (ISO 3166 alpha-2), in the spellings that people and systems have.

Source: CLDR through Babel, for names of countries in our four languages and ISO's codes of three letters.

Babel and its data take 9 MB, which a process spends only once a name is looked up.
"""

from __future__ import annotations

import unicodedata
from functools import cache

_LANGUAGES = ("en", "nl", "de", "fr")
_NO_COUNTRIES = frozenset({"EU", "EZ", "QO", "UN", "XA", "XB", "ZZ"})
"""What CLDR lists among countries and is none: unions, and codes for tests and for the unknown."""

_OTHER_NAMES = """
    AE=UAE; AL=Shqipëria; BA=Bosna i Hercegovina, Bosnia; BG=България; CH=Svizzera;
    CZ=Česko, Czech Republic, Česká republika, Tsjechische Republiek, Tschechische Republik,
    République tchèque; DE=Bundesrepublik Deutschland, BRD; DK=Danmark; EE=Eesti; ES=España; FI=Suomi;
    GB=England, Scotland, Wales, Northern Ireland, Great Britain, Britain, Engeland, Schotland,
    Noord-Ierland, Groot-Brittannië, Schottland, Nordirland, Großbritannien, Angleterre, Écosse,
    Grande-Bretagne; GR=EL, Ελλάδα, Hellas; HR=Hrvatska; HU=Magyarország; IE=Éire, Republic of Ireland;
    IS=Ísland; IT=Italia; KR=Korea, Republic of Korea; LT=Lietuva; LU=Lëtzebuerg; LV=Latvija;
    MK=Macedonia, Mazedonien, Macedonië, Macédoine; NL=Holland, Hollande; NO=Norge, Noreg; PL=Polska;
    RO=România; RS=Србија, Srbija; RU=Россия, Russian Federation; SE=Sverige; SI=Slovenija;
    SK=Slovensko; TR=Türkiye, Turkey, Turkije; UA=Україна; US=USA, United States of America, America,
    Amerika, Verenigde Staten van Amerika, Vereinigte Staaten von Amerika, États-Unis d’Amérique;
    VN=Viet Nam
"""
"""Code: names in use beside CLDR's in our languages, in English and in the country's own language."""


def code(text: str) -> str | None:
    """Return the code of a country, from a code or a name of it; None if there is no such country."""
    name = plain(text)
    return names().get(name) or names().get(name.removeprefix("the"))


@cache
def names() -> dict[str, str]:
    """Return the codes of countries by their names and other codes, all as `plain` has them."""
    from babel.core import Locale, get_global

    found: dict[str, str] = {}
    for language in _LANGUAGES:
        for code, name in Locale(language).territories.items():
            if len(code) == 2 and code not in _NO_COUNTRIES:
                found[code.casefold()] = code
                found.setdefault(plain(name), code)
    codes = frozenset(found.values())
    for old, new in get_global("territory_aliases").items():
        if len(new) == 1 and new[0] in codes:
            found.setdefault(old.casefold(), new[0])
    for entry in _OTHER_NAMES.split(";"):
        code, _, names = entry.partition("=")
        found |= {plain(name): code.strip() for name in names.split(",")}
    return found


def plain(name: str) -> str:
    """Return a name without case, accents, spaces and signs."""
    return "".join(c for c in unicodedata.normalize("NFKD", name).casefold() if c.isalnum())
