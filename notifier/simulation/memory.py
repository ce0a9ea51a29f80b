"""What is on record in a simulated world: plans are applied to it as a store does, and read back from it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Mapping

from notifier.core.brake import USUAL_DAYS, Flow
from notifier.core.facts import values
from notifier.core.message import Message, NewMessage, State
from notifier.core.plan import Plan
from notifier.core.reason import Reason
from notifier.core.rules import RuleSet
from notifier.core.shopwide import Count
from notifier.core.situation import Situation
from notifier.core.standing import Standing, Wants
from notifier.core.timer import Timer
from notifier.core.trigger import Rate
from notifier.simulation.alerts import Alerts
from notifier.simulation.journal import Alerted, Awaited, Journal, Told
from notifier.simulation.orders import OrderBook
from notifier.simulation.outbox import Outbox, is_for_customer
from notifier.simulation.rates import RateCounts
from notifier.simulation.timers import COMES_BACK, Timers

MOST_TOLD = 500
"""What one digest counts, at most; as the daemon's timekeeper has it."""


class Memory:
    """Implements `core.records.Records`.

    Args:
        ruleset: the rules in force.
        journal: what happened.
        on_message: told of each message that is to be looked at when it is due.
        on_timer: told of each timer that was set.
    """

    def __init__(
        self,
        ruleset: RuleSet,
        journal: Journal,
        on_message: Callable[[Message], None],
        on_timer: Callable[[Timer], None],
    ) -> None:
        digests = {name for rule in ruleset.rules if rule.digest for name in rule.digest.rules}
        self.orders = OrderBook(ruleset.orders.sources, ruleset.orders.accepts_unknown)
        self.outbox = Outbox(digests, on_message)
        self.timers = Timers()
        self.alerts = Alerts()
        self.braked = False
        self._recent: deque[float] = deque()
        self._usual: deque[float] = deque()
        self._rates = {rate: RateCounts(rate) for _, rate in ruleset.rates}
        self._fingerprint = ruleset.fingerprint
        self._journal = journal
        self._on_timer = on_timer

    def apply(self, plan: Plan, update_id: int, ref: str, now: float) -> None:
        """Write all that a plan says: stops, alerts, messages, timers, and last what it cancels."""
        if plan.stops:
            self.timers.stop(plan.stops)
        for change in plan.alerts:
            alert = self.alerts.change(change, update_id, now)
            if alert is not None:
                self._journal.append(Alerted(now, alert))
        for new in plan.messages:
            self.bear(new, update_id, ref, now)
        for timer in plan.timers:
            self.set(timer, now)
        if plan.cancels:
            self._cancel(plan.cancels, ref, now)
        for rule, settle in plan.hastens.items():
            self.outbox.hasten(rule, ref, settle, now)

    def bear(self, new: NewMessage, update_id: int, ref: str, now: float) -> Message:
        """Put a new message on record."""
        message = self.outbox.bear(new, update_id, ref, self._fingerprint, now)
        if message.state is State.DROPPED:
            self._journal.append(Told(now, message))
        elif is_for_customer(new):
            self._recent.append(now)
        return message

    def set(self, timer: Timer, now: float) -> None:
        """Set a timer, unless it is on record."""
        kept = self.timers.set(timer, now)
        if kept is not None:
            if kept.kind not in COMES_BACK:
                self._journal.append(Awaited(now, kept))
            self._on_timer(kept)

    def count(self, situation: Situation) -> None:
        """Count an update that is judged for the rates."""
        update, order = situation.update, situation.order
        for rate, counts in self._rates.items():
            if update.code in rate.of or update.code in rate.among:
                found = values(rate.by, update, order) if rate.by else (None,)
                counts.add(update.code, order.ref, update.happened_at, found)

    def flow(self, window: float, now: float) -> Flow:
        """Return how many messages to customers were made of late, and how many are usual."""
        recent, usual, week = self._recent, self._usual, USUAL_DAYS * 86_400.0
        while recent and recent[0] <= now - window:
            usual.append(recent.popleft())
        while usual and usual[0] <= now - window - week:
            usual.popleft()
        return Flow(len(recent), len(usual) * window / week, window)

    def release(self, now: float) -> None:
        """Let go what the brake holds; what was made before counts for no burst any more."""
        self.braked = False
        self._recent.clear()
        for message in [m for m in self.outbox if m.state is State.HELD]:
            due = max(now, message.due_at)
            self.outbox.move(message, state=State.PENDING, reason=None, due_at=due)

    def standing(self, wants: Wants, now: float) -> Standing:
        """Return what is on record, as far as it is wanted."""
        ref = wants.ref
        return Standing(
            taken=self.outbox.taken(ref, wants.keys),
            traces=self.outbox.traces(ref) if ref else (),
            alerts=self.alerts.of(ref, wants.alerts),
            silences=self.alerts.quieting(now),
            joins=self.outbox.joins(wants.joins) if wants.joins else {},
            lately={who: self.outbox.lately(who, since) for who, since in wants.persons.items()},
            braked=self.braked,
        )

    def situation(self, timer: Timer) -> Situation | None:
        """Return the update that a timer comes from, and its order as it is now."""
        return self.orders.situation(timer.update_id)

    def alike_due(self, timer: Timer, until: float) -> float:
        """Return when the last timer like this one is due by then."""
        return self.timers.alike_due(timer, until)

    def counts(self, rate: Rate, now: float) -> Mapping[str, Count]:
        """Count orders by the value of `rate.by`."""
        return self._rates[rate].counts(now)

    def version(self, rate: Rate, now: float) -> int:
        """Return a number that is another one whenever the counts of a rate may be others."""
        return self._rates[rate].version(now)

    def last_received(self) -> float | None:
        """Return when the last update arrived."""
        return self.orders.last_received

    def told(self, rules: Collection[str], since: float, until: float) -> int:
        """Return how much these rules said."""
        return len(self.outbox.told(rules, since, until, MOST_TOLD))

    def drop(self, message: Message, reason: Reason, now: float) -> Message:
        """End a message that is not told; what went into it waits by itself again."""
        dropped = self.outbox.move(message, state=State.DROPPED, reason=reason, ended_at=now)
        self._journal.append(Told(now, dropped))
        for other in self.outbox.merged_into(dropped):
            self.outbox.move(other, state=State.PENDING, into=None)
        return dropped

    def _cancel(self, rules: Collection[str], ref: str, now: float) -> None:
        for message in self.outbox.cancelled_by(rules, ref):
            self.drop(message, Reason.CANCELLED, now)
        self.timers.cancel(rules, ref)
