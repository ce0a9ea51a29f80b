"""The brake: a burst of messages to customers is held until a person has looked at it. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from notifier.core.occasion import Occasion, OccasionKind
from notifier.core.once import of
from notifier.core.plan import Plan
from notifier.core.rules import Brake, RuleSet
from notifier.core.situation import of_no_order
from notifier.core.speak import speak
from notifier.core.standing import Standing

USUAL_DAYS = 7
"""How far back what is usual is counted, in days."""


@dataclass(frozen=True, slots=True)
class Flow:
    """Messages to customers: how many were made in the last `window` seconds, and how many are usual then.

    Usual is the mean over USUAL_DAYS days before the window.
    """

    count: int
    usual: float
    window: float


def is_burst(flow: Flow, brake: Brake) -> bool:
    """Tell whether there are too many at once."""
    return flow.count > max(brake.least, brake.above * flow.usual)


def ask(ruleset: RuleSet, brake: Brake, flow: Flow, now: float) -> Plan:
    """Return the messages that ask operators what is to become of a burst."""
    facts: dict[str, object] = {"count": flow.count, "usual": round(flow.usual, 1), "window": flow.window}
    situation = of_no_order(Occasion(OccasionKind.BRAKE, now, facts), now)
    subject = of(brake.rule, f"brake/{now:.0f}", shadow=False)
    _, born = speak(brake.rule, [subject], ruleset, situation, Standing(), now)
    return Plan((), tuple(born))
