"""What can be said of a template file before it meets data: filters, files and names that do not exist."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path
from typing import TypeAlias

from jinja2 import TemplateSyntaxError, meta, nodes

from notifier.core import facts
from notifier.errors import Problem
from notifier.render.parsing import nodes_of

LAYOUT = "_layout"
"""The folder of shared pieces; it makes no message."""

NAMES = frozenset({*facts.WORDS, "lang", "dir"})
"""What a template may name: the vocabulary, and the language and direction of the text."""

JINJAS = frozenset({"loop", "caller", "varargs", "kwargs", "self", "super"})
"""Names that Jinja gives at some places."""

_Find: TypeAlias = tuple[int, str, str, Iterable[str]]
"""Line, the word that is wrong, what is wrong, and the words that would be right."""


def check(
    name: str, source: str, trees: Mapping[str, nodes.Template], files: frozenset[str]
) -> list[Problem]:
    """Return the mistakes in one parsed file.

    Args:
        source: the text that `trees[name]` was parsed from.
        trees: the syntax tree of every file that could be parsed.
        files: the names of all files; one of another kind cannot be used, as it escapes otherwise:
            but for shared pieces of text, which do as the file that uses them does.
    """
    tree = trees[name]
    lines = source.splitlines()
    suffix = Path(name).suffix
    same = {f for f in files if f.endswith(suffix) or is_shared_text(f)}
    finds = [*_calls(tree), *_references(tree, same)]
    known = NAMES | _given(name, trees)
    if unknown := _read(tree) - known:
        try:  # only what compiles tells where it has Jinja's own names
            unknown = unknown - JINJAS if finds else _undeclared(tree) - known
        except (TemplateSyntaxError, RecursionError):
            return []  # compiling it says what is wrong
    finds.extend(_names(tree, unknown))
    return [
        Problem(name, line, _column(lines, line, word), text, suggestion(word, known))
        for line, word, text, known in finds
    ]


SENTENCE = "between {% trans %} and {% endtrans %} stand plain names: {% trans ref=order.ref %}… {{ ref }} …"
"""How a sentence to translate takes values."""


def is_shared_text(name: str) -> bool:
    """Tell whether a file is a shared piece of plain text: words that HTML can use as well."""
    return (name.startswith(f"{LAYOUT}/") and name.endswith(".txt")) or name.endswith("/words.txt")


def syntax_problem(name: str, source: str, error: TemplateSyntaxError) -> Problem:
    """Return a syntax error with its place; Jinja knows the line, the column is its first tag's."""
    text = (error.message or "cannot be read").rstrip(".")
    lines = source.splitlines()
    before = "\n".join(lines[: error.lineno])
    # Jinja says which token it missed; not that a sentence to translate holds names and nothing else.
    hint = SENTENCE if text.startswith("expected token 'end of print") and "{% trans" in before else ""
    return Problem(name, error.lineno, _column(lines, error.lineno, "{"), text, hint)


def suggestion(word: str, known: Iterable[str]) -> str:
    """Return `did you mean …?` if something known looks like `word`, else an empty string."""
    near = get_close_matches(word, sorted(known), n=1)
    return f"did you mean {near[0]}?" if near else ""


@lru_cache(maxsize=1_024)
def _read(tree: nodes.Template) -> frozenset[str]:
    """Return the names that a file reads, also those that Jinja gives it (`loop`); found fast."""
    assert tree.environment is not None
    read = (n.name for n in nodes_of(tree) if isinstance(n, nodes.Name | nodes.NSRef))
    return frozenset(read) - tree.environment.globals.keys()


@lru_cache(maxsize=1_024)
def _undeclared(tree: nodes.Template) -> frozenset[str]:
    """Return the names that a file takes from outside. Raises TemplateSyntaxError."""
    return frozenset(meta.find_undeclared_variables(tree))


@lru_cache(maxsize=1_024)
def _calls(tree: nodes.Template) -> tuple[_Find, ...]:
    return tuple(_unknown_calls(tree))


def _unknown_calls(tree: nodes.Template) -> Iterator[_Find]:
    env = tree.environment
    assert env is not None
    for node in nodes_of(tree):
        match node:
            case nodes.Filter() if node.name not in env.filters:
                yield node.lineno, node.name, f"there is no filter '{node.name}'", env.filters
            case nodes.Test() if node.name not in env.tests:
                yield node.lineno, node.name, f"there is no test '{node.name}'", env.tests


def _references(tree: nodes.Template, files: set[str]) -> Iterator[_Find]:
    for node in nodes_of(tree):
        if not isinstance(node, nodes.Extends | nodes.Include | nodes.Import | nodes.FromImport):
            continue
        match getattr(node, "template", None):
            case nodes.Const(value=str(other)) if other in files:
                pass
            case nodes.Const(value=str(other)):
                yield node.lineno, other, f"there is no template file '{other}'", files
            case _:
                yield node.lineno, "{%", "the name of another file must be written out", ()


def _names(tree: nodes.Template, unknown: frozenset[str]) -> Iterator[_Find]:
    if not unknown:
        return
    first = {node.name: node.lineno for node in reversed(nodes_of(tree)) if isinstance(node, nodes.Name)}
    for word in unknown:
        yield first.get(word, 1), word, f"there is no '{word}' here", NAMES


def _given(name: str, trees: Mapping[str, nodes.Template]) -> set[str]:
    """Return the names that the file gives itself, and for a shared piece those of the files that may use it.

    Jinja's own search takes what is set above a block for unknown inside it.
    """
    shared = name.startswith(f"{LAYOUT}/") or is_shared_text(name)
    return {given for tree in (trees.values() if shared else [trees[name]]) for given in _names_in(tree)}


@lru_cache(maxsize=1_024)
def _names_in(tree: nodes.Template) -> frozenset[str]:
    """Return the names that one file gives itself: asked of every file, again for every shared piece."""
    names: set[str] = set()
    for node in nodes_of(tree):
        match node:
            case nodes.Name(ctx="store" | "param") | nodes.Macro():
                names.add(node.name)
            case nodes.Import():
                names.add(node.target)
            case nodes.FromImport():
                names.update(n if isinstance(n, str) else n[1] for n in node.names)
    return frozenset(names)


def _column(lines: list[str], line: int, word: str) -> int:
    """Return where `word` first stands in that line, counted from 1; 1 if it does not."""
    text = lines[line - 1] if 0 < line <= len(lines) else ""
    start = r"\b" if word[:1].isalnum() else ""
    found = re.search(start + re.escape(word), text)
    return found.start() + 1 if found else 1
