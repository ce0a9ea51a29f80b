"""Text messages are sent, and paid for, in parts: how many a text takes, and a text cut to fewer. Pure.

The alphabet and the sizes of the parts are those of 3GPP TS 23.038 (GSM 7 bit default alphabet and its
extension table, UCS2) and TS 23.040, section 9.2.3.24.1 (a part of several gives six bytes to its head).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = frozenset("^{}\\[~]|€\f")
"""Characters of the extension table: they take two places."""

_GSM, _GSM_OF_SEVERAL = 160, 153
_UCS2, _UCS2_OF_SEVERAL = 70, 67

ELLIPSIS = "..."
"""Ends a text that was cut; in every alphabet."""


class Alphabet(StrEnum):
    """In which alphabet a text travels."""

    GSM7 = "GSM-7"
    UCS2 = "UCS-2"


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a text message takes.

    Attributes:
        alphabet: GSM-7, unless a character of the text is `foreign` to it.
        units: its length as carriers count: some characters take two.
        parts: how many are paid for, at least one.
        foreign: the characters that GSM-7 lacks, each once.
    """

    alphabet: Alphabet
    units: int
    parts: int
    foreign: str = ""


def estimate(text: str) -> Estimate:
    """Return what a text takes."""
    foreign = "".join(dict.fromkeys(c for c in text if not _is_gsm(c)))
    return Estimate(Alphabet.UCS2 if foreign else Alphabet.GSM7, sum(_sizes(text)), parts(text), foreign)


def parts(text: str) -> int:
    """Return how many parts a text takes, at least one.

    A character is never split between two parts, so that a part may stay shorter than it could be.
    """
    whole, of_several = (_GSM, _GSM_OF_SEVERAL) if _is_gsm(text) else (_UCS2, _UCS2_OF_SEVERAL)
    sizes = _sizes(text)
    if sum(sizes) <= whole:
        return 1
    count, left = 1, of_several
    for size in sizes:
        if size > left:
            count, left = count + 1, of_several
        left -= size
    return count


def cut(text: str, most: int) -> str:
    """Return the text, or as much of its beginning as fits into `most` parts with an ELLIPSIS.

    It ends with a whole word, unless that would leave less than half.
    """
    if parts(text) <= most:
        return text
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        if parts(text[:middle] + ELLIPSIS) <= most:
            low = middle
        else:
            high = middle - 1
    kept = text[:low]
    words = kept.rpartition(" ")[0]
    return (words if len(words) * 2 > len(kept) else kept).rstrip() + ELLIPSIS


def _is_gsm(text: str) -> bool:
    return _BASIC.union(_EXTENDED).issuperset(text)


def _sizes(text: str) -> list[int]:
    if _is_gsm(text):
        return [2 if character in _EXTENDED else 1 for character in text]
    # UCS2 counts what lies beyond its plane as two (a surrogate pair).
    return [2 if ord(character) > 0xFFFF else 1 for character in text]
