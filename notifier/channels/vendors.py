"""Services that answer 200 and mean no: what their bodies say.

Apprise's plugins look at the HTTP status and call these delivered. A verifier
is a pure function from the parsed body to a Verdict, None where it has no
opinion. Written from the vendors' documentation, not tried against them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from notifier.channels.recorder import Call
from notifier.core.retry import OutcomeKind


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a body says: `code` and `detail` are the vendor's words, `retry_after` seconds.

    `bad_address` tells that the recipient cannot be reached by this service, now or later.
    """

    kind: OutcomeKind
    code: str = ""
    detail: str = ""
    retry_after: float | None = None
    provider_id: str = ""
    bad_address: bool = False


def verdict(schema: str, call: Call) -> Verdict | None:
    """Return what the vendor says in the body of `call`, None if that is nothing special."""
    verifier = _VERIFIERS.get(schema)
    body = _parsed(call.body)
    return verifier(body) if verifier and body is not None else None


def words(body: bytes) -> str:
    """Return the reason in the body of a refusal: its error text, or the body itself if it is short text."""
    parsed = _parsed(body)
    if parsed is None:
        text = body[:200].decode("utf-8", "replace")
        return "" if "<" in text else text
    for key in ("message", "error", "description", "detail", "title"):
        if isinstance(parsed.get(key), str):
            return str(parsed[key])
    return ""


def _parsed(body: bytes) -> Mapping[str, Any] | None:
    try:
        parsed = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return parsed if isinstance(parsed, dict) else None


def _judge(code: str, again: frozenset[str], down: frozenset[str]) -> OutcomeKind:
    if code in again:
        return OutcomeKind.TRANSIENT
    return OutcomeKind.CHANNEL_DOWN if code in down else OutcomeKind.PERMANENT


# docs.slack.dev, chat.postMessage: "Errors"
_SLACK_AGAIN = frozenset(
    {"ratelimited", "rate_limited", "internal_error", "fatal_error", "service_unavailable", "request_timeout"}
)
_SLACK_DOWN = frozenset(
    {"invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired", "missing_scope"}
    | {"no_permission", "ekm_access_denied", "org_login_required", "team_access_not_granted"}
    | {"access_denied", "channel_not_found", "not_in_channel", "is_archived", "restricted_action"}
)


def _slack(body: Mapping[str, Any]) -> Verdict | None:
    match body.get("ok"):
        case True:
            return Verdict(OutcomeKind.DELIVERED, provider_id=_text(body.get("ts")))
        case False:
            code = _text(body.get("error"))
            return Verdict(_judge(code, _SLACK_AGAIN, _SLACK_DOWN), code)
        case _:
            return None


_TELEGRAM_GONE = (
    *("chat not found", "user not found", "peer_id_invalid"),
    *("bot was blocked by the user", "user is deactivated"),
)
"""Told in words only and documented nowhere; collected in github.com/TelegramBotAPI/errors.

"bot can't send messages to the user" is not among them: it comes and goes.
"""


def _telegram(body: Mapping[str, Any]) -> Verdict | None:
    """core.telegram.org/bots/api: "Making requests" and ResponseParameters."""
    match body.get("ok"):
        case True:
            return Verdict(OutcomeKind.DELIVERED, provider_id=_text(_within(body, "result", "message_id")))
        case False:
            status = body.get("error_code")
            code = status if isinstance(status, int) else 400
            kind = OutcomeKind.PERMANENT
            if code == 429 or code >= 500:
                kind = OutcomeKind.TRANSIENT
            elif code in (401, 404):  # an unknown token is 404 there
                kind = OutcomeKind.CHANNEL_DOWN
            wait = _within(body, "parameters", "retry_after")
            seconds = float(wait) if isinstance(wait, int | float) and 0 <= wait < 1e6 else None
            words = _text(body.get("description"))
            gone = kind is OutcomeKind.PERMANENT and any(w in words.lower() for w in _TELEGRAM_GONE)
            return Verdict(kind, str(code), words, seconds, bad_address=gone)
        case _:
            return None


# developer.vonage.com, SMS API: "Troubleshooting", error codes
_VONAGE_AGAIN = frozenset({"1", "5", "10"})
_VONAGE_DOWN = frozenset({"4", "8", "9", "11", "14", "15"})
_VONAGE_GONE = frozenset({"7", "33"})
"""Number barred, number de-activated; 3 and 6 may as well be about the sender or the text."""


def _vonage(body: Mapping[str, Any]) -> Verdict | None:
    message = _first(body.get("messages"))
    if message is None or "status" not in message:
        return None
    code = _text(message["status"])
    if code == "0":
        return Verdict(OutcomeKind.DELIVERED, provider_id=_text(message.get("message-id")))
    kind = _judge(code, _VONAGE_AGAIN, _VONAGE_DOWN)
    gone = code in _VONAGE_GONE
    return Verdict(kind, f"status {code}", _text(message.get("error-text")), bad_address=gone)


# developers.clicksend.com, under "Application Status Codes"
_CLICKSEND_AGAIN = frozenset({"TOO_MANY_REQUESTS", "THROTTLED", "INTERNAL_SERVER_ERROR", "INTERNAL_ERROR"})
_CLICKSEND_DOWN = frozenset(
    {"INSUFFICIENT_CREDIT", "INVALID_CREDENTIALS", "UNAUTHORIZED", "FORBIDDEN", "ACCOUNT_NOT_ACTIVATED"}
    | {"INVALID_SENDER_ID", "MISSING_CREDENTIALS", "NOT_ENOUGH_CREDIT"}
)


def _clicksend(body: Mapping[str, Any]) -> Verdict | None:
    message = _first(_within(body, "data", "messages"))
    if message is None or "status" not in message:
        return None
    code = _text(message["status"])
    if code == "SUCCESS":
        return Verdict(OutcomeKind.DELIVERED, provider_id=_text(message.get("message_id")))
    gone = code == "INVALID_RECIPIENT"
    return Verdict(_judge(code, _CLICKSEND_AGAIN, _CLICKSEND_DOWN), code, bad_address=gone)


# twilio.com/docs/api/errors: no phone number, opted out by STOP, no mobile number
_TWILIO_GONE = frozenset({"21211", "21610", "21614"})


def _twilio(body: Mapping[str, Any]) -> Verdict | None:
    """Only what is about the recipient: the rest is told by the HTTP status."""
    code = _text(body.get("code"))
    if code not in _TWILIO_GONE:
        return None
    return Verdict(OutcomeKind.PERMANENT, f"error {code}", _text(body.get("message")), bad_address=True)


_VERIFIERS: dict[str, Callable[[Mapping[str, Any]], Verdict | None]] = {
    "slack": _slack,
    "tgram": _telegram,
    "vonage": _vonage,
    "nexmo": _vonage,
    "clicksend": _clicksend,
    "twilio": _twilio,
}


def _text(value: object) -> str:
    """Return a short text for a JSON scalar, an empty one for anything else."""
    return str(value)[:100] if isinstance(value, str | int) and not isinstance(value, bool) else ""


def _within(body: Mapping[str, Any], *keys: str) -> Any:
    value: Any = body
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def _first(value: object) -> Mapping[str, Any] | None:
    return value[0] if isinstance(value, list) and value and isinstance(value[0], dict) else None
