"""What in a template's syntax tree makes text or lists grow, rewritten so that it is counted first.

Jinja2 asks its sandbox about operators, calls and filters, but not about `~` and
not about lists that are written out; and what a loop prints of its own is known
before it runs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from jinja2 import nodes, pass_eval_context
from jinja2.nodes import EvalContext
from jinja2.runtime import markup_join, str_join
from jinja2.utils import Namespace
from jinja2.visitor import NodeTransformer

from notifier.counting import check, length, take, weigh

SHORT = 100
"""Characters of a value that is printed without being counted: loops are charged for so many beforehand."""

_CONTAINERS = frozenset({list, tuple, dict, Namespace})

_JOIN = "join_text"
_WEIGH = "weigh"


class Growing(NodeTransformer):
    """Has what is joined with `~`, and lists that are written with values in them, counted."""

    def visit_Concat(self, node: nodes.Concat) -> nodes.Node:  # noqa: N802  so Jinja2 names them
        """Join text by a filter that looks at its length first."""
        node = self.generic_visit(node)  # type: ignore[assignment]
        return _filter(nodes.List(node.nodes, lineno=node.lineno), _JOIN)

    def visit_List(self, node: nodes.List | nodes.Tuple | nodes.Dict) -> nodes.Node:  # noqa: N802
        """Weigh a list, unless it has constants only or is what is assigned to."""
        found = self.generic_visit(node)
        plain = all(
            isinstance(inner, nodes.Const | nodes.Pair | nodes.Keyword | nodes.TemplateData)
            for inner in found.iter_child_nodes()
        ) and not any(True for _ in _values(found))
        return found if plain or getattr(found, "ctx", "load") != "load" else _filter(found, _WEIGH)

    visit_Tuple = visit_List  # noqa: N815
    visit_Dict = visit_List  # noqa: N815


def _values(node: nodes.Node) -> Iterator[nodes.Node]:
    """Yield what is no constant in a dictionary that is written out."""
    for pair in node.iter_child_nodes():
        if isinstance(pair, nodes.Pair) and not isinstance(pair.value, nodes.Const):
            yield pair.value


def _filter(node: nodes.Node, name: str) -> nodes.Filter:
    return nodes.Filter(node, name, [], [], None, None, lineno=node.lineno)


def own_text(body: list[nodes.Node]) -> int:
    """Return how many characters a body prints at most that are not counted when it does.

    Those of loops and macros in it are their own.
    """
    size = 0
    waiting = list(body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, nodes.Output):
            size += sum(len(n.data) if isinstance(n, nodes.TemplateData) else SHORT for n in node.nodes)
        elif not isinstance(node, nodes.For | nodes.Macro | nodes.Block | nodes.Expr):
            waiting += node.iter_child_nodes()
    return size


@pass_eval_context
def _joined(context: EvalContext, values: list[object]) -> str:
    """Join values as `~` does."""
    take(len(values))
    check(sum(map(length, values)))
    text: str = markup_join(values) if context.autoescape else str_join(values)
    return text


def _weighed(value: Any) -> object:
    """Return a list as it is, if what is in it is not too large."""
    for entry in value.values() if type(value) is dict else value:
        if type(entry) in _CONTAINERS:
            take(weigh(value))
            break
    return value


GROWING: Mapping[str, Callable[..., object]] = {_JOIN: _joined, _WEIGH: _weighed}
"""The filters that a rewritten tree uses."""
