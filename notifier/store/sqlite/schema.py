"""The tables, as numbered migrations of sqlite-utils; each runs once, in one transaction with its record."""

from __future__ import annotations

import os
from typing import Any

from sqlite_utils import Database, Migrations

from notifier.store.sqlite.connecting import MIGRATION_SET
from notifier.store.sqlite.schema_alerts import add_alerts, add_editors
from notifier.store.sqlite.schema_channel import add_held_code
from notifier.store.sqlite.schema_contacts import add_kinds_of_flaws
from notifier.store.sqlite.schema_display import add_display, add_names
from notifier.store.sqlite.schema_health import add_health
from notifier.store.sqlite.schema_timing import add_timing
from notifier.store.sqlite.schema_updates import add_notes

migrations = Migrations(MIGRATION_SET)

_HELD_ONCE_AT_FIRST = "state IN ('pending', 'sending', 'delivered', 'unknown') OR maybe_sent"

NOTHING, BODY, ALL = 0, 1, 2
"""What was erased of an update (`updates.erased`): nothing, its raw body, or all that is personal."""


@migrations()
def m0001_updates_orders_messages(db: Database) -> None:
    """Create everything."""
    _create(
        db,
        "orders",
        {
            "ref": str, "order_id": str, "name": str, "email": str, "phone": str, "locale": str,
            "country": str, "timezone": str, "attributes": str, "created_at": float, "updated_at": float,
        },
        pk="ref",
        not_null={"order_id", "attributes", "created_at", "updated_at"},
    )  # fmt: skip
    _create(
        db,
        "updates",
        {
            "id": int, "identity": str, "source": str, "ref": str, "order_id": str, "code": str,
            "event_at": float, "received_at": float, "shipments": str, "body": bytes, "state": str,
            "claimed_by": str, "claimed_until": float, "claims": int,
            "late": int, "decided_at": float, "fingerprint": str, "decisions": str, "detail": str,
        },
        pk="id",
        not_null={"identity", "source", "ref", "order_id", "code", "received_at", "shipments", "state"},
        defaults={"claims": 0, "late": 0, "fingerprint": "", "decisions": "[]", "detail": ""},
    )  # fmt: skip
    db.execute("CREATE UNIQUE INDEX updates_identity ON updates(identity)")
    db.execute("CREATE INDEX updates_of_order ON updates(ref, id)")
    db.execute("CREATE INDEX updates_open ON updates(state, id) WHERE state <> 'decided'")
    _create(
        db,
        "messages",
        {
            "id": int, "update_id": int, "ref": str, "rule": str, "channel": str, "template": str,
            "recipient": str, "once": str, "shipment": str, "message_id": str, "fallbacks": str,
            "state": str, "reason": str, "detail": str, "due_at": float, "created_at": float,
            "attempts": int, "first_attempt_at": float, "maybe_sent": int, "ended_at": float,
            "claimed_by": str, "claimed_until": float, "claims": int, "fence": int,
            "fingerprint": str, "subject": str, "text": str, "provider_id": str,
        },
        pk="id",
        not_null={"update_id", "ref", "rule", "channel", "template", "once", "message_id", "state",
                  "due_at", "created_at"},
        defaults={"recipient": "", "shipment": "", "fallbacks": "[]", "detail": "", "attempts": 0,
                  "maybe_sent": 0, "claims": 0, "fence": 0, "fingerprint": "", "subject": "", "text": "",
                  "provider_id": ""},
        foreign_keys=[("update_id", "updates", "id")],
    )  # fmt: skip
    db.execute(f"CREATE UNIQUE INDEX messages_once ON messages(once) WHERE {_HELD_ONCE_AT_FIRST}")
    db.execute("CREATE INDEX messages_of_order ON messages(ref, id)")
    db.execute("CREATE INDEX messages_of_update ON messages(update_id)")
    db.execute("CREATE INDEX messages_due ON messages(due_at, id) WHERE state = 'pending'")
    db.execute("CREATE INDEX messages_leased ON messages(claimed_until) WHERE state = 'sending'")
    db.execute("CREATE INDEX messages_open ON messages(state, id) WHERE state <> 'delivered'")
    _create(
        db,
        "attempts",
        {
            "message_id": int, "number": int, "channel": str, "started_at": float, "ended_at": float,
            "outcome": str, "code": str, "detail": str,
        },
        pk=("message_id", "number"),
        not_null={"channel", "started_at"},
        defaults={"outcome": "", "code": "", "detail": ""},
        foreign_keys=[("message_id", "messages", "id")],
    )  # fmt: skip
    _create(
        db,
        "channels",
        {"name": str, "reason": str, "since": float, "until": float, "detail": str},
        pk="name",
        not_null={"reason", "since"},
        defaults={"detail": ""},
    )


@migrations()
def m0002_customers(db: Database) -> None:
    """Add what is known of customers: more of each contact, lookups, marks on addresses, what was erased."""
    for column in (
        "channels TEXT", "marketing INTEGER", "do_not_contact INTEGER NOT NULL DEFAULT 0",
        "unusable TEXT NOT NULL DEFAULT '[]'", "items TEXT NOT NULL DEFAULT '[]'", "forgotten_at REAL",
    ):  # fmt: skip
        db.execute(f"ALTER TABLE orders ADD COLUMN {column}")
    db.execute("CREATE INDEX orders_email ON orders(lower(email)) WHERE email IS NOT NULL")
    db.execute("CREATE INDEX orders_phone ON orders(phone) WHERE phone IS NOT NULL")
    db.execute("CREATE INDEX orders_age ON orders(updated_at) WHERE forgotten_at IS NULL")
    db.execute(f"ALTER TABLE updates ADD COLUMN erased INTEGER NOT NULL DEFAULT {NOTHING}")
    # Without a body it was deleted, and so was its order: that must not be looked up now.
    db.execute(f"UPDATE updates SET erased = {BODY} WHERE body IS NULL")
    db.execute(
        "INSERT INTO orders(ref, order_id, attributes, created_at, updated_at, forgotten_at)"
        " SELECT ref, max(order_id), '{}', min(received_at), max(received_at), max(received_at) FROM updates"
        " WHERE body IS NULL AND ref NOT IN (SELECT ref FROM orders) GROUP BY ref"
    )
    db.execute("CREATE INDEX updates_age ON updates(erased, received_at)")
    # A condition such as "state <> 'decided'" keeps SQLite from using an index for one state.
    db.execute("DROP INDEX updates_open")
    # Statements that know the order say "+state", so that SQLite finds it by its reference instead.
    db.execute("CREATE INDEX updates_by_state ON updates(state, id)")
    db.execute("CREATE INDEX updates_claimed ON updates(claimed_by) WHERE claimed_by IS NOT NULL")
    db.execute("CREATE INDEX messages_by_message_id ON messages(message_id)")
    _create(
        db,
        "lookups",
        {
            "ref": str, "order_id": str, "state": str, "due_at": float, "started_at": float,
            "attempts": int, "fence": int, "claimed_by": str, "claimed_until": float, "ended_at": float,
            "found_at": float, "detail": str, "before_registered": int, "finding": str,
            # Copies from the finding, to look for.
            "email": str, "phone": str,
        },
        pk="ref",
        not_null={"order_id", "state", "due_at", "started_at"},
        defaults={"attempts": 0, "fence": 0, "detail": "", "before_registered": 0},
    )  # fmt: skip
    db.execute("CREATE INDEX lookups_due ON lookups(due_at) WHERE state = 'due'")
    db.execute("CREATE INDEX lookups_claimed ON lookups(claimed_until) WHERE claimed_by IS NOT NULL")
    db.execute("CREATE INDEX lookups_email ON lookups(lower(email)) WHERE email IS NOT NULL")
    db.execute("CREATE INDEX lookups_phone ON lookups(phone) WHERE phone IS NOT NULL")
    _create(
        db,
        "sources",
        {"name": str, "since": float, "until": float, "failures": int, "detail": str},
        pk="name",
        not_null={"since", "until", "failures", "detail"},
    )
    _create(
        db,
        "addresses",
        {"fingerprint": str, "refused_at": float, "detail": str, "unsubscribed_at": float},
        pk="fingerprint",
        defaults={"detail": ""},
    )
    _create(
        db,
        "events",
        {"id": int, "at": float, "kind": str, "subject": str, "detail": str},
        pk="id",
        not_null={"at", "kind", "subject", "detail"},
    )
    _create(db, "settings", {"name": str, "value": str}, pk="name", not_null={"value"})
    db.table("settings").insert({"name": "key", "value": os.urandom(32).hex()})


@migrations()
def m0003_queues(db: Database) -> None:
    """Add what limits and priorities need: a queue for each channel, several reasons to rest at once."""
    db.execute("ALTER TABLE messages ADD COLUMN priority INTEGER NOT NULL DEFAULT 2")
    db.execute("DROP INDEX messages_due")
    db.execute(
        "CREATE INDEX messages_queue ON messages(channel, priority, due_at, id) WHERE state = 'pending'"
    )
    db.execute("CREATE INDEX attempts_of_channel ON attempts(channel, started_at)")
    db.execute("ALTER TABLE channels RENAME TO channels_before")
    _create(
        db,
        "channels",
        {"name": str, "reason": str, "since": float, "until": float, "detail": str},
        pk=("name", "reason"),
        not_null={"since"},
        defaults={"detail": ""},
    )
    db.execute(
        "INSERT INTO channels(name, reason, since, until, detail)"
        " SELECT name, reason, since, until, detail FROM channels_before"
    )
    db.execute("DROP TABLE channels_before")


@migrations()
def m0004_ways_out(db: Database) -> None:
    """Find those that may leave a channel which rests without a look at all that wait there."""
    db.execute(
        "CREATE INDEX messages_leaving ON messages(channel, coalesce(first_attempt_at, created_at))"
        " WHERE state = 'pending' AND fallbacks <> '[]' AND maybe_sent = 0"
    )


@migrations()
def m0005_rulesets(db: Database) -> None:
    """Keep which rules were in force, which are, and an edit that was refused."""
    _create(
        db,
        "rulesets",
        {"fingerprint": str, "loaded_at": float, "rules": str},
        pk="fingerprint",
        not_null={"loaded_at", "rules"},
    )
    _create(
        db,
        "rules_in_force",
        {
            "id": int, "fingerprint": str, "since": float,
            # What was refused since: when, how many problems, the first, and a hash of all.
            "rejected_at": float, "problems": int, "problem": str, "rejected": str,
        },
        pk="id",
    )  # fmt: skip


@migrations()
def m0006_timing(db: Database) -> None:
    """Add what is due later, alerts, and what goes out together."""
    add_timing(db)


@migrations()
def m0007_channel(db: Database) -> None:
    """Add by which refusal a channel is held."""
    add_held_code(db)


@migrations()
def m0008_updates(db: Database) -> None:
    """Add notes on what could not be read of an update, and the webhooks that were no update."""
    add_notes(db)


@migrations()
def m0009_health(db: Database) -> None:
    """Add what tells of the state of notifier itself."""
    add_health(db)


@migrations()
def m0010_alerts(db: Database) -> None:
    """Add recurring silences, and alerts that wait to be told until a silence is over."""
    add_alerts(db)


@migrations()
def m0012_flaws(db: Database) -> None:
    """Keep of what is unusable in a contact also why it is."""
    add_kinds_of_flaws(db)


@migrations()
def m0014_display(db: Database) -> None:
    """Keep what commands show times by."""
    add_display(db)


@migrations()
def m0015_editors(db: Database) -> None:
    """Keep who changed a silence last."""
    add_editors(db)


@migrations()
def m0016_names(db: Database) -> None:
    """Keep the names of the rules in force, also of those about the shop."""
    add_names(db)


def _create(db: Database, name: str, columns: dict[str, Any], **options: Any) -> None:
    db.table(name).create(columns, strict=True, **options)


MIGRATIONS = frozenset(name for name in globals() if name.startswith("m0"))
"""The migrations that this version knows; a database with others comes from a newer one."""
