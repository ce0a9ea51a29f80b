"""What services say in their answers, beyond the HTTP status: one file for each vendor.

Apprise's plugins look at the status and call an answer delivered that means no;
and the same status is said of one recipient by one vendor and of the whole
account by another. A verifier is a pure function from an Answer to a Verdict,
None where it has no opinion. They are written from the vendors' documentation
and from recorded answers, not tried against the vendors; each names its sources
and what they leave open.
"""

from __future__ import annotations

from collections.abc import Callable

from notifier.channels.recorder import Call
from notifier.channels.vendors import (
    clicksend,
    discord,
    messagebird,
    plivo,
    sinch,
    slack,
    sns,
    telegram,
    twilio,
    vonage,
)
from notifier.channels.vendors.answer import Answer, Verdict, parsed, words

__all__ = ["Verdict", "verdict", "words"]

_VERIFIERS: dict[str, Callable[[Answer], Verdict | None]] = {
    "clicksend": clicksend.verdict,
    "discord": discord.verdict,
    "msgbird": messagebird.verdict,
    "nexmo": vonage.verdict,
    "plivo": plivo.verdict,
    "sinch": sinch.verdict,
    "slack": slack.verdict,
    "sns": sns.verdict,
    "tgram": telegram.verdict,
    "twilio": twilio.verdict,
    "vonage": vonage.verdict,
}
"""By Apprise's schema."""


def verdict(schema: str, call: Call) -> Verdict | None:
    """Return what the service of `schema` says in the answer of `call`, None if that is nothing special."""
    verifier = _VERIFIERS.get(schema)
    # Half an answer cannot be read; the plugin has seen all of it.
    if verifier is None or call.status is None or call.cut:
        return None
    return verifier(Answer(call.status, call.body, parsed(call.body)))
