"""What the answer of a source of contacts means, before anything in it is looked at.

Pure: `notifier.contacts.exchange` does the asking. The words of an Answer are for
the operator; they hold nothing from the body, which may be anybody's address.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Any

from notifier.core.contact import Finding
from notifier.core.lookup import Answer, AnswerKind
from notifier.core.retry import LONGEST_RETRY_AFTER

LARGEST_BODY = 1_048_576
"""Bytes of an answer, at most."""

_MEDIA_TYPE = re.compile(r"[a-z]{1,20}/[a-z0-9.+-]{1,60}")


@dataclass(frozen=True, slots=True)
class Reply:
    """What a server answered: status code, headers as they came, and at most LARGEST_BODY + 1 bytes."""

    status: int
    content_type: str = ""
    retry_after: str = ""
    body: bytes = field(default=b"", repr=False)


def found(finding: Finding) -> Answer:
    """Return the answer of a source that has the order."""
    return Answer(AnswerKind.FOUND, finding)


def not_found(words: str) -> Answer:
    """Return the answer of a source that does not have the order."""
    return Answer(AnswerKind.NOT_FOUND, detail=words)


def not_asked(words: str) -> Answer:
    """Return the answer for an order that a source cannot be asked for."""
    return Answer(AnswerKind.NOT_FOUND, detail=f"cannot be asked: {words}", asked=False)


def down(words: str, retry_after: float | None = None) -> Answer:
    """Return the answer of a source that has to be asked again, in `retry_after` seconds if it says so."""
    return Answer(AnswerKind.DOWN, detail=words, retry_after=retry_after)


def document(reply: Reply, now: float) -> Any:
    """Return the JSON object or list in a reply, or an Answer if there is none to look at.

    That a body is JSON is seen by the body: PHP services often call it text/html.

    Args:
        now: Unix seconds UTC.
    """
    match reply.status:
        case 200:
            return _json(reply)
        case 404 | 410:
            return not_found(f"has no such order: HTTP {reply.status}")
        case 401 | 403:
            return down(f"refuses our user name and secret: HTTP {reply.status}")
        case 429 | 503:
            return down(f"asks us to wait: HTTP {reply.status}", retry_after(reply.retry_after, now))
        case status if 300 <= status < 400:
            return down(f"leads to another address (HTTP {status}), which is not followed: correct its url")
    return down(f"answers HTTP {reply.status}")


def retry_after(value: str, now: float) -> float | None:
    """Read a Retry-After header: seconds or an HTTP date (RFC 9110, 10.2.3).

    Returns:
        Seconds from `now` (Unix seconds UTC), from 0 to LONGEST_RETRY_AFTER; None without any.
    """
    value = value.strip()
    if value.isascii() and value.isdigit():
        return min(float(value[:9]), LONGEST_RETRY_AFTER)
    try:
        seconds = parsedate_to_datetime(value).timestamp() - now
    except (ValueError, OverflowError):
        return None
    return min(max(0.0, seconds), LONGEST_RETRY_AFTER)


def _json(reply: Reply) -> Any:
    if len(reply.body) > LARGEST_BODY:
        return down(f"answers with more than {LARGEST_BODY // 1_048_576} MiB")
    try:
        parsed = json.loads(reply.body.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return down(_not_json(reply))
    if not isinstance(parsed, dict | list):
        return down("answers with JSON that is no object")
    return parsed


def _not_json(reply: Reply) -> str:
    media_type = reply.content_type.partition(";")[0].strip().lower()
    if not reply.body:
        return "answers with nothing instead of JSON"
    if media_type.endswith("json"):
        return "answers with broken JSON"
    known = _MEDIA_TYPE.fullmatch(media_type)
    return f"answers with {media_type if known else 'something else'} instead of JSON"
