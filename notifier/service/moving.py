"""Alerts that are acknowledged or resolved together: by what they are about, or by their message."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

from notifier.core.alert import Alert, AlertState, Labels, fits
from notifier.errors import NotFound
from notifier.service import silencing
from notifier.store.protocol import Store
from notifier.store.timing import Alerts


@dataclass(frozen=True, slots=True)
class Move:
    """What is done to alerts that are in one of the states `of`."""

    done: str
    of: frozenset[AlertState]
    one: Callable[[Alerts, int, str, float], Alert]
    several: Callable[[Alerts, Collection[int], str, float], list[Alert]]


ACKNOWLEDGE = Move(
    "acknowledged",
    frozenset({AlertState.OPEN}),
    lambda alerts, *rest: alerts.acknowledge(*rest),
    lambda alerts, *rest: alerts.acknowledge_all(*rest),
)
RESOLVE = Move(
    "resolved",
    frozenset({AlertState.OPEN, AlertState.ACKNOWLEDGED}),
    lambda alerts, *rest: alerts.resolve(*rest),
    lambda alerts, *rest: alerts.resolve_all(*rest),
)


def meant(matchers: Labels, message: int | None) -> str:
    """Say which alerts are meant: "of message 5", or "with rule problem"."""
    return f"with {silencing.described(matchers)}" if message is None else f"of message {message}"


def movable(store: Store, matchers: Labels, message: int | None, what: Move) -> list[int]:
    """Return the IDs of the alerts that can be moved: all of a message, or those that fit.

    Args:
        matchers: field to values; what counts without `message`.

    Raises:
        NotFound: there is no such message, or none of its alerts or of those that fit can be moved.
    """
    if message is None:
        found = [alert for alert in store.alerts.open() if fits(matchers, alert.labels)]
    elif store.outbox.get(message) is None:
        raise NotFound(f"there is no message {message}")
    else:
        found = store.alerts.of_message(message)
    ids = [alert.id for alert in found if alert.state in what.of]
    if not ids:
        states = [alert.state for alert in found]
        counted = ", ".join(f"{states.count(state)} {state}" for state in AlertState if state in states)
        why = f": {counted} already" if counted else _unknown(store, matchers)
        raise NotFound(f"no alert {meant(matchers, message)} can be {what.done}{why}")
    return ids


def _unknown(store: Store, matchers: Labels) -> str:
    """Say which rules that are asked for are not in force; nothing while no worker has told which are."""
    names = store.rulesets.names()
    told = silencing.unknown_rules(matchers, names) if names is not None else []
    return f"; in the rules in force {', and '.join(told)}" if told else ""
