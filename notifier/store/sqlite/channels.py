"""Channels that rest, in SQLite: a row is one reason to rest; a channel without rows is up."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection

from notifier.core.quota import Limits
from notifier.core.reason import Reason
from notifier.core.rest import WIRE_REASONS, Effect
from notifier.core.retry import Outcome, said
from notifier.store.sending import ChannelRecord, ChannelState
from notifier.store.sqlite import rows
from notifier.store.sqlite.database import Database
from notifier.store.sqlite.happenings import add_event
from notifier.store.sqlite.records import read_record

TOLD = frozenset({Reason.CHANNEL_DOWN, Reason.REFUSES_EVERYONE, Reason.UNREACHABLE})
"""Rests that operators are told of, as internal events."""


class SqliteChannels:
    """See `notifier.store.protocol.Channels`."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def pause(self, name: str, reason: Reason, until: float | None, detail: str, now: float) -> None:
        """Let a channel rest."""
        with self._db.transaction() as tx:
            rest(tx, name, reason, until, detail, now)

    def resume(self, name: str, reasons: Collection[Reason] = tuple(Reason)) -> bool:
        """End rests of a channel; a look without the write lock comes first."""
        which = f"name = ? AND reason IN ({rows.marks(tuple(reasons))})"
        if not self._db.read(f"SELECT 1 FROM channels WHERE {which}", (name, *reasons)):
            return False
        with self._db.transaction() as tx:
            return tx.execute(f"DELETE FROM channels WHERE {which}", (name, *reasons)).rowcount > 0

    def probe(self, name: str, now: float) -> None:
        """Let rests of a channel that came over the wire end now."""
        reasons = tuple(WIRE_REASONS)
        which = f"name = ? AND until > ? AND reason IN ({rows.marks(reasons)})"
        if self._db.read(f"SELECT 1 FROM channels WHERE {which}", (name, now, *reasons)):
            with self._db.transaction() as tx:
                tx.execute(f"UPDATE channels SET until = ? WHERE {which}", (now, name, now, *reasons))

    def paused(self) -> list[ChannelState]:
        """Return all channels that rest."""
        return [
            ChannelState(
                row["name"], Reason(row["reason"]), row["since"], row["until"], row["detail"], row["code"]
            )
            for row in self._db.read("SELECT * FROM channels ORDER BY name, since, reason")
        ]

    def record(self, name: str, limits: Limits, now: float) -> ChannelRecord:
        """Return what a channel did and has to do."""
        return read_record(self._db, name, limits, now)


def settle_channel(tx: sqlite3.Connection, name: str, effect: Effect, outcome: Outcome, now: float) -> None:
    """Let a channel rest, or end its rests, as an attempt showed; within a transaction."""
    if effect.over:
        over = tuple(effect.over)
        # While a rest goes on nothing is begun: what ends now says nothing of the time we were asked for.
        gone = tx.execute(
            f"DELETE FROM channels WHERE name = ? AND reason IN ({rows.marks(over)})"
            " AND (reason <> 'throttled' OR until <= ?) RETURNING reason",
            (name, *over, now),
        ).fetchall()
        if any(row["reason"] in TOLD for row in gone):
            add_event(tx, "channel_up", name, "", now)
    if effect.rest is not None:
        reason, said = effect.rest.reason, evidence(outcome)
        begins = rest(tx, name, reason, effect.rest.until, said, now, code=effect.rest.code)
        if begins and reason in TOLD:
            meant = "it refuses us, not single recipients: " if reason is Reason.REFUSES_EVERYONE else ""
            add_event(tx, "channel_down", name, meant + said, now)


def end_rests(tx: sqlite3.Connection, now: float) -> None:
    """Take away rests that the clock alone has ended; those by the wire end with a delivery."""
    tx.execute(
        "DELETE FROM channels WHERE until <= ? AND reason IN ('budget_reached', 'paused_by_hand')", (now,)
    )


def end_budget_rests(tx: sqlite3.Connection, names: Collection[str]) -> None:
    """Take away what says that the budgets of these channels are used up: they are not."""
    tx.execute(
        f"DELETE FROM channels WHERE reason = 'budget_reached' AND name IN ({rows.marks(tuple(names))})",
        tuple(names),
    )


def evidence(outcome: Outcome) -> str:
    """Return what the other side said, in one line."""
    return said(outcome.code, outcome.detail)


def rest(
    tx: sqlite3.Connection,
    name: str,
    reason: Reason,
    until: float | None,
    detail: str,
    now: float,
    *,
    code: str = "",
) -> bool:
    """Write a rest within a transaction; one that goes on keeps since when. Return whether it begins."""
    went_on = tx.execute(
        "UPDATE channels SET until = ?, detail = ?, code = ? WHERE name = ? AND reason = ?",
        (until, detail, code, name, reason),
    ).rowcount
    if not went_on:
        tx.execute(
            "INSERT INTO channels(name, reason, since, until, detail, code) VALUES (?,?,?,?,?,?)",
            (name, reason, now, until, detail, code),
        )
    return not went_on
