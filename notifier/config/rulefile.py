"""rules.yaml to RuleSet: read, check whole, then build; all mistakes are told at once."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from notifier.config import build, yamltree
from notifier.config.crosscheck import crosscheck
from notifier.config.model import RulesFile
from notifier.config.problems import problems
from notifier.config.yamltree import Tree
from notifier.core.rules import RuleSet
from notifier.errors import Problem, RulesError


@dataclass(frozen=True, slots=True)
class Loaded:
    """The rules of one file, and what an operator should know of them: channels that are paused."""

    ruleset: RuleSet
    warnings: tuple[Problem, ...] = ()


def load_rules(
    path: Path,
    environ: Mapping[str, str],
    template_names: Collection[str] | None = None,
    extra_fingerprint: str = "",
) -> Loaded:
    """Return the rules of a file, checked and with their expressions compiled.

    A secret that is not set pauses its channel and gives a warning.

    Args:
        environ: where `${env:NAME}` looks.
        template_names: the templates that exist; None leaves that unchecked.
        extra_fingerprint: what else the decisions depend on, such as the templates' fingerprint.

    Raises:
        RulesError: the file cannot be read or used; it holds every problem found.
    """
    content = yamltree.read(path)
    tree = yamltree.parse(content, str(path))
    file = _validated(tree, template_names)
    built = {name: build.channel(name, part, environ) for name, part in file.channels.items()}
    warnings = [
        tree.problem(("channels", name, key), f"{text}; channel {name} is paused: its messages wait")
        for name, (_, lacks) in built.items()
        for key, text in lacks.items()
    ]
    ruleset = RuleSet(
        shop=build.shop(file.shop),
        channels={name: channel for name, (channel, _) in built.items()},
        rules=tuple(build.rule(part) for part in file.rules),
        fingerprint=hashlib.sha256(content + extra_fingerprint.encode()).hexdigest()[:12],
    )
    return Loaded(ruleset, tuple(sorted(warnings)))


def _validated(tree: Tree, template_names: Collection[str] | None) -> RulesFile:
    found = [*tree.problems, *crosscheck(tree, template_names)]
    try:
        file = RulesFile.model_validate(tree.data)
    except ValidationError as error:
        raise RulesError([*found, *problems(error, tree, RulesFile)]) from None
    if found:
        raise RulesError(found)
    return file
