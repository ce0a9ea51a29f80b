"""Signed webhooks that were no update, in SQLite: bounded in number and bytes."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from notifier.errors import NotFound
from notifier.store.health import Dismissed
from notifier.store.rejected import MOST_REJECTED, MOST_REJECTED_BYTES, Rejected, Unreadable
from notifier.store.sqlite import rows
from notifier.store.sqlite.database import Database

_REJECTED = "id, received_at, last_at, times, size, ref, why"

# Not one statement with ON CONFLICT: it would use up an id for each repetition.
_REPEAT = (
    "UPDATE rejected SET times = times + 1, last_at = :now, why = :why WHERE digest = :digest RETURNING id"
)
_KEEP = (
    "INSERT INTO rejected(digest, received_at, last_at, size, ref, why, body)"
    " SELECT :digest, :now, :now, :size, :ref, :why, :body WHERE NOT EXISTS"
    " (SELECT 1 FROM orders WHERE ref = :ref AND ref <> '' AND forgotten_at IS NOT NULL)"
)

_TRIM = (
    "DELETE FROM rejected WHERE id IN (SELECT id FROM (SELECT id,"
    " row_number() OVER (ORDER BY last_at DESC, id DESC) AS place,"
    " sum(size) OVER (ORDER BY last_at DESC, id DESC) AS bytes FROM rejected)"
    " WHERE place > 1 AND (place > :most OR bytes > :bytes))"
)

_UNTENDED = (
    "SELECT count(*) AS n FROM rejected WHERE last_at > ? AND NOT EXISTS (SELECT 1 FROM dismissals"
    " WHERE dismissals.kind = ? AND about = rejected.id AND dismissals.at >= last_at)"
)


class SqliteRejected:
    """See `notifier.store.rejected.RejectedUpdates`."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def keep(self, batch: Sequence[Unreadable], now: float) -> None:
        """Record a batch, and erase the oldest beyond the bounds."""
        values = [
            {
                "digest": hashlib.sha256(one.body).hexdigest(),
                "now": now,
                "size": len(one.body),
                "ref": one.ref,
                "why": one.why,
                "body": one.body,
            }
            for one in batch
        ]
        with self._db.transaction() as tx:
            for one in values:
                if not tx.execute(_REPEAT, one).fetchall():
                    tx.execute(_KEEP, one)
            tx.execute(_TRIM, {"most": MOST_REJECTED, "bytes": MOST_REJECTED_BYTES})

    def newest(self, limit: int) -> list[Rejected]:
        """Return the newest ones, oldest of them first."""
        found = self._db.read(
            f"SELECT {_REJECTED} FROM rejected ORDER BY last_at DESC, id DESC LIMIT ?", (limit,)
        )
        return [_rejected(row) for row in reversed(found)]

    def of_order(self, ref: str) -> list[Rejected]:
        """Return those of an order, oldest first."""
        found = self._db.read(
            f"SELECT {_REJECTED} FROM rejected WHERE ref = ? AND ref <> '' ORDER BY id", (ref,)
        )
        return [_rejected(row) for row in found]

    def body(self, rejected_id: int) -> tuple[Rejected, bytes]:
        """Return one with its body."""
        found = self._db.read(f"SELECT {_REJECTED}, body FROM rejected WHERE id = ?", (rejected_id,))
        if not found:
            raise _not_found(rejected_id)
        return _rejected(found[0]), found[0]["body"]

    def remove(self, rejected_id: int) -> None:
        """Erase one."""
        with self._db.transaction() as tx:
            if not tx.execute("DELETE FROM rejected WHERE id = ?", (rejected_id,)).rowcount:
                raise _not_found(rejected_id)

    def count(self) -> int:
        """Return how many are kept."""
        return int(self._db.read("SELECT count(*) AS n FROM rejected")[0]["n"])

    def untended(self, since: float) -> int:
        """Return how many are news that nobody has dismissed."""
        return int(self._db.read(_UNTENDED, (since, Dismissed.REJECTED))[0]["n"])


def _not_found(rejected_id: int) -> NotFound:
    return NotFound(f"there is no rejected webhook {rejected_id}; `notifier rejected` lists them")


def _rejected(row: rows.Row) -> Rejected:
    return Rejected(*(row[name] for name in _REJECTED.split(", ")))
