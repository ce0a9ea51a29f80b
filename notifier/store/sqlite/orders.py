"""Orders in SQLite: registered in batches, and read as all their sources tell them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from notifier.core.contact import Finding
from notifier.core.order import Order
from notifier.store.customers import Registered, Traces
from notifier.store.sqlite import rows
from notifier.store.sqlite.addresses import SqliteAddresses
from notifier.store.sqlite.database import Database
from notifier.store.sqlite.findings import REGISTER, registered_values
from notifier.store.sqlite.forgetting import (
    erase_messages_to,
    forget_orders,
    orders_of_person,
    orders_told_to,
)
from notifier.store.sqlite.retention import age_out_bodies, age_out_orders, age_out_rest
from notifier.store.sqlite.situations import Situations

ACCEPTS_UNKNOWN = "SELECT value = '1' FROM settings WHERE name = 'accept_unknown'"
"""Whether updates of orders that are not known are recorded like all others; NULL until somebody said so."""


class SqliteOrders:
    """See `notifier.store.customers.Orders`."""

    def __init__(self, database: Database, situations: Situations, addresses: SqliteAddresses) -> None:
        self._db = database
        self._situations = situations
        self._addresses = addresses

    def register(self, batch: Sequence[tuple[str, Finding]], now: float) -> list[Registered]:
        """Write the orders and release what waited for them, with few statements for all."""
        refs = rows.encode([ref for ref, _ in batch])
        with self._db.transaction() as tx:
            known = {
                row["ref"]: row["forgotten_at"] is not None
                for row in tx.execute(
                    "SELECT ref, forgotten_at FROM orders WHERE ref IN (SELECT value FROM json_each(?))",
                    (refs,),
                )
            }
            tx.executemany(REGISTER, [registered_values(ref, finding, now) for ref, finding in batch])
            released = Counter(
                row["ref"]
                for row in tx.execute(
                    "UPDATE updates SET state = 'undecided' WHERE +state IN ('held', 'awaiting_contact')"
                    " AND ref IN (SELECT value FROM json_each(?)) RETURNING ref",
                    (refs,),
                ).fetchall()
            )
            # A search that has become needless is seen to be so when it is due.
            told = [ref for ref, f in batch if f.contact.reachable or f.contact.do_not_contact]
            tx.execute(
                "UPDATE lookups SET due_at = min(due_at, ?) WHERE state = 'due'"
                " AND ref IN (SELECT value FROM json_each(?))",
                (now, rows.encode(told)),
            )
        results: list[Registered] = []
        for ref, _ in batch:
            was_forgotten = known.get(ref, False)
            is_new = ref not in known or was_forgotten
            results.append(Registered(is_new, released.pop(ref, 0), was_forgotten))
            known[ref] = False
        return results

    def get(self, ref: str) -> Order | None:
        """Return an order that is registered or was looked up."""
        found = self._db.read(f"SELECT {rows.UPDATE} FROM updates WHERE ref = ?", (ref,))
        order, lookup = self._situations.order(ref, [rows.update_from(row) for row in found])
        return order if order.registered or (lookup and not order.forgotten) else None

    def accept_unknown(self, accept: bool) -> int:
        """Write what is new only: every worker says this again and again."""
        value = "1" if accept else "0"
        said = self._db.read("SELECT value FROM settings WHERE name = 'accept_unknown'")
        if said and said[0]["value"] == value:
            return 0
        with self._db.transaction() as tx:
            tx.execute("INSERT OR REPLACE INTO settings(name, value) VALUES ('accept_unknown', ?)", (value,))
            if not accept:
                return 0
            return tx.execute("UPDATE updates SET state = 'undecided' WHERE state = 'held'").rowcount

    def forget(self, ref: str, now: float) -> bool:
        """Erase what is personal, also on the disk."""
        with self._db.transaction() as tx:
            on_record = tx.execute(
                "SELECT 1 FROM orders WHERE ref = :ref"
                " UNION ALL SELECT 1 FROM updates WHERE ref = :ref AND id > 0"
                " UNION ALL SELECT 1 FROM rejected WHERE ref = :ref AND ref <> '' LIMIT 1",
                {"ref": ref},
            ).fetchone()
            if on_record:
                forget_orders(tx, self._addresses, [ref], now)
        if on_record:
            self._db.empty_log()
        return on_record is not None

    def of_person(self, address: str) -> Traces:
        """Return the orders of a person, and the others of which something went to the address."""
        orders = orders_of_person(self._db, address)
        told = orders_told_to(self._db, address)
        return Traces(tuple(orders), tuple(ref for ref in told if ref not in orders))

    def forget_person(self, address: str, now: float) -> Traces:
        """Forget all orders of a person, and empty the log once."""
        with self._db.transaction() as tx:
            touched = self.of_person(address)
            forget_orders(tx, self._addresses, touched.orders, now)
            erased = erase_messages_to(tx, address)
            self._addresses.lift([address])  # also if the orders that went there have another by now
        if touched or erased:
            self._db.empty_log()
        return touched

    def age_out(
        self, bodies_before: float | None, contacts_before: float | None, limit: int, now: float
    ) -> int:
        """Forget orders first, then erase bodies; look without the write lock before either."""
        erased = 0
        if contacts_before is not None:
            erased = age_out_orders(self._db, self._addresses, contacts_before, limit, now)
        if bodies_before is not None and erased < limit:
            erased += age_out_bodies(self._db, bodies_before, limit - erased)
        if age_out_rest(self._db, bodies_before, contacts_before, limit, now) or erased:
            self._db.empty_log()
        return erased
