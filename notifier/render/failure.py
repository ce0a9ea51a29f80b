"""From an exception inside a template to a sentence with file and line, without a word of the data."""

from __future__ import annotations

import traceback
from collections.abc import Mapping

from jinja2 import TemplateError, UndefinedError, nodes
from jinja2.exceptions import SecurityError

from notifier.errors import Problem, RenderError

FAILURES = (
    RenderError,
    TemplateError,
    TypeError,
    ValueError,
    ArithmeticError,
    LookupError,
    AttributeError,
    RuntimeError,  # with RecursionError: macros and includes that call themselves
    MemoryError,
    OSError,  # a time outside of what the C library knows
)
"""What expressions and filters raise on data that they were not made for."""


class PartError(RenderError):
    """A part of a template failed on this data; `problem` says where and why."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        place = f"{problem.file}:{problem.line}" if problem.line else problem.file
        super().__init__(f"{place}: {problem.text}")


def explain(file: str, error: BaseException, trees: Mapping[str, nodes.Template]) -> Problem:
    """Return what went wrong and where.

    The texts of exceptions are not used: they quote the values that they stumbled on.

    Args:
        file: the part that was asked for; the place may be in a file that it imports.
        trees: every template file's syntax tree by name.
    """
    line = 0
    for frame, number in traceback.walk_tb(error.__traceback__):
        if frame.f_code.co_filename in trees:
            file, line = frame.f_code.co_filename, number
    column = 1 if line else 0
    return Problem(file, line, column, _text(error, trees[file], line))


def _text(error: BaseException, tree: nodes.Template, line: int) -> str:
    match error:
        case RenderError():
            return str(error)
        case SecurityError():
            return f"{_written(tree, line, str(error))} is not allowed in templates"
        case UndefinedError():
            return f"{_written(tree, line, str(error))} is undefined"
        case RecursionError():
            return "it calls itself without end"
    return f"fails with {type(error).__name__} on this data"


def _written(tree: nodes.Template, line: int, name: str) -> str:
    """Return the expression that ends in `name` as the template spells it (`'order.totl'`).

    `name` may have been worked out from data; only what stands in the file is repeated.
    """
    found = [
        node
        for node in tree.find_all((nodes.Getattr, nodes.Getitem, nodes.Name))
        if isinstance(node, nodes.Expr) and _last(node) == name
    ]
    best = next((node for node in found if node.lineno == line), found[0] if found else None)
    return f"'{_path(best)}'" if best else "a value"


def _last(node: nodes.Expr) -> str | None:
    match node:
        case nodes.Name():
            return node.name
        case nodes.Getattr():
            return node.attr
        case nodes.Getitem(arg=nodes.Const(value=key)):
            return str(key)
    return None


def _path(node: nodes.Expr) -> str:
    match node:
        case nodes.Name():
            return node.name
        case nodes.Getattr():
            return f"{_path(node.node)}.{node.attr}"
        case nodes.Getitem(arg=nodes.Const(value=key)):
            return f"{_path(node.node)}[{key!r}]"
    return "…"
