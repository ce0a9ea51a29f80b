"""JSON values from outside as text, lines, lists and links: what every reader of contacts needs.

Nothing is refused; what is not of the wanted kind is as good as nothing.
"""

from __future__ import annotations

import re
import unicodedata

from notifier.core.link import safe_link

LONGEST_TEXT = 200
"""Characters of a reference, a name or an order id, at most."""

_NOTHING: tuple[object, ...] = (None, "", [], {}, False)  # 0 equals False
_YES = frozenset(("1", "true", "yes", "on", "ja", "oui", "waar", "wahr", "vrai"))
_NO = frozenset(("0", "false", "no", "off", "nee", "nein", "non", "onwaar", "falsch", "faux"))
_EXACT_FLOAT = 2.0**53
"""Up to here a float holds every whole number."""

_SHORTENED = re.compile(r"[0-9](?:[.,][0-9]+)?E\+[0-9]+", re.IGNORECASE)


def is_given(value: object) -> bool:
    """Tell whether a JSON value says anything; PHP writes false, 0, [] and "" for nothing."""
    return value not in _NOTHING and not (isinstance(value, str) and not trimmed(value))


def text(value: object) -> str:
    """Return text, or a whole number as text, without what is invisible around it; empty for all else."""
    if isinstance(value, str):
        return trimmed(value)
    if isinstance(value, float) and value.is_integer() and abs(value) < _EXACT_FLOAT:
        return str(int(value))
    return "" if isinstance(value, bool) or not isinstance(value, int) else str(value)


def trimmed(said: str) -> str:
    """Return text without white space and invisible characters (Unicode's Cf) at its ends.

    They come with what is copied from a web page or a word processor: zero-width
    spaces, byte order marks, marks of direction.
    """
    said = said.strip()
    if said.isascii():
        return said
    start, end = 0, len(said)
    while start < end and _is_invisible(said[start]):
        start += 1
    while start < end and _is_invisible(said[end - 1]):
        end -= 1
    return said[start:end]


def _is_invisible(character: str) -> bool:
    return character.isspace() or unicodedata.category(character) == "Cf"


def line(value: object) -> str:
    """Return text as one printable line of at most LONGEST_TEXT characters; empty for all else."""
    words = " ".join(text(value)[: 4 * LONGEST_TEXT].split())
    if words.isprintable() and len(words) <= LONGEST_TEXT:
        return words
    return "".join(c for c in words if c.isprintable())[:LONGEST_TEXT].strip()


def rows(value: object) -> list[dict[str, object]]:
    """Return the objects in a list; of an object its values: PHP writes a list with gaps so."""
    found = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [row for row in found if isinstance(row, dict)]


def row(value: object) -> dict[str, object]:
    """Return an object; an empty one for all else, as for PHP's empty list."""
    return value if isinstance(value, dict) else {}


def link(value: object) -> str:
    """Return an http(s) address that can safely stand in a customer's mail; empty for all else."""
    return safe_link(text(value))


def truth(value: object) -> bool | None:
    """Return a plain yes or no, also in words and as a spreadsheet has it; None for all else."""
    if value is None:
        return None
    word = str(value).lower() if isinstance(value, bool) else text(value).casefold()
    return True if word in _YES else False if word in _NO else None


def is_shortened(said: str) -> bool:
    """Tell whether a spreadsheet has shortened a number, such as 2.02611E+14: its last digits are lost."""
    return _SHORTENED.fullmatch(said) is not None
