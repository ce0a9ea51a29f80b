"""The sandbox in which the expressions of rules.yaml run: Jinja2's, with bounds that need no clock.

An expression has no loops, so its own text bounds it, but for what grows: repetition,
powers, formats, filters and methods that pad or replace, and filters over lists that come one
after another. Hence:

- filters and methods are those that a condition can use (FILTERS, METHODS): none that pads,
  formats or draws lots,
- what is added, repeated, joined or replaced may come to LONGEST characters or entries,
- all of it together may take WORK steps: one for each value and for each entry looked at.

What goes beyond raises TooMuch, the same way every time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any

from jinja2 import StrictUndefined
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment

from notifier.counting import METHODS, TooMuch, allowed, call_method, check_operation, counted

LONGEST = 10_000
"""Characters or entries that an operation may give."""

WORK = 20_000
"""Steps that one expression may take; about a fifth of a microsecond to two each."""

FILTERS = frozenset(
    """
    abs capitalize count d default first float groupby int items join last length list lower map max
    min reject rejectattr replace reverse round select selectattr sort string sum title trim
    truncate unique upper wordcount
    """.split()  # noqa: SIM905  easier to read
)
"""Jinja2's filters that expressions can use."""


@contextmanager
def bounded() -> Iterator[None]:
    """Give what runs inside its WORK steps."""
    with allowed(LONGEST, WORK):
        yield


class Missing(StrictUndefined):
    """Says only the name of what is missing: Jinja2's own text can hold a value."""

    @property
    def _undefined_message(self) -> str:
        return str(self._undefined_name or "")


class Sandbox(ImmutableSandboxedEnvironment):
    """The sandbox, where `.items` of a mapping is its entry of that name and not Python's method."""

    intercepted_binops = frozenset({"+", "*", "**", "%"})

    def __init__(self) -> None:
        super().__init__(undefined=Missing, finalize=lambda value: "" if value is None else value)
        self.globals.clear()  # the vocabulary is all there is: no range, cycler or namespace
        self.filters = {name: counted(self.filters[name], name) for name in sorted(FILTERS)}
        self.tests = {name: counted(test, name) for name, test in self.tests.items()}  # type: ignore[arg-type]

    def getattr(self, obj: Any, attribute: str) -> Any:
        """Return an entry of a mapping, or an attribute of anything else that is safe."""
        if isinstance(obj, Mapping):
            return obj[attribute] if attribute in obj else self.undefined(obj=obj, name=attribute)
        return super().getattr(obj, attribute)

    def wrap_str_format(self, value: Any) -> None:
        """Refuse `format`, whose widths can ask for anything."""
        if isinstance(getattr(value, "__self__", None), str) and value.__name__.startswith("format"):
            raise TooMuch("it formats text: join it with ~")

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """Work out an operation that could grow."""
        if operator == "%" and isinstance(left, str | bytes):
            raise TooMuch("it formats text with %: join it with ~")
        check_operation(operator, left, right)
        return super().call_binop(context, operator, left, right)

    def call(self, __context: Context, __obj: Any, *args: Any, **kwargs: Any) -> Any:
        """Call a method, if it is one that an expression can use."""
        owner, name = getattr(__obj, "__self__", None), getattr(__obj, "__name__", "")
        if isinstance(owner, str | bytes | int | float) and name not in METHODS:
            raise TooMuch(f"it calls `{name}`, which is not for expressions")
        return call_method(partial(super().call, __context), __obj, *args, **kwargs)
