"""Channels that rest, in SQLite: a row is a pause, no row means that the channel is up."""

from __future__ import annotations

import sqlite3

from notifier.core.message import State
from notifier.core.reason import Reason
from notifier.core.retry import Outcome, Transition
from notifier.store.protocol import ChannelState
from notifier.store.sqlite.database import Database


class SqliteChannels:
    """See `notifier.store.protocol.Channels`."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def pause(self, name: str, reason: Reason, until: float | None, detail: str, now: float) -> None:
        """Let a channel rest."""
        with self._db.transaction() as tx:
            _pause(tx, name, reason, until, detail, now)

    def resume(self, name: str) -> None:
        """Let a channel work again."""
        if self._db.read("SELECT 1 FROM channels WHERE name = ?", (name,)):
            with self._db.transaction() as tx:
                tx.execute("DELETE FROM channels WHERE name = ?", (name,))

    def paused(self) -> list[ChannelState]:
        """Return all channels that rest."""
        return [
            ChannelState(row["name"], Reason(row["reason"]), row["since"], row["until"], row["detail"])
            for row in self._db.tables["channels"].rows_where(order_by="name")
        ]


def settle_channel(
    tx: sqlite3.Connection, name: str, transition: Transition, outcome: Outcome, now: float
) -> None:
    """Let a channel rest, or end its rest, as an attempt showed; within a transaction."""
    if transition.pause_until is not None:
        _pause(tx, name, Reason.CHANNEL_DOWN, transition.pause_until, evidence(outcome), now)
    elif transition.state is State.DELIVERED:
        tx.execute("DELETE FROM channels WHERE name = ? AND reason = ?", (name, Reason.CHANNEL_DOWN))


def evidence(outcome: Outcome) -> str:
    """Return what the other side said, in one line."""
    return f"{outcome.code} {outcome.detail}".strip()


def _pause(
    tx: sqlite3.Connection, name: str, reason: Reason, until: float | None, detail: str, now: float
) -> None:
    """Write a pause within a transaction; it keeps the time since when the channel rests."""
    tx.execute(
        "INSERT INTO channels(name, reason, since, until, detail) VALUES (?,?,?,?,?) ON CONFLICT(name)"
        " DO UPDATE SET reason = excluded.reason, until = excluded.until, detail = excluded.detail"
        " WHERE reason <> ? OR excluded.reason = reason",
        (name, reason, now, until, detail, Reason.NOT_CONFIGURED),
    )
