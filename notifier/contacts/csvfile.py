"""Orders in a CSV file: read row by row, and written again with what was refused. Pure."""

from __future__ import annotations

import csv
import io
import itertools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeVar

from notifier.contacts import table
from notifier.contacts.columnnames import IGNORED, REASON
from notifier.contacts.encoding import MARK
from notifier.contacts.entry import Entry
from notifier.core.flaw import Unusable
from notifier.errors import RequestError

T = TypeVar("T")

_DELIMITERS = ",;\t"
_QUOTE = "has a quotation mark that does not fit"
_TOO_LONG = f"has a cell of more than {csv.field_size_limit():,} characters"
_SEPARATOR = re.compile(r'"?sep=([^"\w ])[^\w]*', re.IGNORECASE)
"""A first line by which Excel is told the delimiter; a spreadsheet may have added delimiters to it."""


class Table:
    """CSV as RFC 4180 has it, with a comma, a semicolon or a tab, whichever divides the heading most.

    A line `sep=;` before the heading says it, and counts.

    The column with the reasons is no part of a row: what is said of a row's cells is
    the same before it was refused and after.
    """

    def __init__(self, text: str, mapping: Mapping[str, str]) -> None:
        self._mark = MARK if text.startswith(MARK) else ""
        self._lines = list(io.StringIO(text.removeprefix(MARK), newline=""))
        first = "".join(self._lines[:1])
        self._end = first[len(first.rstrip("\r\n")) :] or "\n"
        told = _SEPARATOR.fullmatch(first.rstrip("\r\n"))
        self._before = self._lines[:1] if told else []
        self._delimiter = told[1] if told else _likeliest_delimiter(first)
        heading = next(self._rows(), (1, []))[1] or []
        if not heading:
            raise RequestError(f"line {len(self._before) + 1}", "must hold the names of the columns")
        self.columns = table.columns(heading, mapping)
        reasons = [n for n, c in enumerate(self.columns) if (c.name, c.field) == (REASON, IGNORED)]
        self._reason_at = reasons[-1] if reasons else None
        self._heading = self._without_reason(heading)
        self._known = self._without_reason(self.columns)

    def count(self) -> int:
        return sum(1 for _ in self._orders())

    def entries(self) -> Iterator[Entry]:
        for number, row in self._orders():
            if row is None:
                line = self._lines[number - 1].rstrip("\r\n")
                yield Entry(number, None, line, _TOO_LONG if self._is_too_long(line) else _QUOTE)
                continue
            cells, reason = row
            try:
                if _unmended(cells, reason):
                    raise RequestError("", reason)
                flaws: list[Unusable] = []
                value = table.document(self._known, cells, flaws)
                yield Entry(number, value, cells, flaws=tuple(flaws))
            except RequestError as error:
                yield Entry(number, None, cells, table.reason(self._known, error))

    def mendable(self, refused: Iterable[tuple[Entry, str]]) -> str:
        """As `OrderFile` says, with the mark and the line ends of this file.

        The reason is the last cell of every row. Cells that are too many get columns without a name.
        """
        kept = list(refused)
        width = max([len(self._heading), *(len(e.original) for e, _ in kept if isinstance(e.original, list))])
        rows = [self._line([*_padded(self._heading, width), REASON])]
        for entry, reason in kept:
            cells = entry.original
            rows.append(self._line([*_padded(cells, width), reason]) if isinstance(cells, list) else cells)
        return "".join([self._mark, *self._before, *(row + self._end for row in rows)])

    def _orders(self) -> Iterator[tuple[int, tuple[list[str], str] | None]]:
        """Yield each row that is not blank with its number: its cells and the reason that stands in it.

        Empty cells behind the last column are none, and columns without a name need
        none. None as in `_rows`.
        """
        for number, row in itertools.islice(self._rows(), 1, None):
            if row is None:
                yield number, None
                continue
            cells = self._without_reason(row)
            filled, width = _filled(cells), len(self._heading)
            cells = cells[: max(filled, width)]
            if len(cells) >= _filled(self._heading):
                cells = _padded(cells, width)
            at = self._reason_at
            reason = row[at].strip() if at is not None and at < len(row) else ""
            if filled:
                yield number, (cells, reason)

    def _is_too_long(self, line: str) -> bool:
        """Tell whether a cell, not a quotation mark, is what a line that cannot be read has wrong."""
        parts = re.split(f'[{re.escape(self._delimiter)}"]', line)
        return max(map(len, parts)) > csv.field_size_limit()

    def _without_reason(self, row: Sequence[T]) -> list[T]:
        return [cell for place, cell in enumerate(row) if place != self._reason_at]

    def _line(self, cells: Sequence[str]) -> str:
        out = io.StringIO()
        # The writer quotes cells that hold a character of its own line end: this one has both.
        csv.writer(out, delimiter=self._delimiter, lineterminator="\r\n").writerow(cells)
        return out.getvalue().removesuffix("\r\n")

    def _rows(self) -> Iterator[tuple[int, list[str] | None]]:
        """Yield each row with the number of its first line; None for a line with which no row can begin.

        A quotation mark that is never closed would swallow all that follows: only
        its own line is given up, and reading goes on behind it.
        """
        start = len(self._before)
        while start < len(self._lines):
            rest = itertools.islice(self._lines, start, None)
            reader = csv.reader(rest, delimiter=self._delimiter, strict=True)
            begun = start
            try:
                for cells in reader:
                    yield start + 1, cells
                    start = begun + reader.line_num
                return
            except csv.Error:
                yield start + 1, None
                start += 1


def _likeliest_delimiter(heading: str) -> str:
    return max(_DELIMITERS, key=lambda d: len(next(csv.reader([heading[:65_536]], delimiter=d))))


def _padded(cells: Sequence[str], width: int) -> list[str]:
    return [*cells, *[""] * (width - len(cells))]


def _filled(cells: Sequence[str]) -> int:
    """Return how many cells there are up to the last one that is not blank."""
    filled = len(cells)
    while filled and not cells[filled - 1].strip():
        filled -= 1
    return filled


def _unmended(cells: Sequence[str], reason: str) -> bool:
    """Tell whether a row that was padded because it did not fit is still as it was then.

    It fits now that it is padded: without this, nothing would tell that a cell was missing.
    """
    counts = table.misfit(reason)
    if counts is None:
        return False
    had, wanted = counts
    return _filled(cells) <= had if had < wanted else _filled(cells) > wanted
