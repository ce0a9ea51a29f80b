"""What no message may carry: characters that are not words but orders to whatever shows them."""

from __future__ import annotations

import re

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
