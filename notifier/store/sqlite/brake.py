"""The brake on bursts in SQLite, and the count of messages to customers that it goes by."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from notifier.core.brake import USUAL_DAYS, Flow
from notifier.core.event import EventKind
from notifier.core.message import NewMessage, Priority, State
from notifier.core.reason import Reason
from notifier.store.sqlite.database import Database
from notifier.store.sqlite.happenings import add_event
from notifier.store.timing import Braked

STEP = 10
"""Messages are counted by this many seconds: a row for each message would cost more than the message."""

BEFORE = USUAL_DAYS * 86_400.0
"""How far back what is usual is counted, in seconds."""

FRESH = 60.0
"""For this many seconds what is usual is not counted again."""


class SqliteBrakes:
    """See `notifier.store.timing.Brakes`."""

    def __init__(self, database: Database) -> None:
        self._db = database
        # What is usual, by the window and the minute in which it was counted.
        self._usual: tuple[float, int, float] = (0.0, -1, 0.0)

    def flow(self, window: float, now: float) -> Flow:
        """Return how many messages to customers were made of late; asked with every batch of updates."""
        # A step that reaches into the window counts whole.
        since = now - window - STEP
        (row,) = self._db.read(
            "SELECT coalesce(sum(made - spent), 0) AS n FROM flow WHERE at > ? AND at <= ?", (since, now)
        )
        return Flow(row["n"], self._usual_in(window, since, now), window)

    def pull(self, flow: Flow, now: float) -> bool:
        """Hold messages to customers from now on."""
        with self._db.transaction() as tx:
            pulled = tx.execute(
                "INSERT INTO brake(since, count, usual, window) SELECT ?,?,?,?"
                " WHERE NOT EXISTS (SELECT 1 FROM brake)",
                (now, flow.count, flow.usual, flow.window),
            ).rowcount
            if pulled:
                words = f"{flow.count} messages to customers in {flow.window:g} s, usual are {flow.usual:.1f}"
                add_event(tx, EventKind.BRAKE_PULLED, "", words, now)
        return pulled > 0

    def state(self) -> Braked | None:
        """Return what is held."""
        found = self._db.read(
            "SELECT since, count, usual, window,"
            " (SELECT count(*) FROM messages WHERE state = 'held') AS held FROM brake"
        )
        return Braked(**dict(found[0])) if found else None

    def release(self, now: float) -> int:
        """Let the held messages go."""
        return self._end("state = 'pending', reason = NULL, ended_at = NULL", now)

    def drop(self, now: float) -> int:
        """Drop the held messages."""
        return self._end(f"state = 'dropped', reason = '{Reason.BY_HAND}', ended_at = :now", now)

    def _end(self, change: str, now: float) -> int:
        with self._db.transaction() as tx:
            tx.execute("DELETE FROM brake")
            tx.execute("UPDATE flow SET spent = made WHERE at > ?", (now - BEFORE,))
            return tx.execute(f"UPDATE messages SET {change} WHERE state = 'held'", {"now": now}).rowcount

    def _usual_in(self, window: float, until: float, now: float) -> float:
        minute = int(now // FRESH)
        known_window, known_minute, usual = self._usual
        if (known_window, known_minute) != (window, minute):
            (row,) = self._db.read(
                "SELECT coalesce(sum(made), 0) AS n FROM flow WHERE at > ? AND at <= ?",
                (until - BEFORE, until),
            )
            usual = row["n"] * window / BEFORE
            self._usual = (window, minute, usual)
        return usual


def count_made(tx: sqlite3.Connection, messages: Iterable[NewMessage], now: float) -> None:
    """Count new messages to customers, within the transaction that makes them."""
    made = sum(
        m.state in (State.PENDING, State.HELD) and m.priority >= Priority.CUSTOMER and not m.shadow
        for m in messages
    )
    step = int(now // STEP) * STEP
    if made and not tx.execute("UPDATE flow SET made = made + ? WHERE at = ?", (made, step)).rowcount:
        tx.execute("INSERT INTO flow(at, made) VALUES (?,?)", (step, made))
