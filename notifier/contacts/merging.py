"""Several lines of a file that are about one order, such as one for each item: what they say together. Pure.

Many shops' files name the customer in an order's first line only. So a line takes
nothing away by saying less than those before it; where two say different things, the
later one counts, and whoever imports the file is told.
"""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from notifier.contacts import registered
from notifier.contacts.entry import Entry
from notifier.errors import RequestError


@dataclass(frozen=True, slots=True)
class Contradiction:
    """A field of which line `number` says something else than line `before`, about the same order."""

    number: int
    before: int
    field: str


def by_order(entries: Callable[[], Iterable[Entry]]) -> Iterator[list[Entry]]:
    """Yield the lines of each order together, as soon as its last one is read.

    A line of which nobody can tell the order stands alone.

    Args:
        entries: yields the lines of the file; called twice, so that not all are kept in memory.
    """
    left = Counter(ref for entry in entries() if (ref := _ref(entry)) is not None)
    begun: dict[str, list[Entry]] = {}
    for entry in entries():
        ref = _ref(entry)
        if ref is None:
            yield [entry]
            continue
        left[ref] -= 1
        if left[ref]:
            begun.setdefault(ref, []).append(entry)
        else:
            yield [*begun.pop(ref, []), entry]


def merge(rows: Sequence[Entry]) -> tuple[Any, list[Contradiction]]:
    """Return what the lines of one order say together, and where they contradict each other."""
    if len(rows) == 1:
        return rows[0].value, []
    together = copy.deepcopy(rows[0].value)
    found: list[Contradiction] = []
    for place, row in enumerate(rows[1:], 1):
        for field in _add(together, row.value, ""):
            if field != "ref":
                found.append(Contradiction(row.number, _last_with(field, rows[:place]).number, field))
    return together, found


def to_blame(rows: Sequence[Entry], field: str) -> Entry:
    """Return the line that says what was refused about `field`: the last that says anything of it."""
    return _last_with(field.partition("[")[0], rows)


def _ref(entry: Entry) -> str | None:
    if entry.problem:
        return None
    try:
        return registered.ref_of(entry.value)
    except RequestError:
        return None


def _add(together: dict[str, Any], more: dict[str, Any], prefix: str) -> Iterator[str]:
    """Add what a further line says; yield the fields of which it says something else."""
    for key, value in more.items():
        before = together.get(key)
        if isinstance(before, dict) and isinstance(value, dict):
            yield from _add(before, value, f"{prefix}{key}.")
        elif _is_silent(value, before):
            together.setdefault(key, value)
        else:
            if not _is_silent(before, value) and before != value:
                yield f"{prefix}{key}"
            together[key] = copy.deepcopy(value)


def _is_silent(value: Any, other: Any) -> bool:
    """Tell whether a value says nothing; a list may be PHP's empty object, where the other is one."""
    return value in (None, "", {}) or (value == [] and isinstance(other, dict))


def _last_with(field: str, rows: Sequence[Entry]) -> Entry:
    return next((row for row in reversed(rows) if _says(row.value, field)), rows[-1])


def _says(value: Any, field: str) -> bool:
    """Tell whether a value speaks of a field; the names of attributes may have dots in them."""
    if not isinstance(value, dict):
        return False
    if not _is_silent(value.get(field), None):
        return True
    name, dot, rest = field.partition(".")
    return bool(dot) and _says(value.get(name), rest)
