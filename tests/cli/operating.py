"""Alerts, timers and held messages for tests: written as the worker writes them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from notifier.core.alert import AlertChange, Change, Severity
from notifier.core.brake import Flow
from notifier.core.message import NewMessage
from notifier.core.plan import Plan
from notifier.core.reason import Reason
from notifier.core.situation import Decision
from notifier.core.timer import Timer, TimerKind
from notifier.store.protocol import Store
from tests import factories


def decide(
    store: Store,
    ref: str,
    code: str,
    now: float,
    *,
    decisions: Iterable[Decision] = (),
    messages: Iterable[NewMessage] = (),
    register: bool = True,
    **more: Any,
) -> int:
    """Record an update of an order and the plan for it; return the update's id."""
    if register and store.orders.get(ref) is None:
        factories.register(store, ref, at=now)
    store.updates.record([factories.received(code, ref, at=now)], now)
    (claimed,) = store.updates.claim("setup", now, 60.0, 1)
    plan = Plan(tuple(decisions), tuple(messages), **more)
    store.updates.record_plan(claimed, "setup", plan, False, "0123456789ab", now)
    return claimed


def open_alert(
    store: Store,
    ref: str,
    now: float,
    *,
    rule: str = "lost",
    severity: Severity = Severity.CRITICAL,
    join: str = "",
) -> int:
    """Open an alert about an order, told on Slack, with an escalation 30 minutes later; return its id."""
    labels = {"rule": (rule,), "ref": (ref,), "carrier": ("postnl",), "status": ("lost",)}
    labels |= {"severity": (severity.value,)}
    told = factories.new_message(
        f"{rule}/status/{ref}/X/0",
        rule=rule,
        send=factories.delivery("slack").options[0],
        recipient="",
        due_at=now,
        alert=ref,
        join=join,
    )
    number = max((alert.id for alert in store.alerts.newest(1)), default=0) + 1
    decide(
        store,
        ref,
        "X",
        now,
        decisions=[Decision(rule, True, Reason.FIRED, "send: slack")],
        messages=[told],
        alerts=(AlertChange(rule, ref, Change.OPEN, severity, labels, ref),),
        timers=(Timer(rule, TimerKind.ESCALATE, ref, "0", now + 1800, ref, number),),
    )
    return number


def pull_brake(store: Store, now: float, refs: Iterable[str] = ("41", "42")) -> None:
    """Pull the brake, and have messages held."""
    assert store.brake.pull(Flow(120, 3.5, 600.0), now)
    for ref in refs:
        held = factories.new_message(
            f"shipped/order/{ref}/0", due_at=now, state=factories.State.HELD, reason=Reason.BRAKED
        )
        decisions = [Decision("shipped", True, Reason.FIRED, "send: email")]
        decide(store, ref, "C", now, decisions=decisions, messages=[held])
