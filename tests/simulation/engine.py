"""The real engine on a clock of its own: store, decider, timekeeper and sender, with nobody at the other end.

It takes the same story as a simulated world, moment by moment, and what is due at the same
moment in the same order. What became of everything is told in one form, for both.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from notifier.core.contact import Finding
from notifier.core.message import Message, Rendered, State
from notifier.core.retry import Outcome, OutcomeKind
from notifier.core.rules import RuleSet
from notifier.core.update import Update
from notifier.service.decider import Decider
from notifier.service.ledger import Ledger
from notifier.service.running import Running
from notifier.service.sender import Ready, Sender
from notifier.service.timekeeper import Timekeeper
from notifier.simulation.lanes import Failure
from notifier.simulation.world import World, as_simulated
from notifier.store.protocol import Received
from notifier.store.sqlite.store import SqliteStore


class Words:
    """Stands for templates: the words say what they were made of."""

    def render(self, template: str, kind: str, vocabulary: Mapping[str, Any], *rest: object) -> Rendered:
        told = [
            template,
            vocabulary["rule"],
            vocabulary["update"].code,
            vocabulary["order"].ref,
            vocabulary["order"].code,
            vocabulary["shipment"].key if vocabulary["shipment"] else "",
            vocabulary["late"],
            vocabulary["occasion"].kind,
            vocabulary["severity"],
            str(vocabulary["alert"].state) if vocabulary["alert"] else "",
            sorted([i.rule, i.order.ref, i.update.code, i.occasion.kind] for i in vocabulary["items"]),
            vocabulary["more"],
        ]
        return Rendered(text=json.dumps(told))


@dataclass(frozen=True)
class Story:
    """What happens, by time; times are Unix seconds UTC."""

    start: float
    end: float
    registered: tuple[tuple[float, str, Finding], ...] = ()
    updates: tuple[tuple[float, Update], ...] = ()
    acknowledged: tuple[tuple[float, str, str], ...] = ()
    released: tuple[float, ...] = ()
    silences: tuple[tuple[float, float, Mapping[str, tuple[str, ...]], bool], ...] = ()
    failures: tuple[tuple[str, float, float, OutcomeKind], ...] = ()


@dataclass(frozen=True)
class Ended:
    """What became of a message."""

    rule: str
    channel: str
    ref: str
    once: str
    made: float
    state: str
    reason: str
    ended: float
    recipient: str
    attempts: int
    leader: str
    words: str


@dataclass(frozen=True)
class Told:
    """What came of a story."""

    messages: tuple[Ended, ...]
    decisions: tuple[tuple[str, str, str, str, bool], ...]
    alerts: tuple[tuple[str, str, str, str, float, float], ...]
    every: tuple[Message, ...] = field(compare=False, default=())
    people: Mapping[int, str] = field(compare=False, default_factory=dict)


def in_world(ruleset: RuleSet, story: Story) -> Told:
    """Tell a story in a simulated world."""
    world = World(ruleset, story.start, Words())  # type: ignore[arg-type]
    for at, ref, finding in story.registered:
        world.register(ref, finding, at)
    for at, update in story.updates:
        world.receive(update, at)
    for at, rule, key in story.acknowledged:
        world.acknowledge(rule, key, at)
    for at in story.released:
        world.release(at)
    for since, until, matchers, customers in story.silences:
        world.silence(matchers, since, until, customers=customers)
    for channel, since, until, kind in story.failures:
        world.fails(channel, since, until, kind)
    world.advance(story.end)
    outbox = world._memory.outbox
    words = {t.message.id: t.rendered.text for t in world.told if t.rendered}
    decisions: dict[tuple[int, str], tuple[str, bool]] = {}
    names = {u.id: u.update.identity for u in world._memory.orders._by_id.values()}
    for judged in world.judged:
        for d in judged.decisions:
            if judged.update_id:
                decisions[judged.update_id, d.rule] = (str(d.reason), d.fired)
    every = tuple(outbox)
    return Told(
        _messages(every, lambda m: words.get(m.id, "")),
        tuple(sorted((names[u], u and r, *v) for (u, r), v in decisions.items())),  # type: ignore[misc]
        _alerts(world._memory.alerts._every.values()),
        every,
        {m.id: outbox.person(m) for m in every},
    )


class _Line:
    """Everything arrives, unless the story says otherwise."""

    def __init__(self, clock: Callable[[], float], failures: Iterable[Failure], channels: Iterable[str]):
        self._clock = clock
        self._failures = {name: [] for name in channels}
        for channel, since, until, kind in failures:
            self._failures[channel].append(Failure(since, until, kind))

    def fits(self, name: str, rendered: object) -> bool:
        return True

    def kind(self, name: str) -> str:
        return "chat"

    def problems(self) -> dict[str, str]:
        return {}

    def send(self, name: str, rendered: Rendered, recipient: str, message_id: str) -> Outcome:
        now = self._clock()
        found = next((f for f in self._failures[name] if f.since <= now < f.until), None)
        return Outcome(OutcomeKind.DELIVERED if found is None else found.kind)


class Engine:
    """A worker without threads."""

    def __init__(self, ruleset: RuleSet, story: Story, file: Path) -> None:
        self.rules = as_simulated(ruleset)
        self.now = story.start
        self.story = story
        self._file = file
        self.store = SqliteStore(file)
        if not file.exists():
            self.store.migrate()
        accepts = self.rules.orders.accepts_unknown
        self.store.orders.accept_unknown(accepts)
        self.line = _Line(self.clock, story.failures, self.rules.channels)
        self.begin()

    def clock(self) -> float:
        return self.now

    def running(self) -> Running:
        return Running(self.rules, Words(), self.line, None)  # type: ignore[arg-type]

    def begin(self) -> None:
        """Start a worker."""
        self.store._db.read("PRAGMA synchronous=OFF")  # no power fails in a test
        self.decider = Decider(self.store, lambda: self.rules, "here/1/1", self.clock)
        self.keeper = Timekeeper(self.store, lambda: self.rules, self.clock)
        self.sender = Sender(self.store, self.running, "here/1/1", self.clock, lambda: 1.0)
        self.ledger = Ledger(self.store, self.sender, self.clock)
        self.keeper.keep()

    def restart(self) -> None:
        """End the worker, and start another on the same file."""
        self.store.close()
        self.store = SqliteStore(self._file)
        self.begin()

    def limits(self) -> dict[str, Any]:
        return {c.name: c.limits(1) for c in self.rules.channels.values()}

    def moment(self, happenings: Iterable[Callable[[], None]]) -> None:
        """Let happen what happens now."""
        for happening in happenings:
            happening()
        while True:
            if self.decider.run_once() or self.keeper.run_once():
                continue
            claimed = self.sender.claim(1, self.limits(), self.now)
            if not claimed:
                return
            (message,) = claimed
            (result,) = self.sender.prepare([message])
            if isinstance(result, Ready):
                if not self.sender.start([result]):
                    continue
                result = self.sender.judge(result, self.sender.transmit(result))
            self.ledger.write([result], [], None)

    def run(self, restarts: Iterable[float] = ()) -> None:
        """Tell the story."""
        store, agenda = lambda: self.store, []
        for at, ref, finding in self.story.registered:
            agenda.append((at, 0, lambda r=ref, f=finding: store().orders.register([(r, f)], self.now)))
        batches: dict[float, list[Update]] = {}
        for at, update in self.story.updates:
            batches.setdefault(at, []).append(update)
        for at, updates in batches.items():
            batch = [Received(u, b"") for u in updates]
            agenda.append((at, 1, lambda b=batch: store().updates.record(b, self.now)))
        for at, rule, key in self.story.acknowledged:
            agenda.append((at, 2, lambda r=rule, k=key: self._acknowledge(r, k)))
        agenda += [(at, 2, lambda: store().brake.release(self.now)) for at in self.story.released]
        for since, until, matchers, customers in self.story.silences:
            store().silences.add(matchers, "", "", since, until, customers=customers)
        agenda += [(at, -1, self.restart) for at in restarts]
        agenda.sort(key=lambda one: one[:2])
        self.moment([])
        while True:
            dues = [agenda[0][0] if agenda else None, self.keeper.next_due()]
            dues.append(self.sender.next_due(self.now, self.limits()))
            dues.append(self._next_pending())  # the dispatcher looks every few seconds anyway
            at = min((max(d, self.now) for d in dues if d is not None), default=None)
            if at is None or at > self.story.end:
                break
            self.now = at
            now_due = [one[2] for one in agenda if one[0] <= at]
            agenda = [one for one in agenda if one[0] > at]
            self.moment(now_due)

    def _next_pending(self) -> float | None:
        (row,) = self.store._db.read(
            "SELECT min(due_at) AS at FROM messages WHERE state = 'pending' AND due_at > ?", (self.now,)
        )
        at: float | None = row["at"]
        return at

    def _acknowledge(self, rule: str, key: str) -> None:
        for alert in self.store.alerts.open():
            if (alert.rule, alert.key, str(alert.state)) == (rule, key, "open"):
                self.store.alerts.acknowledge(alert.id, "", self.now)

    def outcome(self) -> Told:
        every = tuple(sorted(self.store.outbox.newest((), 10_000), key=lambda m: m.id))
        rows = self.store._db.read("SELECT id, text, person FROM messages")
        text = {row["id"]: row["text"] for row in rows}
        decisions = [
            (row["identity"], d[0], d[2], bool(d[1]))
            for row in self.store._db.read("SELECT identity, decisions FROM updates WHERE id > 0")
            for d in json.loads(row["decisions"])
        ]
        return Told(
            _messages(every, lambda m: (text[m.id] or "") if m.state in _WORDED else ""),
            tuple(sorted(decisions)),  # type: ignore[arg-type]
            _alerts(self.store.alerts.newest(10_000)),
            every,
            {row["id"]: row["person"] for row in rows},
        )


_WORDED = (State.DELIVERED, State.SHADOWED)


def _messages(every: Iterable[Message], words: Callable[[Message], str]) -> tuple[Ended, ...]:
    by_id = {m.id: m for m in every}
    return tuple(
        sorted(
            (
                Ended(
                    m.rule,
                    m.send.channel,
                    m.ref,
                    m.once,
                    m.created_at,
                    str(m.state),
                    str(m.reason or ""),
                    0.0 if m.state in (State.PENDING, State.HELD, State.MERGED) else (m.ended_at or 0.0),
                    m.recipient if m.state in _WORDED else "",
                    m.attempts,
                    by_id[m.into].once if m.state is State.MERGED and m.into else "",
                    words(m),
                )
                for m in by_id.values()
            ),
            key=repr,
        )
    )


def _alerts(alerts: Iterable[Any]) -> tuple[tuple[str, str, str, str, float, float], ...]:
    return tuple(
        sorted(
            (a.rule, a.key, str(a.state), str(a.severity), a.opened_at, a.resolved_at or 0.0) for a in alerts
        )
    )
