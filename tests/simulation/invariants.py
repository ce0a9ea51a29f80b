"""What holds whatever the rules and whatever happens: see `docs/exactly.md`, "What holds"."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator

from notifier.core.channel import Audience
from notifier.core.contact import Contact
from notifier.core.message import REACHED, Message, State
from notifier.core.rules import RuleSet
from notifier.core.schedule import is_open
from notifier.simulation.world import as_simulated
from tests.simulation.engine import Story, Told

_NAMED = {State.DROPPED, State.FAILED, State.UNKNOWN}


def broken(ruleset: RuleSet, story: Story, outcome: Told) -> list[str]:
    """Return what does not hold, in words."""
    rules = as_simulated(ruleset)
    return [
        *_undecided(rules, story, outcome),
        *_unnamed(outcome),
        *_twice(outcome),
        *_astray(rules, story, outcome),
        *_cancelled(rules, outcome),
        *_too_often(rules, story, outcome),
    ]


def _undecided(rules: RuleSet, story: Story, outcome: Told) -> Iterator[str]:
    decided = defaultdict(set)
    for identity, rule, *_ in outcome.decisions:
        decided[identity].add(rule)
    for at, update in story.updates:
        known = [when for when, ref, _ in story.registered if ref == update.ref]
        if rules.orders.accepts_unknown or (known and at <= story.end):
            wanted = {rule.id for rule in rules.concerned(update.code)}
            if missing := wanted - decided[update.identity]:
                yield f"no verdict on {update.ref} {update.code}: {missing}"


def _unnamed(outcome: Told) -> Iterator[str]:
    for m in outcome.every:
        if m.state is State.SENDING or (m.state in _NAMED and m.reason is None):
            yield f"{m.rule} {m.once} ended as {m.state}, {m.reason}"


def _twice(outcome: Told) -> Iterator[str]:
    told = Counter(m.once for m in outcome.every if m.state in REACHED or m.maybe_sent)
    yield from (f"told twice: {once}" for once, n in told.items() if n > 1)


def _contact(story: Story, ref: str, at: float) -> Contact | None:
    found = [(when, finding.contact) for when, of, finding in story.registered if of == ref and when <= at]
    return max(found, key=lambda one: one[0])[1] if found else None


def _told(rules: RuleSet, outcome: Told) -> Iterator[Message]:
    """Yield what customers got, the first first."""
    every = sorted(outcome.every, key=lambda m: m.ended_at or 0.0)
    for m in every:
        if m.state in (State.DELIVERED, State.SHADOWED) and _is_customers(rules, m):
            yield m


def _is_customers(rules: RuleSet, m: Message) -> bool:
    return rules.channels[m.send.channel].audience is Audience.CUSTOMER


def _astray(rules: RuleSet, story: Story, outcome: Told) -> Iterator[str]:
    """What went to somebody else, or outside of its window; also as a part of another message."""
    by_id = {m.id: m for m in outcome.every}
    for m in outcome.every:
        leader = by_id[m.into] if m.state is State.MERGED and m.into else m
        if leader.state not in (State.DELIVERED, State.SHADOWED) or not _is_customers(rules, leader):
            continue
        at = leader.ended_at or 0.0
        contact = _contact(story, m.ref, at)
        if contact is None or leader.recipient not in (contact.email, contact.phone):
            yield f"{m.once} went to {leader.recipient}"
        elif contact.do_not_contact:
            yield f"{m.once} went to somebody who wants to hear nothing"
        elif m.send.window and m.send.channel == leader.send.channel:
            zone = contact.timezone or rules.shop.timezone
            if not is_open(rules.windows[m.send.window], at, zone):
                yield f"{m.once} went out at {at} outside of {m.send.window}"


def _cancelled(rules: RuleSet, outcome: Told) -> Iterator[str]:
    for one in outcome.every:
        rule = rules.rule(one.rule)
        if rule is None or not rule.cancels:
            continue
        for m in outcome.every:
            ended = m.ended_at or 0.0
            stale = m.ref == one.ref and m.rule in rule.cancels and m.created_at < one.created_at < ended
            if stale and m.state in (State.DELIVERED, State.SHADOWED):
                yield f"{m.once} went out after {one.once} had cancelled it"


def _too_often(rules: RuleSet, story: Story, outcome: Told) -> Iterator[str]:
    """Of what has the same throttle and was not tried in vain: who was told more often than it allows.

    An order that is registered anew may be another person's from then on.
    """
    registered = Counter(ref for _, ref, _ in story.registered)
    told = defaultdict(list)
    for m in _told(rules, outcome):
        rule = rules.rule(m.rule)
        once = registered[m.ref] == 1
        if once and rule and rule.throttle and not rule.shadow and m.attempts <= 1:
            told[outcome.people[m.id], rule.throttle].append(m.ended_at or 0.0)
    for (_, throttle), moments in told.items():
        for n, at in enumerate(moments, 1):
            if sum(when > at - throttle.within for when in moments[:n]) > throttle.most:
                yield f"at {at}: more than {throttle.most} in {throttle.within:g} s"
