"""What is kept too long: orders are forgotten, and raw bodies erased, by age and a few at a time."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable

from notifier.store.sqlite import rows
from notifier.store.sqlite.addresses import SqliteAddresses
from notifier.store.sqlite.brake import BEFORE
from notifier.store.sqlite.database import Database
from notifier.store.sqlite.forgetting import forget_orders
from notifier.store.sqlite.schema import BODY, NOTHING

EVENTS_KEPT = 90 * 86_400.0
"""How long internal events are kept, in seconds."""

FLOW_KEPT = BEFORE + 86_400.0
"""How long it is kept when messages to customers were made, in seconds."""

# No news, no registration since then, and nothing that waits or is being sent.
_IS_QUIET = (
    "NOT EXISTS (SELECT 1 FROM updates n WHERE n.ref = x.ref AND n.received_at >= :before)"
    " AND NOT EXISTS (SELECT 1 FROM orders o WHERE o.ref = x.ref AND o.updated_at >= :before)"
    " AND NOT EXISTS (SELECT 1 FROM messages m WHERE m.ref = x.ref"
    "  AND m.state IN ('pending', 'sending', 'held'))"
)
_BY_UPDATE = (
    "SELECT DISTINCT ref FROM updates x INDEXED BY updates_age"
    f" WHERE erased IN ({{erased}}) AND received_at < :before AND {_IS_QUIET} LIMIT :limit"
)
_WITH_BODY = _BY_UPDATE.format(erased=NOTHING)
_WITH_ANYTHING = _BY_UPDATE.format(erased=f"{NOTHING}, {BODY}")
_REGISTERED = (
    "SELECT ref FROM orders x INDEXED BY orders_age"
    f" WHERE forgotten_at IS NULL AND updated_at < :before AND {_IS_QUIET} LIMIT :limit"
)


def age_out_orders(
    database: Database, addresses: SqliteAddresses, before: float, limit: int, now: float
) -> int:
    """Forget at most `limit` orders that nothing was heard of since `before`; return how many."""
    return _age_out(
        database,
        (_REGISTERED, _WITH_ANYTHING),
        before,
        limit,
        lambda tx, refs: forget_orders(tx, addresses, refs, now),
    )


def age_out_bodies(database: Database, before: float, limit: int) -> int:
    """Erase the raw bodies of at most `limit` orders that nothing was heard of since `before`."""
    return _age_out(database, (_WITH_BODY,), before, limit, _erase_bodies)


def age_out_rest(
    database: Database, bodies_before: float | None, contacts_before: float | None, limit: int, now: float
) -> bool:
    """Delete what is over and about no order: events, and with contacts also alerts, timers and silences.

    With raw bodies, or with contacts, those of rejected webhooks go as well; tells whether any did.
    """
    _delete(database, "events", "id", "at < ? AND judged = 1", now - EVENTS_KEPT, limit)
    _delete(database, "flow", "at", "at < ?", now - FLOW_KEPT, limit)
    if contacts_before is not None:
        _delete(database, "alerts", "id", "resolved_at < ?", contacts_before, limit)
        _delete(database, "silences", "id", "ends_at < ?", contacts_before, limit)
        key = "(rule, kind, about, key)"
        _delete(database, "timers", key, "fired_at < ? AND ref = ''", contacts_before, limit)
    rejected_before = max((b for b in (bodies_before, contacts_before) if b is not None), default=None)
    if rejected_before is None:
        return False
    return _delete(database, "rejected", "id", "last_at < ?", rejected_before, limit)


def _delete(database: Database, table: str, key: str, which: str, before: float, limit: int) -> bool:
    """Delete a few rows, and tell whether there were any; a look without the write lock comes first."""
    old = f"SELECT {key.strip('()')} FROM {table} WHERE {which} LIMIT ?"
    if database.read(old, (before, 1)):
        with database.transaction() as tx:
            tx.execute(f"DELETE FROM {table} WHERE {key} IN ({old})", (before, limit))
        return True
    return False


def _age_out(
    database: Database,
    choices: Iterable[str],
    before: float,
    limit: int,
    erase: Callable[[sqlite3.Connection, list[str]], None],
) -> int:
    """Erase what the statements of `choices` find in turn; a look without the write lock comes first."""
    erased = 0
    for choice in choices:
        aged = {"before": before, "limit": limit - erased}
        if not database.read(choice, aged | {"limit": min(1, limit - erased)}):
            continue
        with database.transaction() as tx:
            refs = [row["ref"] for row in tx.execute(choice, aged)]
            erase(tx, refs)
        erased += len(refs)
    return erased


def _erase_bodies(tx: sqlite3.Connection, refs: list[str]) -> None:
    tx.execute(
        f"UPDATE updates SET body = NULL, erased = {BODY}"
        f" WHERE erased = {NOTHING} AND ref IN (SELECT value FROM json_each(?))",
        (rows.encode(refs),),
    )
