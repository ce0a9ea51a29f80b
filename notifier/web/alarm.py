"""Internal events that the web process adds: seldom, and never in the way of an answer."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor

import structlog

from notifier.core.event import EventKind
from notifier.errors import StoreError
from notifier.store.protocol import Store

EVERY = 600.0
"""Seconds between two events of a kind, at least."""

SUBJECT = "webhook"
"""What the event is about."""

log = structlog.get_logger()


class Alarm:
    """Tells operators of webhooks that were rejected, by one kind of event; for the event loop's thread.

    However many there are, there is one event within EVERY seconds, and never more than one in work.

    Args:
        pool: where the database is waited for.
        clock: returns Unix seconds UTC.
        kind: the kind of the events.
    """

    def __init__(
        self,
        store: Store,
        pool: Executor,
        clock: Callable[[], float],
        kind: EventKind = EventKind.SIGNATURE_REJECTED,
    ) -> None:
        self._kind = kind
        self._store = store
        self._pool = pool
        self._clock = clock
        self._last: float | None = None
        self._in_work = False

    def rejected(self, why: str) -> None:
        """Have it on record that a webhook was rejected, unless that was said lately; returns at once."""
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
            self._store.events.add(self._kind, SUBJECT, why, now)
            self._last = now
        except StoreError as error:  # the next one tries again
            log.warning("event not recorded", kind=self._kind, why=str(error))
        finally:
            self._in_work = False
