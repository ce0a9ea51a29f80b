"""How the database is, and what needs a person, in SQLite."""

from __future__ import annotations

import os
from collections.abc import Collection, Sequence

from notifier.core.event import Event, EventKind
from notifier.core.message import Message, State
from notifier.errors import NotAllowed, NotFound
from notifier.store.health import Dismissal, Dismissed, Failures, Overdue, Pinned, Room
from notifier.store.sqlite import clock, pinned, rows
from notifier.store.sqlite.database import Database
from notifier.store.sqlite.schema_health import PROBE_BYTES

NEEDS_A_PERSON = (
    "NOT EXISTS (SELECT 1 FROM messages AS later"
    " WHERE later.ref = messages.ref AND later.id > messages.id AND later.once = messages.once)"
    " AND NOT EXISTS (SELECT 1 FROM dismissals AS d"
    " WHERE d.kind = 'message' AND d.about = messages.id AND d.at >= messages.ended_at)"
)
"""Of a failed or unknown message: no other took over what it tells, and nobody has dismissed it."""

_OVERDUE = (
    "SELECT channel, count(*) AS count, min(coalesce(first_attempt_at, due_at)) AS since FROM messages"
    " WHERE state = 'pending' AND coalesce(first_attempt_at, due_at) < ? GROUP BY channel ORDER BY channel"
)


_TABLES = {Dismissed.MESSAGE: "messages", Dismissed.EVENT: "events", Dismissed.REJECTED: "rejected"}
_NAMES = {Dismissed.REJECTED: "rejected webhook"}


class SqliteHealth:
    """See `notifier.store.health.StoreHealth`."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def probe(self, now: float) -> None:
        """Write something."""
        with self._db.transaction() as tx:
            tx.execute(f"UPDATE probe SET at = ?, filler = randomblob({PROBE_BYTES})", (now,))

    def room(self) -> Room | None:
        """Ask the file system."""
        try:
            disk = os.statvfs(self._db.path.absolute().parent)
        except OSError:
            return None
        # Some file systems (btrfs) have no fixed number of files, and say 0 of 0.
        return Room(disk.f_bavail * disk.f_frsize, disk.f_favail if disk.f_files else None)

    def pinned(self, above: int) -> Pinned | None:
        """Try to empty the WAL; if it stays large, look who reads."""
        if pinned.pinned(self._db.path, above) is None:
            return None
        self._db.empty_log()
        return pinned.pinned(self._db.path, above)

    def newest(self) -> float | None:
        """Return the newest time of an arrival or an attempt."""
        return clock.newest(self._db)

    def clock_changed(self, seconds: float, now: float) -> bool:
        """Move what was stamped in the future back with the clock, once for all workers."""
        return clock.note_change(self._db, seconds, now)

    def overdue(self, now: float, patience: float) -> list[Overdue]:
        """Return what waits for too long."""
        return [Overdue(**dict(row)) for row in self._db.read(_OVERDUE, (now - patience,))]

    def failures(self, which: Failures) -> list[Message]:
        """Return messages that need a person."""
        clauses = [f"state IN ({rows.marks(tuple(which.states))})", "ended_at >= ?"]
        values: list[object] = [*which.states, which.since]
        for column, value in (("channel", which.channel), ("rule", which.rule)):
            if value is not None:
                clauses.append(f"{column} = ?")
                values.append(value)
        if not which.every:
            clauses.append(NEEDS_A_PERSON)
        found = self._db.read(f"SELECT * FROM messages WHERE {' AND '.join(clauses)} ORDER BY id", values)
        return [rows.message_from(row) for row in found]

    def unrecorded(self, since: float) -> list[Event]:
        """Return events of refused updates."""
        found = self._db.read(
            "SELECT id, at, kind, subject, detail FROM events WHERE kind = ? AND at > ? AND NOT EXISTS"
            " (SELECT 1 FROM dismissals WHERE dismissals.kind = 'event' AND about = events.id)"
            " ORDER BY id DESC",
            (EventKind.UPDATES_UNRECORDED, since),
        )
        return [Event(**dict(row)) for row in found]

    def dismiss(self, kind: Dismissed, ids: Sequence[int], by: str, reason: str, now: float) -> None:
        """Put a dismissal on record, all of them or none."""
        table = _TABLES[kind]
        with self._db.transaction() as tx:
            for number in ids:
                row = tx.execute(f"SELECT * FROM {table} WHERE id = ?", (number,)).fetchone()
                if row is None:
                    raise NotFound(f"there is no {_NAMES.get(kind, kind)} {number}")
                if kind is Dismissed.MESSAGE and row["state"] not in (State.FAILED, State.UNKNOWN):
                    raise NotAllowed(
                        f"message {number} is {row['state']}; only failed and unknown ones can be dismissed"
                    )
                tx.execute(
                    "INSERT OR REPLACE INTO dismissals(kind, about, at, by, reason) VALUES (?,?,?,?,?)",
                    (kind, number, now, by, reason),
                )

    def dismissals(self, kind: Dismissed, ids: Collection[int]) -> list[Dismissal]:
        """Return dismissals."""
        found = self._db.read(
            "SELECT about, at, by, reason FROM dismissals"
            " WHERE kind = ? AND about IN (SELECT value FROM json_each(?)) ORDER BY at, about",
            (kind, rows.encode(list(ids))),
        )
        return [Dismissal(**dict(row)) for row in found]
