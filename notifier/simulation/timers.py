"""Timers in memory: set once, gone off once, forgotten when they are stopped."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

from notifier.core.timer import OF_ALERT, Stop, Timer, TimerKind

Key: TypeAlias = tuple[str, TimerKind, str, str]
"""What there is one timer of: rule, kind, about and key."""

COMES_BACK = frozenset({TimerKind.RATE, TimerKind.QUIET, TimerKind.SCHEDULE, TimerKind.REPEAT})
"""What goes off again and again, for as long as nobody ends it."""


@dataclass(slots=True)
class _Slot:
    timer: Timer
    waits: bool = True


def key_of(timer: Timer) -> Key:
    """Return what makes it the same timer."""
    return timer.rule, timer.kind, timer.about, timer.key


class Timers:
    """What is due later. `waiting` counts those that go off a single time, and have not yet."""

    def __init__(self) -> None:
        self._slots: dict[Key, _Slot] = {}
        self._about: dict[tuple[str, str], set[Key]] = {}
        self._alike: dict[tuple[str, TimerKind, str], set[Key]] = {}
        self.waiting = 0

    def set(self, timer: Timer, now: float) -> Timer | None:
        """Set a timer unless it is on record; return it as it was set. Of a rate the sooner time counts."""
        key = key_of(timer)
        slot = self._slots.get(key)
        if (
            slot is not None
            and slot.waits
            and timer.kind is TimerKind.RATE
            and timer.due_at < slot.timer.due_at
        ):
            slot.timer = _moved(slot.timer, timer.due_at, slot.timer.set_at)  # counted sooner: there is news
            return slot.timer
        if slot is not None:
            return None
        kept = _moved(timer, timer.due_at, now)
        self._slots[key] = _Slot(kept)
        self._about.setdefault((timer.rule, timer.about), set()).add(key)
        if timer.kind in OF_ALERT:
            self._alike.setdefault((timer.rule, timer.kind, timer.key), set()).add(key)
        self._count(key, 1)
        return kept

    def alike_due(self, timer: Timer, until: float) -> float:
        """Return when the last other timer with its rule, kind and key is due by `until`, 0 without one."""
        keys = self._alike.get((timer.rule, timer.kind, timer.key), ())
        due = (self._slots[key].timer.due_at for key in keys if key[2] != timer.about)
        return max((at for at in due if timer.due_at <= at <= until), default=0.0)

    def due(self, key: Key, due_at: float) -> Timer | None:
        """Return a timer if it goes off at that time, None if it does not any more."""
        slot = self._slots.get(key)
        return slot.timer if slot is not None and slot.waits and slot.timer.due_at == due_at else None

    def settle(self, timer: Timer, again_at: float | None, now: float) -> Timer | None:
        """Note that a timer went off; return it as it is set anew, if it is.

        What counts orders is set anew by each update, so it is forgotten.
        """
        key = key_of(timer)
        slot = self._slots.get(key)
        if slot is None or not slot.waits:
            return None  # what followed from it has stopped it
        if again_at is not None:
            slot.timer = _moved(timer, again_at, now)
            return slot.timer
        self._end(key)
        if timer.kind is TimerKind.RATE:
            self._forget(key)
        return None

    def stop(self, stops: Iterable[Stop]) -> None:
        """Forget timers."""
        for stop in stops:
            for key in list(self._about.get((stop.rule, stop.about), ())):
                if key[1] in stop.kinds and (not stop.but or key[3] != stop.but):
                    self._end(key)
                    self._forget(key)

    def end(self, kind: TimerKind) -> None:
        """End all that wait of one kind."""
        for key, slot in self._slots.items():
            if key[1] is kind and slot.waits:
                self._end(key)

    def cancel(self, rules: Iterable[str], ref: str) -> None:
        """Forget what waits of these rules about an order."""
        for rule in rules:
            for key in [k for k in self._about.get((rule, ref), ()) if self._slots[k].waits]:
                self._end(key)
                self._forget(key)

    def _end(self, key: Key) -> None:
        slot = self._slots[key]
        if slot.waits:
            slot.waits = False
            self._alike.get((key[0], key[1], key[3]), set()).discard(key)
            self._count(key, -1)

    def _forget(self, key: Key) -> None:
        del self._slots[key]
        self._about[key[0], key[2]].discard(key)

    def _count(self, key: Key, by: int) -> None:
        if key[1] not in COMES_BACK:
            self.waiting += by


def _moved(timer: Timer, due_at: float, now: float) -> Timer:
    """Return a timer with other times; `dataclasses.replace` would take three times as long."""
    return Timer(
        timer.rule, timer.kind, timer.about, timer.key, due_at, timer.ref, timer.update_id, set_at=now
    )
