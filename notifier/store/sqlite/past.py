"""A stretch of time, read from SQLite in pieces: a transaction that stays open would let the WAL grow."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import islice
from typing import TypeVar

from notifier.core.update import RecordedUpdate
from notifier.store.past import KnownOrder, Stretch
from notifier.store.sqlite import rows
from notifier.store.sqlite.addresses import SqliteAddresses, marked
from notifier.store.sqlite.database import Database
from notifier.store.sqlite.findings import KNOWN_OF_ALL, findings_from
from notifier.store.sqlite.schema import ALL, BODY, NOTHING

PIECE = 500
"""Rows that are read with one statement."""

# Every value of `erased`, so that the index `updates_age` finds the times; and what is about an order.
_ARRIVED = f"id > 0 AND erased IN ({NOTHING}, {BODY}, {ALL})"

_T = TypeVar("_T")


class SqlitePast:
    """See `notifier.store.past.Past`."""

    def __init__(self, database: Database, addresses: SqliteAddresses) -> None:
        self._db = database
        self._addresses = addresses

    def span(self) -> tuple[float, float] | None:
        """Return when the first and the last update arrived, from the ends of the index."""
        ends = [
            (row["first"], row["last"])
            for erased in (NOTHING, BODY, ALL)
            for row in self._db.read(
                "SELECT (SELECT min(received_at) FROM updates WHERE erased = ? AND id > 0) AS first,"
                " (SELECT max(received_at) FROM updates WHERE erased = ? AND id > 0) AS last",
                (erased, erased),
            )
            if row["first"] is not None
        ]
        return (min(first for first, _ in ends), max(last for _, last in ends)) if ends else None

    def stretch(self, since: float, until: float) -> Stretch:
        """Find the orders by the time of their updates, then all updates of theirs."""
        found = self._db.read(
            f"SELECT DISTINCT ref FROM updates WHERE {_ARRIVED} AND received_at >= ? AND received_at < ?"
            " ORDER BY ref",
            (since, until),
        )
        refs = [row["ref"] for row in found]
        ids = array("q")
        for piece in _pieces(refs):
            ids.extend(
                row["id"]
                for row in self._db.read(
                    "SELECT id FROM updates WHERE received_at < ?"
                    " AND ref IN (SELECT value FROM json_each(?))",
                    (until, rows.encode(piece)),
                )
            )
        return Stretch(refs, array("q", sorted(ids)))

    def updates(self, update_ids: Iterable[int]) -> Iterator[RecordedUpdate]:
        """Read the updates in pieces."""
        for piece in _pieces(update_ids):
            found = {
                row["id"]: row
                for row in self._db.read(
                    f"SELECT {rows.UPDATE} FROM updates WHERE id IN ({rows.marks(piece)})", piece
                )
            }
            yield from (rows.update_from(found[number]) for number in piece if number in found)

    def orders(self, refs: Iterable[str]) -> Iterator[KnownOrder]:
        """Read orders, lookups and marks on addresses in pieces."""
        for piece in _pieces(refs):
            found = {row["wanted"]: row for row in self._db.read(KNOWN_OF_ALL, (rows.encode(piece),))}
            findings = {ref: findings_from(found[ref]) for ref in piece}
            contacts = [finding.contact for said in findings.values() for finding in said]
            marks = self._addresses.marks(a for c in contacts for a in (c.email, c.phone) if a)
            for ref in piece:
                said = tuple(replace(f, contact=marked(f.contact, marks)) for f in findings[ref])
                yield KnownOrder(ref, said, forgotten=found[ref]["forgotten_at"] is not None)


def _pieces(values: Iterable[_T]) -> Iterator[list[_T]]:
    each = iter(values)
    while piece := list(islice(each, PIECE)):
        yield piece
