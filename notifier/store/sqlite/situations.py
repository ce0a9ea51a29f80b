"""Orders and situations, read from SQLite with few statements: the decider asks for one with every update."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from notifier.core.contact import Contact
from notifier.core.course import is_late
from notifier.core.lookup import Lookup
from notifier.core.message import Message
from notifier.core.order import Order, assemble
from notifier.core.situation import Situation
from notifier.core.update import RecordedUpdate
from notifier.store.sqlite import rows
from notifier.store.sqlite.addresses import SqliteAddresses
from notifier.store.sqlite.database import Database
from notifier.store.sqlite.findings import KNOWN, findings_from, lookup_from

_JUDGED_AND = (
    f"SELECT {rows.UPDATE}, decisions, late FROM updates WHERE ref = ({{its_ref}}) AND"
    " (id = ? OR state NOT IN ('held', 'undecided'))"
)
_CLAIMED = _JUDGED_AND.format(
    its_ref="SELECT ref FROM updates WHERE id = ? AND claimed_by = ? AND state = 'undecided'"
)
_HELD = _JUDGED_AND.format(its_ref="SELECT ref FROM updates WHERE id = ? AND state = 'held'")


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

    def of_message(self, message: Message) -> Situation:
        """Return a message's update with its order as told by all updates on record."""
        found = self._db.read(f"SELECT {rows.UPDATE}, late FROM updates WHERE ref = ?", (message.ref,))
        updates = {row["id"]: rows.update_from(row) for row in found}
        news = updates[message.update_id]
        late = any(row["late"] for row in found if row["id"] == news.id)
        order, lookup = self.order(message.ref, updates.values())
        return Situation(news, order, late, is_late(news, updates.values()), lookup)

    def order(self, ref: str, updates: Iterable[RecordedUpdate]) -> tuple[Order, Lookup | None]:
        """Return an order as these updates tell it, and the lookup of its contact."""
        (row,) = self._db.read(KNOWN, (ref,))
        order = assemble(ref, updates, findings_from(row), forgotten=row["forgotten_at"] is not None)
        if order.contact is not None:
            order = replace(order, contact=self._marked(order.contact))
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

    def _marked(self, contact: Contact) -> Contact:
        """Add to a contact what is marked on its addresses."""
        marks = self._addresses.marks(a for a in (contact.email, contact.phone) if a)
        if not marks:
            return contact
        return replace(
            contact,
            refused=frozenset(a for a, state in marks.items() if state.refused_at is not None),
            unsubscribed=any(state.unsubscribed_at is not None for state in marks.values()),
        )
