"""Messages that go out together: the one that leads is sent, the others are MERGED into it.

They share its fate. One whose leader ends for a reason of its own waits by itself again.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence

from notifier.core.message import Message, State
from notifier.core.result import Result
from notifier.store.sqlite import rows

WAITS_IN_COMPANY = (
    "+state = 'merged' AND EXISTS (SELECT 1 FROM messages l WHERE l.id = messages.into_id"
    " AND l.state = 'pending' AND l.maybe_sent = 0)"
)
"""A message that went into one which was tried, reached nobody, and waits to be tried again."""

_JOIN = (
    "UPDATE messages SET state = 'merged', into_id = w.value ->> 1, carried = w.value ->> 2, ended_at = :now"
    " FROM json_each(:all) AS w WHERE messages.id = w.value ->> 0"
    " AND (state = 'pending' OR state = 'merged' AND into_id = w.value ->> 1)"
)
_AGAIN = "UPDATE messages SET state = 'pending', into_id = NULL, carried = NULL, ended_at = NULL"


def take_along(
    tx: sqlite3.Connection,
    leaders: Mapping[int, Sequence[int]],
    carried: Mapping[int, str | None],
    now: float,
) -> None:
    """Merge messages into the one that leads them, as far as they wait; they carry what it carries."""
    wanted = [[id_, leader, carried.get(leader)] for leader, ids in leaders.items() for id_ in ids]
    if wanted:
        tx.execute(_JOIN, {"now": now, "all": rows.encode(wanted)})


def leave_behind(tx: sqlite3.Connection, leaders: Mapping[int, Sequence[int]]) -> None:
    """Let those wait again that went with one of the leaders before, and do not now."""
    tx.executemany(
        f"{_AGAIN} WHERE into_id = ? AND state = 'merged' AND id NOT IN (SELECT value FROM json_each(?))",
        [(leader, rows.encode(list(ids))) for leader, ids in leaders.items()],
    )


def let_go(tx: sqlite3.Connection, leaders: Iterable[int]) -> None:
    """Let all that went into these messages wait by themselves again."""
    tx.executemany(f"{_AGAIN} WHERE into_id = ? AND state = 'merged'", [(leader,) for leader in leaders])


def share_fates(tx: sqlite3.Connection, results: Iterable[Result], now: float) -> None:
    """Have those that were merged share what became of the messages that they went into.

    A failure is theirs as well. A verdict on the one that led them is not: they are judged in
    their turn. Where it is told another way, they go along.
    """
    for result in results:
        message, transition = result.message, result.transition
        if not message.join or message.maybe_sent or transition.maybe_sent:
            continue
        if result.successor is not None:
            _follow(tx, message, result.successor.once)
        elif transition.state is State.FAILED:
            tx.execute(
                "UPDATE messages SET state = 'failed', reason = ?, carried = NULL, ended_at = ?"
                " WHERE into_id = ? AND state = 'merged'",
                (transition.reason, now, message.id),
            )
        elif transition.state is State.DROPPED:
            let_go(tx, [message.id])


def _follow(tx: sqlite3.Connection, message: Message, once: str) -> None:
    """Have those that went with a message go with the one that takes its once key over."""
    going = {"id": message.id, "once": once, "join": message.join}
    moved = tx.execute(
        "UPDATE messages SET into_id = (SELECT max(id) FROM messages WHERE once = :once)"
        " WHERE into_id = :id AND state = 'merged'",
        going,
    ).rowcount
    if moved:  # it is asked for company only if it has a join key
        tx.execute("UPDATE messages SET join_key = :join WHERE once = :once AND state = 'pending'", going)


def retry_company(tx: sqlite3.Connection, leader: int, now: float) -> None:
    """Have those that failed with a message go out with it after all, unless it was told since."""
    tx.execute(
        "UPDATE OR IGNORE messages SET state = 'merged', reason = NULL, detail = '', ended_at = ?"
        " WHERE into_id = ? AND state = 'failed'",
        (now, leader),
    )
