"""The Jinja2 environments: one for HTML, which escapes, and one for plain text; both sandboxed and bounded.

The bounds stop mistakes and hostile values, by counting and without a clock,
so that they hold in any thread and give the same result every time:

- at most `builtins.MAX_STEPS` rounds of loops, calls of macros and blocks, and uses of other files
  in one part, counted by a step that is compiled into each of them;
- `range()` of at most MAX_RANGE, repetition (`"-" * n`) of at most MAX_REPEAT, no powers;
- printed text up to a limit (`notifier.render.templates`).

They do not hold back an author who means harm (a filter's argument can still
ask for much memory): who may write templates may write rules.yaml too.
"""

from __future__ import annotations

from functools import lru_cache
from types import CodeType
from typing import Any

from jinja2 import StrictUndefined, Undefined, nodes
from jinja2.environment import TemplateModule
from jinja2.runtime import Context, LoopContext
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import Namespace
from markupsafe import Markup

from notifier.errors import RenderError
from notifier.render.builtins import COUNT, FILTERS, TRANSLATIONS
from notifier.render.clean import clean
from notifier.render.structured import structured

MAX_RANGE = 1_000
MAX_REPEAT = 10_000


class Missing(StrictUndefined):
    """An undefined value whose error holds its name only: Jinja's own texts can quote values."""

    @property
    def _undefined_message(self) -> str:
        return "" if self._undefined_name is None else str(self._undefined_name)


class BoundedEnvironment(ImmutableSandboxedEnvironment):
    """A sandbox whose loops end and whose printed values are cleaned."""

    intercepted_binops = frozenset({"*", "**"})

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
        self.filters.update(FILTERS)

    def compile_counted(self, tree: nodes.Template, name: str) -> CodeType:
        """Compile `tree` with a step in its every loop, macro and block; may be done once to a tree.

        Raises TemplateSyntaxError.
        """
        bodies = [(tree.body, 1)]
        for node in tree.find_all(nodes.Stmt):
            if isinstance(node, nodes.For | nodes.Macro | nodes.Block):
                bodies.append((node.body, node.lineno))
        for body, line in bodies:
            step = nodes.Filter(nodes.Const(0), COUNT, [], [], None, None)
            body.insert(0, nodes.ExprStmt(step, lineno=line))
        tree.set_environment(self)
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
        return super().call_binop(context, operator, left, right)


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
        return clean(value)
    match value:
        case None:
            return ""
        case Undefined():
            return value  # its own __str__ raises
        case Markup():
            return Markup(clean(value))  # noqa: S704  was safe before and only lost characters
    return clean(str(value))


def _range(*bounds: int) -> range:
    numbers = range(*bounds)
    if len(numbers) > MAX_RANGE:
        raise RenderError(f"range() of more than {MAX_RANGE:,} numbers")
    return numbers
