"""What an answer is about, in one word, and the outcome that follows from it. Pure."""

from __future__ import annotations

from enum import StrEnum

from notifier.core.retry import Outcome, OutcomeKind


class Meaning(StrEnum):
    """What an answer, or its absence, is about.

    The line that matters most runs between the message (it fails alone) and the
    channel (every message would fail so): one misread code either loses the mail
    of a day or lets one odd recipient stop the channel.
    """

    TAKEN = "taken"
    LATER = "later"
    """Not now; nothing is said of other messages."""
    THROTTLED = "throttled"
    """Not so many at once, from the whole channel."""
    BROKEN = "broken"
    """The other side is not there or has trouble of its own; nothing was sent."""
    LOST = "lost"
    """It was there, and whether it took the message is not known."""
    UNCLEAR = "unclear"
    """Taken, by the status, but the answer is not the one that belongs to it."""
    MESSAGE = "message"
    """No to this message, whenever it comes."""
    RECIPIENT = "recipient"
    """No to this recipient, whatever is sent."""
    CHANNEL = "channel"
    """No to everything: a wrong key, no credit, a revoked hook."""


_KINDS = {
    Meaning.TAKEN: OutcomeKind.DELIVERED,
    Meaning.LATER: OutcomeKind.TRANSIENT,
    Meaning.THROTTLED: OutcomeKind.TRANSIENT,
    Meaning.BROKEN: OutcomeKind.TRANSIENT,
    Meaning.LOST: OutcomeKind.UNKNOWN,
    Meaning.UNCLEAR: OutcomeKind.UNKNOWN,
    Meaning.MESSAGE: OutcomeKind.PERMANENT,
    Meaning.RECIPIENT: OutcomeKind.PERMANENT,
    Meaning.CHANNEL: OutcomeKind.CHANNEL_DOWN,
}

_AGAIN = frozenset({408, 425})
_DOWN = frozenset({401, 402, 403, 407})
_GONE = frozenset({404, 410})


def of_status(status: int, *, fixed: bool) -> Meaning:
    """Read an HTTP status (RFC 9110, 15; 429 RFC 6585, 4), for services that say no more.

    Args:
        fixed: the channel knows one place only, so that a missing one is the channel's trouble.
    """
    if 200 <= status <= 299:
        return Meaning.TAKEN
    if status == 429:
        return Meaning.THROTTLED
    if status >= 500:
        # 501: the method is not known there, and will not be later.
        return Meaning.MESSAGE if status == 501 else Meaning.BROKEN
    if status in _AGAIN:
        return Meaning.LATER
    if status in _DOWN or (fixed and status in _GONE):
        return Meaning.CHANNEL
    return Meaning.MESSAGE


def outcome(
    meaning: Meaning,
    code: str,
    detail: str,
    *,
    fixed: bool,
    retry_after: float | None = None,
    provider_id: str = "",
) -> Outcome:
    """Return the outcome of an attempt whose answer means `meaning`.

    Args:
        code: what the other side answered.
        detail: words without secrets or addresses.
        fixed: as of `of_status`: a recipient that is gone takes such a channel with it.
        retry_after: seconds.
        provider_id: the service's own id of the message.
    """
    if fixed and meaning is Meaning.RECIPIENT:
        meaning = Meaning.CHANNEL
    return Outcome(
        _KINDS[meaning],
        code,
        detail,
        retry_after=retry_after,
        provider_id=provider_id,
        bad_address=meaning is Meaning.RECIPIENT,
        throttled=meaning is Meaning.THROTTLED,
        unreachable=meaning in (Meaning.BROKEN, Meaning.LOST),
    )
