"""How mistakes are worded: what is wrong, and what was probably meant."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import get_close_matches

_MOST_LISTED = 12

_KEY = re.compile(r"(?=[a-z]*\d)(?=\d*[a-z])[a-z\d+/=]{16,}", re.IGNORECASE)
"""Long, of letters and digits, without anything between words."""


class Mistake(ValueError):
    """One value that cannot be used; `text` says why, `hint` what to write instead.

    Neither names the place: whoever reads the file knows it and adds it.
    """

    def __init__(self, text: str, hint: str = "") -> None:
        super().__init__(text)
        self.text = text
        self.hint = hint


def nearest(word: str, known: Iterable[str], cutoff: float = 0.6) -> str | None:
    """Return the known word that looks most like `word`, None if none does.

    Args:
        cutoff: how alike they must be, from 0 to 1 (the same but for capitals).
    """
    by_lower = {k.lower(): k for k in known}
    close = get_close_matches(word.lower(), by_lower, n=1, cutoff=cutoff)
    return by_lower[close[0]] if close else None


def suggestion(word: str, known: Iterable[str]) -> str:
    """Return "did you mean `x`?", or the list of known words if none is near and they are few, else ""."""
    words = sorted(known)
    near = nearest(word, words)
    if near is not None:
        return f"did you mean `{near}`?"
    return f"known: {', '.join(words)}" if 0 < len(words) <= _MOST_LISTED else ""


def quoted(value: object) -> str:
    """Return a short, printable form of a value from the file for a text about it.

    Of what looks like a URL only the scheme is shown, the rest may be a password; of
    what looks like a key to something, nothing.
    """
    word = str(value).lower() if isinstance(value, bool) else str(value)
    text = "".join(c if c.isprintable() else "?" for c in word)
    scheme, sign, _ = text.partition("://")
    if sign:
        text = f"{scheme}://…"
    text = _KEY.sub("…", text)
    return f"`{text[:40]}…`" if len(text) > 40 else f"`{text}`"


def subject(path: tuple[str | int, ...]) -> str:
    """Return what an operator calls the thing at `path`: "`send`", "entry 2 of `send`", "the file"."""
    if not path:
        return "the file"
    *above, last = path
    if isinstance(last, str):
        return quoted(last)
    owner = next((key for key in reversed(above) if isinstance(key, str)), None)
    return f"entry {last + 1} of {quoted(owner)}" if owner else f"entry {last + 1}"


def kind(value: object) -> str:
    """Return the kind of a value in an operator's words."""
    match value:
        case bool():
            return "true or false"
        case int() | float():
            return "a number"
        case str():
            return "text"
        case list():
            return "a list"
        case dict():
            return "a block of keys"
        case _:
            return "nothing"
