"""Recorded answers of services, and what becomes of them."""

from __future__ import annotations

import json

from notifier.channels.classify import from_http
from notifier.channels.recorder import Call
from notifier.core.retry import Outcome, OutcomeKind

DELIVERED, TRANSIENT, PERMANENT, DOWN, UNKNOWN = (
    OutcomeKind.DELIVERED,
    OutcomeKind.TRANSIENT,
    OutcomeKind.PERMANENT,
    OutcomeKind.CHANNEL_DOWN,
    OutcomeKind.UNKNOWN,
)


def judged(schema: str, status: int, body: object, *, fixed: bool = False, ok: bool | None = None) -> Outcome:
    """Return the outcome of one call that was answered so.

    Args:
        body: text, or what JSON is made of.
        fixed: the channel has one place of its own.
        ok: what the plugin says, where it does not just look at the status.
    """
    raw = body if isinstance(body, str) else json.dumps(body)
    answered = Call("POST", status=status, body=raw.encode())
    return from_http(schema, 200 <= status <= 299 if ok is None else ok, [answered], fixed=fixed)


def delivered(code: str, provider_id: str = "") -> Outcome:
    return Outcome(DELIVERED, code, provider_id=provider_id)


def throttled(code: str, detail: str = "", wait: float | None = None) -> Outcome:
    return Outcome(TRANSIENT, code, detail, retry_after=wait, throttled=True)


def broken(code: str, detail: str = "") -> Outcome:
    return Outcome(TRANSIENT, code, detail, unreachable=True)


def later(code: str, detail: str = "", wait: float | None = None) -> Outcome:
    return Outcome(TRANSIENT, code, detail, retry_after=wait)


def refused(code: str, detail: str = "") -> Outcome:
    return Outcome(PERMANENT, code, detail)


def gone(code: str, detail: str = "") -> Outcome:
    """The recipient can never be reached."""
    return Outcome(PERMANENT, code, detail, bad_address=True)


def down(code: str, detail: str = "") -> Outcome:
    return Outcome(DOWN, code, detail)


def unexpected(status: int) -> Outcome:
    return Outcome(UNKNOWN, f"HTTP {status}", "accepted, but the answer is not the expected one")
