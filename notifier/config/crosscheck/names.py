"""Names: of channels, templates, rules, windows and calendars, where others ask for them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping

from notifier.config import template_names
from notifier.config.crosscheck.outline import Outline, RuleOutline, Sending, as_block, as_list, words
from notifier.config.mistake import quoted, suggestion
from notifier.config.model.values import NAME_PATTERN, TEMPLATE_PATTERN
from notifier.config.yamltree import Path, Tree
from notifier.core.rules import BRAKE, MISSING_CONTACT
from notifier.errors import Problem

RESERVED: Mapping[str, str] = {
    MISSING_CONTACT: "it is the name of `orders.missing_contact`",
    BRAKE: "it is the name of the top level `brake`",
}
"""What no rule can be called, and why."""


def check(file: Outline, templates: Collection[str] | None) -> Iterator[Problem]:
    """Yield a problem for every name that is not there, or that two things have.

    Args:
        templates: those that exist; None if that is not to be checked.
    """
    yield from _channels(file)
    yield from _ids(file)
    for sendings in file.speakers():
        yield from _sends(sendings, file)
        if templates is not None:
            yield from _templates(sendings, templates, file)
    for rule in file.rules:
        yield from _of_rule(rule, file)
    yield from _mutes(file)


def _channels(file: Outline) -> Iterator[Problem]:
    for name, channel in (file.channels or {}).items():
        if isinstance(channel, dict) and channel.get("audience") == "customer" and "to" not in channel:
            hint = 'write for example to: "{{ contact.email }}"'
            text = "a channel for customers needs `to`"
            yield file.tree.problem(("channels", name), text, hint, at_key=True)


def _ids(file: Outline) -> Iterator[Problem]:
    first: dict[str, Path] = {}
    for rule in file.rules:
        at = (*rule.at, "id")
        if not rule.id:
            continue
        if rule.id in RESERVED:
            yield file.tree.problem(at, f"no rule can be called {quoted(rule.id)}", RESERVED[rule.id])
        if rule.id in first:
            text = f"a second rule has the id {quoted(rule.id)}"
            yield file.tree.problem(at, text, f"the first is on line {_line(file.tree, first[rule.id])}")
        first.setdefault(rule.id, at)


def _sends(sendings: tuple[Sending, ...], file: Outline) -> Iterator[Problem]:
    seen: set[tuple[str, str]] = set()
    for sending in sendings:
        what = sending.channel, sending.template
        if file.channels is not None and sending.channel not in file.channels:
            hint = suggestion(sending.channel, file.channels)
            yield file.tree.problem(sending.at, f"there is no channel {quoted(sending.channel)}", hint)
        elif what in seen:
            text = f"{quoted(sending.channel)} is listed twice with the same template"
            yield file.tree.problem(sending.at, text, "the same message would go out twice")
        seen.add(what)
        yield from _window(sending.body.get("window"), (*sending.at[:-1], "window"), file)


def _templates(sendings: tuple[Sending, ...], known: Collection[str], file: Outline) -> Iterator[Problem]:
    told: set[str] = set()
    for sending in sendings:
        named = sending.template if sending.is_named else None
        audience = file.audience(sending)
        name = template_names.resolve(named, sending.template, sending.about, audience, known)
        if name in known or name in told or not re.match(TEMPLATE_PATTERN, name):
            continue  # that the name is no name is told elsewhere
        told.add(name)
        hint = suggestion(name, known)
        if not hint.startswith("did"):
            hint = "; ".join(filter(None, [f"make the folder templates/{name}", hint]))
        yield file.tree.problem(sending.template_at, f"there is no template {quoted(name)}", hint)


def _of_rule(rule: RuleOutline, file: Outline) -> Iterator[Problem]:
    body, at = rule.body, rule.at
    yield from _rules(body.get("cancels"), (*at, "cancels"), file)
    yield from _rules(as_block(body.get("match")).get("sent"), (*at, "match", "sent"), file)
    yield from _rules(as_block(body.get("digest")).get("rules"), (*at, "digest", "rules"), file)
    for number, step in enumerate(as_list(body.get("escalate"))):
        yield from _window(as_block(step).get("window"), (*at, "escalate", number, "window"), file)
    when = as_block(body.get("when"))
    yield from _calendar(when.get("calendar"), (*at, "when", "calendar"), file)
    for kind in ("stuck", "quiet"):
        place = (*at, "when", kind, "calendar")
        yield from _calendar(as_block(when.get(kind)).get("calendar"), place, file)


def _mutes(file: Outline) -> Iterator[Problem]:
    first: dict[str, Path] = {}
    for position, entry in enumerate(as_list(file.data.get("mute"))):
        part, at = as_block(entry), ("mute", position)
        name = part.get("id")
        if isinstance(name, str) and name in first:
            text = f"a second mute has the id {quoted(name)}"
            hint = f"the first is on line {_line(file.tree, first[name])}"
            yield file.tree.problem((*at, "id"), text, hint)
        if isinstance(name, str):
            first.setdefault(name, (*at, "id"))
        yield from _rules(part.get("while"), (*at, "while"), file)
        yield from _rules(part.get("rules"), (*at, "rules"), file)


def _rules(named: object, at: Path, file: Outline) -> Iterator[Problem]:
    known = {rule.id for rule in file.rules if rule.id}
    seen: set[str] = set()
    for name, place in words(named, at):
        if name in seen:
            yield file.tree.problem(place, f"{quoted(name)} is listed twice", "once is enough")
        elif name not in known and not _is_unreadable(file):
            hint = suggestion(name, known)
            if name in (file.channels or {}):
                hint = "that is a channel"
            yield file.tree.problem(place, f"there is no rule {quoted(name)}", hint)
        seen.add(name)


def _is_unreadable(file: Outline) -> bool:
    """Tell whether there may be rules whose ids cannot be read."""
    rules = file.data.get("rules")
    return not isinstance(rules, list) or len(rules) > sum(bool(rule.id) for rule in file.rules)


def _window(name: object, at: Path, file: Outline) -> Iterator[Problem]:
    yield from _hours(name, at, "window", "calendar", file)


def _calendar(name: object, at: Path, file: Outline) -> Iterator[Problem]:
    yield from _hours(name, at, "calendar", "window", file)


def _hours(name: object, at: Path, what: str, other: str, file: Outline) -> Iterator[Problem]:
    if not isinstance(name, str) or not re.match(NAME_PATTERN, name) or name in file.block(f"{what}s"):
        return
    hint = suggestion(name, file.block(f"{what}s"))
    if name in file.block(f"{other}s"):
        hint = f"that is a {other}: describe it under `{what}s` as well"
    elif not hint:
        hint = f"describe it under `{what}s`"
    yield file.tree.problem(at, f"there is no {what} {quoted(name)}", hint)


def _line(tree: Tree, at: Path) -> int:
    return tree.values[at][0]
