"""Orders in a CSV file: read row by row, and written again with what was refused. Pure."""

from __future__ import annotations

import csv
import io
import itertools
from collections.abc import Iterable, Iterator, Mapping

from notifier.contacts import table
from notifier.contacts.entry import Entry
from notifier.contacts.table import REASON
from notifier.errors import RequestError

_DELIMITERS = ",;\t"
_QUOTE = "has a quotation mark that does not fit"


class Table:
    """CSV as RFC 4180 has it, with a comma, a semicolon or a tab, whichever divides the heading most."""

    def __init__(self, text: str, mapping: Mapping[str, str]) -> None:
        if "\x00" in text:
            raise RequestError("", "the file is not UTF-8; in Excel save it as CSV UTF-8")
        self._lines = list(io.StringIO(text, newline=""))
        begin = "".join(self._lines[:1])[:65_536]
        self._delimiter = max(_DELIMITERS, key=lambda d: len(next(csv.reader([begin], delimiter=d))))
        self._heading = next(self._rows(), (1, []))[1] or []
        if not self._heading:
            raise RequestError("line 1", "must hold the names of the columns")
        self.last = len(self._lines)
        self.columns = table.columns(self._heading, mapping)

    def entries(self) -> Iterator[Entry]:
        for number, cells in itertools.islice(self._rows(), 1, None):
            if cells is None:
                yield Entry(number, None, self._lines[number - 1].rstrip("\r\n"), _QUOTE)
            elif any(cell.strip() for cell in cells):
                try:
                    yield Entry(number, table.document(self.columns, cells), cells)
                except RequestError as error:
                    yield Entry(number, None, cells, str(error))

    def mendable(self, refused: Iterable[tuple[Entry, str]]) -> str:
        out = io.StringIO()
        writer = csv.writer(out, delimiter=self._delimiter, lineterminator="\n")
        kept = [place for place, column in enumerate(self.columns) if column.name != REASON]
        writer.writerow([*(self._heading[place] for place in kept), REASON])
        for entry, reason in refused:
            if isinstance(entry.original, str):
                out.write(f"{entry.original}\n")
                continue
            # A row that does not fit the heading must not come to fit it by what is done here.
            fits = len(entry.original) == len(self._heading)
            writer.writerow([*([entry.original[n] for n in kept] if fits else entry.original), reason])
        return out.getvalue()

    def _rows(self) -> Iterator[tuple[int, list[str] | None]]:
        """Yield each row with the number of its first line; None for a line with which no row can begin.

        A quotation mark that is never closed would swallow all that follows: only
        its own line is given up, and reading goes on behind it.
        """
        start = 0
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
