"""What a channel did and has to do, and what lies in the outbox, read from messages and attempts."""

from __future__ import annotations

from notifier.core.history import Attempt
from notifier.core.quota import Limits, Quota
from notifier.store.sending import Backlog, ChannelRecord
from notifier.store.sqlite.database import Database
from notifier.store.sqlite.health import NEEDS_A_PERSON
from notifier.store.sqlite.queues import MAY_HAVE_ARRIVED

_LAST = (
    "SELECT number, channel, started_at, ended_at, outcome, code, detail FROM attempts"
    " WHERE channel = ? AND {} ORDER BY started_at DESC LIMIT 1"
)


def read_record(db: Database, name: str, limits: Limits, now: float) -> ChannelRecord:
    """Return the record of one channel."""
    (queue,) = db.read(
        "SELECT count(*) FILTER (WHERE state = 'pending' AND due_at <= :now) AS due,"
        " count(*) FILTER (WHERE state = 'pending' AND due_at > :now) AS later,"
        " count(*) FILTER (WHERE state = 'sending') AS sending,"
        " count(*) FILTER (WHERE state = 'failed') AS failed,"
        " count(*) FILTER (WHERE state = 'unknown') AS unknown,"
        " min(created_at) FILTER (WHERE state = 'pending' AND due_at <= :now) AS oldest"
        " FROM messages WHERE channel = :name AND state IN ('pending', 'sending', 'failed', 'unknown')",
        {"name": name, "now": now},
    )
    return ChannelRecord(
        due=queue["due"],
        later=queue["later"],
        sending=queue["sending"],
        failed=queue["failed"],
        unknown=queue["unknown"],
        oldest_due=queue["oldest"],
        last_success=_last(db, name, "outcome = 'delivered'"),
        last_failure=_last(db, name, "outcome NOT IN ('', 'delivered')"),
        delivered_last_hour=_count(db, name, "outcome = 'delivered'", now - 3_600.0),
        delivered_last_day=_count(db, name, "outcome = 'delivered'", now - 86_400.0),
        rate_used=_within(db, name, limits.rate, "1", now),
        budget_used=_within(db, name, limits.budget, MAY_HAVE_ARRIVED, now),
    )


def read_backlog(db: Database, now: float, since: float) -> Backlog:
    """Return what lies in the outbox on all channels."""
    (found,) = db.read(
        "SELECT count(*) FILTER (WHERE state = 'pending' AND due_at <= :now) AS due,"
        " count(*) FILTER (WHERE state = 'pending' AND due_at > :now) AS later,"
        " count(*) FILTER (WHERE state = 'sending') AS sending,"
        " count(*) FILTER (WHERE state = 'failed') AS failed,"
        " count(*) FILTER (WHERE state = 'unknown') AS unknown,"
        " min(created_at) FILTER (WHERE state = 'pending' AND due_at <= :now) AS oldest_due,"
        f" count(*) FILTER (WHERE state = 'failed' AND ended_at > :since AND {NEEDS_A_PERSON})"
        " AS failed_since,"
        f" count(*) FILTER (WHERE state = 'unknown' AND ended_at > :since AND {NEEDS_A_PERSON})"
        " AS unknown_since"
        " FROM messages WHERE state IN ('pending', 'sending', 'failed', 'unknown')",
        {"now": now, "since": since},
    )
    return Backlog(**dict(found))


def _last(db: Database, name: str, which: str) -> Attempt | None:
    found = db.read(_LAST.format(which), (name,))
    return Attempt(**dict(found[0])) if found else None


def _within(db: Database, name: str, quota: Quota | None, which: str, now: float) -> int | None:
    return None if quota is None else _count(db, name, which, now - quota.period)


def _count(db: Database, name: str, which: str, since: float) -> int:
    (row,) = db.read(
        f"SELECT count(*) AS n FROM attempts WHERE channel = ? AND started_at > ? AND {which}", (name, since)
    )
    return int(row["n"])
