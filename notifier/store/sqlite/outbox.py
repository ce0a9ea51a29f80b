"""The outbox in SQLite: messages are claimed with a lease and a fence, and settled by whoever holds it."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Mapping, Sequence

from notifier.core.message import Message, State
from notifier.core.quota import Limits, Quota
from notifier.core.reason import Reason
from notifier.core.result import Result
from notifier.core.situation import Situation
from notifier.core.standing import Standing
from notifier.errors import NotAllowed, NotFound
from notifier.store.sending import NO_LIMITS, Answered, Backlog, Begin
from notifier.store.sqlite import endings, refusals, rows
from notifier.store.sqlite.addresses import SqliteAddresses
from notifier.store.sqlite.channels import end_budget_rests, end_rests, rest
from notifier.store.sqlite.company import retry_company
from notifier.store.sqlite.database import Database
from notifier.store.sqlite.happenings import add_event
from notifier.store.sqlite.queues import Look, Queues
from notifier.store.sqlite.records import read_backlog
from notifier.store.sqlite.situations import Situations
from notifier.store.sqlite.standings import Standings

RECOVERY_LEASE = 60.0
"""How long a worker has to settle a lapsed message that it took over, in seconds."""

_CLAIM = "state = 'sending', claimed_by = ?, claimed_until = ?, claims = claims + 1, fence = fence + 1"

# The first of what a rule said of an update; what is about no order is told apart by its occasion.
_TOLD = (
    "SELECT * FROM messages WHERE id IN (SELECT min(id) FROM messages"
    " WHERE rule IN (SELECT value FROM json_each(:rules)) AND created_at > :since AND created_at <= :until"
    " AND +state <> 'dropped' GROUP BY rule, update_id,"
    " iif(update_id = 0, created_at || alert || coalesce(occasion, ''), '')) ORDER BY id LIMIT :limit"
)


class SqliteOutbox:
    """See `notifier.store.protocol.Outbox`."""

    def __init__(
        self,
        database: Database,
        situations: Situations,
        standings: Standings,
        addresses: SqliteAddresses,
    ) -> None:
        self._db = database
        self._situations = situations
        self._standings = standings
        self._addresses = addresses
        self._queues = Queues(database)

    def claim(
        self,
        worker: str,
        now: float,
        lease: float,
        limit: int,
        limits: Mapping[str, Limits] = NO_LIMITS,
    ) -> list[Message]:
        """Claim due messages; a look without the write lock comes first, so that idling writes nothing."""
        if limit < 1:
            return []
        if not self._db.writing and not self._worth_claiming(self._queues.look(now, limit, limits), now):
            return []
        with self._db.transaction() as tx:
            end_rests(tx, now)
            look = self._queues.look(now, limit, limits)
            end_budget_rests(tx, look.open)
            for name, until in look.exhausted.items():
                if rest(tx, name, Reason.BUDGET_REACHED, until, "", now):
                    _tell_of_budget(tx, name, limits[name].budget, now)
            found = tx.execute(
                f"UPDATE messages SET {_CLAIM} WHERE id IN ({rows.marks(look.ids)}) RETURNING *",
                (worker, now + lease, *look.ids),
            ).fetchall()
        claimed = (rows.message_from(row, leaves=row["id"] in look.leaving) for row in found)
        return sorted(claimed, key=lambda m: (m.priority, m.due_at, m.id))

    def _worth_claiming(self, look: Look, now: float) -> bool:
        """Tell whether there is anything to write: a message to claim, or a rest to begin or to end."""
        if look.ids:
            return True
        found = self._db.read(
            "SELECT name FROM channels WHERE reason = 'budget_reached' AND until > ?", (now,)
        )
        known = {row["name"] for row in found}
        return not look.exhausted.keys() <= known or not known.isdisjoint(look.open)

    def extend(self, worker: str, now: float, lease: float) -> None:
        """Write only for claims that have used up half of their lease."""
        aging = "claimed_by = :worker AND state = 'sending' AND claimed_until < :half"
        when = {"worker": worker, "half": now + lease / 2, "until": now + lease}
        if self._db.read(f"SELECT 1 FROM messages WHERE {aging} LIMIT 1", when):
            with self._db.transaction() as tx:
                tx.execute(f"UPDATE messages SET claimed_until = :until WHERE {aging}", when)

    def situations(self, messages: Sequence[Message]) -> list[Situation]:
        """Return each message's update and its order as it is now."""
        return self._situations.of_messages(messages) if messages else []

    def standing(self, messages: Sequence[Message], now: float, alerts: Collection[str] = ()) -> Standing:
        """Return what judges due messages once more."""
        return self._standings.of_messages(messages, now, alerts)

    def companions(self, message: Message) -> list[Message]:
        """Return what goes out with a message: what went into it before, and what waits with its join key."""
        if not message.join:
            return []
        found = self._db.read(
            "SELECT * FROM messages WHERE join_key = :join AND join_key <> '' AND state = 'pending'"
            " AND channel = :channel"
            " UNION SELECT * FROM messages WHERE into_id = :id AND state = 'merged' ORDER BY id",
            {"join": message.join, "channel": message.send.channel, "id": message.id},
        )
        return [rows.message_from(row) for row in found]

    def told(self, rules: Collection[str], since: float, until: float, limit: int) -> list[Message]:
        """Return what these rules said."""
        found = self._db.read(
            _TOLD, {"rules": rows.encode(sorted(rules)), "since": since, "until": until, "limit": limit}
        )
        return [rows.message_from(row) for row in found]

    def start_attempts(self, begins: Sequence[Begin], now: float) -> frozenset[int]:
        """Put attempts on record, and the words that they send on their messages."""
        if not begins:
            return frozenset()
        with self._db.transaction() as tx:
            return endings.begin(tx, begins, now)

    def settle(self, results: Sequence[Result], now: float) -> frozenset[int]:
        """Apply transitions to claimed messages."""
        if not results:
            return frozenset()
        with self._db.transaction() as tx:
            return endings.end(tx, results, self._addresses, now)

    def answered(self, channel: str, since: float, limit: int) -> list[Answered]:
        """Return the newest attempts on a channel."""
        return refusals.answered(self._db, channel, since, limit)

    def put_back(self, message_ids: Collection[int], due_at: float) -> list[int]:
        """Make messages pending that were refused for what is the channel's fault."""
        with self._db.transaction() as tx:
            return refusals.put_back(tx, self._db, self._addresses, message_ids, due_at)

    def give_back(self, message: Message, due_at: float | None = None) -> None:
        """Return a claimed message on which nothing was started."""
        with self._db.transaction() as tx:
            tx.execute(
                "UPDATE messages SET state = 'pending', claimed_by = NULL, claimed_until = NULL,"
                " due_at = coalesce(?, due_at), claims = claims - 1"
                " WHERE id = ? AND state = 'sending' AND fence = ?",
                (due_at, message.id, message.fence),
            )

    def lapsed(self, now: float, limit: int) -> list[tuple[Message, bool]]:
        """Take over messages whose claimant vanished."""
        lapsed = "state = 'sending' AND claimed_until <= ?"
        if not self._db.read(f"SELECT 1 FROM messages WHERE {lapsed} LIMIT 1", (now,)):
            return []
        with self._db.transaction() as tx:
            found = tx.execute(
                "UPDATE messages SET claimed_until = ?, fence = fence + 1"
                f" WHERE id IN (SELECT id FROM messages WHERE {lapsed} LIMIT ?) RETURNING *,"
                " EXISTS (SELECT 1 FROM attempts WHERE message_id = messages.id AND outcome = '') AS open",
                (now + RECOVERY_LEASE, now, limit),
            ).fetchall()
        return [(rows.message_from(row), bool(row["open"])) for row in found]

    def retry(self, message_id: int, now: float) -> Message:
        """Put a failed or unknown message back in the queue, with fresh patience."""
        try:
            with self._db.transaction() as tx:
                row = tx.execute(
                    "UPDATE messages SET state = 'pending', reason = NULL, detail = '', due_at = ?,"
                    " into_id = NULL, ended_at = NULL, attempts = 0, first_attempt_at = NULL, claims = 0"
                    " WHERE id = ? AND state IN ('failed', 'unknown') RETURNING *",
                    (now, message_id),
                ).fetchone()
                if row is not None:
                    self._addresses.lift([row["recipient"]])
                    retry_company(tx, message_id, now)
        except NotAllowed:
            raise NotAllowed(
                f"message {message_id} is not sent again: the same was told by a later message"
            ) from None
        if row is not None:
            return rows.message_from(row)
        message = self.get(message_id)
        if message is None:
            raise NotFound(f"there is no message {message_id}")
        raise NotAllowed(
            f"message {message_id} is {message.state}; only failed and unknown ones can be retried"
        )

    def get(self, message_id: int) -> Message | None:
        """Return one message."""
        found = self._db.read("SELECT * FROM messages WHERE id = ?", (message_id,))
        return rows.message_from(found[0]) if found else None

    def newest(self, states: Collection[State], limit: int) -> list[Message]:
        """Return the newest messages in these states."""
        wanted = list(states) or list(State)
        found = self._db.read(
            f"SELECT * FROM messages WHERE state IN ({rows.marks(wanted)}) ORDER BY id DESC LIMIT ?",
            [*wanted, limit],
        )
        return [rows.message_from(row) for row in found]

    def words(self, message_ids: Collection[int]) -> Mapping[int, tuple[str, str]]:
        """Return subject and text of messages."""
        found = self._db.read(
            "SELECT id, subject, text FROM messages WHERE id IN (SELECT value FROM json_each(?))"
            " AND (subject <> '' OR text <> '')",
            (rows.encode(list(message_ids)),),
        )
        return {row["id"]: (row["subject"], row["text"]) for row in found}

    def counts(self) -> Mapping[str, int]:
        """Return the number of messages by state."""
        return {
            row["state"]: row["n"]
            for row in self._db.read("SELECT state, count(*) AS n FROM messages GROUP BY state")
        }

    def backlog(self, now: float, since: float) -> Backlog:
        """Return what lies in the outbox."""
        return read_backlog(self._db, now, since)

    def next_due(self, now: float, limits: Mapping[str, Limits] = NO_LIMITS) -> float | None:
        """Return when it is worth claiming again."""
        return self._queues.next_due(now, limits)


def _tell_of_budget(tx: sqlite3.Connection, name: str, budget: Quota | None, now: float) -> None:
    """Tell operators that a budget is used up, once in its period: a place may become free every hour."""
    period = budget.period if budget else 0.0
    told = tx.execute(
        "SELECT 1 FROM events WHERE kind = 'budget_reached' AND subject = ? AND at > ? LIMIT 1",
        (name, now - period),
    ).fetchone()
    if told is None:
        add_event(tx, "budget_reached", name, "", now)
