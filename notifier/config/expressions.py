"""Jinja2 in rules.yaml: `if:` and `to:`, checked at load and compiled to plain callables.

Expressions run in a sandbox with bounds and see `notifier.core.facts` only. What
they stumble over is told in words without values: those are a customer's data.
"""

from __future__ import annotations

import re
from dataclasses import fields

from jinja2 import TemplateError, TemplateSyntaxError, Undefined, UndefinedError, meta, nodes
from jinja2.parser import Parser

from notifier.config import asked
from notifier.config.mistake import Mistake, kind, suggestion
from notifier.config.sandbox import Sandbox, bounded
from notifier.core.contact import Contact
from notifier.core.expression import Address, Condition, Facts
from notifier.core.facts import NAMES
from notifier.core.order import Order
from notifier.core.shop import Shop
from notifier.core.update import RecordedUpdate, Shipment
from notifier.counting import TooMuch
from notifier.errors import RenderError


def _attributes(cls: type) -> frozenset[str]:
    own = {name for name, value in vars(cls).items() if isinstance(value, property)}
    return frozenset(own | {f.name for f in fields(cls)})


ATTRIBUTES: dict[str, frozenset[str]] = {
    "update": _attributes(RecordedUpdate),
    "order": _attributes(Order),
    "contact": _attributes(Contact),
    "shipment": _attributes(Shipment),
    "shop": _attributes(Shop),
}
"""What may follow the dot after a name of the vocabulary; `order.attributes.…` is free."""

DEEPEST = 60
"""How many parts of an expression may stand one within the other, such as filters after each other."""

_NOT_JINJA = (
    (re.compile(r"\{\{|\{%"), "`if` is an expression already: leave out the braces"),
    (re.compile(r"&&"), "write `and` for &&"),
    (re.compile(r"\|\|"), "write `or` for ||"),
    (re.compile(r"!(?!=)"), "write `not` for !"),
    (re.compile(r"(?<![=!<>])=(?!=)"), "compare with =="),
)

# What operators and filters raise on values of the wrong kind; anything else is a fault of ours.
_FAILURES = (
    TemplateError,
    TypeError,
    ValueError,
    ArithmeticError,
    LookupError,
    AttributeError,
    RecursionError,
    TooMuch,
)


_JINJA = Sandbox()


def condition(source: str) -> Condition:
    """Compile the expression of an `if:`.

    The callable gives True or False, and raises RenderError if the expression
    fails on its facts or gives anything else.

    Raises:
        Mistake: it is no expression, or uses names that do not exist.
    """
    try:
        tree = condition_tree(source)
        _check_depth(tree)
        with bounded():  # what does not depend on facts is worked out here
            compiled = _JINJA.compile_expression(source, undefined_to_none=False)
    except (TemplateSyntaxError, RecursionError, SyntaxError) as error:
        hint = next((advice for sign, advice in _NOT_JINJA if sign.search(source)), "")
        raise _unreadable(error, "is not an expression", hint) from None
    _check_names(tree)

    def judge(facts: Facts) -> bool:
        try:
            with bounded():
                result = compiled(facts)
        except _FAILURES as error:
            raise RenderError(f"`if` failed: {_cause(error, source)}") from None
        if isinstance(result, bool):
            return result
        raise RenderError(f"`if` gave {_given(result)}, not true or false")

    return judge


def address(source: str) -> Address:
    """Compile the template text of a `to:`.

    The callable gives the text without white space around it, "" where a value
    is None, and raises RenderError if the template fails on its facts.

    Raises:
        Mistake: it is no template, or uses names that do not exist.
    """
    try:
        tree = _JINJA.parse(source)
        _check_depth(tree)
        with bounded():
            template = _JINJA.from_string(source)
    except (TemplateSyntaxError, RecursionError, SyntaxError) as error:
        raise _unreadable(error, "is not a template", "write for example {{ contact.email }}") from None
    _check_statements(tree)
    _check_names(tree)

    def find(facts: Facts) -> str:
        try:
            with bounded():
                return template.render(facts).strip()
        except _FAILURES as error:
            raise RenderError(f"`to` failed: {_cause(error, source)}") from None

    return find


def address_tree(source: str) -> nodes.Template:
    """Return the syntax tree of the template text of a `to:` that compiles."""
    return _JINJA.parse(source)


def condition_tree(source: str) -> nodes.Template:
    """Return the syntax tree of the expression of an `if:` that compiles."""
    expression = Parser(_JINJA, source, state="variable").parse_expression()
    tree = nodes.Template([nodes.Output([expression])])
    tree.set_environment(_JINJA)
    return tree


def _unreadable(error: Exception, text: str, hint: str) -> Mistake:
    """Word a failure to compile; a filter or test that does not exist gets a suggestion."""
    if not isinstance(error, TemplateSyntaxError):
        return Mistake(f"{text}: nested too deeply")
    cause = (error.message or "").rstrip(".").replace("end of template", "end")
    unknown = re.fullmatch(r"No (filter|test) named '(\w+)'", cause)
    if unknown:
        known = _JINJA.filters if unknown[1] == "filter" else _JINJA.tests
        return Mistake(f"uses an unknown {unknown[1]} `{unknown[2]}`", suggestion(unknown[2], known))
    if cause == "unexpected 'end'" and not hint:
        hint = "is something missing? after a space, # begins a comment"
    cause = cause.replace("chunk after expression", "something follows the end of the expression")
    return Mistake(f"{text}: {cause}", hint)


def _check_depth(tree: nodes.Template) -> None:
    """Refuse what takes Jinja2 long to compile; raises RecursionError, as Python does for what is deeper."""
    level: list[nodes.Node] = [tree]
    for _ in range(DEEPEST):
        level = [inner for node in level for inner in node.iter_child_nodes()]
        if not level:
            return
    raise RecursionError


def _check_statements(tree: nodes.Template) -> None:
    """Refuse statements other than `if` in a `to:`: nothing else bounds what they do."""
    for statement in tree.find_all(nodes.Stmt):
        if not isinstance(statement, nodes.Output | nodes.If):
            word = type(statement).__name__.lower().removesuffix("block").replace("assign", "set")
            raise Mistake(f"uses `{{% {word} … %}}`", "write {{ … }} and {% if … %} only")


def _check_names(tree: nodes.Template) -> None:
    undeclared = meta.find_undeclared_variables(tree)
    wrong = {name: suggestion(name, NAMES) for name in sorted(undeclared - set(NAMES))}
    for owner, attribute in asked.attributes(tree):
        known = ATTRIBUTES.get(owner)
        if owner in undeclared and known is not None and attribute not in known:
            wrong[f"{owner}.{attribute}"] = suggestion(attribute, known)
    if wrong:
        names = ", ".join(f"`{name}`" for name in wrong)
        hints = "; ".join(dict.fromkeys(filter(None, wrong.values())))
        raise Mistake(f"asks for {names}, which does not exist", hints)


def _cause(error: Exception, source: str) -> str:
    """Return why it failed, without any value."""
    match error:
        case UndefinedError():
            # A name that was worked out (`order.attributes[contact.email]`) is a value: only
            # names that stand in the expression are told.
            name = str(error)
            if name.isidentifier() and re.search(rf"\b{name}\b", source):
                return f"`{name}` is missing (write `| default(…)` where that may be)"
            return "something that it asks for is missing"
        case TooMuch():
            return str(error)
        case ZeroDivisionError():
            return "it divides by zero"
        case TypeError():
            return "it mixes kinds of values (write `| float` or `| string` to turn one into the other)"
        case _:
            return f"it does not work on these values ({type(error).__name__})"


def _given(result: object) -> str:
    if isinstance(result, Undefined):
        return "something that is missing"
    if result is None:
        return "nothing"
    if isinstance(result, int | float):
        return str(result)
    word = kind(result)
    return "another kind of value" if word == "nothing" else word
