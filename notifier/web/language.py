"""Whom a page is for: the language that it is written in, and the zone of its times.

Links carry both where they are known (`core.signing.for_reader`); else the browser says the language. The
sentences stand in pages.json, by what they are in English: the web process loads no templates.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from importlib.resources import files
from zoneinfo import ZoneInfo

from falcon.asgi import Request

ENGLISH = "en"

_SENTENCES: Mapping[str, Mapping[str, str]] = json.loads(
    files("notifier.web").joinpath("pages.json").read_text(encoding="utf-8")
)

LANGUAGES = frozenset({ENGLISH}.union(*_SENTENCES.values()))
"""The languages that pages are written in, ISO 639-1."""

_ZONE = re.compile(r"[A-Za-z][A-Za-z0-9_+-]*(?:/[A-Za-z0-9_+-]+){0,2}")


@dataclass(frozen=True, slots=True)
class Reader:
    """Who looks at a page."""

    language: str = ENGLISH
    zone: tzinfo = UTC

    def say(self, sentence: str, **values: object) -> str:
        """Return a sentence of pages.json in the reader's language; one that is not there as it is.

        Args:
            values: for the names in braces.
        """
        said = _SENTENCES.get(sentence, {}).get(self.language, sentence)
        return said.format(**values) if values else said

    def moment(self, seconds: float | None) -> str:
        """Return Unix seconds UTC as the reader's day, time and zone; None gives an empty string."""
        if seconds is None:
            return ""
        return f"{datetime.fromtimestamp(seconds, self.zone):%Y-%m-%d %H:%M %Z}"


def reader_of(req: Request) -> Reader:
    """Return whom a request's answer is for: by its link, else by `Accept-Language`, else English.

    Whatever stands there, it is an answer: what cannot be read counts as not said.
    """
    asked = _known(req.get_param("lang") or "")
    return Reader(
        asked or _accepted(req.get_header("Accept-Language") or ""), _zone(req.get_param("zone") or "")
    )


def _known(tag: str) -> str:
    language = tag.strip().lower().partition("-")[0]
    return language if language in LANGUAGES else ""


def _accepted(header: str) -> str:
    """Return the first language of an `Accept-Language` that there are words in (RFC 9110, 12.5.4)."""
    ranked: list[tuple[float, str]] = []
    for entry in header[:500].split(","):
        tag, _, weight = entry.partition(";")
        try:
            ranked.append((-float(weight.strip().removeprefix("q=") or 1), tag))
        except ValueError:
            continue
    ranked.sort(key=lambda one: one[0])
    return next((known for weight, tag in ranked if weight and (known := _known(tag))), ENGLISH)


def _zone(name: str) -> tzinfo:
    if len(name) > 64 or not _ZONE.fullmatch(name):
        return UTC
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return UTC
