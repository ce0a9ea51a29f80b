"""Watches how many messages customers get, and pulls the brake if it is a burst."""

from __future__ import annotations

from dataclasses import replace

import structlog

from notifier.core.brake import Flow, is_burst
from notifier.core.plan import Plan
from notifier.core.rules import RuleSet
from notifier.store.protocol import Store

log = structlog.get_logger()


class Braking:
    """Counts along while plans are written; for one batch of them.

    Args:
        now: Unix seconds UTC.
    """

    def __init__(self, store: Store, ruleset: RuleSet, now: float) -> None:
        self._store = store
        self._brake = ruleset.brake
        self._flow: Flow | None = None
        if self._brake is not None and store.brake.state() is None:
            self._flow = store.brake.flow(self._brake.window, now)

    def count(self, plan: Plan, now: float) -> None:
        """Count what customers get by a plan that was just written."""
        made = plan.to_customers
        if self._flow is None or self._brake is None or not made:
            return
        flow = self._flow = replace(self._flow, count=self._flow.count + made)
        if not is_burst(flow, self._brake):
            return
        self._flow = None
        if self._store.brake.pull(flow, now):
            log.error(
                "brake pulled: messages to customers are held (notifier brake)",
                count=flow.count,
                usual=round(flow.usual, 1),
                window=flow.window,
            )
