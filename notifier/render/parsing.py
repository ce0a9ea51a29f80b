"""From the text of a template file to its syntax tree and its code: once for each text.

An edit of one file leaves the others as they were, and parsing and compiling all of them takes
the better part of a second. Trees are looked at and never changed; code is made of a tree of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from types import CodeType

from jinja2 import TemplateSyntaxError, nodes
from jinja2.ext import extract_from_ast

from notifier.render.environment import new_environments

_ENVIRONMENTS = new_environments()
"""For parsing and compiling; nothing is rendered by them."""

SUFFIXES = frozenset(_ENVIRONMENTS)
"""What the names of template files end in."""

_KEPT = 1_024
"""So many files are remembered: several times as many as a folder of templates has."""

_TRANSLATED = ("_", "gettext", "ngettext", "pgettext", "npgettext")
"""What marks a sentence as one to translate; `{% trans %}` comes down to them."""


@lru_cache(maxsize=_KEPT)
def parse(name: str, suffix: str, source: str) -> nodes.Template:
    """Return the syntax tree of a file; raise TemplateSyntaxError.

    Args:
        suffix: the kind of file that it is taken as, one of SUFFIXES.
    """
    with _told(name):
        tree = _ENVIRONMENTS[suffix].parse(source, name, name)
        nodes_of(tree)  # what is nested too deeply for this is never looked at
        return tree


@lru_cache(maxsize=_KEPT)
def compile_counted(name: str, suffix: str, source: str) -> CodeType:
    """Return the code of a file, with its loops and macros counted; takes and raises what `parse` does."""
    with _told(name):
        return _ENVIRONMENTS[suffix].compile_counted(_ENVIRONMENTS[suffix].parse(source, name, name), name)


@contextmanager
def _told(name: str) -> Iterator[None]:
    """Have everything that Jinja and Python say of a file that cannot be used be a TemplateSyntaxError.

    Jinja lets some mistakes through to Python, such as an argument that is named twice.
    """
    try:
        yield
    except (RecursionError, MemoryError, IndentationError) as error:
        raise TemplateSyntaxError("is nested too deeply", 0, name, name) from error
    except (SyntaxError, ValueError) as error:
        text = error.msg if isinstance(error, SyntaxError) else str(error)
        text = "is nested too deeply" if "statically nested" in text else f"cannot be compiled: {text}"
        raise TemplateSyntaxError(text, 0, name, name) from error


@lru_cache(maxsize=_KEPT)
def nodes_of(tree: nodes.Template) -> tuple[nodes.Node, ...]:
    """Return everything in a tree: going through it takes longer than all that is asked of it."""
    found: list[nodes.Node] = []
    _collect(tree, found)
    return tuple(found)


def _collect(node: nodes.Node, found: list[nodes.Node]) -> None:
    """Append all nodes below `node`, in the order of the text. Jinja2's `find_all` takes twice as long."""
    for child in node.iter_child_nodes():
        found.append(child)
        _collect(child, found)


@lru_cache(maxsize=_KEPT)
def is_marked(tree: nodes.Template) -> bool:
    """Tell whether a file has sentences to translate."""
    return next(iter(extract_from_ast(tree, _TRANSLATED)), None) is not None


@lru_cache(maxsize=_KEPT)
def imported(tree: nodes.Template) -> tuple[str, ...]:
    """Return the names of the files whose macros a file imports."""
    used = (node for node in nodes_of(tree) if isinstance(node, nodes.Import | nodes.FromImport))
    return tuple(node.template.value for node in used if isinstance(node.template, nodes.Const))
