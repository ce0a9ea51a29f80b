"""The Jinja2 environments: one for HTML, which escapes, and one for plain text; both sandboxed and bounded.

The bounds stop mistakes and hostile values, by counting and without a clock,
so that they hold in any thread and give the same result every time:

- at most MAX_STEPS rounds of loops and calls of macros in one part, counted by a
  step that is compiled into every loop and macro;
- `range()` of at most MAX_RANGE, repetition (`"-" * n`) of at most MAX_REPEAT, no powers;
- printed text up to a limit (`notifier.render.templates`).

They do not hold back an author who means harm (a filter's argument can still
ask for much memory): who may write templates may write rules.yaml too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from gettext import NullTranslations
from types import CodeType
from typing import Any

from jinja2 import StrictUndefined, Undefined, nodes, pass_context
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import Namespace
from markupsafe import Markup, escape

from notifier.core import colour
from notifier.errors import RenderError
from notifier.render.clean import clean
from notifier.render.place import Place
from notifier.render.structured import as_script, structured

MAX_STEPS = 10_000
MAX_RANGE = 1_000
MAX_REPEAT = 10_000


@dataclass(slots=True)
class Rendering:
    """One part being rendered: where for, in whose words, whether as a page of HTML, and the steps so far."""

    place: Place
    words: NullTranslations
    page: bool = False
    steps: int = 0


current: ContextVar[Rendering] = ContextVar("rendering")
"""The part being rendered in this thread; macros do not see the template's names, so filters look here."""


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
        self.globals = {"range": _range, "dict": dict, "namespace": Namespace, "structured": structured, **_SAID}
        self.newstyle_gettext = True  # placeholders are filled in, and escaped, after the translation
        self.policies["ext.i18n.trimmed"] = True  # how a template is laid out is no part of a sentence
        self.filters.update(_FILTERS)

    def compile_counted(self, tree: nodes.Template, name: str) -> CodeType:
        """Compile `tree` with a step in every loop and macro; may be done once to a tree.

        Raises TemplateSyntaxError.
        """
        bodies = [(n.body, n.lineno) for n in tree.find_all(nodes.For)]
        bodies += [(n.body, n.lineno) for n in tree.find_all(nodes.Macro)]
        for body, line in bodies:
            tick = nodes.Call(nodes.EnvironmentAttribute("tick"), [], [], None, None)
            body.insert(0, nodes.ExprStmt(tick, lineno=line))
        tree.set_environment(self)
        code = self.compile(tree, name, name)
        assert isinstance(code, CodeType)
        return code

    def tick(self) -> None:
        """Count one step; raise RenderError past MAX_STEPS."""
        rendering = current.get()
        rendering.steps += 1
        if rendering.steps > MAX_STEPS:
            raise RenderError(f"its loops do not end: stopped after {MAX_STEPS:,} steps")

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """Multiply with a bound on repetition; raise RenderError past it and for powers."""
        if operator == "**":
            raise RenderError("powers cannot be used in templates")
        for repeated, times in ((left, right), (right, left)):
            sized = isinstance(repeated, str | list | tuple) and isinstance(times, int)
            if sized and len(repeated) * times > MAX_REPEAT:
                raise RenderError(f"repeats text past {MAX_REPEAT:,} characters")
        return super().call_binop(context, operator, left, right)


@pass_context
def _gettext(context: Context, message: str, /, **values: object) -> str:
    return _filled(context, current.get().words.gettext(message), values)


@pass_context
def _ngettext(context: Context, one: str, many: str, num: int, /, **values: object) -> str:
    said = current.get().words.ngettext(one, many, num)
    return _filled(context, said, {"num": num, **values})


@pass_context
def _pgettext(context: Context, about: str, message: str, /, **values: object) -> str:
    return _filled(context, current.get().words.pgettext(about, message), values)


@pass_context
def _npgettext(context: Context, about: str, one: str, many: str, num: int, /, **values: object) -> str:
    said = current.get().words.npgettext(about, one, many, num)
    return _filled(context, said, {"num": num, **values})


def _filled(context: Context, said: str, values: Mapping[str, object]) -> str:
    """Return a translation with its placeholders filled in. HTML escapes both: a sentence is plain text."""
    given = {name: "" if value is None else value for name, value in values.items()}
    return (escape(said) if context.eval_ctx.autoescape else said) % given


_SAID = {
    "_": _gettext,
    "gettext": _gettext,
    "ngettext": _ngettext,
    "pgettext": _pgettext,
    "npgettext": _npgettext,
}
"""What `{% trans %}` and `_()` come down to."""


def _isolated(value: object) -> object:
    """Set a name off from the sentence around it, which may run the other way (HTML, `bdi`): in pages only."""
    return Markup("<bdi>{}</bdi>").format(clean(str(value))) if value and current.get().page else value


_FILTERS: Mapping[str, Callable[..., object]] = {
    "date": lambda value: current.get().place.date(value),
    "datetime": lambda value: current.get().place.date_and_time(value),
    "moment": lambda value: current.get().place.moment(value),
    "number": lambda value: current.get().place.number(value),
    "percent": lambda value: current.get().place.percent(value),
    "currency": lambda value, code: current.get().place.currency(value, code),
    "isolated": _isolated,
    "readable": colour.readable,
    "ink": colour.ink,
    "as_script": as_script,
}
"""Filters beside Jinja's own: values in the reader's manner, and what mails need."""


def new_environments() -> dict[str, BoundedEnvironment]:
    """Return a new environment for each kind of file, by suffix."""
    return {".html": BoundedEnvironment(autoescape=True), ".txt": BoundedEnvironment(autoescape=False)}


def _finalize(value: object) -> object:
    """Make ready for print: nothing for None, everything else cleaned; escaped text stays escaped."""
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
