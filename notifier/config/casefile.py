"""rules.test.yaml to tests: read, checked whole against the rules that it tests; all mistakes at once."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path

from pydantic import ValidationError

from notifier.config import yamltree
from notifier.config.mistake import quoted, suggestion
from notifier.config.model.cases import CasePart, CasesFile
from notifier.config.problems import problems
from notifier.config.yamltree import Tree
from notifier.core.rules import MISSING_CONTACT, RuleSet
from notifier.errors import Problem, RulesError

CASES = ".test.yaml"
"""The end of the name of a file of tests, in place of `.yaml`."""


def beside(rules: Path) -> Path:
    """Return the file of tests that stands beside a rules.yaml."""
    return rules.with_name(rules.stem + CASES)


def load_cases(path: Path, ruleset: RuleSet, template_names: Collection[str]) -> list[CasePart]:
    """Return the tests of a file.

    Raises:
        RulesError: the file cannot be read or used, or names what there is not; it holds every problem found.
    """
    tree = yamltree.parse(yamltree.read(path), str(path))
    found = [*tree.problems, *_unknown(tree, ruleset, template_names), *_twice(tree)]
    try:
        file = CasesFile.model_validate(tree.data)
    except ValidationError as error:
        raise RulesError([*found, *problems(error, tree, CasesFile)]) from None
    if found:
        raise RulesError(found)
    return file.tests


def _unknown(tree: Tree, ruleset: RuleSet, template_names: Collection[str]) -> Iterator[Problem]:
    """Yield a problem for each name of something that rules.yaml does not have."""
    rules = [*(rule.id for rule in ruleset.rules), MISSING_CONTACT]
    if ruleset.brake is not None:
        rules.append(ruleset.brake.rule.id)
    for path, value in _places(tree):
        match path[-1]:
            case "rule":
                yield from _judged(tree, path, value, "rule", rules)
            case "channel":
                yield from _judged(tree, path, value, "channel", ruleset.channels)
            case "template":
                yield from _judged(tree, path, value, "template", template_names)
    for path, value in _watched(tree):
        yield from _judged(tree, path, value, "rule", rules)


def _judged(
    tree: Tree, path: yamltree.Path, value: str, what: str, known: Collection[str]
) -> Iterator[Problem]:
    if value not in known:
        yield tree.problem(path, f"there is no {what} {quoted(value)}", suggestion(value, known))


def _places(tree: Tree) -> Iterator[tuple[yamltree.Path, str]]:
    """Yield the text values of entries in the lists and blocks of tests: `tests`, a number, a list, …"""
    for path in tree.values:
        value = tree.value(path)
        within = path[2] in ("expect", "fail", "acknowledge") if len(path) in (4, 5) else False
        if isinstance(value, str) and within and path[0] == "tests":
            yield path, value


def _watched(tree: Tree) -> Iterator[tuple[yamltree.Path, str]]:
    for path in tree.values:
        value = tree.value(path)
        if isinstance(value, str) and len(path) in (3, 4) and path[0] == "tests" and path[2] == "watch":
            yield path, value


def _twice(tree: Tree) -> Iterator[Problem]:
    """Yield a problem for each name that two tests have."""
    seen: set[object] = set()
    for path in tree.values:
        if len(path) == 3 and path[0] == "tests" and path[2] == "name":
            name = tree.value(path)
            if name in seen:
                yield tree.problem(path, f"another test is called {quoted(name)} as well")
            seen.add(name)
