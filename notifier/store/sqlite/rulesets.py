"""Versions of rules and templates, in SQLite; what is in force is a table of one row."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence

from notifier.store.rulesets import InForce, Rejection
from notifier.store.sqlite.database import Database
from notifier.store.sqlite.events import SqliteEvents


class SqliteRulesets:
    """See `notifier.store.rulesets.Rulesets`."""

    def __init__(self, database: Database, events: SqliteEvents) -> None:
        self._db = database
        self._events = events

    def take_up(
        self,
        fingerprint: str,
        rule_ids: Sequence[str],
        now: float,
        timezone: str = "UTC",
        *,
        shop_rules: Sequence[str] = (),
    ) -> None:
        """Say that these rules are in force from now on."""
        with self._db.transaction() as tx:
            tx.execute(
                "INSERT INTO rulesets(fingerprint, loaded_at, rules) VALUES (?,?,?)"
                " ON CONFLICT(fingerprint) DO NOTHING",
                (fingerprint, now, json.dumps(list(rule_ids))),
            )
            tx.execute(
                "INSERT INTO rules_in_force(id, fingerprint, since, timezone, names) VALUES (1,?,?,?,?)"
                " ON CONFLICT(id) DO UPDATE SET"
                " since = iif(fingerprint IS excluded.fingerprint, since, excluded.since),"
                " fingerprint = excluded.fingerprint, timezone = excluded.timezone,"
                " names = excluded.names,"
                " rejected_at = NULL, problems = NULL, problem = NULL, rejected = NULL",
                (fingerprint, now, timezone, json.dumps([*rule_ids, *shop_rules])),
            )

    def reject(self, problems: Sequence[str], now: float) -> bool:
        """Say that an edit was refused."""
        which = hashlib.sha256("\n".join(problems).encode("utf-8", "surrogatepass")).hexdigest()
        with self._db.transaction() as tx:
            is_new = (
                tx.execute(
                    "INSERT INTO rules_in_force(id, rejected_at, problems, problem, rejected)"
                    " VALUES (1,?,?,?,?) ON CONFLICT(id) DO UPDATE SET rejected_at = excluded.rejected_at,"
                    " problems = excluded.problems, problem = excluded.problem, rejected = excluded.rejected"
                    " WHERE rejected IS NOT excluded.rejected",
                    (now, len(problems), problems[0], which),
                ).rowcount
                > 0
            )
            if is_new:
                self._events.add("rules_rejected", "rules", problems[0], now)
        return is_new

    def current(self) -> InForce:
        """Return what is in force."""
        found = self._db.read("SELECT * FROM rules_in_force")
        if not found:
            return InForce()
        (row,) = found
        rejected = None
        if row["rejected_at"] is not None:
            rejected = Rejection(row["rejected_at"], row["problems"], row["problem"])
        return InForce(row["fingerprint"], row["since"], rejected, row["timezone"])

    def rules_of(self, fingerprint: str) -> tuple[str, ...] | None:
        """Return the ids of a version's rules."""
        found = self._db.read("SELECT rules FROM rulesets WHERE fingerprint = ?", (fingerprint,))
        return tuple(json.loads(found[0]["rules"])) if found else None

    def names(self) -> tuple[str, ...] | None:
        """Return the ids of all rules in force."""
        found = self._db.read("SELECT names FROM rules_in_force WHERE names IS NOT NULL")
        return tuple(json.loads(found[0]["names"])) if found else None
