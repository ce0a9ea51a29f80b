"""The dispatcher: many messages on their way at the same time, and few transactions.

A message goes through three hands:

1. the *ledger's* thread settles what has ended, puts attempts on record, and claims
   more, all in one transaction;
2. the *preparer's* thread judges claimed messages once more and makes their words;
3. a *sender's* thread hands one message over and brings back the outcome.

While one waits for the disk or the network, the others work. Each channel has
senders of its own, so that one whose server hangs keeps nobody else waiting.
"""

from __future__ import annotations

import queue
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping

import structlog

from notifier.core.message import Message
from notifier.core.quota import Limits
from notifier.core.result import Result
from notifier.core.retry import Outcome
from notifier.core.rules import RuleSet
from notifier.errors import StoreError
from notifier.service.crew import Crew
from notifier.service.ledger import Ledger
from notifier.service.sender import Sender
from notifier.service.steps import TROUBLE_PAUSE, Ready, Return
from notifier.store.protocol import Store

GATHER = 0.004
"""Seconds that what has ended waits for the rest on the wire: larger pages sync the disk less often."""

BATCH = 8
"""Messages prepared together: the first of a large claim need not wait for the last."""

LONGEST_WAIT = 5.0
"""Seconds after which the ledger looks again, whatever the clock said."""

log = structlog.get_logger()


class Dispatcher:
    """Sends what is due until it is stopped.

    Args:
        rules: returns the rules in force.
        clock: returns Unix seconds UTC.
        concurrency: messages on the wire at the same time on each channel that says nothing else.
    """

    def __init__(
        self,
        store: Store,
        sender: Sender,
        rules: Callable[[], RuleSet],
        clock: Callable[[], float],
        concurrency: int,
    ) -> None:
        self._sender = sender
        self._ledger = Ledger(store, sender, clock)
        self._rules = rules
        self._clock = clock
        self._concurrency = concurrency
        self._crew = Crew("sender")
        self._claimed: queue.SimpleQueue[list[Message]] = queue.SimpleQueue()
        # What follows is guarded by this.
        self._changed = threading.Condition()
        self._ended: list[Result | Return | tuple[Ready, Outcome]] = []
        self._ready: dict[str, list[Ready]] = defaultdict(list)
        self._held: Counter[str] = Counter()  # by channel: all between claim and result
        self._on_wire: Counter[str] = Counter()
        self._look = True
        self._stopping = False
        self._threads = [
            threading.Thread(target=self._keep_ledger, name="ledger", daemon=True),
            threading.Thread(target=self._prepare_all, name="preparer", daemon=True),
        ]

    def start(self) -> None:
        """Begin."""
        for thread in self._threads:
            thread.start()

    @property
    def alive(self) -> bool:
        """Tell whether its threads do their work: without one of them nothing is sent any more."""
        return all(thread.is_alive() for thread in self._threads)

    def wake(self) -> None:
        """Say that there may be something to claim."""
        with self._changed:
            self._look = True
            self._changed.notify()

    def stop(self, patience: float) -> int:
        """Claim nothing more, give back what was not begun, and wait for what is on the wire.

        Args:
            patience: how long, in seconds.

        Returns:
            How many messages are on the wire still.
        """
        deadline = time.monotonic() + patience
        with self._changed:
            self._stopping = True
            self._changed.notify()
        ledger, preparer = self._threads
        ledger.join(patience)  # it ends last: everything comes back to it
        self._claimed.put([])
        preparer.join(max(0.0, deadline - time.monotonic()))
        with self._changed:
            return self._on_wire.total()

    # the ledger's thread

    def _keep_ledger(self) -> None:
        next_look = 0.0
        while True:
            with self._changed:
                wait = LONGEST_WAIT if self._stopping else max(0.0, next_look - self._clock())
                if self._changed.wait_for(self._has_work, min(wait, LONGEST_WAIT)):
                    self._changed.wait_for(self._has_company, GATHER)
                look = not self._stopping and (self._look or self._clock() >= next_look)
                self._look = False
                ended, self._ended = self._ended, []
                begin = self._next_to_begin()
                if self._stopping:
                    ended += [Return(ready.message) for ready in begin]
                    begin = []
                    if not ended and not self._held.total():
                        return
            results = [self._judged(one) for one in ended]
            limits = self._limits(results) if look else None
            now = self._clock()
            page = self._ledger.write(results, begin, limits)
            self._take(results, begin, page.begun, page.claimed)
            if limits is not None and not page.claimed:  # else another look follows anyway
                next_look = min(now + LONGEST_WAIT, self._next_due(now, limits))

    def _has_work(self) -> bool:
        return bool(
            self._ended
            or self._look
            or any(ready and (self._stopping or self._free(name) > 0) for name, ready in self._ready.items())
            or (self._stopping and not self._held.total())
        )

    def _has_company(self) -> bool:
        """Tell whether most of what was on the wire has ended: it is worth a page then."""
        return self._stopping or len(self._ended) >= 3 * self._on_wire.total()

    def _next_to_begin(self) -> list[Ready]:
        """Take from what is prepared what there are senders for, the most urgent first."""
        chosen: list[Ready] = []
        for name, ready in self._ready.items():
            free = len(ready) if self._stopping else self._free(name)
            if ready and free > 0:
                ready.sort(key=lambda r: (r.message.priority, r.message.due_at, r.message.id))
                chosen += ready[:free]
                del ready[:free]
        return chosen

    def _take(
        self,
        results: list[Result | Return],
        begin: list[Ready],
        begun: list[Ready],
        claimed: list[Message],
    ) -> None:
        """Note what was written, and pass it on."""
        with self._changed:
            for result in results:
                self._held[result.message.send.channel] -= 1
            self._held.subtract(ready.channel.name for ready in begin)
            self._held.update(ready.channel.name for ready in begun)
            self._held.update(message.send.channel for message in claimed)
            self._on_wire.update(ready.channel.name for ready in begun)
            # There is room again, or there may be more than there was room for.
            self._look = self._look or bool(results or claimed)
        for ready in begun:
            self._crew.do(lambda ready=ready: self._send(ready))  # type: ignore[misc]
        for start in range(0, len(claimed), BATCH):
            self._claimed.put(claimed[start : start + BATCH])

    def _judged(self, one: Result | Return | tuple[Ready, Outcome]) -> Result | Return:
        if not isinstance(one, tuple):
            return one
        return self._sender.judge(*one)

    def _limits(self, results: list[Result | Return]) -> Mapping[str, Limits]:
        """Return what may be claimed of each channel: what its senders have, and as much again twice.

        One third is on the wire, one lies prepared, and one is being written down.
        """
        leaving = Counter(result.message.send.channel for result in results)
        with self._changed:
            held = Counter(self._held)
        return {
            channel.name: channel.limits(
                3 * self._senders(channel.name) - held[channel.name] + leaving[channel.name]
            )
            for channel in self._rules().channels.values()
        }

    def _next_due(self, now: float, limits: Mapping[str, Limits]) -> float:
        try:
            due = self._sender.next_due(now, limits)
        except StoreError:
            return now + TROUBLE_PAUSE
        return now + LONGEST_WAIT if due is None else due

    def _senders(self, name: str) -> int:
        channel = self._rules().channels.get(name)
        return (channel and channel.concurrency) or self._concurrency

    def _free(self, name: str) -> int:
        return self._senders(name) - self._on_wire[name]

    # the preparer's thread

    def _prepare_all(self) -> None:
        while batch := self._claimed.get():
            if self._stopping:
                made: list[Ready | Result | Return] = [Return(message) for message in batch]
            else:
                made = self._sender.prepare(batch)
            with self._changed:
                for one in made:
                    if isinstance(one, Ready):
                        self._ready[one.channel.name].append(one)
                    else:
                        self._ended.append(one)
                self._changed.notify()

    # the senders' threads

    def _send(self, ready: Ready) -> None:
        outcome = self._sender.transmit(ready)
        with self._changed:
            self._on_wire[ready.channel.name] -= 1
            self._ended.append((ready, outcome))
            self._changed.notify()
