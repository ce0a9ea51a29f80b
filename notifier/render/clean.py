"""What no message may carry: characters that are not words but orders to whatever shows them."""

from __future__ import annotations

import re
import unicodedata

# Noncharacters: while a part is being made, `clean` would take isolates for a stranger's.
_FIRST, _LAST = "\ufdd0", "\ufdd1"
_PAIR = re.compile(f"{_FIRST}([^{_FIRST}{_LAST}\n]*){_LAST}")
_STRAY = re.compile(f"[{_FIRST}{_LAST}]")

_ORDERS = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f"  # C0 and C1 controls but tab and newline: escape codes, NUL, CR
    r"\u202a-\u202e\u2066-\u2069"  # bidi embeddings, overrides and isolates: make text read as what it is not
    r"\u200b\u2060\ufeff]"  # zero-width space, word joiner, byte order mark: hide words from filters
)
_SPACE = re.compile(r"[^\S\u00a0\u202f]+")
_SURROGATES = re.compile(r"[\ud800-\udfff]")


def clean(text: str) -> str:
    """Return `text` without characters that steer a reader's or a mail program's eye.

    Names and tracking codes come from outside. A right-to-left override turns
    `gpj.exe` into `exe.jpg` on the screen, escape sequences act on an operator's
    terminal, NUL and CR end headers (Unicode TR36, section 2; RFC 5322, 2.2).
    Joiners (U+200C, U+200D) and direction marks (U+200E, U+200F, U+061C) stay:
    Persian, Hindi, Hebrew and emoji need them and they reorder nothing else.
    Half characters (lone surrogates), which no encoding can write, become U+FFFD.
    """
    if text.isprintable():  # Unicode counts all of the above as not printable
        return text
    return _SURROGATES.sub("\ufffd", _ORDERS.sub("", text))


def one_line(text: str) -> str:
    """Return `text` cleaned and on one line: every run of white space becomes one space.

    No-break spaces stay: French sets them before `?` and `:`.
    """
    return _SPACE.sub(" ", clean(text)).strip()


def isolated(text: str, *, rtl: bool = False) -> str:
    """Return `text` set off from what surrounds it, if it could change how that is read.

    That is text with letters that run from right to left; in a sentence that does so any text. What is plain
    stays plain, so that an order's number can be copied from a mail. `finished` makes the characters
    what they are to be (Unicode UAX 9, section 2.4; W3C, "Inline markup and bidirectional
    text in HTML").

    Args:
        text: one that was cleaned.
        rtl: the sentence runs from right to left.
    """
    if not rtl and text.isascii():
        return text
    text = _STRAY.sub("", text)
    if not rtl and not any(_runs_left(c) for c in text):
        return text
    return f"{_FIRST}{text}{_LAST}" if text else text


def finished(text: str) -> str:
    """Return the text of a whole part with U+2068 and U+2069 around what was `isolated`."""
    if _FIRST not in text and _LAST not in text:
        return text
    return _STRAY.sub("", _PAIR.sub("\u2068\\1\u2069", text))


def _runs_left(character: str) -> bool:
    return unicodedata.bidirectional(character) in ("R", "AL", "AN")
