"""Orders and situations, read from SQLite with few statements: the decider asks for one with every update."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from notifier.core.course import hindsight, is_late
from notifier.core.lookup import Lookup
from notifier.core.message import Message
from notifier.core.order import Order, assemble
from notifier.core.situation import Situation, of_no_order
from notifier.core.update import RecordedUpdate
from notifier.store.customers import AddressState
from notifier.store.sqlite import rows
from notifier.store.sqlite.addresses import SqliteAddresses, marked
from notifier.store.sqlite.database import Database
from notifier.store.sqlite.findings import KNOWN, KNOWN_OF_ALL, findings_from, lookup_from

_JUDGED_AND = (
    f"SELECT {rows.UPDATE}, decisions, late FROM updates WHERE ref = ({{its_ref}}) AND"
    " (id = ? OR state NOT IN ('held', 'undecided'))"
)
_CLAIMED = _JUDGED_AND.format(
    its_ref="SELECT ref FROM updates WHERE id = ? AND claimed_by = ? AND state = 'undecided'"
)
_LATER = _JUDGED_AND.format(its_ref="SELECT ref FROM updates WHERE id = ?")
_HELD = _JUDGED_AND.format(its_ref="SELECT ref FROM updates WHERE id = ? AND state = 'held'")

# If the sender's id is known only now, it is asked with from now on.
_ASK = (
    "INSERT INTO lookups(ref, order_id, state, due_at, started_at) VALUES (?,?,'due',?,?)"
    " ON CONFLICT(ref) DO UPDATE SET order_id = iif(excluded.order_id = '', order_id, excluded.order_id),"
    " due_at = iif(state = 'due', due_at, excluded.due_at),"
    " started_at = iif(state = 'due', started_at, excluded.started_at),"
    " attempts = iif(state = 'due', attempts, 0), state = 'due'"
)


class Situations:
    """Puts orders together from their rows."""

    def __init__(self, database: Database, addresses: SqliteAddresses) -> None:
        self._db = database
        self._addresses = addresses

    def claimed(self, update_id: int, worker: str) -> Situation | None:
        """Return a claimed update with its order as told by what was judged before."""
        return self._judged(self._db.read(_CLAIMED, (update_id, worker, update_id)), update_id)

    def held(self, update_id: int) -> Situation | None:
        """Return a held update with its order as told by what was judged before."""
        return self._judged(self._db.read(_HELD, (update_id, update_id)), update_id)

    def later(self, update_id: int) -> Situation | None:
        """Return an update with its order as told by all that was judged by now, None if there is none."""
        found = self._db.read(_LATER, (update_id, update_id))
        situation = self._judged(found, update_id)
        if situation is None:
            return None
        updates = [rows.update_from(row) for row in found]
        late = any(row["late"] for row in found if row["id"] == update_id)
        return replace(situation, late=late, overtaken=is_late(situation.update, updates))

    def of_messages(self, messages: Sequence[Message]) -> list[Situation]:
        """Return each message's update with its order as told by all updates on record.

        All are read with three statements: each gives up Python's lock, and the sender's
        threads want it.
        """
        refs = list({message.ref for message in messages if message.ref})
        updates: dict[str, dict[int, RecordedUpdate]] = {ref: {} for ref in refs}
        late: set[int] = set()
        which = f"ref IN ({rows.marks(refs)})"
        for row in self._db.read(f"SELECT {rows.UPDATE}, late FROM updates WHERE {which}", refs):
            updates[row["ref"]][row["id"]] = rows.update_from(row)
            if row["late"]:
                late.add(row["id"])
        known = {row["wanted"]: row for row in self._db.read(KNOWN_OF_ALL, (rows.encode(refs),))}
        orders = {ref: self._assembled(ref, updates[ref].values(), known[ref]) for ref in refs}
        contacts = (order.contact for order, _ in orders.values())
        marks = self._addresses.marks(a for c in contacts if c for a in (c.email, c.phone) if a)
        found: list[Situation] = []
        for message in messages:
            if not message.ref:
                found.append(of_no_order(message.occasion, message.created_at))
                continue
            of_order, (order, lookup) = updates[message.ref], orders[message.ref]
            news = of_order[message.update_id]
            since = hindsight(news, of_order.values())
            found.append(
                Situation(
                    news,
                    _marked(order, marks),
                    news.id in late,
                    since.overtaken,
                    since.contradicted_by,
                    lookup,
                    occasion=message.occasion,
                    newest=max(of_order),
                )
            )
        return found

    def order(self, ref: str, updates: Iterable[RecordedUpdate]) -> tuple[Order, Lookup | None]:
        """Return an order as these updates tell it, and the lookup of its contact."""
        (row,) = self._db.read(KNOWN, (ref,))
        order, lookup = self._assembled(ref, updates, row)
        contact = order.contact
        marks = self._addresses.marks(a for a in (contact.email, contact.phone) if a) if contact else {}
        return _marked(order, marks), lookup

    def _assembled(
        self, ref: str, updates: Iterable[RecordedUpdate], row: rows.Row
    ) -> tuple[Order, Lookup | None]:
        order = assemble(ref, updates, findings_from(row), forgotten=row["forgotten_at"] is not None)
        return order, lookup_from(row)

    def _judged(self, found: list[rows.Row], update_id: int) -> Situation | None:
        if not found:
            return None
        updates = {row["id"]: rows.update_from(row) for row in found}
        news = updates[update_id]
        (row,) = (row for row in found if row["id"] == update_id)
        judged = {decision.rule: decision for decision in rows.decisions_from(row["decisions"])}
        order, lookup = self.order(news.update.ref, updates.values())
        return Situation(
            update=news,
            order=order,
            # What came while its contact was looked up does not make it late.
            late=bool(row["late"]) if judged else is_late(news, updates.values()),
            lookup=lookup,
            judged=judged,
        )


def ask_for_contact(tx: sqlite3.Connection, order: Order, now: float) -> None:
    """Have the contact of an order looked up, within a transaction; a lookup that is under way goes on."""
    tx.execute(_ASK, (order.ref, order.id, now, now))


def _marked(order: Order, marks: Mapping[str, AddressState]) -> Order:
    """Add to an order's contact what is marked on its addresses."""
    if order.contact is None or not marks:
        return order
    return replace(order, contact=marked(order.contact, marks))
