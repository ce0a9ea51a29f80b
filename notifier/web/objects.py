"""JSON objects that a client sends to the API: strict, with words for what cannot be used."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches
from typing import Any

from notifier.core import strictjson
from notifier.core.alert import Labels
from notifier.errors import RequestError
from notifier.service import silencing


def parse(body: bytes, fields: Sequence[str]) -> dict[str, Any]:
    """Return a JSON object that has no other fields than these; an empty body is an empty object.

    Raises:
        RequestError: naming the field and what is wrong with it.
    """
    given = strictjson.parse(body) if body.strip() else {}
    if given == []:  # PHP writes an empty object as an empty list
        given = {}
    if not isinstance(given, dict):
        raise RequestError("", "the body must be a JSON object")
    for name in given:
        if name not in fields:
            near = get_close_matches(name, fields, n=1)
            raise RequestError(name, "is not a field" + (f"; did you mean {near[0]}?" if near else ""))
    return given


def words(given: dict[str, Any], name: str, default: str | None = None) -> str:
    """Return the text of a field. Raises RequestError; without a default also if it is missing."""
    value = given.get(name)
    if value is None:
        if default is None:
            raise RequestError(name, "is missing")
        return default
    if not isinstance(value, str):
        raise RequestError(name, "must be text")
    return silencing.text(value, name)


def truth(given: dict[str, Any], name: str) -> bool:
    """Return a field that is true or false, false if it is missing. Raises RequestError."""
    value = given.get(name)
    if value is None or isinstance(value, bool):
        return bool(value)
    raise RequestError(name, "must be true or false")


def matchers(given: dict[str, Any]) -> Labels:
    """Return the field `matchers`: what alerts are about, empty if it is missing. Raises RequestError."""
    about = given.get("matchers") or {}
    if not isinstance(about, dict):
        raise RequestError("matchers", "must be an object: field to a value or a list of values")
    texts: dict[str, list[str]] = {}
    for field, value in about.items():
        values = value if isinstance(value, list) else [value]
        if not all(isinstance(one, str) for one in values):
            raise RequestError(f"matchers.{field}", "must be text, or a list of texts")
        texts[field] = values
    try:
        return silencing.matchers(texts)
    except RequestError as error:
        raise RequestError("", f"matchers.{error}") from None
