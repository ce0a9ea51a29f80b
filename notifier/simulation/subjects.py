"""What a message is about, named so that two runs over the same history name it alike.

A once key will not do: it holds the number of an alert, and of what repeats the moment.
"""

from __future__ import annotations

import re

from notifier.core.message import SHADOW

_ENTRY = re.compile(r"/[0-9]+$")
_RUN = re.compile(r"#[0-9]+$")

OF_A_MOMENT = frozenset({"quiet", "rate", "schedule", "repeat", "internal", "brake"})
"""Kinds of once keys that end with the moment, or with a number that counts."""

NEWS = frozenset({"status", "order", "shipment", "contact"})
"""Kinds of once keys about the news itself, by what `once` says."""


def subject(rule: str, once: str) -> str:
    """Return what a message is about: its once key without rule, entry of `send`, moment and numbers."""
    text = _ENTRY.sub("", once.removesuffix(SHADOW).removeprefix(f"{rule}/"))
    kind = text.partition("/")[0]
    if kind in OF_A_MOMENT:
        text = text.rpartition("/")[0]
    if kind == "escalate":
        about, _, step = text.rpartition("/")
        return f"{_RUN.sub('', about)}/{step}"
    return _RUN.sub("", text)


def kind_of(about: str) -> str:
    """Return the kind of a subject, the same for all that is about the news itself."""
    kind = about.partition("/")[0]
    return "news" if kind in NEWS else kind
