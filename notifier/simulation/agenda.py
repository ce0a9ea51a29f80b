"""What is to happen in a simulated world, by time; what is due at the same moment in an order of its own."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from enum import IntEnum
from typing import TypeAlias

from notifier.core.update import Update


class Turn(IntEnum):
    """What goes first of all that is due at the same moment."""

    REGISTER = 0
    UPDATE = 1
    PERSON = 2
    EVENT = 3
    EXPIRE = 4
    TIMER = 5
    MESSAGE = 6
    LANE = 7


Happening: TypeAlias = Callable[[], None] | Update
"""What is done when it is due; updates that arrive at the same moment are taken together."""


class Agenda:
    """A clock, and what is due. `scheduled` counts what was put there from outside.

    Args:
        start: Unix seconds UTC.
    """

    def __init__(self, start: float) -> None:
        self.now = start
        self.scheduled = 0
        self._heap: list[tuple[float, int, int, Happening]] = []
        self._number = 0

    def schedule(self, at: float, turn: Turn, what: Happening) -> None:
        """Put something there from outside. Raises ValueError if that time is over."""
        if at < self.now:
            raise ValueError(f"{at} is over: the clock stands at {self.now}")
        self.scheduled += 1
        self.add(at, turn, what)

    def add(self, at: float, turn: Turn, what: Happening) -> None:
        """Put something there: now, if its time is over."""
        self._number += 1
        heapq.heappush(self._heap, (max(at, self.now), turn, self._number, what))

    def next_at(self) -> float | None:
        """Return when the next thing is due, None if nothing is."""
        return self._heap[0][0] if self._heap else None

    def take(self) -> list[Happening]:
        """Move the clock to what is due next, and take it: several things only if they are updates."""
        at, turn, _, what = heapq.heappop(self._heap)
        self.now = at
        if turn < Turn.TIMER:
            self.scheduled -= 1
        taken = [what]
        while turn == Turn.UPDATE and self._heap and self._heap[0][:2] == (at, turn):
            taken.append(heapq.heappop(self._heap)[3])
            self.scheduled -= 1
        return taken
