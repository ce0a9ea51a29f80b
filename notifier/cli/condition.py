"""How it is, as the database says it, and what of that needs a person."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from notifier.cli import output, waiting
from notifier.core.alert import Alert, AlertState, Severity
from notifier.core.event import Event
from notifier.core.message import UpdateState
from notifier.core.reason import Reason
from notifier.store.customers import SourceState
from notifier.store.health import Overdue, Room
from notifier.store.rulesets import InForce
from notifier.store.sending import Backlog, ChannelState
from notifier.store.timing import Braked

LATELY = 86_400.0
"""Seconds for which a message that failed is news."""

PATIENCE = 900.0
"""Seconds for which a source or a channel may be down, and messages overdue, before somebody has to look,
unless NOTIFIER_STATUS_AFTER says otherwise: most of it mends itself."""

LITTLE_ROOM = 100_000_000
"""Bytes on the database's disk below which somebody has to make room."""

FEW_FILES = 100
"""Files that can still be made on that disk below which the same is true."""

_FOR_A_PERSON = {
    Reason.CHANNEL_DOWN: "the service refuses us",
    Reason.REFUSES_EVERYONE: "it refuses us, not single recipients",
    Reason.NOT_CONFIGURED: "it is not configured (notifier check)",
}
"""Why a channel rests that does not come back by itself."""

_EXPLAINED = {*_FOR_A_PERSON, Reason.PAUSED_BY_HAND, Reason.BUDGET_REACHED}
"""Why messages of a channel wait without anything that is new to anybody."""


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
    silenced: tuple[int, ...] = ()
    """Alerts that a silence keeps quiet, by id."""
    patience: float = PATIENCE
    overdue: tuple[Overdue, ...] = ()
    write: str = ""
    """Why a write does not go through now; empty if it does."""
    room: Room | None = None
    pinned: str = ""
    """Who keeps the write-ahead log from being emptied, in words; empty if nobody does."""
    unrecorded: tuple[Event, ...] = ()
    rejected: int = 0
    """Signed webhooks that could not be read, and are kept."""
    rejected_lately: int = 0
    """Those of them that came within LATELY, and that nobody has dismissed."""
    elsewhere: bool = False
    """Whether a worker has another file open than the one at the database's path."""

    def needs(self) -> Iterator[str]:
        """Yield what needs a person, the most urgent first."""
        yield from self._of_the_machine()
        if self.rules.rejected is not None:
            yield "an edit of rules or templates was refused (notifier check)"
        if self.brake is not None:
            held = output.counted(self.brake.held, "message")
            yield f"the brake holds {held} to customers (notifier brake)"
        yield from self._of_alerts()
        for state in self.channels:
            if state.reason in _FOR_A_PERSON:
                yield f"channel {state.name} is paused: {_FOR_A_PERSON[state.reason]}"
        yield from self._late()
        for source in self.sources:
            if self.now - source.since > self.patience:
                yield f"source {source.name} is down (notifier sources)"
        if aside := self.updates.get(UpdateState.SET_ASIDE):
            updates = output.counted(aside, "update")
            yield f"{updates} set aside; the log says which (notifier retry --update ID)"
        if (lately := self.rejected_lately) > 0:
            webhooks = output.counted(lately, "webhook")
            yield f"{webhooks} signed and not understood within a day (notifier rejected)"
        failed, unknown = self.messages.failed_since, self.messages.unknown_since
        if failed or unknown:
            counted = [f"{n} {word}" for n, word in ((failed, "failed"), (unknown, "unknown")) if n]
            yield f"messages within a day: {', '.join(counted)} (notifier messages --failed)"

    def _of_the_machine(self) -> Iterator[str]:
        if self.write:
            yield f"updates cannot be recorded: {self.write}"
        if self.pinned:
            yield f"the database cannot be tidied: {self.pinned}; end that program"
        if self.room is not None and self.room.bytes < LITTLE_ROOM:
            yield f"the disk of the database is nearly full: {self.room.bytes / 1e6:.1f} MB are left"
        if self.room is not None and self.room.files is not None and self.room.files < FEW_FILES:
            files = output.counted(self.room.files, "more file")
            yield f"the disk of the database takes only {files} (df -i)"
        if not self.worker:
            yield "no worker is running: nothing is decided or sent until one is started"
        elif self.elsewhere:
            yield "the worker has another database open than the one at this path (notifier-worker's log)"
        for event in self.unrecorded:
            yield f"{event.detail} (notifier dismiss --event {event.id} --reason …)"

    def _of_alerts(self) -> Iterator[str]:
        unowned = [
            alert for alert in self.alerts if alert.state is AlertState.OPEN and alert.id not in self.silenced
        ]
        if unowned:
            critical = sum(alert.severity is Severity.CRITICAL for alert in unowned)
            worst = f", {critical} of them critical" if critical else ""
            alerts = output.counted(len(unowned), "alert")
            yield f"{alerts} that nobody has acknowledged{worst} (notifier alerts)"

    def _late(self) -> Iterator[str]:
        """Yield what waits for too long, unless the reason was said already or is a person's own."""
        explained = {state.name for state in self.channels if state.reason in _EXPLAINED}
        unreachable = {s.name: s for s in self.channels if s.reason is Reason.UNREACHABLE}
        for late in self.overdue:
            if late.channel in explained:
                continue
            waits = output.counted(late.count, "message")
            since = waiting.span(self.now - late.since)
            if (state := unreachable.get(late.channel)) is not None:
                # Paused only after several tries: what waits tells for how long.
                down = waiting.span(self.now - min(state.since, late.since))
                yield f"channel {late.channel} not reached for {down}: {waits} waiting (notifier channels)"
            else:
                yield f"channel {late.channel}: {waits} overdue, the oldest for {since} (notifier channels)"
