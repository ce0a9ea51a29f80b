"""Marks on addresses in SQLite, under HMAC-SHA256 fingerprints with the database's own key.

Whoever reads the table without the key's row learns no address; and an address
that was forgotten cannot be read from what is left of it.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Mapping
from dataclasses import replace

from notifier.core.contact import Contact
from notifier.store.customers import AddressState
from notifier.store.sqlite import rows
from notifier.store.sqlite.database import Database


class SqliteAddresses:
    """See `notifier.store.customers.Addresses`."""

    def __init__(self, database: Database) -> None:
        self._db = database
        self._key = b""

    def key(self) -> bytes:
        """Return the database's secret, read once."""
        if not self._key:
            (row,) = self._db.read("SELECT value FROM settings WHERE name = 'key'")
            self._key = bytes.fromhex(row["value"])
        return self._key

    def refuse(self, address: str, detail: str, now: float) -> None:
        """Mark an address as refused for good."""
        with self._db.transaction() as tx:
            tx.execute(
                "INSERT INTO addresses(fingerprint, refused_at, detail) VALUES (?,?,?)"
                " ON CONFLICT(fingerprint) DO UPDATE SET refused_at = excluded.refused_at,"
                " detail = excluded.detail",
                (self._fingerprint(address), now, detail),
            )

    def unsubscribe(self, address: str, now: float) -> None:
        """Note that an address wants no marketing; the first time counts."""
        with self._db.transaction() as tx:
            tx.execute(
                "INSERT INTO addresses(fingerprint, unsubscribed_at) VALUES (?,?) ON CONFLICT(fingerprint)"
                " DO UPDATE SET unsubscribed_at = coalesce(unsubscribed_at, excluded.unsubscribed_at)",
                (self._fingerprint(address), now),
            )

    def unsubscribe_by(self, message_id: str, now: float) -> bool:
        """Note it for the recipient of a message."""
        found = self._db.read(
            "SELECT recipient FROM messages WHERE message_id = ? AND recipient <> ''", (message_id,)
        )
        for row in found:
            self.unsubscribe(row["recipient"], now)
        return bool(found)

    def allow(self, address: str) -> bool:
        """Take the mark of a refusal away."""
        state = self.get(address)
        if state is None or state.refused_at is None:
            return False
        self.lift([address])
        return True

    def resubscribe(self, address: str) -> bool:
        """Forget an unsubscription."""
        this = (self._fingerprint(address),)
        with self._db.transaction() as tx:
            gone = tx.execute(
                "UPDATE addresses SET unsubscribed_at = NULL"
                " WHERE fingerprint = ? AND unsubscribed_at IS NOT NULL",
                this,
            ).rowcount
            tx.execute(
                "DELETE FROM addresses WHERE fingerprint = ? AND refused_at IS NULL"
                " AND unsubscribed_at IS NULL",
                this,
            )
        return gone > 0

    def get(self, address: str) -> AddressState | None:
        """Return the marks on an address."""
        return self.marks([address]).get(address)

    def marks(self, addresses: Iterable[str]) -> dict[str, AddressState]:
        """Return the marks on those of the addresses that have any."""
        by_fingerprint = {self._fingerprint(address): address for address in addresses}
        if not by_fingerprint:
            return {}
        wanted = list(by_fingerprint)
        found = self._db.read(f"SELECT * FROM addresses WHERE fingerprint IN ({rows.marks(wanted)})", wanted)
        return {
            by_fingerprint[row["fingerprint"]]: AddressState(
                row["refused_at"], row["detail"], row["unsubscribed_at"]
            )
            for row in found
        }

    def lift(self, addresses: Iterable[str]) -> None:
        """Take the mark of a refusal away; an unsubscription stays."""
        fingerprints = [(self._fingerprint(address),) for address in addresses]
        with self._db.transaction() as tx:
            tx.executemany(
                "UPDATE addresses SET refused_at = NULL, detail = '' WHERE fingerprint = ?", fingerprints
            )
            tx.executemany(
                "DELETE FROM addresses WHERE fingerprint = ? AND unsubscribed_at IS NULL", fingerprints
            )

    def _fingerprint(self, address: str) -> str:
        return hmac.new(self.key(), address.lower().encode(), hashlib.sha256).hexdigest()


def marked(contact: Contact, marks: Mapping[str, AddressState]) -> Contact:
    """Add to a contact what is marked on its addresses."""
    own = {a: marks[a] for a in (contact.email, contact.phone) if a and a in marks}
    if not own:
        return contact
    return replace(
        contact,
        refused=frozenset(a for a, state in own.items() if state.refused_at is not None),
        unsubscribed=any(state.unsubscribed_at is not None for state in own.values()),
    )
