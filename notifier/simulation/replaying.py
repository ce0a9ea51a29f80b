"""Recorded history played to a simulated world: what its rules would have told, as a `Run`.

What happened before the time that is looked at is played as well: who was told something then was
told it, by each version of the rules in its own way, and `once` and the order's course follow from
it. Rules about the shop as a whole begin when all of its orders are played, not only old ones.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from typing import TypeVar

from notifier.core.contact import REGISTERED, Contact, Finding, combine
from notifier.core.message import Message, Send, State
from notifier.core.reason import Reason
from notifier.core.rules import Delivery, Rule, RuleSet
from notifier.core.update import RecordedUpdate
from notifier.simulation.comparison import SHADOW, News, Run, Verdict
from notifier.simulation.journal import Arrived, Judged, Told
from notifier.simulation.pairing import Sent
from notifier.simulation.subjects import subject
from notifier.simulation.world import World
from notifier.store.past import KnownOrder

PIECE = 500
"""Updates that are played before their story is taken down."""

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Span:
    """What is looked at, and what is played for it; Unix seconds UTC.

    Messages count from `since` to `until`. Orders with updates from `reads_from` to `reads_until`
    are played, and the clock runs on to `ends` for what is told later.
    """

    since: float
    until: float
    reads_from: float
    reads_until: float
    ends: float


def as_recorded(ruleset: RuleSet) -> RuleSet:
    """Return rules as history is to be judged by: no brake holds what a person would have let go.

    An option of `first_of` whose channel is not configured is left out where another one is, as the
    daemon passes it over.
    """
    configured = set(ruleset.channels) - unconfigured(ruleset)
    missing = ruleset.orders.missing_contact
    orders = replace(ruleset.orders, missing_contact=missing and _passing_over(missing, configured))
    rules = tuple(_passing_over(rule, configured) for rule in ruleset.rules)
    return replace(ruleset, brake=None, rules=rules, orders=orders)


def unconfigured(ruleset: RuleSet) -> set[str]:
    """Return the channels without a usable URL; none where no channel has one, as on another machine."""
    found = {name for name, c in ruleset.channels.items() if c.paused is Reason.NOT_CONFIGURED}
    return set() if found == set(ruleset.channels) else found


def play(
    ruleset: RuleSet,
    orders: Iterable[KnownOrder],
    updates: Iterable[RecordedUpdate],
    span: Span,
    on_done: Callable[[int], None],
) -> Run:
    """Return what rules make of recorded updates.

    Contacts are known from the start as they are known today.

    Args:
        updates: in the order of arrival.
        on_done: told how many updates were played so far.
    """
    pieces = _pieces(updates)
    first = next(pieces, [])
    start = min(first[0].received_at, span.reads_from) if first else span.reads_from
    world = World(ruleset, start, watches=False)
    for order in orders:
        if (known := _known(order, start)) is not None:
            world.register(order.ref, known, start)
    story = _Story(world, span)
    done, begun = 0, False
    for piece in _after(first, pieces):
        for news in piece:
            at = max(news.received_at, world.now)
            if not begun and at >= span.reads_from:
                world.advance(span.reads_from)
                world.watch()
                begun = True
            world.receive(news.update, at)
        world.advance(max(piece[-1].received_at, world.now))
        story.take_down()
        done += len(piece)
        on_done(done)
    if not begun:
        world.watch()
    world.advance(max(span.until, world.now))
    world.stop_repeating()
    world.settle(span.ends)
    story.take_down()
    return story.run()


class _Story:
    """What happened, taken down piece by piece: a whole month's journal would fill the memory."""

    def __init__(self, world: World, span: Span) -> None:
        self._world = world
        self._span = span
        self._sent: list[Sent] = []
        self._unsent: dict[tuple[str, str, str], str] = {}
        self._verdicts: dict[str, dict[int, Verdict]] = {}
        self._news: dict[int, News] = {}
        self._same: dict[tuple[bool, Reason, str], Verdict] = {}

    def take_down(self) -> None:
        """Take down what the journal holds, and empty it."""
        for entry in self._world.journal:
            match entry:
                case Arrived(at=at, update=update) if self._span.since <= at < self._span.until:
                    self._news[update.id] = News(update.update.ref, update.code, update.happened_at)
                case Judged(update_id=number, decisions=decisions) if number in self._news:
                    for decision in decisions:
                        key = (decision.fired, decision.reason, decision.detail)
                        verdict = self._same.get(key)
                        if verdict is None:
                            verdict = self._same[key] = Verdict(key[0], key[1].value, key[2])
                        self._verdicts.setdefault(decision.rule, {})[number] = verdict
                case Told():
                    self._take(entry)
        self._world.journal.clear()

    def run(self) -> Run:
        """Return all of it."""
        channels = {
            rule.id: frozenset(send.channel for send in _sends(rule)) for rule in self._world.ruleset.judged
        }
        return Run(channels, tuple(self._sent), self._unsent, self._verdicts, self._news)

    def _take(self, told: Told) -> None:
        message = told.message
        if message.state is State.DELIVERED:
            self._sent.append(_sent(message, told.at, told.recipient))
            merged = self._world.merged(told)
            self._sent += [_sent(other, told.at, told.recipient, folded=True) for other in merged]
            return
        why = SHADOW if message.state is State.SHADOWED else str(message.reason or message.state)
        self._unsent[message.rule, message.ref, subject(message.rule, message.once)] = why


def _known(order: KnownOrder, at: float) -> Finding | None:
    """Return what is known of an order as one source says it; of one that was forgotten, that it was one."""
    if order.forgotten:
        return Finding(REGISTERED, Contact(), at)
    if not order.findings:
        return None
    known = combine(order.findings)
    contact = known.contact or Contact()
    return Finding(known.source, contact, at, known.order_id, known.attributes, known.items)


def _sent(message: Message, at: float, recipient: str, *, folded: bool = False) -> Sent:
    about = subject(message.rule, message.once)
    send = message.send
    return Sent(
        at,
        message.rule,
        message.ref,
        about,
        send.channel,
        send.template,
        recipient,
        folded,
        message.update_id,
    )


def _passing_over(rule: Rule, configured: set[str]) -> Rule:
    steps = tuple(replace(s, deliveries=_all_passing_over(s.deliveries, configured)) for s in rule.escalate)
    return replace(rule, deliveries=_all_passing_over(rule.deliveries, configured), escalate=steps)


def _all_passing_over(deliveries: tuple[Delivery, ...], configured: set[str]) -> tuple[Delivery, ...]:
    return tuple(
        Delivery(tuple(o for o in entry.options if o.channel in configured) or entry.options)
        for entry in deliveries
    )


def _sends(rule: Rule) -> Iterator[Send]:
    for entry in (*rule.deliveries, *(d for step in rule.escalate for d in step.deliveries)):
        yield from entry.options


def _pieces(values: Iterable[_T]) -> Iterator[list[_T]]:
    each = iter(values)
    while piece := list(islice(each, PIECE)):
        yield piece


def _after(first: list[_T], others: Iterable[list[_T]]) -> Iterator[list[_T]]:
    if first:
        yield first
        yield from others
