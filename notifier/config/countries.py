"""Countries as rules name them: two letters of ISO 3166; a name is answered with its letters."""

from __future__ import annotations

from typing import TypeVar

from notifier import territories
from notifier.config.mistake import Mistake, nearest, quoted

T = TypeVar("T")


def code(word: str) -> str:
    """Let the two letters of a country through, large or small.

    Raises:
        Mistake: it is none; the hint has the letters that were probably meant.
    """
    meant = territories.code(word)
    if meant == word.upper():
        return word
    names = territories.names()
    if meant is None and len(word) > 3 and (near := nearest(territories.plain(word), names, cutoff=0.8)):
        meant = names[near]
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
