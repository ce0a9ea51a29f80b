"""How many messages of a channel may be claimed now: a pure function of its limits and its use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from notifier.core.reason import Reason
from notifier.core.rest import WIRE_REASONS


@dataclass(frozen=True, slots=True)
class Quota:
    """At most `count` in any `period` seconds."""

    count: int
    period: float


@dataclass(frozen=True, slots=True)
class Limits:
    """What a claimant may take of one channel.

    `room` is how many messages it has hands for; `rate` bounds attempts, `budget`
    those that may have reached somebody; `patience` is the channel's `retry.for`
    in seconds.
    """

    room: int
    rate: Quota | None = None
    budget: Quota | None = None
    patience: float = 86_400.0


@dataclass(frozen=True, slots=True)
class Used:
    """What a quota has seen in its period: how many, and when one leaves it that makes room.

    `claimed` are those that are about to be attempted, by any worker. `frees_at` is
    None while there is room, or while attempts are under way that may yet make some.
    """

    count: int = 0
    claimed: int = 0
    frees_at: float | None = None


@dataclass(frozen=True, slots=True)
class Use:
    """How a channel stands in the database: its rests (None: until somebody acts), and what was used."""

    rests: Mapping[Reason, float | None] = field(default_factory=dict)
    sending: int = 0
    rate: Used = Used()
    budget: Used = Used()


@dataclass(frozen=True, slots=True)
class Allowance:
    """How many messages may be claimed; if none, when to ask again (None: something will wake us).

    `elsewhere` says that only those may go which have another way and have waited
    long enough; `exhausted_until` that the budget is used up.
    """

    most: int
    again_at: float | None = None
    elsewhere: bool = False
    exhausted_until: float | None = None


def allowance(limits: Limits, use: Use, now: float) -> Allowance:
    """Return how many messages of a channel may be claimed.

    1. One that rests keeps its messages.
    2. One whose budget is used up keeps them as well, as counted now: what is on record of
       that is for people, and may come from a budget that was another.
    3. One whose rest is over is probed by one message at a time.
    4. Else as many as there is room for, within its rate and its budget.

    A quota is exact: what is claimed counts as used from the claim on, whoever
    claimed it, so that no period ever holds more attempts than its count.
    """
    resting = [
        until
        for reason, until in use.rests.items()
        if reason is not Reason.BUDGET_REACHED and (until is None or until > now)
    ]
    if resting:
        ends = [until for until in resting if until is not None]
        return Allowance(limits.room, max(ends) if len(ends) == len(resting) else None, elsewhere=True)
    by_budget, by_rate = _left(limits.budget, use.budget), _left(limits.rate, use.rate)
    frees = use.budget.frees_at
    if by_budget <= 0 and frees is not None:
        return Allowance(limits.room, frees, elsewhere=True, exhausted_until=frees)
    most = min(limits.room, by_budget, by_rate)
    if WIRE_REASONS.intersection(use.rests):
        most = min(most, 0 if use.sending else 1)
    return Allowance(max(0, most), use.rate.frees_at if by_rate <= 0 else None)


def _left(quota: Quota | None, used: Used) -> int:
    return 1_000_000 if quota is None else quota.count - used.count - used.claimed
