"""Which message may be claimed now: conditions of SQL on a row `m` of messages, with the parameter :now."""

from __future__ import annotations

_NOT_PAUSED = "m.channel NOT IN (SELECT name FROM channels WHERE until IS NULL OR until > :now)"
# A channel whose pause ran out is probed by one message; the others wait for what becomes of it.
_PROBES = (
    "(m.channel NOT IN (SELECT name FROM channels) OR"
    " NOT EXISTS (SELECT 1 FROM messages s WHERE s.channel = m.channel AND s.state = 'sending')"
    " AND m.id = (SELECT min(id) FROM messages p"
    " WHERE p.channel = m.channel AND p.state = 'pending' AND p.due_at <= :now))"
)
# What is told of one order on one channel leaves in the order in which it was decided; what
# waits for another try holds nothing up.
_ITS_TURN = (
    "NOT EXISTS (SELECT 1 FROM messages o WHERE o.ref = m.ref AND o.channel = m.channel AND o.id < m.id"
    " AND (o.state = 'sending' OR o.state = 'pending' AND o.due_at <= :now))"
)
MAY_GO = f"{_NOT_PAUSED} AND {_PROBES} AND {_ITS_TURN}"
"""Its channel works, and nothing of the same order stands before it."""
