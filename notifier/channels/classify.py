"""Evidence of an attempt → Outcome. Pure: no clock, no network, no Apprise.

The table is that of `reference/apprise.md`, section 10. Its thread: what says
something about this message alone is PERMANENT or TRANSIENT, what would happen
to every message of the channel is CHANNEL_DOWN, and what may have been sent is
UNKNOWN.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from notifier.channels import replies, vendors
from notifier.channels.meaning import Meaning, of_status, outcome
from notifier.channels.recorder import Call, CallError
from notifier.channels.smtp import Failure, Phase, SmtpError
from notifier.core.retry import REFUSED_HERE, Outcome, OutcomeKind

DETAIL_LIMIT = 200
"""Characters of an outcome's `detail`."""

_LOOKED_AT = 1000

_SECRETS = (
    (re.compile(r"[a-z][a-z0-9+.-]*://\S*", re.IGNORECASE), "<url>"),
    (re.compile(r"(?:\"[^\"]{1,64}\"|[^\s<>\"'(),;:]+)@[^\s<>\"'(),;]+"), "<address>"),
    # tokens and keys: long, and of letters and digits or longer than any word; vendors' codes are
    # made of words, such as posting_to_general_channel_denied
    (re.compile(r"(?<!\w)(?=[\w/+=-]*\d)(?=[\w/+=-]*[a-z])[\w/+=-]{12,}", re.IGNORECASE), "<token>"),
    (re.compile(r"(?<!\w)(?![a-z]{1,16}(?:_[a-z]{1,16}){2,}(?![\w+=-]))[\w+=-]{28,}"), "<token>"),
    (re.compile(r"\+?\d(?:[\s().-]{0,2}\d){6,}"), "<number>"),
    # what stood in brackets already
    (re.compile(r"<<(url|address|token|number)>>?"), r"<\1>"),
)

_CALL_ERRORS = {
    CallError.CONNECT: Meaning.BROKEN,
    CallError.CONNECT_TIMEOUT: Meaning.BROKEN,
    CallError.TLS: Meaning.BROKEN,
    CallError.NOT_TAKEN: Meaning.BROKEN,
    CallError.CERTIFICATE: Meaning.CHANNEL,
    CallError.BAD_REQUEST: Meaning.MESSAGE,
    CallError.READ_TIMEOUT: Meaning.LOST,
    CallError.RESET: Meaning.LOST,
    CallError.TOO_MUCH: Meaning.LOST,
}

_UNEXPECTED = "accepted, but the answer is not the expected one"


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
    return Outcome(OutcomeKind.PERMANENT, code=REFUSED_HERE, detail=clean(detail), bad_address=bad_address)


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
            kind = replies.kind_of(error.phase, error.code, error.text)
            return Outcome(
                kind,
                code=f"{error.code} {enhanced}".strip(),
                detail=clean(f"{error.phase}: {error.text[len(enhanced) :]}"),
                bad_address=replies.is_about_the_address(error.phase, error.code, error.text),
                about_us=kind is OutcomeKind.PERMANENT and replies.is_about_us(error.text),
                throttled=replies.asks_for_less(error.text),
                unreachable=replies.hits_everybody(error.phase, error.code),
            )


def from_http(schema: str, ok: bool, calls: Sequence[Call], *, fixed: bool) -> Outcome:
    """Judge what a plugin did.

    Args:
        schema: of the service, for its verifier.
        ok: what the plugin itself says.
        calls: its HTTP calls in order; empty for plugins that speak something else.
        fixed: the channel writes to one place of its own (a hook, a number in its URL), so that a
            place that is gone is the channel's trouble.
    """
    if not calls:
        if ok:
            return Outcome(OutcomeKind.DELIVERED)
        return Outcome(OutcomeKind.TRANSIENT, detail="the service's plugin failed and gave no reason")
    last = _last_call(schema, ok, calls, fixed)
    started = any(_reached(c) and c.endpoint == calls[-1].endpoint for c in calls[:-1])
    if started and last.kind is not OutcomeKind.DELIVERED:
        detail = "partly sent, then: " + last.detail
        return replace(last, kind=OutcomeKind.UNKNOWN, detail=detail, bad_address=False)
    return last


def crashed(error: Exception, calls: Sequence[Call]) -> Outcome:
    """Judge an exception that a plugin should not have raised: its text may hold anything and is not kept."""
    name = type(error).__name__
    kind = OutcomeKind.UNKNOWN if any(_reached(c) for c in calls) else OutcomeKind.PERMANENT
    return Outcome(kind, code=name, detail=f"the service's plugin failed on this message: {name}")


def _last_call(schema: str, ok: bool, calls: Sequence[Call], fixed: bool) -> Outcome:
    call = calls[-1]
    sent = ok and any(_answered(c) for c in calls)
    if call.error is not None and 200 <= (call.status or 200) <= 299:
        # A no is one, however much of its words came; a yes that breaks off may not be the service's.
        if sent:
            return Outcome(OutcomeKind.DELIVERED)
        detail = call.trouble or call.error.value
        return outcome(_CALL_ERRORS[call.error], call.error.value, detail, fixed=fixed)
    status = call.status or 0
    said = vendors.verdict(schema, call) or vendors.Verdict(None)
    if said.meaning is None and sent:
        return Outcome(OutcomeKind.DELIVERED, code=_code(status, said.code))
    meaning = said.meaning
    words = said.detail or ("" if said.code else vendors.words(call.body))
    if meaning is None:
        meaning = of_status(status, fixed=fixed)
        if meaning is Meaning.TAKEN:  # the plugin disagrees
            meaning, words = Meaning.UNCLEAR, _UNEXPECTED
    return outcome(
        meaning,
        _code(status, said.code),
        "" if meaning is Meaning.TAKEN else clean(words),
        fixed=fixed,
        retry_after=said.retry_after if said.retry_after is not None else call.retry_after,
        provider_id=said.provider_id,
    )


def _answered(call: Call) -> bool:
    return call.error is None and call.status is not None and 200 <= call.status <= 299


def _reached(call: Call) -> bool:
    """Tell whether a call may have done what it was for."""
    if call.error is None or call.status is not None:
        return 200 <= (call.status or 0) <= 299
    return _CALL_ERRORS[call.error] is Meaning.LOST


def _code(status: int, said: str) -> str:
    """Return the service's own code, with the status in front where that says no as well."""
    if not said or said == str(status):
        return f"HTTP {status}"
    return clean(said) if 200 <= status <= 299 else clean(f"HTTP {status}, {said}")
