"""Updates that were answered 503: how many, since when and why, put on record once a write succeeds.

While the database cannot take anything this is only in the memory of the web
process, its log and its metrics. If the process is killed before a write
succeeds, the log is what is left.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Executor
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import structlog

from notifier.core.event import EventKind
from notifier.errors import StoreError
from notifier.store.protocol import Store

SUBJECT = "webhook"
"""What the event is about."""

AGAIN = 30.0
"""Seconds between two tries to put it on record while no update is recorded."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Tally:
    """What was refused: number, when the first and the last (Unix seconds UTC), and why the last."""

    number: int
    first: float
    last: float
    why: str

    def __str__(self) -> str:
        times = f"{self.number} update{'s' * (self.number != 1)} answered 503"
        if self.number == 1:
            return f"{times} at {_moment(self.first)}: {self.why}"
        return f"{times} between {_moment(self.first)} and {_moment(self.last)}: {self.why}"


class Unrecorded:
    """Counts them; for the event loop's thread, which it never keeps waiting.

    They go on record with the next update that is recorded, and without one when the database
    takes it, tried every AGAIN seconds.

    Args:
        pool: where the database is waited for.
        later: calls a function after so many seconds, as an event loop's `call_later` does.
        clock: returns Unix seconds UTC.
    """

    def __init__(
        self,
        store: Store,
        pool: Executor,
        later: Callable[[float, Callable[[], None]], object],
        clock: Callable[[], float],
    ) -> None:
        self._store = store
        self._pool = pool
        self._later = later
        self._clock = clock
        self._lock = threading.Lock()
        self._tally: Tally | None = None
        self._in_work = self._waits = False

    def refused(self, why: str) -> None:
        """Count an update that could not be recorded."""
        now = self._clock()
        with self._lock:
            before = self._tally or Tally(0, now, now, why)
            self._tally = replace(before, number=before.number + 1, last=now, why=why)
        if not self._waits:
            self._waits = True
            self._later(AGAIN, self._again)

    def recorded(self) -> None:
        """Put on record what was refused before, in the background: a write has succeeded, or may."""
        if self._tally is None or self._in_work:
            return
        self._in_work = True
        with suppress(RuntimeError):  # the process is about to end: `close` does it
            self._pool.submit(self._add)

    def close(self) -> None:
        """Put on record what is left, or else log it; at the end, when nobody else does it any more."""
        if not self._add() and self._tally is not None:
            log.error("not put on record", what=str(self._tally))

    def _again(self) -> None:
        self._waits = self._tally is not None
        if self._waits:
            self.recorded()
            self._later(AGAIN, self._again)

    def _add(self) -> bool:
        with self._lock:
            tally, self._tally = self._tally, None
        try:
            if tally is not None:
                self._store.events.add(EventKind.UPDATES_UNRECORDED, SUBJECT, str(tally), self._clock())
        except StoreError:
            with self._lock:
                self._tally = _sum(tally, self._tally)
            return False
        finally:
            self._in_work = False
        return True


def _sum(one: Tally | None, other: Tally | None) -> Tally | None:
    if one is None or other is None:
        return one or other
    return replace(other, number=one.number + other.number, first=one.first)


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%SZ")
