"""Rules that can be used as they stand, and probably do not do what the operator wants.

Works on rules that were checked and built; the places are those of the file.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from notifier.config.mistake import quoted
from notifier.config.yamltree import Path, Tree
from notifier.core import status
from notifier.core.channel import Audience
from notifier.core.match import Clause, OneOf
from notifier.core.rules import Delivery, Once, Rule, RuleSet
from notifier.core.trigger import NewShipment, ReplacedShipment, StatusTrigger, Stuck
from notifier.errors import Problem


def oversights(ruleset: RuleSet, tree: Tree) -> Iterator[Problem]:
    """Yield a warning for everything odd about the rules."""
    if ruleset.shop.shadow:
        yield tree.problem(("shop", "mode"), "the shop is in shadow: nothing is sent", at_key=True)
    for position, rule in enumerate(ruleset.rules):
        at: Path = ("rules", position)
        yield from _never(rule, at, ruleset, tree)
        yield from _half(rule, at, tree)
    yield from _twice(ruleset, tree)
    for position, mute in enumerate(ruleset.mutes):
        for name in sorted(mute.rules):
            muted = ruleset.rule(name)
            if muted is not None and not _tells(muted, Audience.OPS, ruleset):
                text = f"{quoted(name)} tells only customers, whom a mute never keeps from anything"
                yield tree.problem(("mute", position, "rules"), text)


def _never(rule: Rule, at: Path, ruleset: RuleSet, tree: Tree) -> Iterator[Problem]:
    """Yield a warning where a rule can never speak."""
    codes = _codes(rule)
    clause = next((c for c in rule.match if c.field == "status"), None)
    if codes and clause is not None and not codes & _wanted(clause):
        text = f"an order that has just become {_names(codes)} is not {clause.test}"
        yield tree.problem((*at, "match", "status"), f"it fits late news at most: {text}", at_key=True)
    if codes and codes <= rule.never:
        text = f"it never speaks: `never` names {_names(codes)}, which `when` waits for"
        yield tree.problem((*at, "match", "never"), text, "remove them from `never`", at_key=True)
    for name in sorted(rule.sent):
        other = ruleset.rule(name)
        if other is not None and not _tells(other, Audience.CUSTOMER, ruleset):
            text = f"{quoted(name)} tells no customer, so it never counts as sent"
            yield tree.problem((*at, "match", "sent"), text, "name a rule that tells customers")


def _half(rule: Rule, at: Path, tree: Tree) -> Iterator[Problem]:
    """Yield a warning where a rule does less, or more often, than was probably meant."""
    if rule.shadow:
        yield tree.problem((*at, "mode"), f"rule {rule.id} is in shadow: it sends nothing", at_key=True)
    if isinstance(rule.trigger, NewShipment | ReplacedShipment) and rule.once is not Once.SHIPMENT:
        new = "new" if isinstance(rule.trigger, NewShipment) else "replaced"
        text = f"it tells of one {new} parcel only, once for each {rule.once.value}"
        yield tree.problem((*at, "when"), text, "write `once: shipment`", at_key=True)
    if isinstance(rule.trigger, Stuck) and "D" in rule.trigger.codes:
        text = "every order stays delivered, so every one of them will be stuck"
        yield tree.problem((*at, "when", "stuck", "in"), text, "remove delivered", at_key=True)
    if isinstance(rule.trigger, StatusTrigger) and rule.escalate and not rule.resolve:
        text = "its alert stays open until somebody closes it by hand"
        hint = "write `resolve` with the statuses that end it"
        yield tree.problem((*at, "escalate"), text, hint, at_key=True)
    codes = _codes(rule)
    for code in rule.severities:
        if codes and code not in codes and not (isinstance(rule.trigger, StatusTrigger) and rule.fits(code)):
            text = f"`when` does not wait for {_names(frozenset(code))}"
            yield tree.problem((*at, "severity"), text, "remove it from `severity`", at_key=True)


def _twice(ruleset: RuleSet, tree: Tree) -> Iterator[Problem]:
    """Yield a warning for two rules that tell a customer of the same on the same channel."""
    for (one, first), (two, second) in combinations(enumerate(ruleset.rules), 2):
        if not (isinstance(first.trigger, StatusTrigger) and isinstance(second.trigger, StatusTrigger)):
            continue
        if first.shadow or second.shadow or first.id in second.cancels or second.id in first.cancels:
            continue
        same = first.trigger.codes & second.trigger.codes
        keys = ("match", "if")
        parted = any(tree.value(("rules", one, k)) != tree.value(("rules", two, k)) for k in keys)
        shared = _first_ways(first.deliveries, ruleset) & _first_ways(second.deliveries, ruleset)
        if not same or parted or not shared or first.trigger.after != second.trigger.after:
            continue
        line = tree.values["rules", one, "id"][0]
        text = (
            f"{quoted(first.id)} on line {line} and {quoted(second.id)} both tell the customer by"
            f" {' and '.join(sorted(shared))} when the order becomes {_names(same)}"
        )
        yield tree.problem(("rules", two, "id"), text, "join them, or part them by `match`")


def _first_ways(deliveries: tuple[Delivery, ...], ruleset: RuleSet) -> set[str]:
    names = {delivery.options[0].channel for delivery in deliveries}
    return {name for name in names if ruleset.channels[name].audience is Audience.CUSTOMER}


def _tells(rule: Rule, audience: Audience, ruleset: RuleSet) -> bool:
    steps = (delivery for step in rule.escalate for delivery in step.deliveries)
    ways = (o.channel for delivery in (*rule.deliveries, *steps) for o in delivery.options)
    return any(ruleset.channels[name].audience is audience for name in ways)


def _codes(rule: Rule) -> frozenset[str]:
    """Return the only codes that an order or update of the rule can have; none if there are others."""
    match rule.trigger:
        case StatusTrigger(codes, unknown) if not unknown:
            return codes
        case Stuck(codes):
            return codes
    return frozenset()


def _wanted(clause: Clause) -> frozenset[str]:
    values = clause.test.values if isinstance(clause.test, OneOf) else ()
    return frozenset(status.CODES.get(str(value), str(value)) for value in values)


def _names(codes: frozenset[str]) -> str:
    course = [*status.NAMES]
    known = sorted(codes, key=lambda code: course.index(code) if code in course else len(course))
    return " or ".join(status.name(code) for code in known)
