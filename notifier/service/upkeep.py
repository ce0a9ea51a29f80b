"""What becomes due by age: updates that were held too long, and personal data that was kept long enough."""

from __future__ import annotations

from collections.abc import Callable

import structlog

from notifier.core.decide import expire
from notifier.core.rules import RuleSet
from notifier.core.wants import wants
from notifier.store.protocol import Store

BATCH = 50
"""Updates or orders in one go: more would keep the web waiting for the write lock."""

log = structlog.get_logger()


class Upkeep:
    """Does what is due by age.

    Args:
        store: what it is done to.
        rules: returns the rules in force.
        clock: returns Unix seconds UTC.
    """

    def __init__(self, store: Store, rules: Callable[[], RuleSet], clock: Callable[[], float]) -> None:
        self._store = store
        self._rules = rules
        self._clock = clock
        self._expired = 0
        self._erased = 0

    def run_once(self) -> int:
        """Do one batch; return how much was done, 0 once nothing is due."""
        expired, erased = self._expire(), self._age_out()
        self._expired += expired
        self._erased += erased
        if not (expired or erased):
            self._report()
            if self._store.compact(self._clock()):
                log.info("database rewritten: what was erased is in no part of the file")
        return expired + erased

    def _report(self) -> None:
        """Log what was done since the last time, all batches together."""
        if self._expired:
            log.warning("updates expired: their orders were never registered", updates=self._expired)
        if self._erased:
            log.info("personal data erased by age", orders=self._erased)
        self._expired = self._erased = 0

    def _expire(self) -> int:
        """Give up what was held for longer than orders.hold_for."""
        ruleset, now = self._rules(), self._clock()
        if ruleset.orders.hold_for is None:
            return 0
        done = 0
        for update in self._store.updates.held(now - ruleset.orders.hold_for, BATCH):
            with self._store.transaction():
                situation = self._store.updates.situation_of_held(update.id)
                if situation is None:
                    continue
                standing = self._store.standing(wants(ruleset, situation, now), now)
                plan = expire(ruleset, situation, standing, now)
                done += self._store.updates.expire(update.id, plan, ruleset.fingerprint, now)
        return done

    def _age_out(self) -> int:
        """Erase personal data that is older than `retention` says."""
        retention, now = self._rules().retention, self._clock()
        bodies = None if retention.bodies is None else now - retention.bodies
        contacts = None if retention.contacts is None else now - retention.contacts
        return self._store.orders.age_out(bodies, contacts, BATCH, now)
