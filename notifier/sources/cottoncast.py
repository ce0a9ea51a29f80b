"""Cottoncast's order-status webhook: raw body to Update.

Source: the publisher's page "Orderstatus", its example, and what PHP senders
are known to make of it: numbers as text and text as numbers, an empty list
where an object is meant, a list with gaps as an object, null for absent.
Fields that we do not know are left to the raw body, which is kept.
"""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime
from typing import Any

from notifier.core import strictjson
from notifier.core.update import Shipment, Update
from notifier.errors import RequestError

SOURCE = "cottoncast"

LATEST_TIME = 253_402_300_799
"""The last second of the year 9999, in Unix seconds."""

_LONGEST = {"ref": 200, "orderID": 200, "code": 20}
_LONGEST_SHIPMENT_TEXT = 2_000
_MOST_SHIPMENTS = 200
_SHIPMENT_FIELDS = frozenset({"carrier", "carrierName", "trackingcode", "trackingurl", "new"})
_DIGITS = re.compile(r"[0-9]{1,12}(\.[0-9]{1,9})?")


def parse(body: bytes) -> Update:
    """Return what the webhook's raw body says.

    Raises:
        RequestError: naming the field and what is wrong with it.
    """
    document = strictjson.parse(body)
    if not isinstance(document, dict):
        raise RequestError("", f"the body must be a JSON object, not {_kind(document)}")
    ref = _identifier(document, "ref", "")
    if not ref:
        raise RequestError("ref", "missing; it must hold the order reference")
    status = document.get("status")
    if status is None or status == []:
        raise RequestError("status", "missing; it must be an object with code and timestamp")
    if not isinstance(status, dict):
        raise RequestError("status", f"must be an object with code and timestamp, not {_kind(status)}")
    code = _identifier(status, "code", "status.")
    if not code:
        raise RequestError("status.code", "missing; it must hold a status code such as C")
    return Update(
        SOURCE,
        ref,
        code,
        _identifier(document, "orderID", ""),
        _time(status.get("timestamp"), "status.timestamp"),
        _shipments(document.get("shipments")),
    )


def _shipments(value: Any) -> tuple[Shipment, ...]:
    if value is None or value == "":
        return ()
    if isinstance(value, dict):
        # A PHP array with gaps becomes an object; a single parcel may come bare.
        items = [value] if _SHIPMENT_FIELDS & value.keys() else list(value.values())
    elif isinstance(value, list):
        items = value
    else:
        raise RequestError("shipments", f"must be a list of objects, not {_kind(value)}")
    if len(items) > _MOST_SHIPMENTS:
        raise RequestError("shipments", f"holds {len(items)} parcels; at most {_MOST_SHIPMENTS} are accepted")
    return tuple([_shipment(item, f"shipments[{n}]") for n, item in enumerate(items) if item])


def _shipment(value: Any, field: str) -> Shipment:
    if not isinstance(value, dict):
        raise RequestError(field, f"must be an object, not {_kind(value)}")
    within = f"{field}."
    return Shipment(
        _text(value, "carrier", within),
        _text(value, "carrierName", within),
        _text(value, "trackingcode", within),
        _text(value, "trackingurl", within),
        _flag(value.get("new"), f"{within}new"),
    )


def _identifier(holder: dict[str, Any], key: str, within: str) -> str:
    """Return a short text that names something: no control characters, bounded."""
    text = _text(holder, key, within, _LONGEST[key])
    if not text.isprintable():
        raise RequestError(within + key, "holds a control character")
    return text


def _text(holder: dict[str, Any], key: str, within: str, longest: int = _LONGEST_SHIPMENT_TEXT) -> str:
    """Return the text at `key`, also of a number; an empty string for null and for PHP's empty list.

    `within` is put before the key to name the field in an error.
    """
    value = holder.get(key)
    if type(value) is str and len(value) <= longest:
        return value
    if value is None or value == []:
        return ""
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise RequestError(within + key, f"must be text or a whole number, not {_kind(value)}")
    text = str(value)
    if len(text) > longest:
        raise RequestError(within + key, f"is {len(text)} characters long; at most {longest} are accepted")
    return text


def _flag(value: Any, field: str) -> bool:
    if isinstance(value, bool):
        return value
    match value:
        case None | "" | []:
            return False
        case int():
            return bool(value)
        case str() if value.lower() in ("1", "true", "yes"):
            return True
        case str() if value.lower() in ("0", "false", "no"):
            return False
    raise RequestError(field, "must be true or false")


def _time(value: Any, field: str) -> float | None:
    """Return Unix seconds UTC of a number, digits or ISO 8601; a time without a zone is taken as UTC."""
    if value is None or value == "" or value == []:
        return None
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise RequestError(field, f"must be Unix seconds or an ISO 8601 time, not {_kind(value)}")
    if isinstance(value, str):
        text = value.strip()
        seconds = float(text) if _DIGITS.fullmatch(text) else _iso_8601(text, field)
    else:
        seconds = float(value)
    if not 0 <= seconds <= LATEST_TIME or not math.isfinite(seconds):
        raise RequestError(field, "is not a time between 1970 and 9999 in Unix seconds")
    return seconds


def _iso_8601(text: str, field: str) -> float:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise RequestError(field, "is neither Unix seconds nor an ISO 8601 time") from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    try:
        return moment.timestamp()
    except OverflowError:
        raise RequestError(field, "is not a time between 1970 and 9999") from None


def _kind(value: Any) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "true or false"
        case str():
            return "text"
        case int() | float():
            return "a number"
        case list():
            return "a list"
        case _:
            return "an object"
