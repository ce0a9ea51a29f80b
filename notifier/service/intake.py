"""Intake: updates that arrive together become one transaction, and are answered after it is on disk.

One writer thread owns the write path: whoever submits never waits for a disk or
a lock. While one batch is being synced to disk, the next one gathers.
"""

from __future__ import annotations

import math
import queue
import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

import structlog

from notifier.errors import StoreBusy, StoreError
from notifier.service.trouble import Trouble
from notifier.store.protocol import Receipt, Received, Store

Ticket = TypeVar("Ticket")
"""Whatever the submitter uses to recognise its update: the web uses futures."""

LARGEST_BATCH = 256
"""Updates in one transaction, at most."""

GATHER = 0.0005
"""Seconds to wait for company if the batch before had some: larger batches sync the disk less often."""

LONGEST_QUEUE = 10_000
"""Updates that may wait; beyond it the sender is asked to come again."""

LONGEST_WAIT = 15.0
"""Seconds that an update may wait for its turn; after them the sender is asked to come again."""

log = structlog.get_logger()


class Intake(Generic[Ticket]):
    """Records updates in batches.

    Args:
        store: where they go.
        clock: returns Unix seconds UTC.
        answer: called by the writer thread, once for each batch, with every
            ticket and what recording it came to; it must not block.
    """

    def __init__(
        self,
        store: Store,
        clock: Callable[[], float],
        answer: Callable[[list[tuple[Ticket, Receipt | StoreError]]], None],
    ) -> None:
        self._store = store
        self._clock = clock
        self._answer = answer
        self._queue: queue.SimpleQueue[tuple[Ticket, Received, float] | None] = queue.SimpleQueue()
        self._closing = False
        self._trouble = Trouble("updates not recorded")
        self.recorded_at = self.failed_at = -math.inf
        """When something was written last, and when that failed last, by the monotonic clock."""
        self._thread = threading.Thread(target=self._run, name="intake", daemon=True)
        self._thread.start()

    @property
    def alive(self) -> bool:
        """Tell whether updates are being recorded."""
        return not self._closing

    def submit(self, ticket: Ticket, received: Received) -> None:
        """Queue one update; its ticket is answered when it is on disk or could not be recorded.

        Raises:
            StoreBusy: too many updates wait, or the process is ending.
        """
        if self._closing:
            raise StoreBusy("the server is shutting down")
        if self._queue.qsize() >= LONGEST_QUEUE:
            raise StoreBusy("too many updates wait to be recorded")
        self._queue.put((ticket, received, time.monotonic()))

    def close(self) -> None:
        """Take nothing more, record what waits, and end."""
        self._closing = True
        self._queue.put(None)
        self._thread.join()

    def _run(self) -> None:
        try:
            self._work()
        finally:
            self._closing = True  # whatever ended it, nobody may wait for it any more

    def _work(self) -> None:
        ending = busy = False
        while not ending:
            batch: list[tuple[Ticket, Received]] = []
            late: list[tuple[Ticket, Receipt | StoreError]] = []
            oldest = time.monotonic() - LONGEST_WAIT
            item = self._queue.get()
            if busy:
                time.sleep(GATHER)
            while True:
                if item is None:
                    ending = True
                    break
                ticket, received, since = item
                if since < oldest:
                    late.append((ticket, StoreBusy("the database takes too long")))
                else:
                    batch.append((ticket, received))
                if len(batch) >= LARGEST_BATCH:
                    break
                try:
                    item = self._queue.get_nowait()
                except queue.Empty:
                    break
            busy = len(batch) > 1
            self._answer(late + (self._record(batch) if batch else []))

    def _record(self, batch: list[tuple[Ticket, Received]]) -> list[tuple[Ticket, Receipt | StoreError]]:
        tickets = [ticket for ticket, _ in batch]
        try:
            receipts = self._store.updates.record([received for _, received in batch], self._clock())
        except StoreError as error:
            self._trouble.met(error, len(batch))
            self.failed_at = time.monotonic()
            return [(ticket, error) for ticket in tickets]
        except Exception as error:
            if len(batch) > 1:
                return [result for item in batch for result in self._record([item])]
            log.exception("update not recorded")
            return [(tickets[0], StoreError(f"the update could not be recorded: {type(error).__name__}"))]
        if any(receipt is not Receipt.DUPLICATE for receipt in receipts):  # else nothing was written
            self._trouble.over()
            self.recorded_at = time.monotonic()
        return list(zip(tickets, receipts, strict=True))
