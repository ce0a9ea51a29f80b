"""How far rules look back, and how long they wait: what happened that long ago can still be told."""

from __future__ import annotations

from collections.abc import Iterator

from notifier.core.rules import Rule, RuleSet
from notifier.core.schedule import Span
from notifier.core.trigger import Quiet, Rate, Schedule, StatusTrigger, Stuck

DAY = 86_400.0

LEAST = 3_600.0
"""Seconds that are always allowed for."""

HOLIDAYS = 4
"""Days that are allowed for beside weekends, where business days are counted."""


def lead(ruleset: RuleSet) -> float:
    """Return the seconds after which nothing of what has happened is still to be told, roughly.

    Each rule may wait for what it waits for, then for its turn, and then until a window opens.
    """
    longest = max((_waits(rule) + _turns(rule) for rule in ruleset.rules), default=0.0)
    return max(LEAST, longest + (7 * DAY if _windows(ruleset) else 0.0))


def _waits(rule: Rule) -> float:
    """Return how long after the event a rule speaks for the first time."""
    match rule.trigger:
        case StatusTrigger(after=Span() as span) | Stuck(span=span) | Quiet(span=span):
            return _seconds(span)
        case Rate(window=window):
            return window
        case Schedule():
            return 7 * DAY if rule.digest else 0.0
    return 0.0


def _turns(rule: Rule) -> float:
    """Return how long what it has to say may wait for its turn, and what it says again."""
    return rule.settle + sum(_later(rule)) + max((step.after for step in rule.escalate), default=0.0)


def _later(rule: Rule) -> Iterator[float]:
    if rule.group:
        yield rule.group.wait + rule.group.interval
    if rule.throttle:
        yield rule.throttle.within


def _windows(ruleset: RuleSet) -> bool:
    """Tell whether a window may keep something waiting: over a weekend with holidays, say."""
    return any(
        option.window for rule in ruleset.judged for entry in rule.deliveries for option in entry.options
    )


def _seconds(span: Span) -> float:
    if span.business_days:
        return (span.business_days * 7 / 5 + HOLIDAYS) * DAY
    return span.seconds
