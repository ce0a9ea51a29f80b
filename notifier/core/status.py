"""Cottoncast's status codes, their names here, and the natural course of an order.

Source: the publisher's page "Orderstatus" (codes and labels). `C` is called
"Complete" in its field table and "Collected" in its code table; a customer
calls it "shipped", so all three words mean it.
"""

from __future__ import annotations

from enum import IntEnum

NAMES: dict[str, str] = {
    "N": "new",
    "L": "label",
    "R": "ready",
    "C": "collected",
    "E": "en_route",
    "I": "problem",
    "X": "lost",
    "D": "delivered",
}
"""Status code to its name, in the order of the publisher's table."""

LABELS: dict[str, str] = {
    "N": "New",
    "L": "Label created",
    "R": "Ready for collection",
    "C": "Shipped",
    "E": "En route",
    "I": "Problem",
    "X": "Lost",
    "D": "Delivered",
}
"""Status code to words that an operator or a customer reads."""

ALIASES: dict[str, str] = {"shipped": "C", "complete": "C"}
"""Further names that rules may use."""

UNKNOWN = "unknown"
"""In a rule: every letter that has no name here."""

CODES: dict[str, str] = {name: code for code, name in NAMES.items()} | ALIASES
"""Every name and alias to its code."""


_WORDS: dict[str, str] = (
    {label.lower().replace(" ", "_"): code for code, label in LABELS.items()}
    | {"label_created": "L", "label_printed": "L", "ready": "R", "enroute": "E"}
    | CODES
)
"""Labels of the publisher's page, ours, and the names of rules, in small letters, to their codes."""


def code(given: str) -> str:
    """Return the status code that a sender means: of a label or a name its code.

    Case, blanks, hyphens and underscores of a label do not count: "En route", `en_route`.
    All else is returned without blanks around it.
    """
    if given in NAMES:
        return given
    text = given.strip()
    return _WORDS.get("_".join(text.lower().replace("-", " ").replace("_", " ").split()), text)


class Rank(IntEnum):
    """How far along the course a status is; a problem interrupts, a loss ends, D is final."""

    N = 0
    L = 1
    R = 2
    C = 3
    E = 4
    I = 5  # noqa: E741  the publisher's letter
    X = 6
    D = 7


_RANKS: dict[str, Rank] = dict(Rank.__members__)


def rank(code: str) -> Rank | None:
    """Return the place of `code` in the course, None for a letter without a name."""
    return _RANKS.get(code)


def name(code: str) -> str:
    """Return the name of `code`, or the letter itself if it has none."""
    return NAMES.get(code, code)


def label(code: str) -> str:
    """Return words for people for `code`."""
    return LABELS.get(code, f"Status {code}")
