"""One order of a file to import, and what every kind of file gives."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

from notifier.contacts.table import Column
from notifier.core.flaw import Unusable


@dataclass(frozen=True, slots=True)
class Entry:
    """One order of a file.

    `number` is its line (in a JSON list: its place), from 1 on; `value` is what
    `registered.parse_value` takes, unless `problem` says why there is none;
    `original` is as the file had it, `flaws` are its cells that could not be read.
    """

    number: int
    value: Any
    original: Any
    problem: str = ""
    flaws: tuple[Unusable, ...] = ()


class OrderFile(Protocol):
    """A file that was read."""

    @property
    def columns(self) -> tuple[Column, ...]:
        """What each column is; empty for JSON."""

    def count(self) -> int:
        """Return how many orders `entries` will yield."""

    def entries(self) -> Iterator[Entry]:
        """Yield the orders as they stand in the file; blank lines are left out."""

    def mendable(self, refused: Iterable[tuple[Entry, str]]) -> str:
        """Return a file of the same kind with these entries and why each was refused.

        Read again as it is, it gives the same entries with the same problems.
        """
