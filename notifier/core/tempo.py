"""How often and with what else something is told: groups, throttles and digests."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Group:
    """What a rule has to say to operators goes out together; durations in seconds.

    Those with the same values of `by` (fields of `core.alert.LABELS`) share a message: the first
    waits `wait`, later ones go out at most every `interval`. A message lists `most` of them.
    """

    by: tuple[str, ...] = ("rule",)
    wait: float = 120.0
    interval: float = 1_800.0
    most: int = 20


@dataclass(frozen=True, slots=True)
class Throttle:
    """A customer is told at most `most` times in any `within` seconds.

    What is more waits until there is room and becomes one message (`merge`), or is dropped.
    """

    most: int
    within: float
    merge: bool = True


@dataclass(frozen=True, slots=True)
class Digest:
    """What the rules named have said since the last time, in one message."""

    rules: tuple[str, ...]
    skip_empty: bool = False
