"""Whether the wall clock was set: a pure function of two readings of two clocks."""

from __future__ import annotations

from dataclasses import dataclass

TOLERANCE = 60.0
"""Seconds by which the clocks may drift apart between two readings; gentle adjustment moves them less."""


@dataclass(frozen=True, slots=True)
class Reading:
    """Two clocks read at once: Unix seconds UTC, and seconds of one that nobody sets."""

    wall: float
    steady: float


def change(before: Reading, after: Reading) -> float:
    """Return by how many seconds the wall clock was set ahead between two readings, negative if back.

    0.0 within TOLERANCE.
    """
    found = (after.wall - before.wall) - (after.steady - before.steady)
    return found if abs(found) > TOLERANCE else 0.0


def in_words(seconds: float) -> str:
    """Return a change of the clock in words, such as `set back by 3 h 0 min`."""
    minutes = round(abs(seconds) / 60)
    length = f"{minutes // 60} h {minutes % 60} min" if minutes >= 60 else f"{minutes} min"
    return f"set {'back' if seconds < 0 else 'ahead'} by {length}"
