"""What can be used as it stands, and is probably not what the operator wants."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace

from notifier.config.crosscheck import sendings
from notifier.config.mistake import quoted
from notifier.config.secret import reference
from notifier.config.yamltree import Path, Tree
from notifier.core.channel import Audience, Channel
from notifier.core.contact import REGISTERED
from notifier.core.rules import Category, RuleSet
from notifier.core.shop import Retention
from notifier.errors import Problem

MISSING: Path = ("orders", "missing_contact", "send")
"""Where those are named who hear that nobody knows the customer."""


def paused(lacks: Mapping[str, Mapping[str, str]], tree: Tree) -> Iterator[Problem]:
    """Yield a warning for everything that a channel lacks.

    Args:
        lacks: channel to key (`url`) to words.
    """
    for name, missing in lacks.items():
        for key, text in missing.items():
            words = f"{text}; channel {name} is paused: its messages wait"
            yield replace(tree.problem(("channels", name, key), words), waits=True)


def refused(urls: Mapping[str, str], tree: Tree) -> Iterator[Problem]:
    """Yield a warning for every channel whose URL cannot be used.

    Args:
        urls: channel to words about its URL, which name no variable.
    """
    for name, text in urls.items():
        kept = reference(str(tree.value(("channels", name, "url"))))
        yield from paused({name: {"url": f"{kept.name}: {text}" if kept else text}}, tree)


def mute(lacks: Mapping[str, Mapping[str, str]], tree: Tree) -> Iterator[Problem]:
    """Yield a warning for everything that a source lacks, at the source or else where it is used.

    Args:
        lacks: source to key (`secret`, `headers.Authorization`) to words.
    """
    for name, missing in lacks.items():
        for key, text in missing.items():
            at: Path = ("sources", name, *key.split(".", 1))
            if ("sources", name) not in tree.values:
                at = ("orders", "sources", _listed(tree).index(name))
            words = f"{text}; source {name} cannot be asked: updates that need a contact wait"
            yield replace(tree.problem(at, words), waits=True)


def unused(tree: Tree) -> Iterator[Problem]:
    """Yield a warning for every source that is described and that nobody asks."""
    described = tree.value(("sources",))
    for name in described if isinstance(described, dict) else ():
        if name not in _listed(tree):
            hint = "add it to `orders.sources`"
            yield tree.problem(("sources", name), f"nobody asks the source {quoted(name)}", hint, at_key=True)


def misdirected(
    channels: Mapping[str, Channel], for_operators: Collection[str], tree: Tree
) -> Iterator[Problem]:
    """Yield a warning wherever customers get operators' words, or are written to although nobody knows them.

    Args:
        for_operators: the templates that are written for operators.
    """
    for sending in sendings(tree):
        if channels[sending.channel].audience is not Audience.CUSTOMER:
            continue
        if sending.at[: len(MISSING)] == MISSING:
            text = f"{sending.channel} goes to customers, and here it is the customer whom nobody knows"
            yield tree.problem(sending.at, text, "send it to your team")
        elif sending.template in for_operators:
            template, channel = sending.template, sending.channel
            text = f"template {template} is written for operators, but {channel} goes to customers"
            yield tree.problem(sending.at, text, "write a template of your own: docs/templates.md")


def unasked(ruleset: RuleSet, tree: Tree) -> Iterator[Problem]:
    """Yield a warning wherever marketing goes to operators, who never agreed to any."""
    for sending in sendings(tree):
        match sending.at:
            case ("rules", int(position), "send", *_):
                marketing = ruleset.rules[position].category is Category.MARKETING
                if marketing and ruleset.channels[sending.channel].audience is Audience.OPS:
                    text = f"marketing is for customers, but {sending.channel} goes to operators"
                    hint = "send it to customers, or remove `category: marketing`"
                    yield tree.problem(sending.at, text, hint)


def outlived(retention: Retention, tree: Tree) -> Iterator[Problem]:
    """Yield a warning if webhooks are to be kept for longer than the orders that they are about."""
    at: Path = ("retention", "bodies")
    if tree.value(at) is None or retention.contacts is None:
        return
    if retention.bodies is None or retention.bodies > retention.contacts:
        text = "`bodies` is longer than `contacts`, which erases them as well"
        yield tree.problem(at, text, "write at most what `contacts` says (default: 365d)")


def _listed(tree: Tree) -> list[str]:
    named = tree.value(("orders", "sources"))
    return [str(name) for name in named] if isinstance(named, list) else [REGISTERED]
