"""Tests of rules are run: each in a world of its own, what it expects held against what was told there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from notifier.config.model.cases import CasePart
from notifier.core.reason import EXPLAINED, Reason
from notifier.core.rules import RuleSet
from notifier.render.templates import Templates
from notifier.simulation.expecting import Unmet, compare, reached, said
from notifier.simulation.journal import Judged, Told, Vain
from notifier.simulation.moments import shown
from notifier.simulation.staging import stage
from notifier.simulation.timeline import Line, message_line, timeline
from notifier.simulation.world import World


@dataclass(frozen=True, slots=True)
class Trial:
    """What became of a test: `failures` in words, none if it passes; `lines` are all that happened in it."""

    name: str
    failures: tuple[str, ...]
    lines: tuple[Line, ...]

    @property
    def passed(self) -> bool:
        """Tell whether all was as expected."""
        return not self.failures


def run(case: CasePart, ruleset: RuleSet, templates: Templates | None, kinds: Mapping[str, str]) -> Trial:
    """Run one test.

    Args:
        kinds: what each channel speaks (email, sms, chat), by name.
    """
    world = stage(case, ruleset, templates, kinds)
    zone = ruleset.shop.timezone
    unmet, rest = compare(case.expect or [], reached(world.told), ruleset)
    failures = [f"{entry.text} to acknowledge" for entry in world.journal if isinstance(entry, Vain)]
    failures += [_unmet(one, world, zone) for one in unmet]
    if case.expect_nothing or case.expect_nothing_else:
        failures += [f"not expected: {shown(one.at, zone)} {message_line(one)}" for one in rest]
    lines = timeline(world.journal, world.waiting, zone)
    return Trial(case.name, tuple(failures), tuple(lines))


def _unmet(unmet: Unmet, world: World, zone: str) -> str:
    text = f"not told: {said(unmet.expected)}"
    if unmet.near is not None:
        near = f"{shown(unmet.near.at, zone)} {message_line(unmet.near)}"
        return f"{text}\nnearest: {near}\nwhich differs: {'; '.join(unmet.differences) or 'it met another'}"
    if unmet.expected.rule is None:
        return f"{text}\nnobody was told anything"
    why = list(_silence(unmet.expected.rule, world, zone))
    return f"{text}\n{unmet.expected.rule} told nobody" + (f": {why[-1]}" if why else "; it was never asked")


def _silence(rule: str, world: World, zone: str) -> Iterator[str]:
    """Yield why a rule told nobody, as far as is known, the newest last."""
    for entry in world.journal:
        if isinstance(entry, Judged):
            for decision in entry.decisions:
                if decision.rule == rule and decision.reason is not Reason.FIRED:
                    detail = f" ({decision.detail})" if decision.detail else ""
                    yield f"{shown(entry.at, zone)} {EXPLAINED[decision.reason]}{detail}"
        elif isinstance(entry, Told) and entry.rule == rule and entry.reason is not None:
            yield f"{shown(entry.at, zone)} {entry.channel} {entry.state.value}, {EXPLAINED[entry.reason]}"
