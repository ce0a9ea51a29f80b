"""The tables, as numbered migrations of sqlite-utils; each runs once, in one transaction with its record."""

from __future__ import annotations

from typing import Any

from sqlite_utils import Database, Migrations

migrations = Migrations("notifier")

HOLDS_ONCE = "state IN ('pending', 'sending', 'delivered', 'unknown') OR maybe_sent"
"""Which messages hold their once key: all that reached or may yet reach somebody."""


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
    db.execute(f"CREATE UNIQUE INDEX messages_once ON messages(once) WHERE {HOLDS_ONCE}")
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


def _create(db: Database, name: str, columns: dict[str, Any], **options: Any) -> None:
    db.table(name).create(columns, strict=True, **options)


MIGRATIONS = frozenset({m0001_updates_orders_messages.__name__})
"""The migrations that this version knows; a database with others comes from a newer one."""
