"""The worker's threads: one watches, one decides, one keeps time, the dispatcher's send, a few look
contacts up.

Nobody polls the tables: the watcher waits for a commit by anybody and wakes the
others; due times wake them by the clock.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import structlog

from notifier.core.event import EventKind
from notifier.errors import StoreError
from notifier.service.bell import Bell
from notifier.service.decider import Decider
from notifier.service.dispatcher import Dispatcher
from notifier.service.liveness import is_gone
from notifier.service.lookups import Lookups
from notifier.service.machine import Machine
from notifier.service.running import Reloader
from notifier.service.sender import Sender
from notifier.service.timekeeper import Timekeeper
from notifier.service.trouble import Trouble
from notifier.service.upkeep import Upkeep
from notifier.store.protocol import Store

WATCH_FOR = 0.2
"""Seconds between two looks at signals and clocks while nobody commits."""

WATCH_EDIT_FOR = 0.05
"""The same while an edit has not come to rest: somebody waits for it."""

BREATH = 0.02
"""Seconds between two wakings by commits: under load they come by the hundred."""

RECOVER_EVERY = 5.0
"""Seconds between two searches for claims that nobody holds any more."""

LOOK_EVERY = 30.0
"""Seconds between two looks at whether a program pins the database."""

UPKEEP_EVERY = 60.0
"""Seconds between two searches for what is due by age."""

LONGEST_WAIT = 5.0
"""Seconds after which a thread looks again, whatever the clock said."""

LOOKUPS = 3
"""Contacts looked up at the same time: sources publish no limits, so gently."""

GRACE = 30.0
"""Seconds that messages on the wire get to finish when the worker is stopped."""

log = structlog.get_logger()


class Worker:
    """Runs everything until stopped."""

    def __init__(
        self,
        store: Store,
        reloader: Reloader,
        decider: Decider,
        lookups: Lookups,
        sender: Sender,
        dispatcher: Dispatcher,
        timekeeper: Timekeeper,
        upkeep: Upkeep,
        machine: Machine,
        clock: Callable[[], float],
    ) -> None:
        self._store = store
        self._reloader = reloader
        self._decider = decider
        self._lookups = lookups
        self._sender = sender
        self._dispatcher = dispatcher
        self._timekeeper = timekeeper
        self._upkeep = upkeep
        self._machine = machine
        self._clock = clock
        # Plain values: a signal handler that sets an Event can wait for ever for a lock that
        # the thread which it interrupted holds.
        self._asked_to_stop = False
        self._stopped_by = ""
        self._asked_to_reload = False
        self._trouble = Trouble("the database could not do it; trying again")
        self._stop = threading.Event()
        self._decide_bell = Bell()
        self._lookup_bell = Bell()
        self._time_bell = Bell()

    def stop(self, by: str = "") -> None:
        """Ask the worker to end; safe to call from a signal handler. `by` names who asks, for the log."""
        self._stopped_by = by
        self._asked_to_stop = True

    def reload(self) -> None:
        """Ask for a reload of rules and templates; safe to call from a signal handler."""
        self._asked_to_reload = True

    def run(self) -> None:
        """Work until `stop` is called, then finish what is on the wire, within GRACE seconds."""
        loops = [("decider", self._decide_loop), ("upkeep", self._upkeep_loop)]
        loops.append(("timekeeper", self._time_loop))
        loops += [(f"lookup-{n}", self._lookup_loop) for n in range(LOOKUPS)]
        threads = [threading.Thread(target=loop, name=name, daemon=True) for name, loop in loops]
        self._store.attend()
        self._machine.look_at_clock()
        self._recover()
        self._timekeeper.keep()
        for thread in threads:
            thread.start()
        self._dispatcher.start()
        log.info("worker ready")
        self._watch()
        log.info("worker stopping", by=self._stopped_by)
        self._stop.set()
        self._wake()
        deadline = time.monotonic() + GRACE
        on_the_wire = self._dispatcher.stop(GRACE)
        for thread in threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        self._reloader.close()
        log.info("worker stopped", on_the_wire=on_the_wire)

    def _watch(self) -> None:
        next_recovery = next_look = 0.0
        while not self._asked_to_stop:
            if not self._dispatcher.alive:
                # Started anew, we take back what it held; alive without it, we would send nothing.
                raise RuntimeError("a thread that sends has ended")
            try:
                if self._store.wait(WATCH_EDIT_FOR if self._reloader.is_edited else WATCH_FOR):
                    self._wake()
                    time.sleep(BREATH)
                if self._reload():
                    self._timekeeper.keep()
                    self._wake()
                now = time.monotonic()
                if self._machine.look_at_clock():
                    # Leases may seem to be over: whoever holds them gets the time to renew them first.
                    next_recovery = now + 2 * RECOVER_EVERY
                    self._sender.hold()
                    self._wake()
                if now >= next_look:
                    next_look = now + LOOK_EVERY
                    self._machine.look_at_database()
                if now >= next_recovery:
                    next_recovery = now + RECOVER_EVERY
                    self._store.attend()
                    self._recover()
            except StoreError as error:
                self._trouble.met(error)
                time.sleep(1.0)

    def _reload(self) -> bool:
        if self._asked_to_reload:
            self._asked_to_reload = False
            return self._reloader.check(force=True)
        return self._reloader.look()

    def _wake(self) -> None:
        self._decide_bell.ring()
        self._lookup_bell.ring()
        self._time_bell.ring()
        self._dispatcher.wake()

    def _recover(self) -> None:
        """Take back what dead workers of this machine held, keep our own claims, settle what lapsed."""
        for worker in self._store.claimants():
            if is_gone(worker):
                log.warning("a worker is gone; its claims are taken back", worker=worker)
                self._store.release(worker)
        for update_id in self._store.updates.set_aside_repeated(self._clock()):
            log.error("update set aside; `notifier retry --update` decides it again", update=update_id)
            self._store.events.add(EventKind.UPDATE_SET_ASIDE, str(update_id), "", self._clock())
        self._sender.hold()
        self._sender.recover()
        self._reloader.current.gateway.tidy()

    def _decide_loop(self) -> None:
        while not self._stop.is_set():
            if self._guarded(self._decider.run_once):
                self._dispatcher.wake()
                self._lookup_bell.ring()
            else:
                self._decide_bell.wait(LONGEST_WAIT)

    def _time_loop(self) -> None:
        while not self._stop.is_set():
            if self._guarded(self._timekeeper.run_once):
                self._dispatcher.wake()
                self._lookup_bell.ring()
            else:
                self._time_bell.wait(self._until(self._timekeeper.next_due))

    def _lookup_loop(self) -> None:
        while not self._stop.is_set():
            if not self._guarded(self._look_up_once):
                self._lookup_bell.wait(self._until(self._store.lookups.next_due))
        self._lookup_bell.ring()  # one ring lets one go on: pass it to the next

    def _look_up_once(self) -> int:
        claimed = self._lookups.claim()
        if claimed is None:
            return 0
        self._lookup_bell.ring()  # there may be more: another thread looks as well
        if self._stop.is_set():
            self._lookups.give_back(claimed)
        else:
            self._lookups.look_up(claimed)
        return 1

    def _upkeep_loop(self) -> None:
        while not self._stop.is_set():
            if not self._guarded(self._upkeep.run_once):
                self._stop.wait(UPKEEP_EVERY)

    def _until(self, next_due: Callable[[], float | None]) -> float:
        """Return how long to wait for what is due next, in seconds."""
        try:
            due = next_due()
        except StoreError:
            return 1.0
        if due is None:
            return LONGEST_WAIT
        return min(LONGEST_WAIT, max(0.01, due - self._clock()))

    def _guarded(self, work: Callable[[], int | None]) -> int:
        """Do one piece of work; whatever goes wrong with it, the thread lives on."""
        try:
            done = work() or 0
            if done:
                self._trouble.over()
            return done
        except StoreError as error:
            self._trouble.met(error)
        except Exception:
            log.exception("unexpected error in the worker")
        self._stop.wait(1.0)
        return 0
