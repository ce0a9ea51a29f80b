"""The tables of what is due later and of operators' alerts: the migration `m0006_timing`."""

from __future__ import annotations

from sqlite_utils import Database

HOLDS_ONCE = (
    "state IN ('pending', 'sending', 'delivered', 'unknown', 'held', 'merged', 'shadowed') OR maybe_sent"
)
"""Which messages hold their once key: all that reached or may yet reach somebody."""

NO_UPDATE = 0
"""The row of `updates` that messages about no order belong to. It is never shown, and never ends."""

_COLUMNS = (
    # [window, outside, max_defer] of the way that it takes, or empty.
    "window TEXT NOT NULL DEFAULT ''",
    "join_key TEXT NOT NULL DEFAULT ''",
    "into_id INTEGER",
    "alert TEXT NOT NULL DEFAULT ''",
    "person TEXT NOT NULL DEFAULT ''",
    "shadow INTEGER NOT NULL DEFAULT 0",
    # [kind, at, facts]; NULL for the update itself.
    "occasion TEXT",
    # Keys of the parcels that a customer was told of.
    "carried TEXT",
)

_INDEXES = (
    "DROP INDEX messages_once",
    f"CREATE UNIQUE INDEX messages_once ON messages(once) WHERE {HOLDS_ONCE}",
    # The waiting ones of a join key, and its last one of each state that went out.
    "CREATE INDEX messages_joining ON messages(join_key, due_at) WHERE state = 'pending' AND join_key <> ''",
    "CREATE INDEX messages_joined ON messages(join_key, state, ended_at) WHERE join_key <> ''",
    "CREATE INDEX messages_into ON messages(into_id) WHERE into_id IS NOT NULL",
    # Of a customer: few wait, and what has ended is asked for by its time.
    "CREATE INDEX messages_for ON messages(person) WHERE person <> '' AND ended_at IS NULL",
    "CREATE INDEX messages_told ON messages(person, ended_at) WHERE person <> '' AND ended_at IS NOT NULL",
    "CREATE INDEX messages_of_rule ON messages(rule, created_at)",
    "CREATE INDEX messages_held ON messages(id) WHERE state = 'held'",
)

HAPPENED = "iif(event_at BETWEEN 946684800.0 AND received_at + 7200.0, event_at, received_at)"
"""`core.update.RecordedUpdate.happened_at` in SQL; `updates_happened` is an index of it."""

_TABLES = (
    "CREATE TABLE timers(rule TEXT NOT NULL, kind TEXT NOT NULL, about TEXT NOT NULL, key TEXT NOT NULL,"
    " due_at REAL NOT NULL, set_at REAL NOT NULL, fired_at REAL, ref TEXT NOT NULL,"
    " update_id INTEGER NOT NULL, PRIMARY KEY(rule, kind, about, key)) STRICT, WITHOUT ROWID",
    "CREATE INDEX timers_due ON timers(due_at) WHERE fired_at IS NULL",
    "CREATE INDEX timers_of_order ON timers(ref)",
    "CREATE INDEX timers_fired ON timers(fired_at) WHERE fired_at IS NOT NULL",
    "CREATE TABLE alerts(id INTEGER PRIMARY KEY, rule TEXT NOT NULL, key TEXT NOT NULL, state TEXT NOT NULL,"
    " severity TEXT NOT NULL, opened_at REAL NOT NULL, labels TEXT NOT NULL, ref TEXT NOT NULL,"
    " update_id INTEGER NOT NULL, acknowledged_at REAL, acknowledged_by TEXT NOT NULL DEFAULT '',"
    " resolved_at REAL, why TEXT NOT NULL DEFAULT '') STRICT",
    "CREATE UNIQUE INDEX alerts_unresolved ON alerts(rule, key) WHERE state <> 'resolved'",
    "CREATE INDEX alerts_of_order ON alerts(ref) WHERE ref <> ''",
    "CREATE INDEX alerts_resolved ON alerts(resolved_at) WHERE resolved_at IS NOT NULL",
    "CREATE TABLE silences(id INTEGER PRIMARY KEY, matchers TEXT NOT NULL, reason TEXT NOT NULL,"
    " author TEXT NOT NULL, starts_at REAL NOT NULL, ends_at REAL NOT NULL, customers INTEGER NOT NULL)"
    " STRICT",
    "CREATE INDEX silences_ending ON silences(ends_at)",
    # At most one row: messages to customers are held.
    "CREATE TABLE brake(since REAL NOT NULL, count INTEGER NOT NULL, usual REAL NOT NULL,"
    " window REAL NOT NULL) STRICT",
    # Messages to customers by the time of their making; `spent` ones make no burst any more.
    "CREATE TABLE flow(at INTEGER PRIMARY KEY, made INTEGER NOT NULL, spent INTEGER NOT NULL DEFAULT 0)"
    " STRICT",
    "ALTER TABLE events ADD COLUMN judged INTEGER NOT NULL DEFAULT 0",
    "UPDATE events SET judged = 1",
    "CREATE INDEX events_untold ON events(id) WHERE judged = 0",
    "CREATE INDEX events_age ON events(at)",
    f"CREATE INDEX updates_happened ON updates(code, ({HAPPENED}), ref)",
    "INSERT INTO updates(id, identity, source, ref, order_id, code, received_at, shipments, state, erased)"
    f" VALUES ({NO_UPDATE}, '', 'notifier', '', '', '', 0, '[]', 'decided', 2)",
)


def add_timing(db: Database) -> None:
    """Add timers, alerts, silences, the brake, and what messages need for them."""
    for column in _COLUMNS:
        db.execute(f"ALTER TABLE messages ADD COLUMN {column}")
    for statement in (*_INDEXES, *_TABLES):
        db.execute(statement)
