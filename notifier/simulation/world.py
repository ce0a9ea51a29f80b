"""A world on a clock of its own: what a shop sends in, what notifier's core makes of it, and what is told.

Everything is scheduled first (`register`, `receive`, …) and happens while the clock is moved by
`advance` or `settle`. The same calls give the same world: there is no chance in it, no network and
no database. Sources of contacts are not asked: who was not registered is unknown at once. Every
channel is taken to be configured, and what is sent arrives at once, unless `fails` says otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial

from notifier.core import shopwide
from notifier.core.alert import Labels, Silence
from notifier.core.contact import REGISTERED, Finding
from notifier.core.message import Message, State
from notifier.core.retry import OutcomeKind
from notifier.core.rules import RuleSet
from notifier.core.schedule import Hours
from notifier.core.timer import TimerKind
from notifier.core.update import Update
from notifier.render.templates import Templates
from notifier.simulation.agenda import Agenda, Turn
from notifier.simulation.delivering import Delivery
from notifier.simulation.endings import Endings
from notifier.simulation.journal import Alerted, Journal, Judged, Told, Vain
from notifier.simulation.judging import Judge
from notifier.simulation.lanes import Failure
from notifier.simulation.memory import Memory
from notifier.simulation.preparing import Preparing

NO_KINDS: Mapping[str, str] = {}


class World:
    """A shop with its rules, and a clock; all times are Unix seconds UTC.

    `journal` is all that happened, entry by entry.

    Args:
        ruleset: the rules in force.
        start: when it begins.
        templates: make words; None for a world without, which is faster.
        kinds: what each channel speaks (email, sms, chat), by name; chat where none is given.
        watches: rules about the shop as a whole (schedules, silence, rates) are at work from the start;
            else from `watch` on.
    """

    def __init__(
        self,
        ruleset: RuleSet,
        start: float,
        templates: Templates | None = None,
        kinds: Mapping[str, str] = NO_KINDS,
        *,
        watches: bool = True,
    ) -> None:
        self.ruleset = as_simulated(ruleset)
        self.journal: Journal = []
        self._agenda = Agenda(start)
        self._judge = Judge(self.ruleset, self._agenda, self.journal)
        self._memory = Memory(self.ruleset, self.journal, self._message_waits, self._judge.wait_for)
        self._judge.use(self._memory)
        endings = Endings(self.ruleset, self._memory, self.journal, self._judge.report)
        preparing = Preparing(self.ruleset, self._memory, templates, kinds)
        self._delivery = Delivery(self.ruleset, self._memory, preparing, endings, self._agenda, self.journal)
        if watches:
            self.watch()

    # What happens to it. Raises ValueError if that time is over.

    def register(self, ref: str, finding: Finding, at: float) -> None:
        """Have the shop register an order, or know it better."""
        self._agenda.schedule(at, Turn.REGISTER, partial(self._register, ref, finding))

    def receive(self, update: Update, at: float) -> None:
        """Have an update arrive: it is recorded and judged at once, with all others of the same moment."""
        self._agenda.schedule(at, Turn.UPDATE, update)

    def event(self, kind: str, subject: str, detail: str, at: float) -> None:
        """Have something happen to notifier itself."""
        self._agenda.schedule(at, Turn.EVENT, partial(self._judge.report, kind, subject, detail))

    def acknowledge(self, rule: str, key: str, at: float, by: str = "") -> None:
        """Have somebody take care of an alert; its key is the order, or the value of a rate's `by`."""
        self._agenda.schedule(at, Turn.PERSON, partial(self._acknowledge, rule, key, by))

    def release(self, at: float) -> None:
        """Have somebody let go what the brake holds."""
        self._agenda.schedule(at, Turn.PERSON, self._release)

    def silence(
        self,
        matchers: Labels,
        since: float,
        until: float,
        *,
        customers: bool = False,
        hours: Hours | None = None,
    ) -> None:
        """Keep messages quiet from `since` until `until`, with `hours` while they are open."""
        silences = self._memory.alerts.silences
        silences.append(Silence(len(silences) + 1, matchers, "", "", since, until, customers, hours))

    def fails(
        self, channel: str, since: float, until: float, kind: OutcomeKind = OutcomeKind.TRANSIENT
    ) -> None:
        """Let every attempt on a channel end so from `since` until `until`: TRANSIENT, PERMANENT, UNKNOWN."""
        self._delivery.lanes[channel].failures.append(Failure(since, until, kind))

    def watch(self) -> None:
        """Have rules about the shop as a whole begin their work now."""
        for timer in shopwide.standing_timers(self.ruleset, self.now, self._memory.last_received()):
            self._memory.set(timer, self.now)

    # Its clock.

    @property
    def now(self) -> float:
        """The time in it."""
        return self._agenda.now

    def advance(self, until: float) -> None:
        """Let everything happen that is due up to `until`, and move the clock there."""
        while (at := self._agenda.next_at()) is not None and at <= until:
            self._step()
        self._agenda.now = max(self.now, until)

    def stop_repeating(self) -> None:
        """Repeat no alert that is open now any more: nobody acknowledges them here."""
        self._memory.timers.end(TimerKind.REPEAT)

    def settle(self, limit: float) -> None:
        """Advance until nothing is due any more that comes only once, to `limit` at most.

        Schedules, rates, silence of the feed and repeats come back for ever: they do not count.
        """
        while self.is_busy and (at := self._agenda.next_at()) is not None and at <= limit:
            self._step()

    @property
    def is_busy(self) -> bool:
        """Tell whether something is yet to happen that happens only once."""
        memory = self._memory
        return bool(self._agenda.scheduled or memory.outbox.pending or memory.timers.waiting)

    # What came of it.

    @property
    def told(self) -> list[Told]:
        """The end of every message, in order; those that went out with another count with that one."""
        return [entry for entry in self.journal if isinstance(entry, Told)]

    def merged(self, told: Told) -> list[Message]:
        """Return the other messages that went out with one."""
        return self._memory.outbox.merged_into(told.message) if told.merged else []

    @property
    def judged(self) -> list[Judged]:
        """Every decision, in order."""
        return [entry for entry in self.journal if isinstance(entry, Judged)]

    @property
    def alerts(self) -> list[Alerted]:
        """What became of alerts, step by step."""
        return [entry for entry in self.journal if isinstance(entry, Alerted)]

    @property
    def waiting(self) -> list[Message]:
        """The messages that wait still, or are held, the oldest first."""
        return [m for m in self._memory.outbox if m.state in (State.PENDING, State.HELD)]

    def _step(self) -> None:
        taken = self._agenda.take()
        if isinstance(taken[0], Update):
            self._judge.arrive([update for update in taken if isinstance(update, Update)])
        else:
            taken[0]()

    def _message_waits(self, message: Message) -> None:
        self._agenda.add(message.due_at, Turn.MESSAGE, partial(self._delivery.is_due, message.id))

    def _register(self, ref: str, finding: Finding) -> None:
        self._judge.judge(self._memory.orders.register(ref, finding))

    def _release(self) -> None:
        self._memory.release(self.now)

    def _acknowledge(self, rule: str, key: str, by: str) -> None:
        alert = self._memory.alerts.acknowledge(rule, key, by, self.now)
        if alert is not None:
            self.journal.append(Alerted(self.now, alert))
        else:
            about = key or "the shop"
            self.journal.append(Vain(self.now, f"there is no open alert of {rule} about {about}"))


def as_simulated(ruleset: RuleSet) -> RuleSet:
    """Return rules as a simulated world has them: every channel is configured, and no source is asked."""
    channels = {name: replace(channel, paused=None) for name, channel in ruleset.channels.items()}
    orders = ruleset.orders
    known = replace(orders, sources=(REGISTERED,), accept_unknown=orders.accepts_unknown)
    return replace(ruleset, channels=channels, orders=known)
