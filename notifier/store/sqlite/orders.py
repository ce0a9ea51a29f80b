"""Registered orders in SQLite."""

from __future__ import annotations

import json
from collections.abc import Mapping

from notifier.core.order import Contact, Order
from notifier.core.reason import Reason
from notifier.store.sqlite import rows
from notifier.store.sqlite.database import Database


class SqliteOrders:
    """See `notifier.store.protocol.Orders`."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def put(
        self, ref: str, order_id: str, contact: Contact, attributes: Mapping[str, object], now: float
    ) -> tuple[bool, int]:
        """Write the order and release what was held for it, in one transaction."""
        with self._db.transaction() as tx:
            is_new = tx.execute("SELECT 1 FROM orders WHERE ref = ?", (ref,)).fetchone() is None
            tx.execute(
                "INSERT INTO orders(ref, order_id, name, email, phone, locale, country, timezone, attributes,"
                " created_at, updated_at) VALUES (?,?,?,?,?,?,?,?,?,?,?) ON CONFLICT(ref) DO UPDATE SET"
                " order_id = excluded.order_id, name = excluded.name, email = excluded.email,"
                " phone = excluded.phone, locale = excluded.locale, country = excluded.country,"
                " timezone = excluded.timezone, attributes = excluded.attributes,"
                " updated_at = excluded.updated_at",
                (
                    ref, order_id, contact.name, contact.email, contact.phone, contact.locale,
                    contact.country, contact.timezone, json.dumps(attributes, ensure_ascii=False), now, now,
                ),
            )  # fmt: skip
            released = tx.execute(
                "UPDATE updates SET state = 'undecided' WHERE ref = ? AND state = 'held'", (ref,)
            ).rowcount
        return is_new, released

    def get(self, ref: str) -> Order | None:
        """Return a registered order with its course."""
        registered = self._db.read(rows.ORDER, (ref,))
        if not registered:
            return None
        found = self._db.read(f"SELECT {rows.UPDATE} FROM updates WHERE ref = ?", (ref,))
        return rows.order_from(registered, ref, [rows.update_from(row) for row in found])

    def delete(self, ref: str, now: float) -> bool:
        """Blank what is personal, also on the disk; drop what waits, keep states and counts."""
        with self._db.transaction() as tx:
            touched = tx.execute("DELETE FROM orders WHERE ref = ?", (ref,)).rowcount
            touched += tx.execute("UPDATE updates SET body = NULL WHERE ref = ?", (ref,)).rowcount
            # Also what is claimed but not begun: its claimant would write the words down again.
            tx.execute(
                "UPDATE messages SET state = 'dropped', reason = ?, ended_at = ?, claimed_by = NULL,"
                " claimed_until = NULL WHERE ref = ? AND (state = 'pending' OR state = 'sending' AND NOT"
                " EXISTS (SELECT 1 FROM attempts WHERE message_id = messages.id AND outcome = ''))",
                (Reason.CONTACT_REMOVED, now, ref),
            )
            tx.execute("UPDATE messages SET recipient = '', subject = '', text = '' WHERE ref = ?", (ref,))
        self._db.empty_log()
        return touched > 0
