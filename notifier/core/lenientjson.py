"""JSON read for as much as it says: one value that no database can hold does not cost the others.

What RFC 8259 leaves to the reader becomes a value that its reader can judge:
an integer of more than 18 digits is `Digits`, a key that stands there more than once
with different values is `REPEATED`, NaN and numbers beyond all bounds are floats that
are not finite. Text may hold NUL and lone surrogates; see `strictjson.text_problem`.
"""

from __future__ import annotations

import json
from typing import Any

from notifier.core import strictjson


class Digits(str):
    """A whole number too long for a machine word, with every digit of it."""

    __slots__ = ()


class _Repeated:
    """Stands in an object for a key with several values."""

    def __repr__(self) -> str:
        return "REPEATED"


REPEATED = _Repeated()


def parse(body: bytes, what: str = "the body") -> Any:
    """Return the JSON document in `body`; `what` is what an error calls it.

    Raises:
        RequestError: it is not UTF-8 or not JSON, or is nested too deep.
    """
    text = strictjson.text_of(body, what)
    try:
        return _decode(text)
    except json.JSONDecodeError as error:
        raise strictjson.not_json(error, what) from None


def _integer(digits: str) -> int | Digits:
    return int(digits) if len(digits) <= 18 else Digits(digits)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    plain = dict(pairs)
    if len(plain) != len(pairs):
        for key, value in pairs:
            if plain[key] != value:
                plain[key] = REPEATED
    return plain


# Made once: json.loads with hooks makes a new decoder at every call.
_decode = json.JSONDecoder(object_pairs_hook=_object, parse_int=_integer).decode
