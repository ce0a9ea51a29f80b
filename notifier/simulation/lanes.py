"""Channels: what their quotas let through, and when they fail, if a test wants them to."""

from __future__ import annotations

import heapq
from collections import deque
from dataclasses import dataclass

from notifier.core.channel import Channel
from notifier.core.message import Message
from notifier.core.quota import Allowance, Limits, Quota, Use, Used, allowance
from notifier.core.retry import Outcome, OutcomeKind

FREE = Allowance(1)
"""Nothing stands in the way."""

_SAID = {
    OutcomeKind.TRANSIENT: "not now",
    OutcomeKind.PERMANENT: "refused",
    OutcomeKind.UNKNOWN: "no answer",
}


@dataclass(frozen=True, slots=True)
class Failure:
    """A channel fails from `since` until `until`, Unix seconds UTC: what it does to every attempt."""

    since: float
    until: float
    kind: OutcomeKind


class Lane:
    """One channel. What waits for its quota stands in a queue, the most urgent first."""

    def __init__(self, channel: Channel) -> None:
        self.channel = channel
        self.failures: list[Failure] = []
        self.wakes_at: float | None = None
        self._told_at: float | None = None
        self._queue: list[tuple[int, float, int]] = []
        self._tried: deque[float] = deque()
        self._arrived: deque[float] = deque()

    @property
    def is_limited(self) -> bool:
        """Tell whether it has a rate or a budget."""
        return self.channel.rate is not None or self.channel.budget is not None

    def allowance(self, now: float) -> Allowance:
        """Return whether one more may go now, by `core.quota`."""
        if not self.is_limited:
            return FREE
        use = Use(
            rate=_used(self.channel.rate, self._tried, now),
            budget=_used(self.channel.budget, self._arrived, now),
        )
        limits = Limits(1, self.channel.rate, self.channel.budget, self.channel.retry.within)
        return allowance(limits, use, now)

    def attempt(self, now: float) -> Outcome | None:
        """Send something; return how that ended, None if it was delivered."""
        failure = next((f for f in self.failures if f.since <= now < f.until), None)
        if self.is_limited:
            self._tried.append(now)
            if failure is None or failure.kind is OutcomeKind.UNKNOWN:
                self._arrived.append(now)
        return None if failure is None else Outcome(failure.kind, detail=_SAID.get(failure.kind, ""))

    def queue(self, message: Message) -> None:
        """Let a message wait for room."""
        heapq.heappush(self._queue, (message.priority, message.due_at, message.id))

    def next(self) -> int:
        """Take the id of the most urgent message that waits for room; there has to be one."""
        return heapq.heappop(self._queue)[2]

    def is_news(self, now: float) -> bool:
        """Tell whether it is to be told that the budget is used up: once in its period."""
        budget, before = self.channel.budget, self._told_at
        if budget is None or (before is not None and now - before < budget.period):
            return False
        self._told_at = now
        return True

    @property
    def has_queue(self) -> bool:
        """Tell whether anything waits for room."""
        return bool(self._queue)


def _used(quota: Quota | None, moments: deque[float], now: float) -> Used:
    if quota is None:
        return Used()
    while moments and moments[0] + quota.period <= now:
        moments.popleft()
    frees_at = moments[-quota.count] + quota.period if len(moments) >= quota.count else None
    return Used(len(moments), 0, frees_at)
