"""Names of people that a message may greet: one that mail programs would turn into a link is none.

Whoever orders chooses the name, and the address that the mail goes to: a name such
as "Claim your prize: evil.example/win" would have the shop send strangers' links.
"""

from __future__ import annotations

import re
import unicodedata

_TITLES = frozenset({"dr", "drs", "fr", "ing", "ir", "jr", "mag", "mr", "mrs", "ms", "prof", "sr", "st"})

_PLAIN = re.compile(r"[\w '’,()-]*")
"""The common name at one glance: nothing in it that an address needs."""

_ADDRESS = re.compile(
    r"://|\b(?:https?|ftp|mailto|sms|tel):|\bwww\.|@|\b[0-9]{1,3}(?:\.[0-9]{1,3}){3}\b"
    r"|\w\.[^\W\d_]{2,}(?:[/:?#]|\.[^\W\d_]{2,})"
    r"|\bxn--",
    re.IGNORECASE,
)
_DOTTED = re.compile(r"\b([\w-]{2,})\.[^\W\d_]{2,}", re.IGNORECASE)


def greetable(name: str | None) -> str | None:
    """Return a name if a message may greet with it, None for one that holds a web or mail address.

    Mail programs link whatever looks like a domain, without `https://` as well; a
    single letter or a title before the dot ("J.Smith", "Dr.Smith") is part of a name.
    """
    if name is None or (_PLAIN.fullmatch(name) and "--" not in name):
        return name
    shown = "".join(c for c in unicodedata.normalize("NFKC", name) if unicodedata.category(c) != "Cf")
    shown = shown.replace("。", ".")  # browsers read it as a dot (Unicode TS 46)
    if _ADDRESS.search(shown) or any(found.lower() not in _TITLES for found in _DOTTED.findall(shown)):
        return None
    return name
