"""What one part of rules.yaml says of another: names of rules, channels, templates and sources.

Works on the plain data and passes over what has another shape than it should,
so that these mistakes show together with all others.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from notifier.config.mistake import quoted, suggestion
from notifier.config.model.sources import SourcesPart
from notifier.config.model.values import NAME_HINT, NAME_PATTERN
from notifier.config.yamltree import Path, Tree
from notifier.core.contact import REGISTERED
from notifier.core.rules import MISSING_CONTACT
from notifier.errors import Problem

MISSING_TEMPLATE = "contact-missing"
"""The template of `orders.missing_contact`, unless it names another."""


@dataclass(frozen=True, slots=True)
class Sending:
    """One channel named by a rule's `send`, with the places to point at."""

    channel: str
    template: str
    at: Path
    template_at: Path


def crosscheck(tree: Tree, template_names: Collection[str] | None) -> list[Problem]:
    """Return the problems of a whole file.

    Args:
        template_names: the templates that exist; None if that is not to be checked.
    """
    data = tree.data if isinstance(tree.data, dict) else {}
    channels, rules = data.get("channels"), data.get("rules")
    found = list(_channels(channels, tree)) if isinstance(channels, dict) else []
    known = channels if isinstance(channels, dict) else None
    if isinstance(rules, list):
        found += _ids(rules, tree)
    for each in _speakers(data):
        found += _sends(each, known, tree)
        found += _templates(each, template_names, tree)
    return [*found, *_sources(data, tree)]


def sendings(tree: Tree) -> list[Sending]:
    """Return every channel with its template that the rules and `orders.missing_contact` name."""
    data = tree.data if isinstance(tree.data, dict) else {}
    return [sending for each in _speakers(data) for sending in each]


def _speakers(data: dict[str, object]) -> Iterator[list[Sending]]:
    """Yield the sendings of each rule, then those of `orders.missing_contact`."""
    match data.get("rules"):
        case list(rules):
            for position, rule in enumerate(rules):
                if isinstance(rule, dict):
                    rule_id = rule.get("id")
                    default = rule_id if isinstance(rule_id, str) else ""
                    yield list(_named(rule.get("send"), ("rules", position, "send"), default))
    match data.get("orders"):
        case {"missing_contact": {"send": send} as part}:
            named = part.get("template", MISSING_TEMPLATE)
            default = named if isinstance(named, str) else ""
            yield list(_named(send, ("orders", "missing_contact", "send"), default))


def _sources(data: dict[str, object], tree: Tree) -> Iterator[Problem]:
    sources, orders = data.get("sources"), data.get("orders")
    described = sources if isinstance(sources, dict) else {}
    for name in described:
        at: Path = ("sources", name)
        if name == REGISTERED:
            hint = "remove it: what the shop registers has no settings"
            yield tree.problem(at, f"{quoted(name)} is no remote source", hint, at_key=True)
        elif not re.match(NAME_PATTERN, name):
            yield tree.problem(at, f"{quoted(name)} is not a usable name", NAME_HINT, at_key=True)
    named = orders.get("sources") if isinstance(orders, dict) else None
    known = {REGISTERED, *SourcesPart.model_fields, *described}
    seen: set[str] = set()
    for position, name in enumerate(named if isinstance(named, list) else []):
        at = ("orders", "sources", position)
        if not isinstance(name, str) or not re.match(NAME_PATTERN, name):
            continue  # that it is no name is told elsewhere
        if name in seen:
            yield tree.problem(
                at, f"{quoted(name)} is listed twice", "the first in the list takes precedence"
            )
        elif name not in known:
            yield tree.problem(at, f"there is no source {quoted(name)}", suggestion(name, known))
        seen.add(name)


def _channels(channels: dict[str, object], tree: Tree) -> Iterator[Problem]:
    for name, channel in channels.items():
        if isinstance(channel, dict) and channel.get("audience") == "customer" and "to" not in channel:
            hint = 'write for example to: "{{ contact.email }}"'
            yield tree.problem(("channels", name), "a channel for customers needs `to`", hint, at_key=True)


def _ids(rules: list[object], tree: Tree) -> Iterator[Problem]:
    first: dict[str, int] = {}
    for position, rule in enumerate(rules):
        rule_id = rule.get("id") if isinstance(rule, dict) else None
        if not isinstance(rule_id, str):
            continue
        if rule_id == MISSING_CONTACT:
            text = f"no rule can be called {quoted(rule_id)}"
            yield tree.problem(("rules", position, "id"), text, "it is the name of `orders.missing_contact`")
        if rule_id in first:
            line = tree.values["rules", first[rule_id], "id"][0]
            text = f"a second rule has the id {quoted(rule_id)}"
            yield tree.problem(("rules", position, "id"), text, f"the first is on line {line}")
        first.setdefault(rule_id, position)


def _sends(sendings: list[Sending], channels: dict[str, object] | None, tree: Tree) -> Iterator[Problem]:
    seen: set[tuple[str, str]] = set()
    for sending in sendings:
        what = sending.channel, sending.template
        if channels is not None and sending.channel not in channels:
            hint = suggestion(sending.channel, channels)
            yield tree.problem(sending.at, f"there is no channel {quoted(sending.channel)}", hint)
        elif what in seen:
            text = f"{quoted(sending.channel)} is listed twice with the same template"
            yield tree.problem(sending.at, text, "the same message would go out twice")
        seen.add(what)


def _templates(
    sendings: list[Sending], template_names: Collection[str] | None, tree: Tree
) -> Iterator[Problem]:
    if template_names is None:
        return
    for template, sending in {s.template: s for s in reversed(sendings)}.items():
        if (
            template in template_names
            or (sending.at == sending.template_at and "ops" in template_names)
            or not re.match(NAME_PATTERN, template)
        ):
            continue  # that the name is no name is told elsewhere
        hint = suggestion(template, template_names)
        yield tree.problem(sending.template_at, f"there is no template {quoted(template)}", hint)


def _named(send: object, at: Path, default: str) -> Iterator[Sending]:
    match send:
        case str():
            yield Sending(send, default, at, at)
        case list():
            for position, entry in enumerate(send):
                yield from _named(entry, (*at, position), default)
        case {"first_of": list(options)}:
            yield from _named(options, (*at, "first_of"), default)
        case {"channel": str(channel), "template": template}:
            named = template if isinstance(template, str) else ""
            yield Sending(channel, named, (*at, "channel"), (*at, "template"))
        case {"channel": str(channel)}:
            yield Sending(channel, default, (*at, "channel"), at)
