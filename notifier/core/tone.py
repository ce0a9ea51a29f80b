"""The tone of a message: good news or bad, as chat services show it by a colour."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from notifier.core.alert import Severity
from notifier.core.item import Item
from notifier.core.occasion import OccasionKind


class Tone(StrEnum):
    """Good news or bad; the words are those that Apprise has for it."""

    SUCCESS = "success"
    INFO = "info"
    WARNING = "warning"
    FAILURE = "failure"


_TONES = {Severity.INFO: Tone.INFO, Severity.WARNING: Tone.WARNING, Severity.CRITICAL: Tone.FAILURE}


def tone(severity: str, kind: OccasionKind) -> Tone:
    """Return the tone of one thing: what was resolved is good news, however bad it was.

    Args:
        severity: empty or a word of Severity.
        kind: what made its rule speak.
    """
    if kind is OccasionKind.RESOLVED:
        return Tone.SUCCESS
    return _TONES[Severity(severity)] if severity else Tone.INFO


def tone_of(items: Iterable[Item]) -> Tone:
    """Return the tone of several things: that of the worst."""
    return max((tone(item.severity, item.occasion.kind) for item in items), key=list(Tone).index)
