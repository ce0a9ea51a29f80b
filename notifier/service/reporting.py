"""What goes wrong again and again is reported as an internal event once in a while."""

from __future__ import annotations

from notifier.core.event import EventKind
from notifier.store.protocol import Store

EVERY = 600.0
"""Seconds between two events of one kind about the same thing: each message may meet the same mistake."""


class Reporter:
    """Reports what operators should know; safe to use from several threads."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._told: dict[tuple[str, str], float] = {}

    def report(self, kind: EventKind, subject: str, detail: str, now: float) -> None:
        """Record an event, unless it was recorded within EVERY seconds; `now` is Unix seconds UTC."""
        since = now - self._told.get((kind, subject), float("-inf"))
        if 0 <= since < EVERY:  # below 0 the clock was set back
            return
        self._told[kind, subject] = now
        self._store.events.add(kind, subject, detail, now)
