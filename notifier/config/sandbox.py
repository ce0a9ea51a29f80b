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

import functools
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from jinja2 import StrictUndefined
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment

LONGEST = 10_000
"""Characters or entries that an operation may give."""

WORK = 20_000
"""Steps that one expression may take; about a fifth of a microsecond to two each."""

LARGEST_POWER = 64
"""The largest exponent."""

MOST_BITS = 4_096
"""The size of a whole number that an operation may give."""

FILTERS = frozenset(
    """
    abs capitalize count d default first float groupby int items join last length list lower map max
    min reject rejectattr replace reverse round select selectattr sort string sum title trim
    truncate unique upper wordcount
    """.split()  # noqa: SIM905  easier to read
)
"""Jinja2's filters that expressions can use."""

METHODS = frozenset(
    """
    capitalize casefold count endswith find index isalnum isalpha isascii isdecimal isdigit islower
    isnumeric isspace isupper join lower lstrip partition removeprefix removesuffix replace rfind
    rindex rpartition rsplit rstrip split splitlines startswith strip swapcase title upper
    """.split()  # noqa: SIM905  easier to read
)
"""Methods of text that expressions can use."""

_SIZED = (str, bytes, list, tuple, dict, set, frozenset)
_TEXT_PER_STEP = 10


class TooMuch(Exception):
    """An expression works out more than it may."""


_left: ContextVar[list[int]] = ContextVar("left")
"""The steps that the expression which runs in this thread has left, in a list of one."""


@contextmanager
def bounded() -> Iterator[None]:
    """Give what runs inside its WORK steps."""
    before = _left.set([WORK])
    try:
        yield
    finally:
        _left.reset(before)


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
        self.filters = {name: _counted(self.filters[name], name) for name in sorted(FILTERS)}
        self.tests = {name: _counted(test, name) for name, test in self.tests.items()}  # type: ignore[arg-type]

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
        match operator:
            case "**":
                _check_power(left, right)
            case "*":
                _check_product(left, right)
            case "+":
                if isinstance(left, _SIZED) and isinstance(right, _SIZED):
                    _check(len(left) + len(right))
            case "%":
                if isinstance(left, str | bytes):
                    raise TooMuch("it formats text with %: join it with ~")
        return super().call_binop(context, operator, left, right)

    def call(self, __context: Context, __obj: Any, *args: Any, **kwargs: Any) -> Any:
        """Call a method, if it is one that an expression can use."""
        owner, name = getattr(__obj, "__self__", None), getattr(__obj, "__name__", "")
        if isinstance(owner, str | bytes | int | float) and name not in METHODS:
            raise TooMuch(f"it calls `{name}`, which is not for expressions")
        if name == "join" and args and isinstance(args[0], Iterator):
            args = (list(args[0]), *args[1:])
        _spend(owner, *args)
        _check_growth(f".{name}", owner, *args, **kwargs)
        found = super().call(__context, __obj, *args, **kwargs)
        _spend(found)
        return found


def _counted(function: Callable[..., Any], name: str) -> Callable[..., Any]:
    """Return a filter or test that counts what it looks at and what it gives."""

    @functools.wraps(function)  # also what Jinja2 notes about its arguments
    def counted(*args: Any, **kwargs: Any) -> Any:
        own = args[1:] if hasattr(function, "jinja_pass_arg") else args
        if own and isinstance(own[0], Iterator):
            own = (_each(own[0]), *own[1:])
        if name == "join" and own and not isinstance(own[0], _SIZED):
            own = (list(own[0]), *own[1:])
        _spend(*own, *kwargs.values())
        _check_growth(name, *own, **kwargs)
        given = (*args[: len(args) - len(own)], *own)
        found = function(*given, **kwargs)
        if isinstance(found, Iterator):
            return _each(found)
        if isinstance(found, _SIZED):
            _spend(found)
            _check(len(found), *own)
        return found

    return counted


def _each(entries: Iterator[Any]) -> Iterator[Any]:
    for entry in entries:
        _take(1)
        yield entry


def _spend(*values: object) -> None:
    """Count the looking at some values."""
    steps = 1
    for value in values:
        if isinstance(value, str | bytes):
            steps += len(value) // _TEXT_PER_STEP
        elif isinstance(value, _SIZED):
            steps += len(value)
    _take(steps)


def _take(steps: int) -> None:
    left = _left.get(None)
    if left is None:
        return
    left[0] -= steps
    if left[0] < 0:
        raise TooMuch("it works out too much")


def _check(size: int, *given: object) -> None:
    """Refuse what is longer than it may be; what was `given` may be as long as it is."""
    if size > max([LONGEST, *(len(value) for value in given if isinstance(value, _SIZED))]):
        raise TooMuch(f"it makes something longer than {LONGEST:,}")


def _check_power(left: object, right: object) -> None:
    if not isinstance(right, int | float) or abs(right) > LARGEST_POWER:
        raise TooMuch(f"it raises to a power above {LARGEST_POWER}")
    if isinstance(left, int) and left.bit_length() * abs(right) > MOST_BITS:
        raise TooMuch("it works out a number that is too large")


def _check_product(left: object, right: object) -> None:
    match left, right:
        case int(), int():
            if left.bit_length() + right.bit_length() > MOST_BITS:
                raise TooMuch("it works out a number that is too large")
        case (str() as text, int() as times) | (int() as times, str() as text):
            _check(len(text) * times)
        case (list() | tuple(), _) | (_, list() | tuple()):
            raise TooMuch("it repeats a list")


def _check_growth(name: str, owner: object, *args: Any, **kwargs: Any) -> None:
    """Refuse what would grow too far before it does; `owner` is what the method or filter is of."""
    match name, owner, args:
        case "replace" | ".replace", str(), (str() as old, str() as new, *_):
            _check(len(owner) + owner.count(old) * (len(new) - len(old)), owner)
        case "replace", _, _:
            raise TooMuch("it replaces something that is no text")
        case ".join", str(), (list() | tuple() as entries,):
            _check_joined(owner, entries)
        case "join", str() | list() | tuple(), _:
            _check_joined(next((a for a in (*args, kwargs.get("d")) if isinstance(a, str)), ""), owner)
        case "round", _, _:
            if any(isinstance(a, int) and abs(a) > LARGEST_POWER for a in (*args, *kwargs.values())):
                raise TooMuch(f"it rounds to more than {LARGEST_POWER} places")


def _check_joined(glue: str, entries: Any) -> None:
    _check(sum(len(e) if isinstance(e, str) else 1 for e in entries) + len(glue) * len(entries))
