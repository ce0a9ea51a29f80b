"""Orders in a JSON file: a list, or one per line. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from notifier.contacts import registered
from notifier.contacts.columnnames import REASON
from notifier.contacts.entry import Entry
from notifier.contacts.table import Column
from notifier.errors import RequestError


class Lines:
    """One order per line."""

    columns: tuple[Column, ...] = ()

    def __init__(self, text: str) -> None:
        self._lines = text.split("\n")

    def count(self) -> int:
        return sum(bool(line.strip()) for line in self._lines)

    def entries(self) -> Iterator[Entry]:
        for number, line in enumerate(self._lines, 1):
            if not line.strip():
                continue
            try:
                yield Entry(number, _without_reason(registered.document(line.encode(), "the line")), line)
            except RequestError as error:
                yield Entry(number, None, line, str(error))

    def mendable(self, refused: Iterable[tuple[Entry, str]]) -> str:
        return "".join(f"{_with_reason(entry, reason) or entry.original}\n" for entry, reason in refused)


class Listed:
    """A JSON list of orders, or an object with the list as its `orders`."""

    columns: tuple[Column, ...] = ()

    def __init__(self, data: bytes) -> None:
        document = registered.document(data, "the file")
        orders = document.get("orders") if isinstance(document, dict) else document
        if not isinstance(orders, list):
            raise RequestError("", 'the file must hold a list of orders, or {"orders": […]}')
        self._orders = orders

    def count(self) -> int:
        return len(self._orders)

    def entries(self) -> Iterator[Entry]:
        for number, order in enumerate(self._orders, 1):
            yield Entry(number, _without_reason(order), order)

    def mendable(self, refused: Iterable[tuple[Entry, str]]) -> str:
        orders = [_with_reason(entry, reason) or json.dumps(entry.original) for entry, reason in refused]
        return "[\n" + ",\n".join(orders) + "\n]\n"


def _without_reason(value: Any) -> Any:
    return {k: v for k, v in value.items() if k != REASON} if isinstance(value, dict) else value


def _with_reason(entry: Entry, reason: str) -> str:
    """Return the order as JSON with the reason in it, empty if it is no object."""
    if not isinstance(entry.value, dict):
        return ""
    return json.dumps(entry.value | {REASON: reason}, ensure_ascii=False)
