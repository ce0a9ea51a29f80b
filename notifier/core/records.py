"""What is on record, as what is due asks for it: answered by the store, or by a simulation."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Protocol

from notifier.core.shopwide import Count
from notifier.core.situation import Situation
from notifier.core.standing import Standing, Wants
from notifier.core.timer import Timer
from notifier.core.trigger import Rate


class Records(Protocol):
    """Reads; times are Unix seconds UTC."""

    def standing(self, wants: Wants, now: float) -> Standing:
        """Return what is on record, as far as it is wanted."""

    def situation(self, timer: Timer) -> Situation | None:
        """Return the update that a timer comes from, and its order as it is now; None if there is none."""

    def alike_due(self, timer: Timer, until: float) -> float:
        """Return when the last other timer is due that does the same as `timer` by `until`, 0 without one."""

    def counts(self, rate: Rate, now: float) -> Mapping[str, Count]:
        """Count orders by the value of `rate.by`."""

    def last_received(self) -> float | None:
        """Return when the last update arrived."""

    def told(self, rules: Collection[str], since: float, until: float) -> int:
        """Return how much these rules said after `since` and up to `until`."""
