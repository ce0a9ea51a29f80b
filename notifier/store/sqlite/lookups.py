"""Lookups of contacts in SQLite: claimed with a lease and a fence, settled by whoever holds it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from notifier.core.lookup import Lookup, LookupState, Verdict
from notifier.errors import NotAllowed
from notifier.store.sqlite import rows
from notifier.store.sqlite.database import Database
from notifier.store.sqlite.findings import LOOKUP, finding_text, lookup_from

_DUE = "state = 'due' AND due_at <= :now AND coalesce(claimed_until, 0) <= :now"


class SqliteLookups:
    """See `notifier.store.customers.Lookups`."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def claim(self, worker: str, now: float, lease: float, limit: int) -> list[Lookup]:
        """Claim due lookups; a look without the write lock comes first, so that idling writes nothing."""
        choice = {"worker": worker, "now": now, "until": now + lease, "limit": limit}
        if not self._db.read(f"SELECT 1 FROM lookups WHERE {_DUE} LIMIT 1", choice):
            return []
        with self._db.transaction() as tx:
            found = tx.execute(
                "UPDATE lookups SET claimed_by = :worker, claimed_until = :until, attempts = attempts + 1,"
                " fence = fence + 1 WHERE ref IN"
                f" (SELECT ref FROM lookups WHERE {_DUE} ORDER BY due_at, ref LIMIT :limit)"
                f" RETURNING {LOOKUP}",
                choice,
            ).fetchall()
        claimed = (lookup for row in found if (lookup := lookup_from(row)))
        return sorted(claimed, key=lambda lookup: (lookup.due_at, lookup.ref))

    def settle(self, lookup: Lookup, verdict: Verdict, before_registered: bool, now: float) -> int:
        """End the claim; what was asked with stays on record, so that a better id is asked with later."""
        again, finding = verdict.state is LookupState.DUE, verdict.finding
        with self._db.transaction() as tx:
            held = tx.execute(
                "UPDATE lookups SET state = :state, detail = :detail, due_at = coalesce(:due_at, due_at),"
                " attempts = attempts - :uncounted, ended_at = iif(:again, ended_at, :now),"
                " order_id = iif(:again, order_id, :order_id),"
                " found_at = iif(:finding IS NULL, found_at, iif(:reachable, :now, NULL)),"
                " before_registered = iif(:finding IS NULL, before_registered, :before_registered),"
                " email = iif(:finding IS NULL, email, :email), phone = iif(:finding IS NULL, phone, :phone),"
                " finding = coalesce(:finding, finding), claimed_by = NULL, claimed_until = NULL"
                " WHERE ref = :ref AND state = 'due' AND fence = :fence",
                {
                    "state": verdict.state, "detail": verdict.detail, "due_at": verdict.due_at,
                    "again": again, "now": now, "uncounted": not verdict.counts,
                    "order_id": lookup.order_id,
                    "finding": None if finding is None else finding_text(finding),
                    "reachable": finding is not None and finding.contact.reachable,
                    "email": finding and finding.contact.email, "phone": finding and finding.contact.phone,
                    "before_registered": before_registered, "ref": lookup.ref, "fence": lookup.fence,
                },
            ).rowcount  # fmt: skip
            if not held:
                raise NotAllowed(f"the lookup of order {lookup.ref} was taken over by another worker")
            if again:
                return 0
            return tx.execute(
                "UPDATE updates SET state = 'undecided' WHERE ref = ? AND +state = 'awaiting_contact'",
                (lookup.ref,),
            ).rowcount

    def give_back(self, lookup: Lookup) -> None:
        """Return a claimed lookup that could not be settled."""
        with self._db.transaction() as tx:
            tx.execute(
                "UPDATE lookups SET claimed_by = NULL, claimed_until = NULL, attempts = attempts - 1"
                " WHERE ref = ? AND state = 'due' AND fence = ?",
                (lookup.ref, lookup.fence),
            )

    def precede(self, sources: Sequence[str]) -> int:
        """Write what is new only: every worker says this again and again."""
        misplaced = (
            "finding IS NOT NULL AND before_registered <> (json_extract(finding, '$.source') IN"
            f" ({rows.marks(sources)}))"
        )
        if not self._db.read(f"SELECT 1 FROM lookups WHERE {misplaced} LIMIT 1", sources):
            return 0
        with self._db.transaction() as tx:
            return tx.execute(
                f"UPDATE lookups SET before_registered = NOT before_registered WHERE {misplaced}", sources
            ).rowcount

    def waiting(self, limit: int) -> list[Lookup]:
        """Return the lookups that have not ended."""
        found = self._db.read(
            f"SELECT {LOOKUP} FROM lookups WHERE state = 'due' ORDER BY started_at, ref LIMIT ?", (limit,)
        )
        return [lookup for row in found if (lookup := lookup_from(row))]

    def hasten(self, now: float) -> None:
        """Make all lookups that wait for another try due now."""
        later = "state = 'due' AND claimed_by IS NULL AND due_at > ?"
        if self._db.read(f"SELECT 1 FROM lookups WHERE {later} LIMIT 1", (now,)):
            with self._db.transaction() as tx:
                tx.execute(f"UPDATE lookups SET due_at = ? WHERE {later}", (now, now))

    def next_due(self) -> float | None:
        """Return when the next lookup or lease is due."""
        (row,) = self._db.read(
            "SELECT min(at) AS at FROM (SELECT * FROM (SELECT due_at AS at FROM lookups WHERE state = 'due'"
            " AND claimed_by IS NULL ORDER BY due_at LIMIT 1)"
            " UNION ALL SELECT min(claimed_until) FROM lookups WHERE claimed_by IS NOT NULL)"
        )
        due: float | None = row["at"]
        return due

    def counts(self) -> Mapping[str, int]:
        """Return the number of lookups by state."""
        found = self._db.read("SELECT state, count(*) AS n FROM lookups GROUP BY state")
        return {row["state"]: row["n"] for row in found}
