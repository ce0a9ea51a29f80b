"""Updates in SQLite: recorded in batches, claimed by order, decided in one transaction."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from notifier.core import order as orders
from notifier.core.history import Attempt, MessageHistory, OrderHistory, UpdateHistory
from notifier.core.message import UpdateState
from notifier.core.plan import Plan, Situation
from notifier.core.retry import MAX_CLAIMS
from notifier.errors import NotAllowed, NotFound
from notifier.store.protocol import Receipt, Received
from notifier.store.sqlite import rows
from notifier.store.sqlite.database import Database
from notifier.store.sqlite.outbox import insert_message

_COLUMNS = "identity,source,ref,order_id,code,event_at,received_at,shipments,body,state"


class SqliteUpdates:
    """See `notifier.store.protocol.Updates`."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def record(self, batch: Sequence[Received], now: float) -> list[Receipt]:
        """Record a batch with one look-up and one insert.

        Few statements on purpose: each gives up Python's lock and has to get it
        back from the event loop's thread.
        """
        keys = [(r.update.identity, r) for r in batch]
        identities = list({identity for identity, _ in keys})
        refs = list({r.update.ref for r in batch})
        with self._db.transaction() as tx:
            seen_text, known_text = tx.execute(
                "SELECT (SELECT json_group_array(identity) FROM updates"
                f" WHERE identity IN ({rows.marks(identities)})),"
                f" (SELECT json_group_array(ref) FROM orders WHERE ref IN ({rows.marks(refs)}))",
                identities + refs,
            ).fetchone()
            seen, known = set(json.loads(seen_text)), set(json.loads(known_text))
            receipts: list[Receipt] = []
            values: list[object] = []
            for identity, received in keys:
                update = received.update
                is_known = update.ref in known
                if identity not in seen:
                    seen.add(identity)
                    state = UpdateState.UNDECIDED if is_known else UpdateState.HELD
                    values += (
                        identity, update.source, update.ref, update.order_id, update.code, update.event_at,
                        now, rows.shipments_text(update.shipments), received.body, state,
                    )  # fmt: skip
                    receipts.append(Receipt.RECORDED if is_known else Receipt.HELD)
                else:
                    receipts.append(Receipt.DUPLICATE if is_known else Receipt.HELD)
            if values:
                row = "(?,?,?,?,?,?,?,?,?,?)"
                tx.execute(
                    f"INSERT INTO updates({_COLUMNS}) VALUES {','.join([row] * (len(values) // 10))}", values
                )
        return receipts

    def claim(self, worker: str, now: float, lease: float, limit: int) -> list[int]:
        """Claim the oldest undecided updates whose orders nobody else is deciding."""
        if not self._db.read("SELECT 1 FROM updates WHERE state = 'undecided' LIMIT 1"):
            return []
        with self._db.transaction() as tx:
            found = tx.execute(
                "UPDATE updates SET claimed_by = ?, claimed_until = ?, claims = claims + 1 WHERE id IN ("
                "  SELECT id FROM updates u WHERE state = 'undecided' AND coalesce(claimed_until, 0) <= ?"
                "  AND claims < ? AND NOT EXISTS (SELECT 1 FROM updates o WHERE o.ref = u.ref AND o.id < u.id"
                "    AND o.state = 'undecided' AND o.claimed_until > ?)"
                "  ORDER BY id LIMIT ?) RETURNING id",
                (worker, now + lease, now, MAX_CLAIMS, now, limit),
            ).fetchall()
        return sorted(row["id"] for row in found)

    def situation(self, update_id: int, worker: str) -> Situation | None:
        """Return the update among those of its order that arrived before it."""
        found = self._db.read(
            f"SELECT {rows.UPDATE} FROM updates WHERE id = ? AND claimed_by = ? AND state = 'undecided'",
            (update_id, worker),
        )
        if not found:
            return None
        update = rows.update_from(found[0])
        before = [
            rows.update_from(row)
            for row in self._db.read(
                f"SELECT {rows.UPDATE} FROM updates WHERE ref = ? AND id <= ?", (update.update.ref, update_id)
            )
        ]
        ref = update.update.ref
        order = rows.order_from(self._db.read(rows.ORDER, (ref,)), ref, before)
        return Situation(update, order, orders.is_late(update, before))

    def record_plan(
        self, update_id: int, worker: str, plan: Plan, late: bool, fingerprint: str, now: float
    ) -> None:
        """Write the whole plan; the claim is checked by the statement that ends it."""
        with self._db.transaction() as tx:
            decided = tx.execute(
                "UPDATE updates SET state = 'decided', late = ?, decided_at = ?, fingerprint = ?,"
                " decisions = ?, claimed_by = NULL, claimed_until = NULL"
                " WHERE id = ? AND claimed_by = ? AND state = 'undecided' RETURNING ref",
                (late, now, fingerprint, rows.decisions_text(plan.decisions), update_id, worker),
            ).fetchall()
            if not decided:
                raise NotAllowed(f"update {update_id} is claimed by another worker")
            for message in plan.messages:
                insert_message(tx, message, update_id, decided[0]["ref"], fingerprint, now)

    def fail(self, update_id: int, worker: str, error: str) -> bool:
        """Give back, or set aside after the third claim."""
        with self._db.transaction() as tx:
            found = tx.execute(
                "UPDATE updates SET claimed_by = NULL, claimed_until = NULL, detail = ?,"
                " state = CASE WHEN claims >= ? THEN 'set_aside' ELSE state END"
                " WHERE id = ? AND claimed_by = ? AND state = 'undecided' RETURNING state",
                (error, MAX_CLAIMS, update_id, worker),
            ).fetchall()
        return bool(found) and found[0]["state"] == UpdateState.SET_ASIDE

    def give_back(self, update_ids: Sequence[int], worker: str) -> None:
        """Return claims as if they had not been made."""
        with self._db.transaction() as tx:
            tx.execute(
                "UPDATE updates SET claimed_by = NULL, claimed_until = NULL, claims = claims - 1"
                f" WHERE id IN ({rows.marks(update_ids)}) AND claimed_by = ? AND state = 'undecided'",
                (*update_ids, worker),
            )

    def set_aside_repeated(self, now: float) -> list[int]:
        """Set aside what ended its worker three times."""
        stuck = "state = 'undecided' AND claims >= ? AND coalesce(claimed_until, 0) <= ?"
        if not self._db.read(f"SELECT 1 FROM updates WHERE {stuck} LIMIT 1", (MAX_CLAIMS, now)):
            return []
        with self._db.transaction() as tx:
            found = tx.execute(
                "UPDATE updates SET state = 'set_aside', claimed_by = NULL, claimed_until = NULL,"
                f" detail = 'it ended its worker {MAX_CLAIMS} times' WHERE {stuck} RETURNING id",
                (MAX_CLAIMS, now),
            ).fetchall()
        return [row["id"] for row in found]

    def retry(self, update_id: int) -> None:
        """Take an update that was set aside back into the queue."""
        with self._db.transaction() as tx:
            moved = tx.execute(
                "UPDATE updates SET state = 'undecided', claims = 0, detail = ''"
                " WHERE id = ? AND state = 'set_aside'",
                (update_id,),
            ).rowcount
            if not moved:
                if not tx.execute("SELECT 1 FROM updates WHERE id = ?", (update_id,)).fetchone():
                    raise NotFound(f"there is no update {update_id}")
                raise NotAllowed(f"update {update_id} was not set aside; there is nothing to do again")

    def history(self, ref: str) -> OrderHistory | None:
        """Return everything on record for `ref`."""
        found = list(self._db.tables["updates"].rows_where("ref = ?", [ref], order_by="id"))
        registered = self._db.read(rows.ORDER, (ref,))
        if not found and not registered:
            return None
        messages = self._messages(ref)
        updates = tuple(
            UpdateHistory(
                update=rows.update_from(row),
                state=UpdateState(row["state"]),
                late=bool(row["late"]),
                decided_at=row["decided_at"],
                fingerprint=row["fingerprint"],
                decisions=rows.decisions_from(row["decisions"]),
                messages=tuple(messages.get(row["id"], ())),
                detail=row["detail"],
            )
            for row in found
        )
        order = rows.order_from(registered, ref, [u.update for u in updates])
        return OrderHistory(order, bool(registered), updates)

    def counts(self) -> Mapping[str, int]:
        """Return the number of updates by state."""
        return {
            row["state"]: row["n"]
            for row in self._db.read("SELECT state, count(*) AS n FROM updates GROUP BY state")
        }

    def _messages(self, ref: str) -> dict[int, list[MessageHistory]]:
        attempts: dict[int, list[Attempt]] = {}
        for row in self._db.read(
            "SELECT a.* FROM attempts a JOIN messages m ON m.id = a.message_id WHERE m.ref = ?"
            " ORDER BY a.message_id, a.number",
            (ref,),
        ):
            attempts.setdefault(row["message_id"], []).append(
                Attempt(*(row[name] for name in Attempt.__dataclass_fields__))
            )
        found: dict[int, list[MessageHistory]] = {}
        for row in self._db.tables["messages"].rows_where("ref = ?", [ref], order_by="id"):
            message = rows.message_from(row)
            told = MessageHistory(message, tuple(attempts.get(message.id, ())))
            found.setdefault(message.update_id, []).append(told)
        return found
