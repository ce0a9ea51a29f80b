"""What is on record beside an update, read from SQLite with few statements: asked for with every update."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence

from notifier.core.alert import Alert, Silence
from notifier.core.message import Message, State
from notifier.core.standing import Join, Standing, Trace, Wants
from notifier.store.sqlite import rows
from notifier.store.sqlite.database import Database
from notifier.store.sqlite.schema_timing import HOLDS_ONCE

MOST_LATELY = 200
"""How many times are told of what one customer was told, the newest: no throttle counts further."""

_HOLDING = frozenset({*State}) - {State.FAILED, State.DROPPED}
"""The states of HOLDS_ONCE."""

_CARRIES = _HOLDING - {State.PENDING, State.HELD}
"""In these states the customer was told, or is being told, of what a message carries."""

# What is on the wire may reach somebody: its end, or a code that it does not name, is told after it.
_MAY_REACH = (
    "maybe_sent OR state = 'sending' AND EXISTS"
    " (SELECT 1 FROM attempts a WHERE a.message_id = messages.id AND a.outcome = '')"
)

# Nearly every update needs no more than this. The first row tells what else there is to be asked for.
_OF_ORDER = (
    "SELECT EXISTS (SELECT 1 FROM brake),"
    " EXISTS (SELECT 1 FROM silences WHERE ends_at > :now AND starts_at <= :now),"
    " EXISTS (SELECT 1 FROM alerts WHERE ref = :ref AND ref <> ''), '', '', '', 0, NULL, '', 0"
    f" UNION ALL SELECT rule, channel, template, window, once, state, {_MAY_REACH}, carried, alert,"
    " created_at"
    " FROM messages WHERE ref = :ref AND :ref <> ''"
)
_ALERTS = (
    "SELECT * FROM alerts WHERE ref = :ref AND ref <> '' UNION"
    " SELECT * FROM alerts WHERE state <> 'resolved' AND rule IN (SELECT value FROM json_each(:rules))"
    " ORDER BY id"
)
_ALERTS_OF = (
    "SELECT a.* FROM json_each(?) AS own JOIN alerts a"
    " ON a.rule = own.value ->> 0 AND a.key = own.value ->> 1 AND a.state <> 'resolved' UNION"
    " SELECT * FROM alerts WHERE state <> 'resolved' AND rule IN (SELECT value FROM json_each(?)) ORDER BY id"
)
UNRESOLVED = "SELECT * FROM alerts INDEXED BY alerts_unresolved WHERE state <> 'resolved'"
"""Alerts that are not resolved, without a look at all others."""

_LAST = "SELECT max(ended_at) FROM messages WHERE join_key = j.value AND join_key <> '' AND state = '{}'"
_JOINS = (
    "SELECT value AS name, (SELECT min(due_at) FROM messages WHERE join_key = j.value AND join_key <> ''"
    "  AND state = 'pending') AS due_at,"
    f" nullif(max(coalesce(({_LAST.format('delivered')}), 0), coalesce(({_LAST.format('unknown')}), 0),"
    f" coalesce(({_LAST.format('shadowed')}), 0), coalesce((SELECT max(a.started_at) FROM messages m"
    "  JOIN attempts a ON a.message_id = m.id AND a.outcome = '' WHERE m.join_key = j.value"
    "  AND m.join_key <> '' AND m.state = 'sending'), 0)), 0) AS last_at FROM json_each(?) AS j"
)
_LATELY = (
    "SELECT at FROM (SELECT ended_at AS at FROM messages WHERE person = :person AND person <> ''"
    "  AND ended_at > :since AND +state IN ('delivered', 'unknown', 'shadowed')"
    f" ORDER BY ended_at DESC LIMIT {MOST_LATELY}) UNION ALL"
    # What waits for its turn does not count: it waits for these.
    " SELECT due_at FROM messages WHERE person = :person AND person <> '' AND ended_at IS NULL AND"
    " (join_key = '' AND +state IN ('pending', 'sending') OR +state = 'sending' AND EXISTS"
    "  (SELECT 1 FROM attempts a WHERE a.message_id = messages.id AND a.outcome = '')) ORDER BY at"
)


class Standings:
    """Reads what `core.standing` describes."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def wanted(self, wants: Wants, now: float) -> Standing:
        """Return what is on record, as far as it is wanted."""
        head, *found = self._db.read(_OF_ORDER, {"ref": wants.ref, "now": now})
        braked, silenced, alerting, *_ = head
        taken: set[str] = set(self._taken(wants.keys)) if wants.keys else set()
        traces: list[Trace] = []
        for rule, channel, template, window, once, state_, maybe_sent, carried, alert, made_at in found:
            state = State(state_)
            if maybe_sent or state in _HOLDING:
                taken.add(once)
            told = carried is not None and (maybe_sent or state in _CARRIES)
            parcels = frozenset(json.loads(carried)) if told else _NOTHING
            send = rows.send_from(channel, template, window)
            traces.append(Trace(rule, send, state, once, bool(maybe_sent), parcels, alert, float(made_at)))
        return Standing(
            frozenset(taken),
            tuple(traces),
            self._alerts(wants.ref, wants.alerts) if alerting or wants.alerts else (),
            self._silences(now) if silenced else (),
            self._joins(wants.joins) if wants.joins else {},
            self._lately(wants.persons),
            bool(braked),
        )

    def of_messages(self, messages: Sequence[Message], now: float, rules: Collection[str]) -> Standing:
        """Return what due messages are judged by once more."""
        own = [[m.rule, m.alert] for m in messages if m.alert]
        found = (
            self._db.read(_ALERTS_OF, (rows.encode(own), rows.encode(list(rules)))) if own or rules else []
        )
        joining = [m for m in messages if m.join]
        persons = self._db.read(
            f"SELECT DISTINCT person FROM messages WHERE id IN ({rows.marks(joining)}) AND person <> ''",
            [m.id for m in joining],
        ) if joining else []  # fmt: skip
        return Standing(
            alerts=tuple(map(rows.alert_from, found)),
            silences=self._silences(now),
            joins=self._joins({m.join for m in joining}) if joining else {},
            lately=self._lately({row["person"]: 0.0 for row in persons}),
        )

    def _taken(self, keys: Collection[str]) -> Iterable[str]:
        wanted = list(keys)
        found = self._db.read(
            f"SELECT once FROM messages WHERE once IN ({rows.marks(wanted)}) AND ({HOLDS_ONCE})", wanted
        )
        return (row["once"] for row in found)

    def _alerts(self, ref: str, rules: Collection[str]) -> tuple[Alert, ...]:
        found = self._db.read(_ALERTS, {"ref": ref, "rules": rows.encode(list(rules))})
        return tuple(map(rows.alert_from, found))

    def _silences(self, now: float) -> tuple[Silence, ...]:
        found = self._db.read(
            "SELECT * FROM silences WHERE ends_at > ? AND starts_at <= ? ORDER BY +id", (now, now)
        )
        return tuple(map(rows.silence_from, found))

    def _joins(self, keys: Collection[str]) -> dict[str, Join]:
        found = self._db.read(_JOINS, (rows.encode(list(keys)),))
        return {row["name"]: Join(row["due_at"], row["last_at"]) for row in found}

    def _lately(self, persons: Mapping[str, float]) -> dict[str, tuple[float, ...]]:
        return {
            person: tuple(row["at"] for row in self._db.read(_LATELY, {"person": person, "since": since}))
            for person, since in persons.items()
        }


_NOTHING: frozenset[str] = frozenset()
