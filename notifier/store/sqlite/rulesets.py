"""Which rules a set of rules had, by its fingerprint."""

from __future__ import annotations

import json
from collections.abc import Sequence

from notifier.store.sqlite.database import Database


def rules_of(database: Database, fingerprint: str) -> Sequence[str]:
    """Return the ids of the rules in their order; none if the set is not on record."""
    if not database.tables["rulesets"].exists():
        return ()
    found = database.read("SELECT rules FROM rulesets WHERE fingerprint = ?", (fingerprint,))
    return tuple(json.loads(found[0]["rules"])) if found else ()
