"""A file of orders to import: which kind it is.

All of it is in memory, so that a file that cannot be read is refused before
anything of it is registered. Pure. Texts that say what is wrong name lines and
columns, never a value: they are shown on screens.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from notifier.contacts.csvfile import Table
from notifier.contacts.encoding import MARK, decode
from notifier.contacts.entry import OrderFile
from notifier.contacts.jsonfile import Lines, Listed
from notifier.core import strictjson
from notifier.errors import RequestError


class Format(StrEnum):
    """How orders are written down in a file."""

    CSV = "csv"
    JSON = "json"
    JSONL = "jsonl"


_SUFFIXES = {
    ".csv": Format.CSV,
    ".tsv": Format.CSV,
    ".json": Format.JSON,
    ".jsonl": Format.JSONL,
    ".ndjson": Format.JSONL,
}


def read(data: bytes, name: str, wanted: Format | None, mapping: Mapping[str, str]) -> OrderFile:
    """Return the orders in the bytes of a file.

    Args:
        name: the file's name; its suffix tells the format unless `wanted` does, else its first bytes.
        mapping: column to field, for CSV.

    Raises:
        RequestError: it cannot be read at all.
        ValueError: the columns of a table are not understood; a line of text for each.
    """
    text = decode(data)
    by_name = next((kind for end, kind in _SUFFIXES.items() if name.lower().endswith(end)), None)
    bare = text.removeprefix(MARK)
    kind = wanted or by_name or _guess(bare)
    if kind is Format.CSV:
        return Table(text, mapping)
    if mapping:
        raise ValueError("--map is for the columns of a CSV file")
    return Lines(bare) if kind is Format.JSONL else Listed(bare.encode())


def _guess(text: str) -> Format:
    begin = text.lstrip()
    if begin.startswith("["):
        return Format.JSON
    if not begin.startswith("{"):
        return Format.CSV
    try:
        first = strictjson.parse(begin.partition("\n")[0].encode())
    except RequestError:
        return Format.JSON  # an object over several lines
    return Format.JSON if "orders" in first else Format.JSONL
