"""What the worker notices of its machine: a clock that was set, a program that pins the database."""

from __future__ import annotations

from collections.abc import Callable

import structlog

from notifier.core.clock import Reading, change, in_words
from notifier.core.event import EventKind
from notifier.store.protocol import Store

LARGE_LOG = 64_000_000
"""Bytes of the database's write-ahead log above which somebody keeps it from being emptied."""

log = structlog.get_logger()


class Machine:
    """Looks at the machine when it is asked to.

    Args:
        read: returns both clocks at once.
        large: see LARGE_LOG.
    """

    def __init__(self, store: Store, read: Callable[[], Reading], large: int = LARGE_LOG) -> None:
        self._store = store
        self._read = read
        self._large = large
        self._last: Reading | None = None
        self._pinned = False

    def look_at_clock(self) -> float:
        """Return by how many seconds the wall clock was set ahead since the last look, negative if back.

        The first look compares with what is on record: a clock that was set back while no worker ran.
        A change is on record and told once, whoever notices it.
        """
        now = self._read()
        if self._last is None:
            newest = self._store.health.newest()
            before = now if newest is None else Reading(max(newest, now.wall), now.steady)
        else:
            before = self._last
        seconds = change(before, now)
        if seconds and self._store.health.clock_changed(seconds, now.wall):
            words = in_words(seconds)
            log.warning("the clock of this machine was changed", change=words)
            self._store.events.add(EventKind.CLOCK_CHANGED, "clock", f"the clock was {words}", now.wall)
        self._last = now
        return seconds

    def look_at_database(self) -> None:
        """Report once that a program pins the database's write-ahead log, until that is over."""
        found = self._store.health.pinned(self._large)
        if found is None:
            if self._pinned:
                log.info("the database is pinned no longer: its WAL could be emptied")
            self._pinned = False
        elif not self._pinned:
            self._pinned = True
            log.warning("the database is pinned", detail=str(found))
            self._store.events.add(EventKind.DATABASE_PINNED, "database", str(found), self._read().wall)
