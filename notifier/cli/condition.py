"""How it is, as the database says it, and what of that needs a person."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from notifier.core.alert import Alert, AlertState, Severity
from notifier.core.event import Event
from notifier.core.message import UpdateState
from notifier.core.reason import Reason
from notifier.store.customers import SourceState
from notifier.store.rulesets import InForce
from notifier.store.sending import Backlog, ChannelState
from notifier.store.timing import Braked

LATELY = 86_400.0
"""Seconds for which a message that failed is news."""

PATIENCE = 900.0
"""Seconds for which a source may be down before somebody has to look: most come back by themselves."""

_FOR_A_PERSON = {
    Reason.CHANNEL_DOWN: "the service refuses us",
    Reason.REFUSES_EVERYONE: "it refuses us, not single recipients",
    Reason.NOT_CONFIGURED: "it is not configured (notifier check)",
}
"""Why a channel rests that does not come back by itself."""


@dataclass(frozen=True, slots=True)
class Condition:
    """What the database says at `now`, Unix seconds UTC."""

    now: float
    worker: bool
    rules: InForce
    updates: Mapping[str, int]
    messages: Backlog
    delivered: int
    channels: tuple[ChannelState, ...]
    sources: tuple[SourceState, ...]
    events: tuple[Event, ...]
    alerts: tuple[Alert, ...] = ()
    silences: int = 0
    brake: Braked | None = None

    def needs(self) -> Iterator[str]:
        """Yield what needs a person, the most urgent first."""
        if not self.worker:
            yield "no worker is running: nothing is decided or sent until one is started"
        if self.rules.rejected is not None:
            yield "an edit of rules or templates was refused (notifier check)"
        if self.brake is not None:
            yield f"the brake holds {self.brake.held} messages to customers (notifier brake)"
        waiting = [alert for alert in self.alerts if alert.state is AlertState.OPEN]
        if waiting:
            critical = sum(alert.severity is Severity.CRITICAL for alert in waiting)
            worst = f", {critical} of them critical" if critical else ""
            yield f"{len(waiting)} alerts that nobody has acknowledged{worst} (notifier alerts)"
        for state in self.channels:
            if state.reason in _FOR_A_PERSON:
                yield f"channel {state.name} is paused: {_FOR_A_PERSON[state.reason]}"
        for source in self.sources:
            if self.now - source.since > PATIENCE:
                yield f"source {source.name} is down (notifier sources)"
        if aside := self.updates.get(UpdateState.SET_ASIDE):
            yield f"{aside} updates set aside; the log says which (notifier retry --update ID)"
        failed, unknown = self.messages.failed_since, self.messages.unknown_since
        if failed or unknown:
            counted = [f"{n} {word}" for n, word in ((failed, "failed"), (unknown, "unknown")) if n]
            yield f"messages within a day: {', '.join(counted)} (notifier messages --failed)"
