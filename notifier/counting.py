"""Bounds on what Jinja2 works out, for the expressions of rules.yaml and for message templates.

Everything that grows is counted before it grows, so that the same input ends the
same way every time: repetition, powers, joining, formats, filters and methods
that pad, replace or divide, and containers of containers, which are larger when
written out than in memory. What goes beyond raises TooMuch.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from jinja2.utils import Namespace
from markupsafe import Markup

from notifier.errors import RenderError

METHODS = frozenset(
    """
    capitalize casefold count endswith find index isalnum isalpha isascii isdecimal isdigit islower
    isnumeric isspace isupper join lower lstrip partition removeprefix removesuffix replace rfind
    rindex rpartition rsplit rstrip split splitlines startswith strip swapcase title upper
    """.split()  # noqa: SIM905  easier to read
)
"""Methods of text whose results are hardly longer than what they are given."""

LARGEST_POWER = 64
"""The largest exponent."""

MOST_BITS = 4_096
"""The size of a whole number that an operation may give."""

WIDEST = 1_000
"""The largest width, indent or number of columns."""

_SIZED = (str, bytes, list, tuple, dict, set, frozenset)
CONTAINERS = (*_SIZED, Namespace)
"""What is written out with all that is in it."""
_NESTED = frozenset({str, bytes, list, tuple, dict, set, frozenset, Markup, Namespace})
_TEXT_PER_STEP = 10
_DIGITS = re.compile(r"\d{4,}")
_PADDING = frozenset({"center", "indent", "wordwrap", "batch", "slice", "truncate", "tojson", "round"})


class TooMuch(RenderError):
    """An expression or a template works out more than it may."""


class Allowance:
    """What something may use: `longest` characters or entries at a time, and `left` steps."""

    __slots__ = ("left", "longest")

    def __init__(self, longest: int, steps: int) -> None:
        self.longest = longest
        self.left = steps


_UNLIMITED = 1 << 62
_current: ContextVar[Allowance | None] = ContextVar("allowance", default=None)
_AT_LOAD = Allowance(10_000, _UNLIMITED)
"""What counts while constants are worked out at load, where nothing else is set."""


@contextmanager
def allowed(longest: int, steps: int) -> Iterator[None]:
    """Give what runs inside an allowance of its own."""
    before = _current.set(Allowance(longest, steps))
    try:
        yield
    finally:
        _current.reset(before)


def take(steps: int) -> None:
    """Use some steps. Raises TooMuch."""
    allowance = _current.get()
    if allowance is not None:
        allowance.left -= steps
        if allowance.left < 0:
            raise TooMuch("it works out too much")


def take_text(length: int) -> None:
    """Use the steps that looking at, or printing, so many characters takes. Raises TooMuch."""
    take(1 + length // _TEXT_PER_STEP)


def counted(function: Callable[..., Any], name: str) -> Callable[..., Any]:
    """Return a filter or test that counts what it looks at and what it gives."""

    if name == "list":
        return _listed

    skipped = 1 if hasattr(function, "jinja_pass_arg") else 0

    @functools.wraps(function)  # also what Jinja2 notes about its arguments
    def inner(*args: Any, **kwargs: Any) -> Any:
        own = args[skipped:]
        if own and hasattr(own[0], "__next__"):
            own = (_each(own[0]), *own[1:])
        if name == "join" and own and not isinstance(own[0], _SIZED):
            own = (list(own[0]), *own[1:])
        spend(*own, *kwargs.values())
        check_growth(name, *own, **kwargs)
        found = function(*args[:skipped], *own, **kwargs)
        if isinstance(found, _SIZED):
            spend(found)
            check(len(found), *own)
        elif hasattr(found, "__next__"):
            return _each(found)
        return found

    return inner


def _listed(value: Any) -> list[Any]:
    """The filter `list`: it gives as many entries as it is given, so they are counted once."""
    found = list(_each(value) if hasattr(value, "__next__") else value)
    spend(found)
    check(len(found), value)
    return found


def spend(*values: object) -> None:
    """Count the looking at some values, and refuse what would be too long written out."""
    steps = 1
    for value in values:
        if isinstance(value, str | bytes):
            steps += len(value) // _TEXT_PER_STEP
        elif isinstance(value, CONTAINERS):
            steps += weigh(value)
    take(steps)


def weigh(value: object) -> int:
    """Return how many characters and entries a container has with all that is in it. Raises TooMuch."""
    longest = (_current.get() or _AT_LOAD).longest
    if isinstance(value, list | tuple) and _NESTED.isdisjoint(map(type, value)):
        return len(value)
    entries = 0
    size = 0
    waiting = [value]
    while waiting:
        one = waiting.pop()
        entries += 1
        if isinstance(one, str | bytes):
            size += len(one)
            continue
        inner = getattr(one, "_Namespace__attrs") if isinstance(one, Namespace) else one  # noqa: B009
        if isinstance(inner, dict):
            waiting += inner.values()
        elif isinstance(inner, _SIZED):
            waiting += inner
        if entries + len(waiting) > longest:
            raise TooMuch(f"it makes something longer than {longest:,}")
    return entries + size // _TEXT_PER_STEP


def length(value: object) -> int:
    """Return about how many characters a value has when it is written out. Raises TooMuch."""
    if isinstance(value, str | bytes):
        return len(value)
    if isinstance(value, CONTAINERS):
        return weigh(value) * 4
    return value.bit_length() // 3 + 1 if isinstance(value, int) else 100


def check(size: int, *given: object) -> None:
    """Refuse what is longer than it may be; what was `given` may be as long as it is. Raises TooMuch."""
    longest = (_current.get() or _AT_LOAD).longest
    if size > longest and size > max((len(v) for v in given if isinstance(v, _SIZED)), default=0):
        raise TooMuch(f"it makes something longer than {longest:,}")


def check_operation(operator: str, left: Any, right: Any) -> None:
    """Refuse an operation whose result would be too large. Raises TooMuch."""
    match operator, left, right:
        case "**", _, _:
            if not isinstance(right, int | float) or abs(right) > LARGEST_POWER:
                raise TooMuch(f"it raises to a power above {LARGEST_POWER}")
            if isinstance(left, int) and left.bit_length() * abs(right) > MOST_BITS:
                raise TooMuch("it works out a number that is too large")
        case "*", int(), int():
            if left.bit_length() + right.bit_length() > MOST_BITS:
                raise TooMuch("it works out a number that is too large")
        case ("*", str() | bytes() as text, int() as times) | ("*", int() as times, str() | bytes() as text):
            check(len(text) * times)
        case ("*", list() | tuple(), _) | ("*", _, list() | tuple()):
            raise TooMuch("it repeats a list")
        case "+", str() | bytes(), str() | bytes():
            check(len(left) + len(right))
        case "+", list() | tuple(), list() | tuple():
            take(weigh([left, right]))
        case "%", str() | bytes(), _:
            check_format(left, right if isinstance(right, tuple) else (right,))


def call_method(call: Callable[..., Any], method: Any, /, *args: Any, **kwargs: Any) -> Any:
    """Return what a method gives, called by `call` and counted before and after. Raises TooMuch."""
    owner, name = getattr(method, "__self__", None), getattr(method, "__name__", "")
    if name == "join" and args and isinstance(args[0], Iterator):
        args = (list(args[0]), *args[1:])
    spend(owner, *args)
    check_growth(f".{name}", owner, *args, **kwargs)
    found = call(method, *args, **kwargs)
    spend(found)
    return found


def check_growth(name: str, owner: object, /, *args: Any, **kwargs: Any) -> None:
    """Refuse what a filter or method would make too long, before it does. Raises TooMuch.

    Args:
        name: the filter's, or the method's with a dot before it.
        owner: what it is of.
    """
    if name in _PADDING:
        _check_padding(name, owner, [*args, *kwargs.values()])
        return
    match name, owner, args:
        case "replace" | ".replace", str() | bytes(), (str() | bytes() as old, str() | bytes() as new, *_):
            check(len(owner) + owner.count(old) * (len(new) - len(old)), owner)  # type: ignore[arg-type]
        case "replace", _, (old, new, *_):
            text = len(str(new)) * (length(owner) + 1)
            check(text)
        case ".join", str() | bytes(), (list() | tuple() | dict() as entries,):
            _check_joined(owner, entries)
        case "join", str() | list() | tuple() | dict(), _:
            given = (*args, kwargs.get("d"))
            _check_joined(next((a for a in given if isinstance(a, str)), ""), owner)
        case ".center" | ".ljust" | ".rjust" | ".zfill", _, (int() as width, *_):
            check(width, owner)
        case ".expandtabs", str() | bytes(), _:
            tab = "\t" if isinstance(owner, str) else b"\t"
            size = next((a for a in (*args, *kwargs.values()) if isinstance(a, int)), 8)
            check(len(owner) + owner.count(tab) * size, owner)  # type: ignore[arg-type]
        case "format" | ".format" | ".format_map", str(), _:
            check_format(owner, args or kwargs)
        case "striptags" | ".striptags", str(), _:
            take(owner.count("<!--") * len(owner) // 100)  # it begins anew behind each comment


def _check_padding(name: str, owner: object, given: list[Any]) -> None:
    widths = [len(a) if isinstance(a, str) else abs(a) for a in given if isinstance(a, int | str)]
    widest = max(widths, default=0)
    if name == "round":
        if widest > LARGEST_POWER:
            raise TooMuch(f"it rounds to more than {LARGEST_POWER} places")
        return
    if widest > WIDEST:
        if name in ("truncate", "center", "wordwrap") and not any(isinstance(a, str) for a in given):
            check(widest, owner)
        else:
            raise TooMuch(f"it pads to more than {WIDEST:,}")
    if name == "indent" and isinstance(owner, str):
        check(len(owner) + (owner.count("\n") + 1) * widest, owner)
    elif name == "wordwrap" and isinstance(owner, str):
        narrow = max(1, min((a for a in given if isinstance(a, int) and a > 1), default=79))
        check(len(owner) + (len(owner) // narrow + owner.count("\n")) * widest // 10)
        if True in given or not any(a is False for a in given):  # it breaks words, each time copying the rest
            take(len(owner) * len(owner) // narrow // 1_000)


def check_format(text: str | bytes, given: Any) -> None:
    """Refuse a format that pads far, takes a width from its arguments, or repeats them. Raises TooMuch."""
    plain = text if isinstance(text, str) else text.decode("latin-1")
    if _DIGITS.search(plain) and any(int(n) > WIDEST for n in _DIGITS.findall(plain)):
        raise TooMuch(f"it pads to more than {WIDEST:,}")
    if "%*" in plain or re.search(r"%[^a-zA-Z]*\*", plain) or re.search(r"\{[^{}]*:[^{}]*\{", plain):
        raise TooMuch("it takes the width of a text from its values")
    values = given.values() if isinstance(given, Mapping) else given
    each = max((length(value) for value in values), default=0)
    check(len(plain) + (plain.count("%") + plain.count("{")) * each)


def _check_joined(glue: Any, entries: Any) -> None:
    check(sum(map(length, entries)) + len(glue) * len(entries))


def _each(entries: Iterator[Any]) -> Iterator[Any]:
    for entry in entries:
        take(1)
        yield entry
