"""Single fields of a webhook, in every spelling that PHP senders are known to use.

Numbers come as text and text as numbers, false or an empty list as nothing, a
time in milliseconds. What cannot be read is absent, and noted.
"""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime
from typing import Any

from notifier.core.lenientjson import REPEATED, Digits
from notifier.core.link import is_plain, mended_link, safe_link
from notifier.core.note import Note, NoteKind, note
from notifier.core.strictjson import text_problem

LATEST_TIME = 253_402_300_799
"""The last second of the year 9999, in Unix seconds."""

LONGEST_TEXT = 2_000
"""Characters of a text in a parcel, at most."""

_EXACT = 2.0**53
"""Up to here a float holds every whole number."""

_UNITS = (1.0, 1e3, 1e6, 1e9)
"""What a time may count in a second: seconds, milliseconds, microseconds, nanoseconds."""

_NUMBER = re.compile(r"[0-9]{1,19}(\.[0-9]{1,9})?")
_YES = ("1", "true", "yes", "on")
_NO = ("0", "false", "no", "off", "")


def is_nothing(value: Any) -> bool:
    """Tell whether a JSON value says nothing: null, an empty text, PHP's empty array."""
    return value is None or value == "" or value == [] or value == {}


def text(holder: dict[str, Any], key: str, within: str, notes: list[Note]) -> str:
    """Return the text at `key`, also of a whole number; empty for nothing and for what is noted.

    `within` is put before the key to name the field.
    """
    value = holder.get(key)
    if type(value) is str and len(value) <= LONGEST_TEXT and value.isprintable():
        return value
    if is_nothing(value):
        return ""
    kind = None
    if value is REPEATED:
        kind = NoteKind.REPEATED
    elif isinstance(value, float):
        kind = NoteKind.INEXACT_NUMBER
    elif isinstance(value, bool) or not isinstance(value, str | int):
        kind = NoteKind.NOT_TEXT
    elif len(str(value)) > LONGEST_TEXT:
        kind = NoteKind.TOO_LONG
    elif isinstance(value, str) and text_problem(value):
        kind = NoteKind.BAD_CHARACTERS
    if kind is None:
        return str(value)
    notes.append(note(within + key, kind, value))
    return ""


def link(holder: dict[str, Any], key: str, within: str, notes: list[Note]) -> str:
    """Return the link at `key`, mended where it can be; one that is not safe is kept, and noted."""
    value = holder.get(key)
    if type(value) is str and is_plain(value):
        return value
    found = mended_link(text(holder, key, within, notes))
    if found and not safe_link(found):
        notes.append(note(within + key, NoteKind.UNSAFE_LINK, found))
    return found


def flag(holder: dict[str, Any], key: str, within: str, notes: list[Note]) -> bool:
    """Return a truth, also of a number or a word; false for nothing and for what is noted."""
    value = holder.get(key)
    if isinstance(value, bool):
        return value
    if is_nothing(value):
        return False
    match value:
        case int():
            return bool(value)
        case float() if value in (0.0, 1.0):
            return bool(value)
        case str() if (word := value.strip().lower()) in _YES or word in _NO:
            return word in _YES
    kind = NoteKind.REPEATED if value is REPEATED else NoteKind.NOT_TRUE_OR_FALSE
    notes.append(note(within + key, kind, value))
    return False


def time(holder: dict[str, Any], key: str, within: str, notes: list[Note]) -> float | None:
    """Return Unix seconds UTC of a number, digits or ISO 8601; None for nothing and for what is noted.

    A number too large for seconds counts milliseconds, microseconds or nanoseconds.
    A time without a zone is taken as UTC.
    """
    value = holder.get(key)
    if type(value) is int and 0 <= value <= LATEST_TIME:
        return float(value)
    if is_nothing(value):
        return None
    seconds = _seconds(value)
    if seconds is None:
        kind = NoteKind.REPEATED if value is REPEATED else NoteKind.NOT_A_TIME
        notes.append(note(within + key, kind, value))
    return seconds


def whole(value: Any) -> Any:
    """Return a number such as 41.0 as 41 if nothing can be lost by it; everything else as it is."""
    if isinstance(value, float) and value.is_integer() and abs(value) < _EXACT:
        return int(value)
    return value


def kind_of(value: Any) -> str:
    """Say what kind of JSON value this is, for an error."""
    match value:
        case None:
            return "null"
        case bool():
            return "true or false"
        case float():
            return "a number with a fraction"
        case Digits() | int():
            return "a number"
        case str():
            return "text"
        case list():
            return "a list"
        case _:
            return "an object"


def _seconds(value: Any) -> float | None:
    if isinstance(value, str) and not _NUMBER.fullmatch(value.strip()):
        return _iso_8601(value.strip())
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    number = float(value)
    if not math.isfinite(number) or number < 0:
        return None
    return next((number / unit for unit in _UNITS if number / unit <= LATEST_TIME), None)


def _iso_8601(text: str) -> float | None:
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        seconds = moment.timestamp()
    except (ValueError, OverflowError):
        return None
    return seconds if 0 <= seconds <= LATEST_TIME else None
