"""How many orders had some status of late, by value: counted as updates come, so that asking is cheap."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping

from notifier.core.shopwide import Count
from notifier.core.trigger import Rate


class SlidingCount:
    """Orders that had something within the last `window` seconds, event time.

    A heap of when each leaves, the next first; an order that had it again stands in it a second
    time, and leaves with the last.
    """

    __slots__ = ("_heap", "_latest", "_window")

    def __init__(self, window: float) -> None:
        self._window = window
        self._latest: dict[str, float] = {}
        self._heap: list[tuple[float, str]] = []

    def add(self, ref: str, at: float) -> None:
        """Note that an order had it at `at`, Unix seconds UTC."""
        before = self._latest.get(ref)
        if before is None or at > before:
            self._latest[ref] = at
            heapq.heappush(self._heap, (at, ref))

    def leaves(self, now: float) -> bool:
        """Tell whether an order may leave the window that ends at `now`."""
        return bool(self._heap) and self._heap[0][0] <= now - self._window

    def count(self, now: float) -> int:
        """Return how many orders had it within the window that ends at `now`."""
        heap, latest, since = self._heap, self._latest, now - self._window
        while heap and heap[0][0] <= since:
            at, ref = heapq.heappop(heap)
            if latest.get(ref) == at:
                del latest[ref]
        return len(latest)

    def within(self, others: SlidingCount | None, now: float) -> int:
        """Return how many of these orders the others have as well, within the window that ends at `now`."""
        if others is None:
            return 0
        self.count(now), others.count(now)
        return sum(ref in others._latest for ref in self._latest)


class RateCounts:
    """The counts of one rate."""

    def __init__(self, rate: Rate) -> None:
        self._rate = rate
        self._of: dict[str, SlidingCount] = {}
        self._among: dict[str, SlidingCount] = {}
        self._version = 0

    def add(self, code: str, ref: str, at: float, values: Iterable[object]) -> None:
        """Count an update of an order.

        Args:
            values: those of `by`, None for no value.
        """
        names = {"" if value is None else str(value) for value in values} or {""}
        for codes, counts in ((self._rate.of, self._of), (self._rate.among, self._among)):
            if code in codes:
                self._version += 1
                for name in names:
                    if name not in counts:
                        counts[name] = SlidingCount(self._rate.window)
                    counts[name].add(ref, at)

    def version(self, now: float) -> int:
        """Return a number that is another one whenever `counts` may give something else."""
        for counts in (self._of, self._among):
            for count in counts.values():
                if count.leaves(now):
                    count.count(now)
                    self._version += 1
        return self._version

    def counts(self, now: float) -> Mapping[str, Count]:
        """Return the counts by value, without those that are empty."""
        of = {name: count.within(self._among.get(name), now) for name, count in self._of.items()}
        among = {name: count.count(now) for name, count in self._among.items()}
        return {name: Count(of.get(name, 0), among.get(name, 0)) for name in {*of, *among} if among.get(name)}
