"""Text messages are sent, and paid for, in parts: how many a text takes, and a text made to fit. Pure.

The sizes of the parts are those of 3GPP TS 23.038 and TS 23.040, section 9.2.3.24.1: a part
of several gives six bytes to its head.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

from notifier.core import gsm7

_GSM, _GSM_OF_SEVERAL = 160, 153
_UCS2, _UCS2_OF_SEVERAL = 70, 67

ELLIPSIS = "..."
"""Ends the words of a text that was cut; in every alphabet."""

_URL = re.compile(r"https?://\S+")


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
    """Return what a text takes.

    A character is never split between two parts, so that a part may stay shorter than it could be.
    """
    foreign = gsm7.foreign(text)
    if foreign:
        # UCS2 counts what lies beyond its plane as two (a surrogate pair).
        sizes = [2 if ord(character) > 0xFFFF else 1 for character in text]
        return Estimate(Alphabet.UCS2, sum(sizes), _parts(sizes, _UCS2, _UCS2_OF_SEVERAL), foreign)
    sizes = [2 if character in gsm7.EXTENDED else 1 for character in text]
    return Estimate(Alphabet.GSM7, sum(sizes), _parts(sizes, _GSM, _GSM_OF_SEVERAL))


@dataclass(frozen=True, slots=True)
class Fitted:
    """A text as it is sent; `short` if it is the short wording, `cut` if words are missing."""

    text: str = field(repr=False)
    short: bool = False
    cut: bool = False


def fitted(word: Callable[[bool], str], language: str, most: int | None) -> Fitted:
    """Return a text that takes as few parts as can be done without loss, and at most `most`.

    Args:
        word: gives the text; called with True for the short wording, only where the long does not fit.
        language: BCP 47, of the text; see `gsm7.fold`.
        most: parts; None for any number.
    """
    text = gsm7.fold(word(False), language)
    if most is None or estimate(text).parts <= most:
        return Fitted(text)
    brief = gsm7.fold(word(True), language)
    kept = cut(brief, most)
    return Fitted(kept, short=brief != text, cut=kept != brief)


def cut(text: str, most: int) -> str:
    """Return the text, or as much of its beginning as fits into `most` parts with an ELLIPSIS.

    It ends with a whole word, unless that would leave less than half. A link is never cut: one at the
    end of the text stays there, and the words before it are cut; one that does not fit is left out.
    """
    if estimate(text).parts <= most:
        return text
    *_, link = [None, *_URL.finditer(text)]
    if link is not None and link.end() == len(text):
        tail = f" {link[0]}"
        if estimate(ELLIPSIS + tail).parts <= most:
            return _beginning(text[: link.start()].rstrip(), tail, most)
        if estimate(link[0]).parts <= most:
            return link[0]
    return _beginning(text, "", most)


def _beginning(text: str, tail: str, most: int) -> str:
    """Return as much of `text` as fits with an ELLIPSIS and `tail`; not all of it does."""
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        if estimate(text[:middle] + ELLIPSIS + tail).parts <= most:
            low = middle
        else:
            high = middle - 1
    # Dots that follow a link would become part of it.
    link = next((url for url in _URL.finditer(text) if url.start() < low <= url.end()), None)
    if link is not None:
        kept = text[: link.start()]
    elif text[low : low + 1] in ("", " "):
        kept = text[:low]
    else:
        words = text[:low].rpartition(" ")[0]
        kept = words if len(words) * 2 > low else text[:low]
    kept = kept.rstrip()
    if not kept:
        return tail.strip() or ELLIPSIS
    apart = " " if _URL.match(kept.rpartition(" ")[2]) else ""
    return f"{kept}{apart}{ELLIPSIS}{tail}"


def _parts(sizes: list[int], whole: int, of_several: int) -> int:
    if sum(sizes) <= whole:
        return 1
    count, left = 1, of_several
    for size in sizes:
        if size > left:
            count, left = count + 1, of_several
        left -= size
    return count
