"""A plan: all that follows from one update, timer or event, written in one transaction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from notifier.core.alert import AlertChange
from notifier.core.message import NewMessage, Priority, State
from notifier.core.reason import Reason
from notifier.core.situation import Decision
from notifier.core.timer import Stop, Timer


@dataclass(frozen=True, slots=True)
class Plan:
    """All that follows from one update, timer or event.

    `decisions` are those of the rules that it concerns: the others wait for another
    status. `awaits_contact` tells that some rules could not be judged yet: the contact is
    to be looked up, and all judged again when that has ended. `timers` are set unless they
    were before; `stops` are carried out first. `cancels` names rules whose waiting messages
    and timers about this order end. `hastens` names rules whose messages about this order wait for no
    tracking code any more, with the seconds that they wait for more news all the same.
    """

    decisions: tuple[Decision, ...]
    messages: tuple[NewMessage, ...] = ()
    awaits_contact: bool = False
    timers: tuple[Timer, ...] = ()
    stops: tuple[Stop, ...] = ()
    alerts: tuple[AlertChange, ...] = ()
    cancels: frozenset[str] = frozenset()
    hastens: Mapping[str, float] = field(default_factory=dict)

    @property
    def to_customers(self) -> int:
        """How many messages customers get by it."""
        return sum(
            m.state is State.PENDING and m.priority >= Priority.CUSTOMER and not m.shadow
            for m in self.messages
        )


NOTHING = Plan(())
"""Nothing follows."""


def join(plans: Iterable[Plan]) -> Plan:
    """Return several plans as one."""
    every = list(plans)
    return Plan(
        decisions=tuple(d for plan in every for d in plan.decisions),
        messages=tuple(m for plan in every for m in plan.messages),
        awaits_contact=any(d.reason is Reason.AWAITING_CONTACT for plan in every for d in plan.decisions),
        timers=tuple(t for plan in every for t in plan.timers),
        stops=tuple(s for plan in every for s in plan.stops),
        alerts=tuple(a for plan in every for a in plan.alerts),
        cancels=frozenset(rule for plan in every for rule in plan.cancels),
        hastens={rule: settle for plan in every for rule, settle in plan.hastens.items()},
    )
