"""rules.yaml to RuleSet: read, check whole, then build; all mistakes are told at once."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import ValidationError

from notifier.config import build, build_orders, cautions, yamltree
from notifier.config.crosscheck import crosscheck
from notifier.config.model.file import RulesFile
from notifier.config.parts import parts
from notifier.config.problems import problems
from notifier.config.yamltree import Tree
from notifier.core.difference import Parts
from notifier.core.rules import RuleSet
from notifier.errors import Problem, RulesError


@dataclass(frozen=True, slots=True)
class Loaded:
    """The rules of one file, what an operator should know of them (what is paused or odd), and the file.

    `parts` tell it from another version of the file; it knows of no templates.
    """

    ruleset: RuleSet
    warnings: tuple[Problem, ...]
    tree: Tree = field(repr=False)
    parts: Parts


def load_rules(
    path: Path,
    environ: Mapping[str, str],
    template_names: Collection[str] | None = None,
    extra_fingerprint: str = "",
    for_operators: Collection[str] = (),
) -> Loaded:
    """Return the rules of a file, checked and with their expressions compiled.

    A secret that is not set gives a warning: it pauses its channel, or keeps its
    source from being asked.

    Args:
        environ: where `${env:NAME}` looks.
        template_names: the templates that exist; None leaves that unchecked.
        extra_fingerprint: what else the decisions depend on, such as the templates' fingerprint.
        for_operators: the templates that are written for operators, not for customers.

    Raises:
        RulesError: the file cannot be read or used; it holds every problem found.
    """
    content = yamltree.read(path)
    tree = yamltree.parse(content, str(path))
    file = _validated(tree, template_names)
    channels = {name: build.channel(name, part, environ) for name, part in file.channels.items()}
    needing = {name for name, part in file.channels.items() if build.needs_contact(part)}
    orders = build_orders.orders(file.orders)
    sources = {name: build_orders.source(name, file.sources, environ) for name in orders.remote}
    ruleset = RuleSet(
        shop=build.shop(file.shop),
        channels={name: channel for name, (channel, _) in channels.items()},
        rules=tuple(build.rule(part, needing) for part in file.rules),
        fingerprint=hashlib.sha256(content + extra_fingerprint.encode()).hexdigest()[:12],
        orders=orders,
        sources={name: source for name, (source, _) in sources.items()},
        retention=build_orders.retention(file.retention),
    )
    warnings = [
        *cautions.paused({name: lacks for name, (_, lacks) in channels.items()}, tree),
        *cautions.mute({name: lacks for name, (_, lacks) in sources.items()}, tree),
        *cautions.unused(tree),
        *cautions.misdirected(ruleset.channels, for_operators, tree),
        *cautions.unasked(ruleset, tree),
        *cautions.outlived(ruleset.retention, tree),
    ]
    return Loaded(ruleset, tuple(sorted(warnings)), tree, parts(tree.data, environ))


def _validated(tree: Tree, template_names: Collection[str] | None) -> RulesFile:
    found = [*tree.problems, *crosscheck(tree, template_names)]
    try:
        file = RulesFile.model_validate(tree.data)
    except ValidationError as error:
        raise RulesError([*found, *problems(error, tree, RulesFile)]) from None
    if found:
        raise RulesError(found)
    return file
