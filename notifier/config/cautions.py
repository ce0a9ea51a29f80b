"""What can be used as it stands, and is probably not what the operator wants."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace

from notifier.config.crosscheck import sendings
from notifier.config.mistake import quoted
from notifier.config.yamltree import Path, Tree
from notifier.core.contact import REGISTERED
from notifier.core.rules import Audience, Channel
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
    described = tree.data.get("sources") if isinstance(tree.data, dict) else None
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


def _listed(tree: Tree) -> list[str]:
    orders = tree.data.get("orders") if isinstance(tree.data, dict) else None
    named = orders.get("sources") if isinstance(orders, dict) else None
    return [str(name) for name in named] if isinstance(named, list) else [REGISTERED]
