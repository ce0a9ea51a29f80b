"""Countries as rules name them: two letters of ISO 3166; a name is answered with its letters."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import TypeVar

from babel import Locale

from notifier.config.mistake import Mistake, nearest, quoted

T = TypeVar("T")

_LANGUAGES = ("en", "nl", "de", "fr")
"""The languages in which the name of a country is understood, for a hint."""

_OTHER_CODES = {"UK": "GB", "EL": "GR"}
"""Codes in wide use that are not of ISO 3166: a contact never has them (contacts are read as GB and GR)."""

_NO_COUNTRIES = {"EU", "EZ", "UN", "QO", "XA", "XB", "ZZ"}
"""What CLDR lists with the countries: unions, the unknown and pseudo-locales."""


def code(word: str) -> str:
    """Let the two letters of a country through, large or small.

    Raises:
        Mistake: it is none; the hint has the letters that were probably meant.
    """
    if word.upper() in _codes():
        return word
    meant = _OTHER_CODES.get(word.upper()) or _names().get(word.casefold())
    if meant is None and len(word) > 3 and (near := nearest(word.casefold(), _names(), cutoff=0.8)):
        meant = _names()[near]
    hint = f"did you mean `{meant}`?" if meant else "write two letters, such as NL"
    raise Mistake(f"has no country code {quoted(word)}", hint)


def codes(test: T) -> T:
    """Let the codes of a `match` through: one, or a list.

    Raises:
        Mistake: one is none; see `code`.
    """
    for value in test if isinstance(test, list) else [test]:
        if not isinstance(value, str):
            raise Mistake("must be a country code or a list of them", "write for example [NL, BE]")
        code(value)
    return test


@cache
def _codes() -> frozenset[str]:
    territories: Mapping[str, str] = Locale("en").territories
    return frozenset(c for c in territories if len(c) == 2 and c.isalpha()) - {
        "EU",
        "EZ",
        "UN",
        "QO",
        "XA",
        "XB",
        "ZZ",
    }


@cache
def _names() -> dict[str, str]:
    """Return the code of every name, in small letters."""
    return {
        name.casefold(): territory
        for language in _LANGUAGES
        for territory, name in Locale(language).territories.items()
        if territory in _codes()
    }
