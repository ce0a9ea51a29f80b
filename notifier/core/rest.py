"""When a channel is left alone: a pure function of how its attempts end, one after the other.

Three things end up here, and each has a reason of its own:

- the service refuses us (password, credit, a revoked hook): CHANNEL_DOWN at once;
- it asks for less (429, Retry-After): THROTTLED for as long as it says;
- it was not there, or could do nothing for anybody, several times in a row:
  UNREACHABLE, for longer each time (a circuit breaker).

A fourth, REFUSES_EVERYONE, cannot be seen from one attempt: `core.refusals` counts it, over all
workers, and `hold` says for how long.

While a channel rests its messages wait; after each rest one of them probes it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from notifier.core.reason import Reason
from notifier.core.retry import LONGEST_RETRY_AFTER, Outcome, OutcomeKind

FAILURES = 5
"""So many attempts in a row that find a channel unreachable make it rest."""

FIRST_REST = 15.0
"""The first rest of an unreachable or throttled channel, in seconds; each further one is twice as long."""

LONGEST_REST = 300.0
"""No rest that we choose ourselves is longer, in seconds."""

WIRE_REASONS = frozenset({Reason.CHANNEL_DOWN, Reason.REFUSES_EVERYONE, Reason.UNREACHABLE, Reason.THROTTLED})
"""Why a channel rests by what came over the wire: it is probed when the time is over."""


NEEDS_A_DELIVERY = frozenset({Reason.CHANNEL_DOWN, Reason.REFUSES_EVERYONE})
"""Pauses that only a delivery ends: a refusal of another kind does not show that we are taken again."""


@dataclass(frozen=True, slots=True)
class Rest:
    """A channel is left alone: why, and until when (Unix seconds UTC).

    `code` is the reply code of the refusal that everybody gets, if that is why.
    """

    reason: Reason
    until: float
    code: str = ""


@dataclass(frozen=True, slots=True)
class Health:
    """How a channel did lately: attempts in a row that found it unreachable, and rests in a row.

    `until` is when the last rest ends, Unix seconds UTC: what fails before was on its
    way when the rest began, and says nothing new.
    """

    failures: int = 0
    rests: int = 0
    until: float = 0.0


@dataclass(frozen=True, slots=True)
class Effect:
    """What an attempt means for its channel: a rest to begin, and rests that are over with it."""

    rest: Rest | None = None
    over: frozenset[Reason] = frozenset()


def judge(health: Health, outcome: Outcome, now: float, jitter: float) -> tuple[Health, Effect]:
    """Return what an attempt that ended with `outcome` means for its channel.

    Args:
        health: what is known of the channel from the attempts before.
        now: Unix seconds UTC.
        jitter: a random number in [0, 1).
    """
    if outcome.kind is OutcomeKind.DELIVERED:
        return Health(), Effect(over=WIRE_REASONS)
    health = replace(health, failures=health.failures + 1 if outcome.unreachable else 0)
    if outcome.kind is OutcomeKind.CHANNEL_DOWN:
        return _rest(health, Reason.CHANNEL_DOWN, now + LONGEST_REST)
    if outcome.retry_after:  # 0 tells no time: all that waits would be refused, one right after the other
        return _rest(health, Reason.THROTTLED, now + min(outcome.retry_after, LONGEST_RETRY_AFTER))
    if (outcome.throttled or outcome.unreachable) and now < health.until:
        return health, Effect()
    wait = min(LONGEST_REST, FIRST_REST * 2.0 ** min(health.rests, 10)) * (0.5 + jitter / 2)
    if outcome.throttled:
        return _rest(health, Reason.THROTTLED, now + wait)
    if health.failures >= FAILURES:
        return _rest(health, Reason.UNREACHABLE, now + wait)
    if outcome.unreachable:
        return health, Effect()
    # It spoke of this message alone: the channel is there.
    return Health(), Effect(over=WIRE_REASONS - NEEDS_A_DELIVERY)


def hold(code: str, since: float, now: float) -> Rest:
    """Return the pause of a channel that refuses everybody with `code`: each as long as all before it.

    So waits double without a count of them, whichever worker made the last probe.

    Args:
        code: the reply code.
        since: when it was first held, Unix seconds UTC; `now` if it is held from now on.
        now: Unix seconds UTC.
    """
    wait = min(LONGEST_REST, max(FIRST_REST, now - since))
    return Rest(Reason.REFUSES_EVERYONE, now + wait, code)


def _rest(health: Health, reason: Reason, until: float) -> tuple[Health, Effect]:
    return replace(health, rests=health.rests + 1, until=until), Effect(Rest(reason, until))
