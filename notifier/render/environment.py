"""The Jinja2 environments: one for HTML, which escapes, and one for plain text; both sandboxed and bounded.

The bounds stop mistakes and hostile values, by counting and without a clock,
so that they hold in any thread and give the same result every time:

- at most `builtins.MAX_STEPS` rounds of loops, calls of macros and blocks, and uses of other files
  in one part, counted by a step that is compiled into each of them;
- `range()` of at most MAX_RANGE, repetition (`"-" * n`) of at most MAX_REPEAT, no powers;
- what grows is counted before it does (`notifier.counting`): filters, methods, operators, `~`, lists
  of lists; a value may have LONGEST characters, and all of a part may take WORK steps;
- printed text up to a limit (`notifier.render.templates`), also what is printed into a variable.

A clock is the last resort (`builtins.LONGEST_TIME`).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, partial
from types import CodeType, FunctionType
from typing import Any

from jinja2 import StrictUndefined, Undefined, nodes
from jinja2.environment import TemplateModule
from jinja2.runtime import Context, LoopContext, Macro
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import Namespace
from markupsafe import Markup

from notifier.counting import (
    CONTAINERS,
    METHODS,
    allowed,
    call_method,
    check,
    check_format,
    check_operation,
    counted,
    spend,
    take_text,
    weigh,
)
from notifier.errors import RenderError
from notifier.render.builtins import COUNT, FILTERS, STEP, TRANSLATIONS
from notifier.render.clean import clean
from notifier.render.growing import GROWING, SHORT, Growing, own_text
from notifier.render.structured import structured

MAX_RANGE = 1_000
MAX_REPEAT = 10_000

LONGEST = 300_000
"""Characters or entries that a value may have: more than the largest part."""

WORK = 2_000_000
"""Steps that one part may take, one for each ten characters and for each entry looked at or printed.
A large mail takes some ten thousand."""

_METHODS = METHODS | frozenset({"center", "encode", "expandtabs", "format", "ljust", "rjust", "zfill"})


_PLAIN = frozenset(
    """
    abs attr capitalize count d default e escape first float int items last length lower map max min random
    reject rejectattr reverse safe select selectattr trim unique upper
    """.split()  # noqa: SIM905  easier to read
)
"""Jinja2's filters that give no more than they are given, and are not counted."""


class Missing(StrictUndefined):
    """An undefined value whose error holds its name only: Jinja's own texts can quote values."""

    @property
    def _undefined_message(self) -> str:
        return "" if self._undefined_name is None else str(self._undefined_name)


class BoundedEnvironment(ImmutableSandboxedEnvironment):
    """A sandbox whose loops end and whose printed values are cleaned."""

    intercepted_binops = frozenset({"*", "**", "+", "%"})

    def __init__(self, *, autoescape: bool) -> None:
        super().__init__(
            autoescape=autoescape,
            undefined=Missing,
            finalize=_finalize,
            extensions=["jinja2.ext.i18n"],
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
            cache_size=-1,
        )
        self.globals = {
            "range": _range,
            "dict": dict,
            "namespace": Namespace,
            "structured": structured,
            **TRANSLATIONS,
        }
        self.newstyle_gettext = True  # placeholders are filled in, and escaped, after the translation
        self.policies["ext.i18n.trimmed"] = True  # how a template is laid out is no part of a sentence
        self.filters |= {name: counted(self.filters[name], name) for name in self.filters.keys() - _PLAIN}
        self.filters.update(FILTERS)
        self.filters.update(GROWING)

    def compile_counted(self, tree: nodes.Template, name: str) -> CodeType:
        """Compile `tree` with a step in its every loop, macro and block; may be done once to a tree.

        Raises TemplateSyntaxError.
        """
        tree = Growing().visit(tree)
        bodies = [(tree.body, 1)]
        for node in tree.find_all(nodes.Stmt):
            if isinstance(node, nodes.For | nodes.Macro | nodes.Block):
                bodies.append((node.body, node.lineno))
        for body, line in bodies:
            step = nodes.Filter(nodes.Const(STEP + own_text(body)), COUNT, [], [], None, None)
            body.insert(0, nodes.ExprStmt(step, lineno=line))
        tree.set_environment(self)
        with allowed(LONGEST, WORK):  # constants are worked out here
            code = self.compile(tree, name, name)
        assert isinstance(code, CodeType)
        return code

    def getattr(self, obj: Any, attribute: str) -> Any:
        """Return an attribute as the sandbox does, and at once what is ours and public, which is data."""
        if attribute[0] != "_" and _is_plain(obj.__class__):
            try:
                return getattr(obj, attribute)
            except AttributeError:
                pass
        return super().getattr(obj, attribute)

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """Multiply with a bound on repetition; raise RenderError past it and for powers."""
        if operator == "**":
            raise RenderError("powers cannot be used in templates")
        for repeated, times in ((left, right), (right, left)):
            sized = isinstance(repeated, str | list | tuple) and isinstance(times, int)
            if sized and len(repeated) * times > MAX_REPEAT:
                raise RenderError(f"repeats text past {MAX_REPEAT:,} characters")
            if sized and not isinstance(repeated, str):
                check(weigh(repeated) * times)
                return super().call_binop(context, operator, left, right)
        check_operation(operator, left, right)
        return super().call_binop(context, operator, left, right)

    def wrap_str_format(self, value: Any) -> Callable[..., str] | None:
        """Return `format` and `format_map` of a text so that they look at their widths first."""
        wrapped: Callable[..., str] | None = super().wrap_str_format(value)
        if wrapped is None:
            return None
        made = wrapped
        text, named = value.__self__, value.__name__ == "format_map"

        def formatted(*args: Any, **kwargs: Any) -> str:
            check_format(text, args[0] if named and args else (*args, *kwargs.values()))
            return made(*args, **kwargs)

        return formatted

    def call(self, __context: Context, __obj: Any, *args: Any, **kwargs: Any) -> Any:
        """Call a macro, a function or a method, if that makes nothing too long."""
        kind = type(__obj)
        if kind is Macro or (kind is FunctionType and __obj in _OURS):
            # Scopes that the compiler passes on for functions that look up names, which these do not.
            kwargs.pop("_loop_vars", None)
            kwargs.pop("_block_vars", None)
            return __obj(__context.eval_ctx if kind is Macro else __context, *args, **kwargs)
        owner = getattr(__obj, "__self__", None)
        if owner is None or not isinstance(owner, str | bytes | int | float):
            if __obj is dict:
                spend(*args, *kwargs.values())
            return super().call(__context, __obj, *args, **kwargs)
        if __obj.__name__ not in _METHODS:
            raise RenderError(f"calls '{__obj.__name__}', which is not for templates")
        return call_method(partial(super().call, __context), __obj, *args, **kwargs)


def new_environments() -> dict[str, BoundedEnvironment]:
    """Return a new environment for each kind of file, by suffix."""
    return {".html": BoundedEnvironment(autoescape=True), ".txt": BoundedEnvironment(autoescape=False)}


@lru_cache(maxsize=256)
def _is_plain(kind: type) -> bool:
    """Tell whether a class is one of the core's, whose objects are frozen values, or of a loop or macros."""
    return kind.__module__.startswith("notifier.core.") or kind in (LoopContext, TemplateModule)


def _finalize(value: object) -> object:
    """Make ready for print: nothing for None, everything else cleaned; escaped text stays escaped."""
    if type(value) is str:
        if len(value) > SHORT:
            take_text(len(value))
        return clean(value)
    match value:
        case None:
            return ""
        case Undefined():
            return value  # its own __str__ raises
        case Markup():
            if len(value) > SHORT:
                take_text(len(value))
            return Markup(clean(value))  # noqa: S704  was safe before and only lost characters
    if isinstance(value, CONTAINERS):
        spend(value)
    return clean(str(value))


def _range(*bounds: int) -> range:
    numbers = range(*bounds)
    if len(numbers) > MAX_RANGE:
        raise RenderError(f"range() of more than {MAX_RANGE:,} numbers")
    return numbers


_OURS: frozenset[object] = frozenset(TRANSLATIONS.values())
"""Functions that are given the context and need no sandbox."""
