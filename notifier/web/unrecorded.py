"""Updates, and orders of the API, that were answered 503: how many, since when and why.

That is put on record once a write succeeds.

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
from datetime import UTC, datetime, tzinfo
from enum import Enum
from zoneinfo import ZoneInfo

import structlog

from notifier.core.event import EventKind
from notifier.errors import StoreError
from notifier.store.protocol import Store

AGAIN = 30.0
"""Seconds between two tries to put it on record while no update is recorded."""

log = structlog.get_logger()


class Thing(Enum):
    """What is refused: the subject of the event, and the word for one of them."""

    UPDATE = "webhook", "update"
    ORDER = "orders", "order"


@dataclass(frozen=True, slots=True)
class Tally:
    """What was refused: number, when the first and the last (Unix seconds UTC), and why the last."""

    number: int
    first: float
    last: float
    why: str

    def told(self, word: str, zone: tzinfo = UTC) -> str:
        """Return it in words, with the times in a zone; `word` is for one of what was refused."""
        times = f"{self.number} {word}{'s' * (self.number != 1)} answered 503"
        first, last = (_moment(at, zone) for at in (self.first, self.last))
        if self.number == 1:
            return f"{times} at {first}: {self.why}"
        return f"{times} between {first} and {last}: {self.why}"


class Unrecorded:
    """Counts them; for the event loop's thread, which it never keeps waiting.

    They go on record with the next one that is recorded, and without one when the database
    takes it, tried every AGAIN seconds.

    Args:
        thing: what is counted.
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
        thing: Thing = Thing.UPDATE,
    ) -> None:
        self._subject, self._word = thing.value
        self._store = store
        self._pool = pool
        self._later = later
        self._clock = clock
        self._lock = threading.Lock()
        self._tally: Tally | None = None
        self._in_work = self._waits = False

    def refused(self, why: str, number: int = 1) -> None:
        """Count what could not be recorded."""
        now = self._clock()
        with self._lock:
            before = self._tally or Tally(0, now, now, why)
            self._tally = replace(before, number=before.number + number, last=now, why=why)
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
            log.error("not put on record", what=self._tally.told(self._word))

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
                zone = ZoneInfo(self._store.rulesets.current().timezone)  # as the shop reads its events
                words = tally.told(self._word, zone)
                self._store.events.add(EventKind.UPDATES_UNRECORDED, self._subject, words, self._clock())
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


def _moment(seconds: float, zone: tzinfo) -> str:
    return datetime.fromtimestamp(seconds, zone).isoformat(" ", "seconds").replace("+00:00", "Z")
