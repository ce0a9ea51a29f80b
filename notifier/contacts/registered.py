"""Orders that the shop registers itself: the body of `PUT /orders/{ref}`.

Many orders at once, in a body or in a file, are the same with their `ref` in it. What is
said of an order is read as `notifier.contacts.lenient` reads it; only the reference has to
be there and plain, because it decides whose order it is. Pure: nothing is looked up.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from itertools import islice
from typing import Any

from notifier.contacts import lenient, values
from notifier.contacts.values import LONGEST_TEXT
from notifier.core import strictjson
from notifier.core.contact import REGISTERED, Contact, Finding, Item
from notifier.core.flaw import Flaw, Unusable
from notifier.errors import RequestError

CONTACT_FIELDS = (
    "name", "email", "phone", "locale", "country", "timezone", "channels", "marketing", "do_not_contact",
)  # fmt: skip
"""What may be said of a contact."""

MOST_FLAWS = 50
"""Parts that are named as unusable, at most: an answer is not to be larger than its question."""

_FIELDS = ("orderID", "contact", "attributes", "items")
_ITEM_FIELDS = ("name", "sku", "quantity", "image")
_INTEGER = 18
"""Digits of a number that every database holds, at least."""

_RESTRICTING = frozenset({"channels", "do_not_contact"})
"""Preferences that are heard also where their name is misspelt: the customer wants to hear less."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What is said of an order, and the parts of it that could not be used."""

    finding: Finding
    unusable: tuple[Unusable, ...] = ()

    def strictly(self) -> Reading:
        """Return the same. Raises RequestError, naming everything, if a part could not be used."""
        if self.unusable:
            first, *others = self.unusable
            raise RequestError(first.field, "; ".join([first.message, *map(str, others)]))
        return self


def parse(body: bytes, now: float) -> Reading:
    """Return what the raw body of a registration says; `now` is Unix seconds UTC.

    Raises:
        RequestError: it is no JSON object.
    """
    return _reading(_object(document(body)), now, _FIELDS)


def parse_value(value: Any, now: float, flaws: Iterable[Unusable] = ()) -> tuple[str, Reading]:
    """Return the reference and what is said of it, from a JSON value that holds both.

    Args:
        value: as `document` reads it.
        now: Unix seconds UTC.
        flaws: what was found to be unusable before, and is no part of `value` any more.

    Raises:
        RequestError: it is no object, or has no usable reference.
    """
    given = _object(value)
    return ref_of(given), _reading(given, now, ("ref", *_FIELDS), flaws)


def document(body: bytes, what: str = "the body") -> Any:
    """Return a JSON document, also one with values that cannot be stored: its readers leave them out.

    Of a key that stands more than once in an object below the top all values are returned, in a list.

    Args:
        what: what an error calls it.

    Raises:
        RequestError: it is no JSON.
    """
    try:
        return strictjson.parse(body, what)
    except RequestError as error:
        if not error.field:
            raise
    # More digits than a database's integer has are a number that only identifies: kept as text.
    return json.loads(
        strictjson.text_of(body, what),
        object_pairs_hook=_all_values,
        parse_int=lambda digits: int(digits) if len(digits) <= _INTEGER else digits,
    )


def ref_of(value: Any) -> str:
    """Return the reference that an order has in it. Raises RequestError."""
    given = _object(value).get("ref")
    ref = str(given) if type(given) is int else values.text(given) if type(given) is float else given
    if ref is None:
        raise RequestError("ref", "is missing")
    if not isinstance(ref, str) or (not ref and given != ""):
        raise RequestError("ref", "must be text")
    ref = ref.strip()
    if not ref:
        raise RequestError("ref", "is empty")
    if len(ref) > LONGEST_TEXT:
        raise RequestError("ref", f"is {len(ref)} characters long; at most {LONGEST_TEXT} are accepted")
    return check_ref(ref)


def check_ref(ref: str) -> str:
    """Return the reference of an order if it can be one. Raises RequestError."""
    if not 0 < len(ref) <= LONGEST_TEXT:
        raise RequestError("ref", f"must have 1 to {LONGEST_TEXT} characters")
    if not ref.isprintable() or any("\ud800" <= c <= "\udfff" for c in ref):
        raise RequestError("ref", "holds a control character")
    return ref


def _reading(
    given: Mapping[str, Any], now: float, known: Sequence[str], before: Iterable[Unusable] = ()
) -> Reading:
    flaws = [*before]
    _name_unknown(given, known, "", flaws)
    finding = Finding(
        source=REGISTERED,
        contact=_contact(_part(given, "contact", flaws), flaws),
        at=now,
        order_id=_order_id(given.get("orderID"), flaws),
        attributes=lenient.attributes(_part(given, "attributes", flaws), flaws),
        items=_items(given.get("items"), flaws),
    )
    return Reading(finding, tuple(flaws[:MOST_FLAWS]))


def _contact(given: Mapping[str, Any], flaws: list[Unusable]) -> Contact:
    misspelt = _name_unknown(given, CONTACT_FIELDS, "contact.", flaws)
    heard = {field: given[key] for key, field in misspelt.items() if field in _RESTRICTING}
    return lenient.contact({**heard, **given}, flaws)


def _order_id(value: Any, flaws: list[Unusable]) -> str:
    said = values.text(value)
    if said and len(said) <= LONGEST_TEXT and said.isprintable():
        return said
    if said:
        too_long = len(said) > LONGEST_TEXT
        words = f"is {len(said)} characters long; at most {LONGEST_TEXT} are accepted"
        reason = Flaw.TOO_LONG if too_long else Flaw.UNPRINTABLE
        flaws.append(Unusable("orderID", reason, words if too_long else "holds a control character"))
    elif values.is_given(value):
        flaws.append(Unusable("orderID", Flaw.WRONG_TYPE, "must be text"))
    return ""


def _items(value: Any, flaws: list[Unusable]) -> tuple[Item, ...]:
    if isinstance(value, dict):  # PHP writes a list with gaps so; and a single item may come bare
        value = [value] if value.keys() & set(_ITEM_FIELDS) else list(value.values())
    if not isinstance(value, list):
        if values.is_given(value):
            flaws.append(Unusable("items", Flaw.WRONG_TYPE, "must be a list"))
        return ()
    if len(value) > lenient.MOST_ITEMS:
        words = f"are {len(value)}; at most {lenient.MOST_ITEMS} are accepted"
        flaws.append(Unusable("items", Flaw.TOO_LONG, words))
    return lenient.items(
        _item(given, f"items[{index}]", flaws) for index, given in enumerate(value[: lenient.MOST_ITEMS])
    )


def _item(given: Any, field: str, flaws: list[Unusable]) -> Item:
    if not isinstance(given, dict):
        flaws.append(Unusable(field, Flaw.WRONG_TYPE, "must be a JSON object"))
        return Item("")
    _name_unknown(given, _ITEM_FIELDS, f"{field}.", flaws)
    found: list[Unusable] = []
    item = lenient.item(*map(given.get, _ITEM_FIELDS), flaws=found)
    flaws += [replace(flaw, field=f"{field}.{flaw.field}") for flaw in found]
    return item


def _object(value: Any) -> dict[str, Any]:
    if value is None or value == []:  # PHP writes an empty object as an empty list
        return {}
    if not isinstance(value, dict):
        raise RequestError("", "must be a JSON object")
    return value


def _part(given: Mapping[str, Any], name: str, flaws: list[Unusable]) -> dict[str, Any]:
    value = given.get(name)
    if not isinstance(value, dict) and values.is_given(value):
        flaws.append(Unusable(name, Flaw.WRONG_TYPE, "must be a JSON object"))
    return values.row(value)


def _name_unknown(
    given: Mapping[str, Any], known: Sequence[str], prefix: str, flaws: list[Unusable]
) -> dict[str, str]:
    """Note the keys that are no fields; return the field that each of them is nearest to, if there is one."""
    nearest: dict[str, str] = {}
    for key in islice((key for key in given if key not in known), MOST_FLAWS):
        near = get_close_matches(key, known, n=1)
        hint = f"; did you mean {near[0]}?" if near else ""
        if not prefix and key in CONTACT_FIELDS:
            hint = " here; it belongs inside contact"
        flaws.append(Unusable(f"{prefix}{values.line(key)}", Flaw.NOT_A_FIELD, f"is not a field{hint}"))
        nearest |= {key: near[0]} if near else {}
    return nearest


def _all_values(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, list[Any]] = {}
    for key, value in pairs:
        found.setdefault(key, []).append(value)
    return {key: told[0] if len(told) == 1 else told for key, told in found.items()}
