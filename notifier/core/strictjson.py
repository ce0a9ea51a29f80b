"""JSON as strict as a database needs it: what passes here can be stored and printed by every engine.

Refused, with the place named: invalid UTF-8, duplicate keys, NaN and infinity,
integers beyond 64 bits, NUL and lone surrogates in text, and deep nesting
(RFC 8259 leaves all of these to the reader).
"""

from __future__ import annotations

import json
import math
from typing import Any, NamedTuple

from notifier.errors import RequestError

MAX_DEPTH = 32
"""How deep lists and objects may nest."""

INTEGERS = range(-(2**63), 2**63)
"""What the databases hold as an integer."""


class _Suspicious(Exception):
    """Something in the document needs a closer look."""


class _Bad:
    """Stands in the parsed document for a value that must be refused at its place."""

    def __init__(self, text: str) -> None:
        self.text = text


class _Repeated(dict[str, Any]):
    """An object in which a key stood more than once."""

    key = ""


def parse(body: bytes, what: str = "the body") -> Any:
    """Return the JSON document in `body`; `what` is what an error calls it.

    Raises:
        RequestError: naming the field and what is wrong with it.
    """
    text = text_of(body, what)
    if "\\u" not in text:  # only escapes can bring NUL and lone surrogates into valid UTF-8
        try:
            return _decode(text)
        except (json.JSONDecodeError, _Suspicious):
            pass  # the careful way finds the words for it
    return _parse_carefully(text, what)


def text_of(body: bytes, what: str) -> str:
    """Return the text of a JSON document that is not nested too deep to be parsed. Raises RequestError."""
    try:
        text = body.decode().removeprefix("\ufeff")  # RFC 8259, section 8.1: a byte order mark may be ignored
    except UnicodeDecodeError as error:
        raise RequestError("", f"{what} is not valid UTF-8 (byte {error.start})") from None
    if body.count(b"[") + body.count(b"{") > MAX_DEPTH and _depth(text) > MAX_DEPTH:
        raise RequestError("", f"lists and objects are nested deeper than {MAX_DEPTH} levels")
    return text


def not_json(error: json.JSONDecodeError, what: str) -> RequestError:
    """Return the refusal of what is not JSON, with the place."""
    return RequestError("", f"{what} is not JSON: {error.msg} (line {error.lineno}, column {error.colno})")


def _parse_carefully(text: str, what: str) -> Any:
    """Parse what cannot be cleared at a glance, with every value checked at its place."""
    suspects: list[_Bad | _Repeated] = []
    try:
        document = json.loads(
            text,
            object_pairs_hook=lambda pairs: _object(pairs, suspects),
            parse_int=lambda digits: _integer(digits, suspects),
            parse_float=lambda digits: _float(digits, suspects),
            parse_constant=lambda word: _suspect(f"{word} is not a number that can be stored", suspects),
        )
    except json.JSONDecodeError as error:
        raise not_json(error, what) from None
    found = _problem(document)
    if found is not None:
        raise RequestError("".join(reversed(found.path)).removeprefix("."), found.text)
    return document


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    plain = dict(pairs)
    if len(plain) != len(pairs):
        raise _Suspicious
    return plain


def _small(digits: str) -> int:
    if len(digits) > 18:
        raise _Suspicious
    return int(digits)


def _suspicious(_: str) -> Any:
    raise _Suspicious


# Made once: json.loads with hooks makes a new decoder at every call.
_decode = json.JSONDecoder(
    object_pairs_hook=_unique, parse_int=_small, parse_float=_suspicious, parse_constant=_suspicious
).decode


def _object(pairs: list[tuple[str, Any]], suspects: list[_Bad | _Repeated]) -> dict[str, Any]:
    plain = dict(pairs)
    if len(plain) == len(pairs):
        return plain
    seen: set[str] = set()
    repeated = _Repeated(plain)
    repeated.key = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
    suspects.append(repeated)
    return repeated


def _suspect(text: str, suspects: list[_Bad | _Repeated]) -> _Bad:
    bad = _Bad(text)
    suspects.append(bad)
    return bad


def _integer(digits: str, suspects: list[_Bad | _Repeated]) -> int | _Bad:
    if len(digits) <= 20 and (number := int(digits)) in INTEGERS:
        return number
    return _suspect("the number is too large", suspects)


def _float(digits: str, suspects: list[_Bad | _Repeated]) -> float | _Bad:
    number = float(digits)
    if math.isfinite(number):
        return number
    return _suspect("the number is too large", suspects)


class _Found(NamedTuple):
    """A problem, and the steps to its place from the inside out."""

    path: list[str]
    text: str


def _problem(value: Any) -> _Found | None:
    """Return the first problem in a value; its path is only put together where there is one."""
    match value:
        case _Bad():
            return _Found([], value.text)
        case str():
            problem = text_problem(value)
            return _Found([], problem) if problem else None
        case list():
            for index, item in enumerate(value):
                if (found := _problem(item)) is not None:
                    found.path.append(f"[{index}]")
                    return found
        case dict():
            for key, item in value.items():
                if problem := text_problem(key):
                    return _Found([], f"a key in it: {problem}")
                if (found := _problem(item)) is not None:
                    found.path.append(f".{key}")
                    return found
            if isinstance(value, _Repeated):
                return _Found([], f"the key {value.key!r} stands there more than once")
    return None


def text_problem(text: str) -> str:
    """Return why a text cannot be stored, empty if it can."""
    if "\x00" in text:
        return "a NUL character is not allowed"
    if any("\ud800" <= c <= "\udfff" for c in text):
        return "a lone surrogate is not a character"
    return ""


def _depth(text: str) -> int:
    """Return the deepest nesting of brackets outside of strings."""
    depth = deepest = 0
    in_string = escaped = False
    for c in text:
        if in_string:
            if escaped:
                escaped = False
            elif c == "\\":
                escaped = True
            elif c == '"':
                in_string = False
        elif c == '"':
            in_string = True
        elif c in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif c in "]}":
            depth -= 1
    return deepest
