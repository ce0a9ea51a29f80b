"""Cottoncast's order-status webhook: raw body to Update.

Source: the publisher's page "Orderstatus", its example, and what PHP senders
are known to make of it: numbers as text and text as numbers, an empty list
where an object is meant, a list with gaps as an object, null for absent.

An update needs its order and its status code. Everything else that cannot be
read is absent, with a note; fields that we do not know are left to the raw body,
which is kept.
"""

from __future__ import annotations

import re
from typing import Any

from notifier.core import lenientjson, status
from notifier.core.lenientjson import REPEATED
from notifier.core.note import MOST_NOTES, Note, NoteKind, note
from notifier.core.strictjson import text_problem
from notifier.core.update import Shipment, Update
from notifier.errors import RequestError
from notifier.sources.fields import flag, is_nothing, kind_of, link, text, time, whole

SOURCE = "cottoncast"

_LONGEST = {"ref": 200, "orderID": 200, "code": 20}
_MOST_SHIPMENTS = 200
_REF = re.compile(r'"ref"\s*:\s*("[^"\\]{1,200}"|-?[0-9]{1,200}(?=\s*[,}]))')
_SHIPMENT_FIELDS = frozenset({"carrier", "carrierName", "trackingcode", "trackingurl", "new"})


def parse(body: bytes) -> Update:
    """Return what the webhook's raw body says.

    Raises:
        RequestError: it is not JSON, or its order or status code cannot be made out;
            names the field and what is wrong with it, and repeats no value.
    """
    document = lenientjson.parse(body)
    if not isinstance(document, dict):
        raise RequestError("", f"the body must be a JSON object, not {kind_of(document)}")
    ref = _identifier(document, "ref", "")
    if not ref:
        raise RequestError("ref", "missing; it must hold the order reference")
    state = document.get("status")
    if state is REPEATED:
        raise RequestError("", "the key 'status' stands there more than once")
    if state is None or state == []:
        raise RequestError("status", "missing; it must be an object with code and timestamp")
    if not isinstance(state, dict):
        raise RequestError("status", f"must be an object with code and timestamp, not {kind_of(state)}")
    code = status.code(_identifier(state, "code", "status."))
    if not code:
        raise RequestError("status.code", "missing; it must hold a status code such as C")
    notes: list[Note] = []
    return Update(
        SOURCE,
        ref,
        code,
        _order_id(document, notes),
        time(state, "timestamp", "status.", notes),
        _shipments(document.get("shipments"), notes),
        tuple(notes[:MOST_NOTES]) if notes else (),
    )


def order_of(body: bytes) -> str:
    """Return the order reference in a body that is no update as a whole, empty if none can be made out.

    Also of what is not JSON, such as a body that was cut off, if all that looks like a reference is one.
    """
    try:
        document = lenientjson.parse(body)
    except RequestError:
        found = {match[1] for match in _REF.finditer(body.decode("utf-8", "replace"))}
        document = {"ref": found.pop().strip('"')} if len(found) == 1 else {}
    try:
        ref = _identifier(document, "ref", "") if isinstance(document, dict) else ""
    except RequestError:
        return ""
    return "" if "\ufffd" in ref else ref


def _identifier(holder: dict[str, Any], key: str, within: str) -> str:
    """Return a short text that names something: no control characters, bounded. Raises RequestError."""
    value = holder.get(key)
    if type(value) is str and value.isprintable() and len(value) <= _LONGEST[key]:
        return value
    if value is None or value == "" or value == []:
        return ""
    value = whole(value)
    if value is REPEATED:
        raise RequestError(within.rstrip("."), f"the key {key!r} stands there more than once")
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise RequestError(within + key, f"must be text or a whole number, not {kind_of(value)}")
    found = str(value).strip() if key == "code" else str(value)
    if len(found) > _LONGEST[key]:
        why = f"is {len(found)} characters long; at most {_LONGEST[key]} are accepted"
        raise RequestError(within + key, why)
    if not found.isprintable():
        raise RequestError(within + key, text_problem(found) or "holds a control character")
    return found


def _order_id(document: dict[str, Any], notes: list[Note]) -> str:
    """Return the sender's own id of the order, which no update needs."""
    try:
        return _identifier(document, "orderID", "")
    except RequestError:
        notes.append(_order_id_note(document["orderID"]))
        return ""


def _order_id_note(value: Any) -> Note:
    kind = NoteKind.NOT_TEXT
    if value is REPEATED:
        kind = NoteKind.REPEATED
    elif isinstance(value, float):
        kind = NoteKind.INEXACT_NUMBER
    elif isinstance(value, str):
        kind = NoteKind.TOO_LONG if len(value) > _LONGEST["orderID"] else NoteKind.BAD_CHARACTERS
    return note("orderID", kind, value)


def _shipments(value: Any, notes: list[Note]) -> tuple[Shipment, ...]:
    if is_nothing(value):
        return ()
    if isinstance(value, dict):
        # A PHP array with gaps becomes an object; a single parcel may come bare.
        items = [value] if _SHIPMENT_FIELDS & value.keys() else list(value.values())
    elif isinstance(value, list):
        items = value
    else:
        kind = NoteKind.REPEATED if value is REPEATED else NoteKind.NOT_A_LIST
        notes.append(note("shipments", kind, value))
        return ()
    if len(items) > _MOST_SHIPMENTS:
        notes.append(note("shipments", NoteKind.TOO_MANY, value))
        items = items[:_MOST_SHIPMENTS]
    found = [_shipment(item, f"shipments[{n}].", notes) for n, item in enumerate(items) if item]
    return tuple([parcel for parcel in found if parcel is not None])


def _shipment(value: Any, within: str, notes: list[Note]) -> Shipment | None:
    if not isinstance(value, dict):
        kind = NoteKind.REPEATED if value is REPEATED else NoteKind.NOT_AN_OBJECT
        notes.append(note(within.rstrip("."), kind, value))
        return None
    return Shipment(
        text(value, "carrier", within, notes),
        text(value, "carrierName", within, notes),
        text(value, "trackingcode", within, notes),
        link(value, "trackingurl", within, notes),
        flag(value, "new", within, notes),
    )
