"""Which messages may be claimed now, channel by channel, and when it is worth looking again.

Reads only: `outbox` claims what is found here, in a transaction in which it looks once more.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from notifier.core.message import Priority
from notifier.core.quota import Allowance, Limits, Quota, Use, Used, allowance
from notifier.core.reason import Reason
from notifier.store.sqlite.database import Database

A_WHILE = 300
"""Seconds that a message which was claimed may be put off and still goes before later ones of its order."""

_Row: TypeAlias = Mapping[str, Any]

# SQLite has no DISTINCT that skips over an index; this looks up one channel after the other.
_CHANNELS = (
    "WITH RECURSIVE each(name) AS ("
    " SELECT min(channel) FROM messages WHERE state = 'pending' UNION ALL"
    " SELECT (SELECT min(channel) FROM messages WHERE state = 'pending' AND channel > each.name)"
    " FROM each WHERE each.name IS NOT NULL)"
    " SELECT name FROM each WHERE name IS NOT NULL"
)

# What is told of one order on one channel leaves in the order in which it was decided: a
# customer is not told of the arrival before the departure, nor while that waits for another try.
# What was tried once had its turn, whatever it waits for now, and so had what was claimed and comes
# back in a moment; one that waits for its window, or its group, leaves the others alone.
_EARLIER = (
    "(m.ref <> '' AND EXISTS (SELECT 1 FROM messages o WHERE o.ref = m.ref AND o.channel = m.channel"
    " AND o.id < m.id AND"
)
# Of those that go out together one goes first, and takes the others along.
_FIRST_OF_ITS_COMPANY = (
    " AND (m.join_key = '' OR NOT EXISTS (SELECT 1 FROM messages o WHERE o.join_key = m.join_key"
    "  AND o.join_key <> '' AND o.state = 'sending' AND o.channel = m.channel)"
    " AND NOT EXISTS (SELECT 1 FROM messages o WHERE o.join_key = m.join_key AND o.join_key <> ''"
    "  AND o.state = 'pending' AND o.channel = m.channel AND o.id < m.id AND o.due_at <= :now{}))"
)
_ITS_TURN = (
    f" AND NOT {_EARLIER} (o.state = 'sending'"
    " OR o.state = 'pending' AND (o.due_at <= :now OR o.first_attempt_at IS NOT NULL"
    f" OR o.fence > 0 AND o.due_at <= :now + {A_WHILE}))))"
    f"{_FIRST_OF_ITS_COMPANY.format('')}"
)

_DUE = (
    "SELECT id, priority, due_at, claims FROM messages m{} WHERE state = 'pending' AND channel = :channel"
    " AND due_at <= :now"
)
_IN_ORDER = " ORDER BY priority, due_at, id LIMIT :most"

# Those with another way, which nobody may have heard of yet: at once, or after `retry.for`.
_ELSEWHERE = " AND fallbacks <> '[]' AND maybe_sent = 0 AND coalesce(first_attempt_at, created_at)"
_BY_WAY_OUT = " INDEXED BY messages_leaving"

# Of these only an earlier one that leaves as well goes first: others may wait for ever.
_LEAVES = " AND o.fallbacks <> '[]' AND o.maybe_sent = 0"
_ITS_TURN_TO_LEAVE = (
    f" AND NOT {_EARLIER} (o.state = 'sending' OR o.state = 'pending' AND o.due_at <= :now{_LEAVES})))"
    f"{_FIRST_OF_ITS_COMPANY.format(_LEAVES)}"
)

# One that was held by a worker that ended, and that has not been begun since.
_SUSPECT = (
    "SELECT 1 FROM messages m WHERE state = 'sending' AND channel = :channel AND claims > 1"
    " AND NOT EXISTS (SELECT 1 FROM attempts a WHERE a.message_id = m.id AND a.outcome = '') LIMIT 1"
)

_WAITING = _DUE.format("") + _ITS_TURN
_LEAVING = _DUE.format(_BY_WAY_OUT) + f"{_ELSEWHERE} <= :since" + _ITS_TURN_TO_LEAVE

# One look into the index for each priority, instead of at all that wait.
_NEXT = (
    "SELECT min((SELECT min(due_at) FROM messages WHERE state = 'pending' AND channel = :channel"
    f" AND priority = p.value AND due_at > :now)) AS at FROM json_each('{[*map(int, Priority)]}') AS p"
)
_NEXT_LEAVING = (
    f"SELECT min(coalesce(first_attempt_at, created_at)) AS at FROM messages{_BY_WAY_OUT}"
    f" WHERE state = 'pending' AND channel = :channel{_ELSEWHERE} > :since"
)

_HAS_ARRIVED = " AND outcome IN ('delivered', 'unknown')"
MAY_HAVE_ARRIVED = "outcome IN ('', 'delivered', 'unknown')"
"""Which attempts a budget counts: all that reached or may have reached somebody."""


@dataclass(frozen=True, slots=True)
class Look:
    """What a look found.

    The ids to claim; those among them that are to leave their channels, which rest; the channels
    that have used up their budgets, until when; and those that have not, and do not rest.
    """

    ids: tuple[int, ...]
    leaving: frozenset[int]
    exhausted: Mapping[str, float]
    open: frozenset[str]


class Queues:
    """Looks into the queues of all channels."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def look(self, now: float, limit: int, limits: Mapping[str, Limits]) -> Look:
        """Return the messages to claim, the most urgent first, at most `limit`.

        Args:
            limits: by channel; one without is bounded by `limit` alone.
        """
        found: list[tuple[int, float, int]] = []
        leaving: set[int] = set()
        exhausted: dict[str, float] = {}
        open_: set[str] = set()
        for name, bounds, allowed in self._standings(now, limit, limits):
            if allowed.exhausted_until is not None:
                exhausted[name] = allowed.exhausted_until
            if not allowed.elsewhere:
                open_.add(name)
            if allowed.most < 1:
                continue
            patience = 0.0 if allowed.exhausted_until is not None else bounds.patience
            select = _LEAVING if allowed.elsewhere else _WAITING
            choice = {"channel": name, "now": now, "most": allowed.most, "since": now - patience}
            rows = self._db.read(select + _IN_ORDER, choice)
            if any(row["claims"] for row in rows):
                others = self._db.read(select + " AND claims = 0" + _IN_ORDER, choice)
                rows = [*self._suspect(rows, choice), *others][: allowed.most]
            found += [(row["priority"], row["due_at"], row["id"]) for row in rows]
            if allowed.elsewhere:
                leaving.update(row["id"] for row in rows)
        ids = tuple(id_ for _, _, id_ in sorted(found)[:limit])
        return Look(ids, frozenset(leaving), exhausted, frozenset(open_))

    def next_due(self, now: float, limits: Mapping[str, Limits]) -> float | None:
        """Return when something may be due that is not now: a message, a lease, a rest, a quota."""
        # One that has run out already is taken over without us: it is nothing to wait for.
        (row,) = self._db.read(
            "SELECT min(claimed_until) AS at FROM messages WHERE state = 'sending' AND claimed_until > ?",
            (now,),
        )
        moments = [row["at"]]
        for name, bounds, allowed in self._standings(now, 1, limits):
            moments.append(allowed.again_at)
            (row,) = self._db.read(
                _NEXT_LEAVING if allowed.elsewhere else _NEXT,
                {"channel": name, "now": now, "since": now - bounds.patience},
            )
            at = row["at"]
            moments.append(at + bounds.patience if allowed.elsewhere and at is not None else at)
        return min((at for at in moments if at is not None), default=None)

    def _suspect(self, rows: Sequence[_Row], choice: _Row) -> list[_Row]:
        """Return the first of those that a worker held when it ended, unless one is being prepared already.

        One at a time: else all that a worker holds would be counted against, and set aside
        with the one that ends it.
        """
        if self._db.read(_SUSPECT, choice):
            return []
        return [row for row in rows if row["claims"]][:1]

    def _standings(
        self, now: float, limit: int, limits: Mapping[str, Limits]
    ) -> list[tuple[str, Limits, Allowance]]:
        waiting = [row["name"] for row in self._db.read(_CHANNELS)]
        if not waiting:
            return []
        rests: dict[str, dict[Reason, float | None]] = {}
        for row in self._db.read("SELECT name, reason, until FROM channels"):
            rests.setdefault(row["name"], {})[Reason(row["reason"])] = row["until"]
        found = []
        for name in waiting:
            bounds = limits.get(name, Limits(limit))
            if bounds.room > 0:
                use = self._use(name, bounds, rests.get(name, {}), now)
                found.append((name, bounds, allowance(bounds, use, now)))
        return found

    def _use(self, name: str, bounds: Limits, rests: Mapping[Reason, float | None], now: float) -> Use:
        if not rests and bounds.rate is None and bounds.budget is None:
            return Use()
        (row,) = self._db.read(
            "SELECT count(*) AS sending, count(*) FILTER (WHERE NOT EXISTS (SELECT 1 FROM attempts a"
            " WHERE a.message_id = m.id AND a.outcome = '')) AS claimed"
            " FROM messages m WHERE state = 'sending' AND channel = ?",
            (name,),
        )
        return Use(
            rests,
            row["sending"],
            self._used(name, bounds.rate, "", "", row["claimed"], now),
            self._used(name, bounds.budget, f" AND {MAY_HAVE_ARRIVED}", _HAS_ARRIVED, row["claimed"], now),
        )

    def _used(
        self, name: str, quota: Quota | None, which: str, for_good: str, claimed: int, now: float
    ) -> Used:
        if quota is None:
            return Used()
        # What lies further ahead than the period was stamped by a clock that was wrong.
        within = "FROM attempts WHERE channel = ? AND started_at > ? AND started_at < ?"
        bounds = (name, now - quota.period, now + quota.period)
        (row,) = self._db.read(f"SELECT count(*) AS n {within}{which}", bounds)
        if row["n"] < quota.count:
            return Used(row["n"], claimed)
        # There is room when this one leaves, and with it all that are older: there may be more than the
        # count of a quota that was lowered.
        last = self._db.read(
            f"SELECT started_at {within}{for_good} ORDER BY started_at DESC LIMIT 1 OFFSET ?",
            (*bounds, quota.count - 1),
        )
        return Used(row["n"], claimed, last[0]["started_at"] + quota.period if last else None)
