"""The engines that the contract holds for. A second one is one class here and one line in ENGINES."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol

from notifier.store.protocol import Store
from notifier.store.sqlite.store import SqliteStore


class Engine(Protocol):
    """One database that several processes can open."""

    def open(self) -> Store:
        """Return a store on the database; any number may be open at a time."""

    def contents(self) -> str:
        """Return everything that all tables hold, as text."""


class Sqlite:
    """A file in a folder."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "notifier.db"

    def open(self) -> Store:
        return SqliteStore(self.path)

    def contents(self) -> str:
        db = sqlite3.connect(self.path)
        try:
            tables = db.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
            return "\n".join(str(row) for (name,) in tables for row in db.execute(f"SELECT * FROM {name}"))
        finally:
            db.close()


ENGINES: Mapping[str, Callable[[Path], Engine]] = {
    "sqlite": Sqlite,
}
