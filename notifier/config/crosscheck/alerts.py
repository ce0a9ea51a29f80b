"""Mutes: they wait for alerts that can be, about what can be the same, and not for each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from notifier.config.crosscheck.outline import Outline, RuleOutline, as_block, as_list, words
from notifier.config.mistake import quoted
from notifier.config.yamltree import Path
from notifier.core.alert import LABELS
from notifier.errors import Problem


@dataclass(frozen=True, slots=True)
class _Mute:
    at: Path
    part: Mapping[str, object]
    during: RuleOutline
    rules: tuple[tuple[RuleOutline, Path], ...]


def check(file: Outline) -> Iterator[Problem]:
    """Yield the problems of mutes whose rules are there."""
    mutes = list(_mutes(file))
    for mute in mutes:
        if mute.during.kind and not mute.during.alerts:
            text = f"{quoted(mute.during.id)} opens no alert, so this never mutes anything"
            hint = "only rules with `resolve` or `escalate` and those of `rate` open alerts"
            if mute.during.kind in ("quiet", "new_shipment"):
                hint = f"add `escalate` to {quoted(mute.during.id)}"
            elif mute.during.kind in ("schedule", "internal"):
                hint = f"no rule of `{mute.during.kind}` opens any"
            yield file.tree.problem((*mute.at, "while"), text, hint)
        for rule, at in mute.rules:
            if rule is mute.during:
                yield file.tree.problem(at, "a rule cannot be muted by its own alert", "remove it")
        yield from _same(mute, file)
    yield from _circles(mutes, file)


def _mutes(file: Outline) -> Iterator[_Mute]:
    for position, entry in enumerate(as_list(file.data.get("mute"))):
        part, at = as_block(entry), ("mute", position)
        during = file.named(part.get("while"))
        named = [(file.named(word), place) for word, place in words(part.get("rules"), (*at, "rules"))]
        if during is not None:
            yield _Mute(at, part, during, tuple((rule, place) for rule, place in named if rule is not None))


def _same(mute: _Mute, file: Outline) -> Iterator[Problem]:
    for word, at in words(mute.part.get("same"), (*mute.at, "same")):
        if word not in LABELS:
            continue  # told elsewhere
        if word == "rule":
            yield file.tree.problem(at, "two rules are never the same rule", "remove it")
            continue
        for rule in (mute.during, *(rule for rule, _ in mute.rules)):
            if rule.kind and word not in _labels(rule):
                text = f"what {quoted(rule.id)} says has no {word}, so this never mutes anything"
                yield file.tree.problem(at, text, f"it has {_listed(_labels(rule) - {'rule'})}")
                break


def _labels(rule: RuleOutline) -> frozenset[str]:
    """Return what a rule's news has: an order's everything, a rate's the value that it goes by."""
    if rule.kind == "rate":
        by = as_block(rule.trigger).get("by")
        if by not in (None, "carrier", "carrier_name", "country", "locale"):
            return frozenset(LABELS)  # told elsewhere
        return frozenset({"rule", "severity", str(by)} - {"None"})
    if rule.kind in ("quiet", "schedule", "internal"):
        return frozenset({"rule", "severity"})
    return frozenset(LABELS)


def _listed(labels: frozenset[str]) -> str:
    return " and ".join(sorted(labels))


def _circles(mutes: list[_Mute], file: Outline) -> Iterator[Problem]:
    """Yield a problem for every mute with which a circle of them closes."""
    quiets: dict[str, set[str]] = {}
    for mute in mutes:
        own = mute.during.id
        for rule, at in mute.rules:
            if rule.id != own and own in _reached(rule.id, quiets):
                text = f"{quoted(own)} and {quoted(rule.id)} would mute each other"
                yield file.tree.problem(at, text, "remove one of the two")
            quiets.setdefault(own, set()).add(rule.id)


def _reached(start: str, quiets: Mapping[str, set[str]]) -> set[str]:
    found: set[str] = set()
    left = [start]
    while left:
        for name in quiets.get(left.pop(), set()) - found:
            found.add(name)
            left.append(name)
    return found
