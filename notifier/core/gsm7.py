"""The alphabet of text messages: what it holds, and what can be written in it instead of what it lacks. Pure.

It is the GSM 7 bit default alphabet with its extension table (3GPP TS 23.038, sections 6.2.1 and
6.2.1.1). One character outside of it, and the whole text takes UCS2: 70 characters to the part, not 160.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from functools import lru_cache

BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
"""Characters that take one place."""

EXTENDED = frozenset("^{}\\[~]|€\f")
"""Characters of the extension table: they take two places."""

_ALL = BASIC | EXTENDED

_EQUALS: Mapping[str, str] = {
    # quotation marks, primes and accents that stand alone
    **dict.fromkeys("\u2018\u2019\u201a\u201b\u2032\u2039\u203a`\u00b4", "'"),
    **dict.fromkeys("\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb", '"'),
    # hyphens, dashes and the minus sign; bullets
    **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-"),
    **dict.fromkeys("\u00b7\u2022\u2023\u2043\u25aa\u25cf\u25e6", "-"),
    # no-break, narrow, wide and other spaces (general category Zs), and the tab
    **dict.fromkeys("\t\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006", " "),
    **dict.fromkeys("\u2007\u2008\u2009\u200a\u202f\u205f\u3000", " "),
    # what is not seen: soft hyphen, joiners, direction marks, variation selectors
    **dict.fromkeys("\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufe0e\ufe0f\ufeff", ""),
    "\u2026": "...",
    "\u00d7": "x",
    "\u2044": "/",
    "\u2192": "->",
    # one character for two letters (Unicode compatibility decompositions)
    "\u0132": "IJ",
    "\u0133": "ij",
    "\ufb00": "ff",
    "\ufb01": "fi",
    "\ufb02": "fl",
}
"""What reads the same to everybody, but where it is a letter of the language (_LETTERS)."""

_EQUALS_IN: Mapping[str, Mapping[str, str]] = {
    "fr": {"\u0153": "oe", "\u0152": "OE"},
    "de": {"\u1e9e": "SS"},
}
"""What a language itself writes instead: the French ligature œ, the German capital ẞ."""

_LETTERS: Mapping[str, str] = {
    # col·lecció is another word without its dot
    **dict.fromkeys(("ca", "oc"), "\u00b7"),
    # the ʻokina and the oʻ are letters, typed as a quotation mark by those who lack them
    **dict.fromkeys(("haw", "sm", "to", "ty", "uz"), "\u2018\u2019`\u00b4"),
}
"""Marks that are letters, or part of one, by language (Unicode CLDR, exemplar characters).

U+02BB and U+02BC are letters everywhere (general category Lm), and folded nowhere.
"""


def fits(text: str) -> bool:
    """Tell whether the alphabet holds every character of `text`."""
    return _ALL.issuperset(text)


def foreign(text: str) -> str:
    """Return the characters of `text` that the alphabet lacks, each once, in the order of the text."""
    return "".join(dict.fromkeys(character for character in text if character not in _ALL))


def fold(text: str, language: str) -> str:
    """Return `text` in the alphabet, if marks with an equal in it are all that keeps it out; else as it is.

    Curly quotes, dashes, ellipses, bullets, and spaces that do not break have one. A letter
    has none but where its language knows another spelling: `ê` stays, and `œ` is `oe` in French only. Where
    such a letter keeps the text in UCS2 anyway, nothing is gained and nothing is changed.

    Args:
        language: BCP 47, of the text.
    """
    if fits(text):
        return text
    # A letter and its accent may come as two characters, where the alphabet has the one.
    folded = unicodedata.normalize("NFC", text).translate(_table(language.partition("-")[0].lower()))
    return folded if fits(folded) else text


@lru_cache(maxsize=64)
def _table(language: str) -> Mapping[int, str]:
    pairs = {**_EQUALS, **_EQUALS_IN.get(language, {})}
    kept = _LETTERS.get(language, "")
    return {ord(mark): equal for mark, equal in pairs.items() if mark not in kept}
