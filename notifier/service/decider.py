"""The decider: undecided updates become plans, those of an order in the order in which they happened."""

from __future__ import annotations

from collections.abc import Callable

import structlog

from notifier.core.decide import decide
from notifier.core.event import EventKind
from notifier.core.reason import Reason
from notifier.core.rules import RuleSet
from notifier.core.wants import wants
from notifier.errors import StoreError
from notifier.service.braking import Braking
from notifier.service.reporting import Reporter
from notifier.store.protocol import Store

BATCH = 20
"""Updates decided in one transaction; more would keep the web waiting for the write lock."""

LEASE = 60.0
"""How long a claim on an update holds, in seconds."""

log = structlog.get_logger()


class Decider:
    """Decides updates.

    Args:
        store: where they are.
        rules: returns the rules in force.
        worker: this worker's name.
        clock: returns Unix seconds UTC.
    """

    def __init__(
        self, store: Store, rules: Callable[[], RuleSet], worker: str, clock: Callable[[], float]
    ) -> None:
        self._store = store
        self._rules = rules
        self._worker = worker
        self._clock = clock
        self._reporter = Reporter(store)

    def run_once(self) -> int:
        """Decide one batch of updates and return how many were claimed.

        1. Claim whole orders, and count the claim: what ends a worker three times is set aside.
        2. In one transaction for a few at a time: load each one's order, decide, write the plan.
        """
        claimed = self._store.updates.claim(self._worker, self._clock(), LEASE, BATCH)
        left = list(claimed)
        ruleset = self._rules()
        if not claimed:
            return 0
        braking = Braking(self._store, ruleset, self._clock())
        try:
            while left:
                with self._store.transaction():
                    for update_id in left[:BATCH]:
                        self._decide(update_id, ruleset, braking)
                del left[:BATCH]
        except StoreError:
            self._store.updates.give_back(left, self._worker)
            raise
        return len(claimed)

    def _decide(self, update_id: int, ruleset: RuleSet, braking: Braking) -> None:
        """Decide one update; if that fails, only its own part of the transaction is undone."""
        try:
            with self._store.transaction():
                self._write_plan(update_id, ruleset, braking)
        except StoreError:
            raise
        except Exception as error:
            log.exception("update not decided", update=update_id)
            if self._store.updates.fail(update_id, self._worker, type(error).__name__):
                log.error("update set aside; `notifier retry --update` decides it again", update=update_id)
                self._reporter.report(EventKind.UPDATE_SET_ASIDE, str(update_id), "", self._clock())

    def _write_plan(self, update_id: int, ruleset: RuleSet, braking: Braking) -> None:
        situation = self._store.updates.situation(update_id, self._worker)
        if situation is None:
            return  # the claim ran out and went to another worker
        now = self._clock()
        standing = self._store.standing(wants(ruleset, situation, now), now)
        plan = decide(ruleset, situation, standing, now)
        self._store.updates.record_plan(
            update_id, self._worker, plan, situation.late, ruleset.fingerprint, now
        )
        log.info(
            "update awaits its contact" if plan.awaits_contact else "update decided",
            update=update_id,
            ref=situation.order.ref,
            status=situation.update.status,
            late=situation.late,
            fired=[d.rule for d in plan.decisions if d.fired],
        )
        for decision in plan.decisions:
            if decision.reason is Reason.CONDITION_FAILED:
                self._reporter.report(EventKind.EXPRESSION_FAILED, decision.rule, decision.detail, now)
        braking.count(plan, now)
