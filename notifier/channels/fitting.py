"""Chat messages that are too long for their service, made shorter by whole lines.

Apprise cuts at a character, which may lie within a tag, an entity or a link: Telegram
then refuses the message, and others show half of it.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable

MORE = "…"

_TAG = re.compile(r"<(/?)([a-z][a-z0-9]*)(?:[^<>\"']|\"[^\"]*\"|'[^']*')*>", re.IGNORECASE)
_LAST = 3
"""Lines at the end among which one with a link is kept: it says what to do."""


def size(text: str) -> int:
    """Return a text's length as services count it: UTF-16 code units (core.telegram.org/api/entities)."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def fitted(message: str, comes_to: Callable[[str], int], most: int) -> str:
    """Return a message, or as many of its first lines as fit, a mark for the rest, and its last link.

    Args:
        message: HTML with a <br> between lines.
        comes_to: returns the length of what a message is turned into.
        most: what the service takes, in the same unit.
    """
    if comes_to(message) <= most:
        return message
    lines = _lines(message)
    tail = next((line for line in reversed(lines[-_LAST:]) if "://" in line), None)
    end = [MORE] if tail is None or len(lines) == 1 else [MORE, tail]
    low, high = 0, len(lines) - 1
    while low < high:  # the most lines that fit
        middle = (low + high + 1) // 2
        low, high = (middle, high) if comes_to(_joined(lines[:middle], end)) <= most else (low, middle - 1)
    kept = _joined(lines[:low], end)
    if low and comes_to(kept) <= most:
        return kept
    return _first_words(lines[0], comes_to, most)


def _joined(lines: list[str], end: list[str]) -> str:
    return "<br>".join([*lines, *end])


def _lines(message: str) -> list[str]:
    """Split at each <br> outside of all other tags."""
    lines, start, depth = [], 0, 0
    for tag in _TAG.finditer(message):
        if tag[2].lower() != "br":
            depth += -1 if tag[1] else 1
        elif depth <= 0:
            lines.append(message[start : tag.start()])
            start = tag.end()
    return [*lines, message[start:]]


def _first_words(line: str, comes_to: Callable[[str], int], most: int) -> str:
    """Return the beginning of one line that is too long by itself, as plain words."""
    words = html.unescape(_TAG.sub("", line))
    low, high = 0, len(words)
    while low < high:
        middle = (low + high + 1) // 2
        fits = comes_to(f"{html.escape(words[:middle])}{MORE}") <= most
        low, high = (middle, high) if fits else (low, middle - 1)
    return f"{html.escape(words[:low])}{MORE}"
