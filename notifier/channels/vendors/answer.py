"""An HTTP answer as verifiers read it, and what they make of it. Pure."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from notifier.channels.meaning import Meaning


@dataclass(frozen=True, slots=True)
class Answer:
    """A status and a body; `json` is the body's object, None if it is no JSON object."""

    status: int
    body: bytes = field(repr=False)
    json: Mapping[str, Any] | None = field(repr=False)

    @property
    def accepted(self) -> bool:
        """The status says yes."""
        return 200 <= self.status <= 299

    @property
    def text(self) -> str:
        """The body as words, if it is a short text and no page; else nothing."""
        text = self.body[:200].decode("utf-8", "replace").strip()
        return "" if "<" in text else text

    @property
    def page(self) -> bool:
        """The body is HTML: something between us and the service has answered in its place."""
        return self.body.lstrip()[:1] == b"<"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a service says: `code` and `detail` are its own words, `retry_after` seconds.

    Without a `meaning` the HTTP status decides, and the words are kept.
    """

    meaning: Meaning | None
    code: str = ""
    detail: str = ""
    retry_after: float | None = None
    provider_id: str = ""


UNEXPECTED = Verdict(Meaning.UNCLEAR, detail="accepted, but the answer is not the expected one")
"""A success that lacks what the service's successes hold, such as a proxy's login page."""


def parsed(body: bytes) -> Mapping[str, Any] | None:
    """Return the JSON object in a body, None if there is none."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def table(rows: Mapping[Meaning, str]) -> dict[str, Meaning]:
    """Return the meaning of each code, from the codes of each meaning with blanks between them."""
    return {code: meaning for meaning, codes in rows.items() for code in codes.split()}


def text(value: object) -> str:
    """Return a short text for a JSON text or whole number, an empty one for anything else.

    What cannot be printed is left out: half a surrogate pair cannot even be stored.
    """
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    return "".join(character for character in str(value)[:200] if character.isprintable())


def seconds(value: object, *, unit: float = 1.0) -> float | None:
    """Return a waiting time in seconds for a JSON number that counts `unit` seconds; None for nonsense."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        wait = float(value) * unit
    except OverflowError:
        return None
    return wait if math.isfinite(wait) and 0 <= wait < 1e6 else None


def within(body: object, *keys: str) -> Any:
    """Return what lies at a path of keys, None if the path ends early."""
    value = body
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def objects(value: object) -> list[Mapping[str, Any]]:
    """Return the objects in a JSON list; none if it is no list."""
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def words(body: bytes) -> str:
    """Return the reason in the body of a refusal: its error text, or the body itself if it is short text."""
    found = parsed(body)
    if found is None:
        return Answer(0, body, None).text
    return _reason(found)


_REASONS = ("message", "error", "description", "detail", "title", "text", "response_msg")


def _reason(found: Mapping[str, Any]) -> str:
    for key in _REASONS:
        value = found.get(key)
        if isinstance(value, str) and value:
            return value
        if isinstance(value, dict):
            return _reason(value)
    for error in objects(found.get("errors")):
        return _reason(error)
    return ""
