"""Evidence of an attempt → Outcome. Pure: no clock, no network, no Apprise.

The table is that of `reference/apprise.md`, section 10. Its thread: what says
something about this message alone is PERMANENT or TRANSIENT, what would happen
to every message of the channel is CHANNEL_DOWN, and what may have been sent is
UNKNOWN.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from notifier.channels import replies, vendors
from notifier.channels.recorder import Call, CallError
from notifier.channels.smtp import Failure, Phase, SmtpError
from notifier.core.retry import Outcome, OutcomeKind

DETAIL_LIMIT = 200
"""Characters of an outcome's `detail`."""

_LOOKED_AT = 1000

_AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})
_DOWN = frozenset({401, 402, 403, 407})
_GONE = frozenset({404, 410})

_SECRETS = (
    (re.compile(r"[a-z][a-z0-9+.-]*://\S*", re.IGNORECASE), "<url>"),
    (re.compile(r"[^\s<>\"'(),;:]+@[^\s<>\"'(),;]+"), "<address>"),
    # tokens and keys: long, and of letters and digits or longer than any word
    (re.compile(r"(?<!\w)(?=[\w/+=-]*\d)(?=[\w/+=-]*[a-z])[\w/+=-]{12,}", re.IGNORECASE), "<token>"),
    (re.compile(r"(?<!\w)[\w+=-]{28,}"), "<token>"),
    (re.compile(r"\+?\d(?:[\s().-]{0,2}\d){6,}"), "<number>"),
)

_CALL_ERRORS = {
    CallError.CONNECT: OutcomeKind.TRANSIENT,
    CallError.CONNECT_TIMEOUT: OutcomeKind.TRANSIENT,
    CallError.TLS: OutcomeKind.TRANSIENT,
    CallError.CERTIFICATE: OutcomeKind.CHANNEL_DOWN,
    CallError.BAD_REQUEST: OutcomeKind.PERMANENT,
    CallError.READ_TIMEOUT: OutcomeKind.UNKNOWN,
    CallError.RESET: OutcomeKind.UNKNOWN,
}


def clean(text: str) -> str:
    """Return `text` fit to be kept: one line, bounded, without URLs, addresses, numbers and tokens."""
    text = " ".join("".join(c if c.isprintable() else " " for c in text[:_LOOKED_AT]).split())
    if len(text) >= _LOOKED_AT // 2:
        # Half an address at the end would not be known for one.
        text = text.rpartition(" ")[0]
    for pattern, instead in _SECRETS:
        text = pattern.sub(instead, text)
    return text if len(text) <= DETAIL_LIMIT else text[: DETAIL_LIMIT - 1] + "…"


def refused(detail: str, *, bad_address: bool = False) -> Outcome:
    """Our own refusal of a message before anything was sent; `bad_address`: its recipient is no address."""
    return Outcome(OutcomeKind.PERMANENT, code="refused here", detail=clean(detail), bad_address=bad_address)


def from_smtp(error: SmtpError) -> Outcome:
    """Judge a mail that was not handed over."""
    match error.failure:
        case Failure.LOST | Failure.SILENT | Failure.NONSENSE:
            after = error.phase is Phase.AFTER_DATA
            kind = OutcomeKind.UNKNOWN if after else OutcomeKind.TRANSIENT
            return Outcome(kind, code=error.phase.value, detail=error.text, unreachable=True)
        case Failure.CERTIFICATE | Failure.UNSUPPORTED:
            down = OutcomeKind.CHANNEL_DOWN
            certificate = error.failure is Failure.CERTIFICATE
            return Outcome(down, code=error.phase.value, detail=error.text, unreachable=certificate)
        case Failure.REFUSED:
            enhanced = replies.enhanced_code(error.text)
            return Outcome(
                replies.kind_of(error.phase, error.code, error.text),
                code=f"{error.code} {enhanced}".strip(),
                detail=clean(f"{error.phase}: {error.text[len(enhanced) :]}"),
                bad_address=replies.is_about_the_address(error.phase, error.code, error.text),
                throttled=replies.asks_for_less(error.text),
                unreachable=replies.hits_everybody(error.phase, error.code),
            )


def from_http(schema: str, ok: bool, calls: Sequence[Call], *, fixed: bool) -> Outcome:
    """Judge what a plugin did.

    Args:
        schema: of the service, for its verifier.
        ok: what the plugin itself says.
        calls: its HTTP calls in order; empty for plugins that speak something else.
        fixed: the endpoint is the channel's own (a hook), so that a missing one is the channel's trouble.
    """
    if not calls:
        if ok:
            return Outcome(OutcomeKind.DELIVERED)
        return Outcome(OutcomeKind.TRANSIENT, detail="the service's plugin failed and gave no reason")
    outcome = _last_call(schema, ok, calls, fixed)
    started = any(_answered(c) and c.endpoint == calls[-1].endpoint for c in calls[:-1])
    if started and outcome.kind is not OutcomeKind.DELIVERED:
        return Outcome(OutcomeKind.UNKNOWN, outcome.code, "partly sent, then: " + outcome.detail)
    return outcome


def crashed(error: Exception, calls: Sequence[Call]) -> Outcome:
    """Judge an exception that a plugin should not have raised: its text may hold anything and is not kept."""
    name = type(error).__name__
    reached = any(_answered(c) or c.error in (CallError.READ_TIMEOUT, CallError.RESET) for c in calls)
    kind = OutcomeKind.UNKNOWN if reached else OutcomeKind.PERMANENT
    return Outcome(kind, code=name, detail=f"the service's plugin failed on this message: {name}")


def _last_call(schema: str, ok: bool, calls: Sequence[Call], fixed: bool) -> Outcome:
    call = calls[-1]
    if call.error is not None:
        if ok and any(_answered(c) for c in calls):
            return Outcome(OutcomeKind.DELIVERED)
        return Outcome(
            _CALL_ERRORS[call.error], code=call.error.value, detail=call.trouble or call.error.value
        )
    verdict = vendors.verdict(schema, call)
    if verdict is not None:
        return Outcome(
            verdict.kind,
            code=clean(verdict.code),
            detail=clean(verdict.detail),
            retry_after=verdict.retry_after if verdict.retry_after is not None else call.retry_after,
            provider_id=verdict.provider_id,
            bad_address=verdict.bad_address,
        )
    code = f"HTTP {call.status}"
    if _answered(call):
        if ok:
            return Outcome(OutcomeKind.DELIVERED, code=code)
        return Outcome(
            OutcomeKind.UNKNOWN, code=code, detail="accepted, but the answer is not the expected one"
        )
    if ok and any(_answered(c) for c in calls):
        return Outcome(OutcomeKind.DELIVERED, code=code)
    kind = _http_status(call.status or 0, fixed)
    return Outcome(kind, code=code, detail=clean(vendors.words(call.body)), retry_after=call.retry_after)


def _answered(call: Call) -> bool:
    return call.status is not None and 200 <= call.status <= 299


def _http_status(status: int, fixed: bool) -> OutcomeKind:
    if status in _AGAIN or status > 504:
        return OutcomeKind.TRANSIENT
    if status in _DOWN or (fixed and status in _GONE):
        return OutcomeKind.CHANNEL_DOWN
    return OutcomeKind.PERMANENT
