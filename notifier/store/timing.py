"""What a store is for what is due later, and for operators' alerts. See `notifier.store.protocol`."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Protocol

from notifier.core.alert import Alert, Labels, Silence
from notifier.core.brake import Flow
from notifier.core.event import Event
from notifier.core.plan import Plan
from notifier.core.schedule import Hours
from notifier.core.shopwide import Count
from notifier.core.situation import Situation
from notifier.core.timer import Timer
from notifier.core.trigger import Rate


class Timers(Protocol):
    """What is due later. A timer goes off one time; while it is on record, it is not set again."""

    def due(self, now: float, limit: int) -> list[Timer]:
        """Return timers that are due and did not go off yet, the longest due first."""

    def next_due(self) -> float | None:
        """Return when the next one is due, None if none waits."""

    def situation(self, timer: Timer) -> Situation | None:
        """Return the update that a timer comes from, and its order as told by all that was judged.

        With `overtaken`. None if the order is not on record (any more).
        """

    def settle(self, timer: Timer, plan: Plan, again_at: float | None, fingerprint: str, now: float) -> bool:
        """Write what follows from a timer, and that it went off, or when it goes off again.

        The decisions of the plan replace those of their rules on the timer's update; one that
        awaits the contact has it looked up. False, and nothing is written, if it is not due as `timer` says
        any more: somebody else was faster, or it was stopped. Of a standing timer (SCHEDULE, QUIET,
        RATE) that does not go off again nothing stays on record: it may be set anew.
        """

    def keep(self, timers: Collection[Timer], now: float) -> None:
        """Have exactly these standing timers (SCHEDULE, QUIET, RATE): others of these kinds end.

        One of the same rule, kind and key goes on as it is; one with another key gets that and its time,
        and keeps when it was set.
        """

    def orders(self, after: str, since: float, limit: int) -> list[Situation]:
        """Return orders with news since then (Unix seconds UTC), each by its newest judged update.

        At most `limit` of those whose reference comes after `after`, in that order.
        """

    def watch(self, timers: Collection[Timer], now: float) -> None:
        """Set timers; one that is on record and waits is due at the time that it is given now."""

    def waiting(self, ref: str) -> list[Timer]:
        """Return the timers about an order that did not go off yet, the next first."""

    def of_alert(self, alert: Alert) -> list[Timer]:
        """Return the timers of an alert (ESCALATE, REPEAT) that did not go off yet, the next first."""

    def alike_due(self, timer: Timer, until: float) -> float:
        """Return when the last of other timers with the rule, kind and key of `timer` is due, 0 without one.

        Those count that wait, are due no earlier than it, and by `until`, Unix seconds UTC.
        """

    def counts(self, rate: Rate, now: float) -> Mapping[str, Count]:
        """Count orders by the value of `rate.by`, see `core.trigger.Rate`; "" stands for no value."""

    def last_received(self) -> float | None:
        """Return when the last update arrived, Unix seconds UTC."""


class Events(Protocol):
    """Internal events; they hold no personal data."""

    def add(self, kind: str, subject: str, detail: str, now: float) -> None:
        """Record an event."""

    def newest(self, limit: int) -> list[Event]:
        """Return the newest events, the newest first."""

    def untold(self, limit: int) -> list[Event]:
        """Return events that no rule has judged yet, the oldest first."""

    def settle(self, event: Event, plan: Plan, fingerprint: str, now: float) -> bool:
        """Write what follows from an event, and that it was judged; False if it was already."""


class Alerts(Protocol):
    """Operators' alerts; they open and resolve with plans."""

    def open(self) -> list[Alert]:
        """Return those that are not resolved, the worst first, among these the oldest."""

    def newest(self, limit: int) -> list[Alert]:
        """Return the newest, resolved or not."""

    def get(self, alert_id: int) -> Alert | None:
        """Return one."""

    def of_message(self, message_id: int) -> list[Alert]:
        """Return the alerts that a message is about, the oldest first: of it, and of what went out with it.

        Those that wait for the next message of its group belong to it as well, until that goes out.
        """

    def acknowledge_all(self, alert_ids: Collection[int], by: str, now: float) -> list[Alert]:
        """Acknowledge those that are open, all in one transaction; return them as they are now."""

    def resolve_all(self, alert_ids: Collection[int], by: str, now: float) -> list[Alert]:
        """Close by hand those that are not resolved, all in one transaction; return them as they are now."""

    def acknowledge(self, alert_id: int, by: str, now: float) -> Alert:
        """Note that somebody takes care of it: it is not escalated or repeated any more.

        Raises NotFound, or NotAllowed if it is not open.
        """

    def resolve(self, alert_id: int, by: str, now: float) -> Alert:
        """Close it by hand. Raises NotFound, or NotAllowed if it is resolved already."""


class Silences(Protocol):
    """Silences, made while notifier runs."""

    def add(
        self,
        matchers: Labels,
        reason: str,
        author: str,
        starts_at: float,
        ends_at: float,
        *,
        customers: bool = False,
        hours: Hours | None = None,
    ) -> Silence:
        """Make one; times are Unix seconds UTC. With `hours` it recurs."""

    def edit(self, silence_id: int, change: Callable[[Silence], Silence], now: float) -> Silence:
        """Change one that is in force or to come, in one transaction, and return it.

        Args:
            change: returns the silence as it is to be; what it raises changes nothing.

        Raises NotFound, or NotAllowed if it is over.
        """

    def current(self, now: float) -> list[Silence]:
        """Return those that are in force or will be."""

    def newest(self, limit: int) -> list[Silence]:
        """Return the newest, over or not."""

    def end(self, silence_id: int, now: float) -> Silence:
        """End one now. Raises NotFound, or NotAllowed if it is over."""


@dataclass(frozen=True, slots=True)
class Braked:
    """That messages to customers are held: since when, how many of them were made in `window` seconds
    and how many are usual, and how many wait."""

    since: float
    count: int
    usual: float
    window: float
    held: int


class Brakes(Protocol):
    """The brake on bursts of messages to customers."""

    def flow(self, window: float, now: float) -> Flow:
        """Return how many messages to customers were made of late, and how many are usual."""

    def pull(self, flow: Flow, now: float) -> bool:
        """Hold messages to customers from now on, with the event `brake_pulled`; False if they are now."""

    def state(self) -> Braked | None:
        """Return what is held, None if the brake is not pulled."""

    def release(self, now: float) -> int:
        """Let the held messages go and return how many; what was made before counts for no burst any more."""

    def drop(self, now: float) -> int:
        """Drop the held messages (BY_HAND), return how many, and hold no more."""
