"""Internal events that the web process adds: seldom, and never in the way of an answer."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor

import structlog

from notifier.core.event import EventKind
from notifier.errors import StoreError
from notifier.store.protocol import Store

EVERY = 600.0
"""Seconds between two events about rejected signatures, at least."""

SUBJECT = "webhook"
"""What the event is about."""

log = structlog.get_logger()


class Alarm:
    """Tells operators of webhooks whose signature was rejected; for the event loop's thread.

    However many there are, there is one event within EVERY seconds, and never more than one in work.

    Args:
        pool: where the database is waited for.
        clock: returns Unix seconds UTC.
    """

    def __init__(self, store: Store, pool: Executor, clock: Callable[[], float]) -> None:
        self._store = store
        self._pool = pool
        self._clock = clock
        self._last: float | None = None
        self._in_work = False

    def rejected(self, why: str) -> None:
        """Have it on record that a signature was rejected, unless that was said lately; returns at once."""
        now = self._clock()
        if self._in_work or (self._last is not None and 0 <= now - self._last < EVERY):
            return
        self._in_work = True
        try:
            self._pool.submit(self._add, why, now)
        except RuntimeError:  # the process is about to end
            self._in_work = False

    def _add(self, why: str, now: float) -> None:
        try:
            self._store.events.add(EventKind.SIGNATURE_REJECTED, SUBJECT, why, now)
            self._last = now
        except StoreError as error:  # the next one tries again
            log.warning("event not recorded", kind=EventKind.SIGNATURE_REJECTED, why=str(error))
        finally:
            self._in_work = False
