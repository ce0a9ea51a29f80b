"""Updates in SQLite: recorded in batches, claimed by order, decided in one transaction."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from notifier.core.course import sequence
from notifier.core.history import OrderHistory
from notifier.core.message import NewMessage, UpdateState
from notifier.core.plan import Plan
from notifier.core.reason import UNKNOWN_CUSTOMER
from notifier.core.retry import MAX_CLAIMS
from notifier.core.rules import MISSING_CONTACT
from notifier.core.situation import Decision, Situation
from notifier.core.update import RecordedUpdate
from notifier.errors import NotAllowed, NotFound
from notifier.store.protocol import LARGEST_CLAIM, Receipt, Received
from notifier.store.sqlite import rows
from notifier.store.sqlite.database import Database
from notifier.store.sqlite.forgetting import impersonal
from notifier.store.sqlite.history import read_history
from notifier.store.sqlite.orders import ACCEPTS_UNKNOWN
from notifier.store.sqlite.plans import MERGED_DECISIONS, write_plan
from notifier.store.sqlite.schema import ALL, NOTHING
from notifier.store.sqlite.schema_timing import HOLDS_ONCE
from notifier.store.sqlite.situations import Situations, ask_for_contact

_COLUMNS = "identity,source,ref,order_id,code,event_at,received_at,shipments,notes,body,state,erased"
_ROW = f"({','.join('?' * len(_COLUMNS.split(',')))})"

# All that is undecided of the orders with the oldest updates, but for what nobody may claim any more.
_CLAIMABLE = (
    f"SELECT {rows.UPDATE}, claims FROM updates WHERE +state = 'undecided' AND claims < :claims AND ref IN ("
    " SELECT ref FROM updates u WHERE state = 'undecided' AND claims < :claims AND NOT EXISTS ("
    "  SELECT 1 FROM updates o WHERE o.ref = u.ref AND +o.state = 'undecided' AND o.claimed_until > :now)"
    " ORDER BY id LIMIT :limit) ORDER BY id"
)

_DECIDE = (
    "UPDATE updates SET state = :state, late = :late, decided_at = :now, fingerprint = :fingerprint,"
    f" decisions = {MERGED_DECISIONS}, claimed_by = NULL, claimed_until = NULL, claims = 0"
    " WHERE id = :id AND claimed_by = :worker AND state = 'undecided' RETURNING ref"
)

# Rules whose message ended for want of an address, and whose news nobody got by another. Of a
# refusal only the verdict of `missing_contact` tells that the address was to blame.
_MISSED = (
    "SELECT rule FROM messages m WHERE update_id = :id"
    " AND (state = 'failed' AND reason = 'refused' AND :lost"
    f" OR state = 'dropped' AND reason IN ({', '.join(map(repr, map(str, UNKNOWN_CUSTOMER)))}))"
    f" AND NOT EXISTS (SELECT 1 FROM messages WHERE once = m.once AND ({HOLDS_ONCE}))"
)


class SqliteUpdates:
    """See `notifier.store.protocol.Updates`."""

    def __init__(self, database: Database, situations: Situations) -> None:
        self._db = database
        self._situations = situations

    def record(self, batch: Sequence[Received], now: float) -> list[Receipt]:
        """Record a batch with one look-up and one insert.

        Few statements on purpose: each gives up Python's lock and has to get it
        back from the event loop's thread.
        """
        keys = [(r.update.identity, r) for r in batch]
        identities = list({identity for identity, _ in keys})
        refs = list({r.update.ref for r in batch})
        with self._db.transaction() as tx:
            seen_text, known_text, forgotten_text, accepts = tx.execute(
                "SELECT (SELECT json_group_array(identity) FROM updates"
                f" WHERE identity IN ({rows.marks(identities)})),"
                " (SELECT json_group_array(value) FROM json_each(?) WHERE value IN (SELECT ref FROM orders)"
                " OR value IN (SELECT ref FROM lookups)),"
                " (SELECT json_group_array(ref) FROM orders WHERE forgotten_at IS NOT NULL"
                "  AND ref IN (SELECT value FROM json_each(?))),"
                f" ({ACCEPTS_UNKNOWN})",
                (*identities, rows.encode(refs), rows.encode(refs)),
            ).fetchone()
            forgotten = set(json.loads(forgotten_text))
            seen, known = set(json.loads(seen_text)), set(refs if accepts else json.loads(known_text))
            receipts: list[Receipt] = []
            values: list[object] = []
            for identity, received in keys:
                update = received.update
                is_known = update.ref in known
                if identity not in seen:
                    seen.add(identity)
                    state = UpdateState.UNDECIDED if is_known else UpdateState.HELD
                    body: bytes | None = received.body
                    shipments, notes, erased = update.shipments, update.notes, NOTHING
                    if update.ref in forgotten:
                        body, shipments, notes, erased = None, impersonal(shipments), (), ALL
                    values += (
                        identity, update.source, update.ref, update.order_id, update.code, update.event_at,
                        now, rows.shipments_text(shipments), rows.notes_text(notes) if notes else "", body,
                        state, erased,
                    )  # fmt: skip
                    receipts.append(Receipt.RECORDED if is_known else Receipt.HELD)
                else:
                    receipts.append(Receipt.DUPLICATE if is_known else Receipt.HELD)
            if values:
                count = len(values) // len(_COLUMNS.split(","))
                tx.execute(f"INSERT INTO updates({_COLUMNS}) VALUES {','.join([_ROW] * count)}", values)
        return receipts

    def claim(self, worker: str, now: float, lease: float, limit: int) -> list[int]:
        """Claim whole orders, and begin with a look without the write lock, so that idling writes nothing."""
        if not self._db.read("SELECT 1 FROM updates WHERE state = 'undecided' LIMIT 1"):
            return []
        with self._db.transaction() as tx:
            found = tx.execute(_CLAIMABLE, {"now": now, "claims": MAX_CLAIMS, "limit": limit}).fetchall()
            ids = _whole_orders(found)
            tx.execute(
                "UPDATE updates SET claimed_by = ?, claimed_until = ?, claims = claims + 1"
                f" WHERE id IN ({rows.marks(ids)})",
                (worker, now + lease, *ids),
            )
        return ids

    def situation(self, update_id: int, worker: str) -> Situation | None:
        """Return the update with its order as told by what was judged before."""
        return self._situations.claimed(update_id, worker)

    def record_plan(
        self, update_id: int, worker: str, plan: Plan, late: bool, fingerprint: str, now: float
    ) -> None:
        """Write the whole plan; the claim is checked by the statement that ends it."""
        with self._db.transaction() as tx:
            if plan.awaits_contact and (situation := self.situation(update_id, worker)):
                ask_for_contact(tx, situation.order, now)
            state = UpdateState.AWAITING_CONTACT if plan.awaits_contact else UpdateState.DECIDED
            decided = tx.execute(
                _DECIDE,
                {
                    "state": state, "late": late, "now": now, "fingerprint": fingerprint, "id": update_id,
                    "worker": worker, "decisions": rows.decisions_text(plan.decisions),
                },
            ).fetchall()  # fmt: skip
            if not decided:
                raise NotAllowed(f"update {update_id} is claimed by another worker")
            write_plan(tx, plan, update_id, decided[0]["ref"], fingerprint, now)

    def amend(
        self,
        update_id: int,
        decision: Decision,
        messages: Sequence[NewMessage],
        fingerprint: str,
        now: float,
    ) -> None:
        """Put a verdict in its place among the others, and write the messages."""
        with self._db.transaction() as tx:
            (row,) = tx.execute(
                f"UPDATE updates SET decisions = {MERGED_DECISIONS} WHERE id = :id RETURNING ref",
                {"decisions": rows.decisions_text([decision]), "id": update_id},
            ).fetchall()
            write_plan(tx, Plan((decision,), tuple(messages)), update_id, row["ref"], fingerprint, now)

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
        stuck = "+state = 'undecided' AND claimed_by IS NOT NULL AND claims >= ? AND claimed_until <= ?"
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
        """Take an update back into the queue, without the verdicts that are to be given again."""
        with self._db.transaction() as tx:
            found = tx.execute(
                "SELECT ref, state, decisions FROM updates WHERE id = ? AND id > 0", (update_id,)
            ).fetchone()
            if found is None:
                raise NotFound(f"there is no update {update_id}")
            before = rows.decisions_from(found["decisions"])
            lost = any(d.rule == MISSING_CONTACT and d.fired for d in before)
            missed = {row["rule"] for row in tx.execute(_MISSED, {"id": update_id, "lost": lost})}
            kept = [d for d in before if d.reason not in UNKNOWN_CUSTOMER and d.rule not in missed]
            may = found["state"] == UpdateState.SET_ASIDE or (
                found["state"] in (UpdateState.DECIDED, UpdateState.EXPIRED) and len(kept) < len(before)
            )
            if not may:
                raise NotAllowed(
                    f"update {update_id} is {found['state']}, and no customer of it was unknown;"
                    " there is nothing to do again"
                )
            tx.execute(
                "UPDATE updates SET state = 'undecided', claims = 0, detail = '', decisions = ? WHERE id = ?",
                (rows.decisions_text(kept), update_id),
            )
            # What was due later went off when nobody knew her: it may go off again.
            tx.executemany(
                "DELETE FROM timers WHERE ref = ? AND update_id = ? AND +rule = ? AND fired_at IS NOT NULL",
                [(found["ref"], update_id, d.rule) for d in before if d not in kept],
            )
            # What ended without an address is asked for again.
            tx.execute(
                "UPDATE lookups SET ended_at = 0 WHERE ref = ? AND found_at IS NULL AND state <> 'due'",
                (found["ref"],),
            )

    def held(self, before: float, limit: int) -> list[RecordedUpdate]:
        """Return the oldest held updates, as far as they are old enough."""
        found = self._db.read(
            f"SELECT {rows.UPDATE} FROM (SELECT * FROM updates WHERE state = 'held' ORDER BY id LIMIT ?)"
            " WHERE received_at < ? ORDER BY id",
            (limit, before),
        )
        return [rows.update_from(row) for row in found]

    def expire(self, update_id: int, plan: Plan, fingerprint: str, now: float) -> bool:
        """Give up an update that is held still."""
        with self._db.transaction() as tx:
            expired = tx.execute(
                "UPDATE updates SET state = 'expired', decided_at = ?, fingerprint = ?, decisions = ?"
                " WHERE id = ? AND state = 'held' RETURNING ref",
                (now, fingerprint, rows.decisions_text(plan.decisions), update_id),
            ).fetchall()
            for row in expired:
                write_plan(tx, plan, update_id, row["ref"], fingerprint, now)
        return bool(expired)

    def situation_of_held(self, update_id: int) -> Situation | None:
        """Return a held update with its order as told by what was judged before."""
        return self._situations.held(update_id)

    def history(self, ref: str) -> OrderHistory | None:
        """Return everything on record for `ref`."""
        return read_history(self._db, self._situations, ref)

    def counts(self) -> Mapping[str, int]:
        """Return the number of updates by state."""
        return {
            row["state"]: row["n"]
            for row in self._db.read("SELECT state, count(*) AS n FROM updates WHERE id > 0 GROUP BY state")
        }


def _whole_orders(undecided: Sequence[rows.Row]) -> list[int]:
    """Return the ids to claim, in the order to decide them in: only the first order may be cut.

    An order whose claim lapsed before is claimed alone: it may be what ends the
    workers, and no other is to be set aside with it.
    """
    orders: dict[str, list[RecordedUpdate]] = {}
    suspects: set[str] = set()
    for row in undecided:
        orders.setdefault(row["ref"], []).append(rows.update_from(row))
        if row["claims"]:
            suspects.add(row["ref"])
    ids: list[int] = []
    for ref, updates in orders.items():
        if not ids or (ref not in suspects and len(ids) + len(updates) <= LARGEST_CLAIM):
            ids += [update.id for update in sequence(updates)[:LARGEST_CLAIM]]
        if ref in suspects:
            break
    return ids
