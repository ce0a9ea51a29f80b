"""Forgetting customers: what is personal goes, states, times and counts stay, and a tombstone is left.

All of it happens within a transaction. Afterwards `Database.empty_log` must
bring the log into the file: it holds the rows as they were.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

from notifier.core.message import NewMessage, State
from notifier.core.reason import Reason
from notifier.core.update import Shipment
from notifier.store.sqlite import rows
from notifier.store.sqlite.addresses import SqliteAddresses
from notifier.store.sqlite.compaction import note_erasure
from notifier.store.sqlite.company import WAITS_IN_COMPANY
from notifier.store.sqlite.database import Database
from notifier.store.sqlite.schema import ALL

_THESE = "ref IN (SELECT value FROM json_each(:refs))"
_OTHERS = "ref NOT IN (SELECT value FROM json_each(:refs))"

_TO = "lower(recipient) = :address AND recipient <> ''"

_ADDRESSES_OF_NO_OTHER = (
    "WITH theirs(address) AS ("
    f" SELECT lower(email) FROM orders WHERE {_THESE} UNION SELECT phone FROM orders WHERE {_THESE}"
    f" UNION SELECT lower(email) FROM lookups WHERE {_THESE} UNION SELECT phone FROM lookups WHERE {_THESE}"
    f" UNION SELECT lower(recipient) FROM messages WHERE {_THESE})"
    " SELECT address FROM theirs WHERE address <> ''"
    f" AND NOT EXISTS (SELECT 1 FROM orders WHERE lower(email) = address AND email IS NOT NULL AND {_OTHERS})"
    f" AND NOT EXISTS (SELECT 1 FROM orders WHERE phone = address AND {_OTHERS})"
    f" AND NOT EXISTS (SELECT 1 FROM lookups WHERE lower(email) = address AND email IS NOT NULL"
    f"  AND {_OTHERS})"
    f" AND NOT EXISTS (SELECT 1 FROM lookups WHERE phone = address AND {_OTHERS})"
)

_NAMES_PARCEL = "substr(once, length(rule) + 1, 10) = '/shipment/'"
_NAMES_CONTACT = "substr(once, length(rule) + 1, 9) = '/contact/'"

_ERASE = (
    "INSERT INTO orders(ref, order_id, attributes, created_at, updated_at, forgotten_at)"
    " SELECT value, '', '{}', :now, :now, :now FROM json_each(:refs) WHERE true"
    " ON CONFLICT(ref) DO UPDATE SET name = NULL, email = NULL, phone = NULL, locale = NULL,"
    " country = NULL, timezone = NULL, channels = NULL, marketing = NULL, do_not_contact = 0,"
    " unusable = '[]', attributes = '{}', items = '[]',"
    " forgotten_at = :now",
    # A claimant that is asking right now finds its claim gone.
    "UPDATE lookups SET finding = NULL, email = NULL, phone = NULL, found_at = NULL, before_registered = 0,"
    " detail = '', state = 'missing', ended_at = coalesce(ended_at, :now), fence = fence + 1,"
    " claimed_by = NULL, claimed_until = NULL"
    f" WHERE {_THESE}",
    f"UPDATE updates SET body = NULL, erased = {ALL}, notes = '', shipments = ("
    "  SELECT json_group_array(json_array("
    "    json_extract(value, '$[0]'), json_extract(value, '$[1]'), '', '', json('false')))"
    "  FROM json_each(shipments)),"
    " state = iif(state IN ('held', 'awaiting_contact'), 'undecided', state)"
    f" WHERE {_THESE}",
    f"DELETE FROM rejected WHERE {_THESE} AND ref <> ''",
    # Also what is claimed but not begun: its claimant would write the words down again.
    f"UPDATE messages SET state = 'dropped', reason = '{Reason.CONTACT_REMOVED}', ended_at = :now,"
    f" into_id = NULL, claimed_by = NULL, claimed_until = NULL WHERE {_THESE}"
    " AND (+state IN ('pending', 'held') OR +state = 'sending' AND"
    "  NOT EXISTS (SELECT 1 FROM attempts WHERE message_id = messages.id AND outcome = '')"
    f"  OR {WAITS_IN_COMPANY})",
    # What was to go out with one of them, and is about somebody else's order, goes by itself.
    f"UPDATE messages SET state = 'pending', into_id = NULL, carried = NULL, ended_at = NULL WHERE {_OTHERS}"
    f" AND state = 'merged' AND into_id IN (SELECT id FROM messages WHERE {_THESE} AND +state = 'dropped')",
    # Of the once keys, those of parcels name a tracking code and those of contacts an address.
    "UPDATE messages SET recipient = '', subject = '', text = '', detail = '', provider_id = '',"
    " shipment = '', join_key = '', person = '', carried = NULL,"
    " occasion = iif(occasion IS NULL, NULL, json_set(occasion, '$[2]', json('{}'))),"
    f" once = iif({_NAMES_PARCEL} OR {_NAMES_CONTACT}, 'forgotten/' || id, once)"
    f" WHERE {_THESE}",
    f"UPDATE attempts SET detail = '' WHERE message_id IN (SELECT id FROM messages WHERE {_THESE})",
    f"UPDATE alerts SET labels = '{{}}' WHERE {_THESE} AND ref <> ''",
    f"DELETE FROM timers WHERE {_THESE} AND ref <> ''",
)

# What went out together told of all the orders, and each of its messages keeps all the parcels.
_TOLD_WITH = (
    f"WITH led(id) AS (SELECT coalesce(into_id, id) FROM messages WHERE {_THESE})"
    " SELECT id, carried FROM messages WHERE (id IN (SELECT id FROM led) OR into_id IN (SELECT id FROM led))"
    f" AND {_OTHERS}"
)


def forget_orders(
    tx: sqlite3.Connection, addresses: SqliteAddresses, refs: Sequence[str], now: float
) -> None:
    """Erase what is personal of these orders, which are on record; known as forgotten from now on."""
    these = {"refs": rows.encode(refs), "now": now}
    _erase_what_was_told_with(tx, these)
    addresses.lift(row["address"] for row in tx.execute(_ADDRESSES_OF_NO_OTHER, these).fetchall())
    for statement in _ERASE:
        tx.execute(statement, these)
    note_erasure(tx, now)


def _erase_what_was_told_with(tx: sqlite3.Connection, these: dict[str, object]) -> None:
    """Erase the words of messages about other orders that told of these as well, and their parcels."""
    others = tx.execute(_TOLD_WITH, these).fetchall()
    if not others:
        return
    found = tx.execute(f"SELECT {rows.UPDATE} FROM updates WHERE {_THESE}", these).fetchall()
    parcels = {shipment.key for row in found for shipment in rows.update_from(row).shipments}
    tx.executemany(
        "UPDATE messages SET subject = '', text = '', carried = ? WHERE id = ?",
        [
            (
                rows.encode([key for key in json.loads(row["carried"] or "[]") if key not in parcels]),
                row["id"],
            )
            for row in others
        ],
    )


def erase_messages_to(tx: sqlite3.Connection, address: str) -> bool:
    """Erase the words of what went to an address, whoever's order it was about; tell whether any did."""
    erased = tx.execute(
        "UPDATE messages SET recipient = '', subject = '', text = '', detail = '', provider_id = '',"
        # What waits for a customer's turn has her name in its join key.
        " person = '', join_key = iif(person = '', join_key, ''),"
        f" once = iif({_NAMES_CONTACT}, 'forgotten/' || id, once) WHERE {_TO} RETURNING id",
        {"address": address.lower()},
    ).fetchall()
    ids = rows.encode([row["id"] for row in erased])
    tx.execute("UPDATE attempts SET detail = '' WHERE message_id IN (SELECT value FROM json_each(?))", (ids,))
    return bool(erased)


def impersonal(shipments: Iterable[Shipment]) -> tuple[Shipment, ...]:
    """Return what may be kept of parcels: who carries them."""
    return tuple(Shipment(s.carrier, s.carrier_name) for s in shipments)


def orders_told_to(database: Database, address: str) -> list[str]:
    """Return the orders of which a message went to an address: a customer's, or an operator's."""
    found = database.read(
        f"SELECT DISTINCT ref FROM messages WHERE {_TO} AND ref <> '' ORDER BY ref",
        {"address": address.lower()},
    )
    return [row["ref"] for row in found]


def orders_of_person(database: Database, address: str) -> list[str]:
    """Return the orders whose contact has this address."""
    found = database.read(
        "SELECT ref FROM orders WHERE lower(email) = :address AND email IS NOT NULL"
        " UNION SELECT ref FROM orders WHERE phone = :address"
        " UNION SELECT ref FROM lookups WHERE lower(email) = :address AND email IS NOT NULL"
        " UNION SELECT ref FROM lookups WHERE phone = :address ORDER BY ref",
        {"address": address.lower()},
    )
    return [row["ref"] for row in found]


def forgotten_among(tx: sqlite3.Connection, refs: Collection[str]) -> frozenset[str]:
    """Return those of the orders that were forgotten; what comes in about them now must leave no words."""
    found = tx.execute(
        f"SELECT ref FROM orders WHERE forgotten_at IS NOT NULL AND ref IN ({rows.marks(tuple(refs))})",
        tuple(refs),
    )
    return frozenset(row["ref"] for row in found.fetchall())


def to_nobody(message: NewMessage) -> NewMessage:
    """Return a message as it is written for an order that was forgotten: it names nobody and is dropped."""
    return replace(
        message,
        recipient="",
        once=f"forgotten/{message.message_id}",
        shipment="",
        join="",
        person="",
        occasion=replace(message.occasion, facts={}),
        state=State.DROPPED,
        reason=Reason.CONTACT_REMOVED,
    )
