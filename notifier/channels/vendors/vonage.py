"""Vonage (vonage://, nexmo://): SMS API, POST rest.nexmo.com/sms/json."""

from __future__ import annotations

from notifier.channels.meaning import Meaning
from notifier.channels.vendors.answer import UNEXPECTED, Answer, Verdict, objects, text

_MEANINGS = {
    "1": Meaning.THROTTLED,
    "4": Meaning.CHANNEL,  # wrong key
    "5": Meaning.BROKEN,
    "7": Meaning.RECIPIENT,  # barred
    "8": Meaning.CHANNEL,  # account suspended
    "9": Meaning.CHANNEL,  # no credit
    "10": Meaning.THROTTLED,  # too many connections
    "11": Meaning.CHANNEL,  # account not for this API
    "14": Meaning.CHANNEL,  # wrong signature
    "32": Meaning.CHANNEL,  # signature and secret together
    "33": Meaning.RECIPIENT,  # number de-activated
}
"""Every other status is about this message; 3 and 6 may be about the recipient, the sender or the text.

15, a sender that is not allowed, depends on the recipient's country: it must not stop the channel.
"""


def verdict(answer: Answer) -> Verdict | None:
    """Judge by `messages[].status`: the HTTP status is 200 whatever happened.

    Sources: developer.vonage.com, "Troubleshooting SMS" (error codes, the answer's form) and
    "API Errors, SMS API"; api.support.vonage.com 203993598 (status 1 beyond 30 requests a second).
    A long text has one entry for each of its parts. The copy that was read ended at 15: 32 and 33 are
    not confirmed.
    """
    messages = objects((answer.json or {}).get("messages"))
    if not messages or any("status" not in message for message in messages):
        return UNEXPECTED if answer.accepted else None
    refused = [message for message in messages if text(message["status"]) != "0"]
    if not refused:
        return Verdict(Meaning.TAKEN, provider_id=text(messages[0].get("message-id")))
    code = text(refused[0]["status"])
    words = text(refused[0].get("error-text"))
    if len(refused) < len(messages):
        return Verdict(Meaning.UNCLEAR, f"status {code}", f"partly sent, then: {words}")
    return Verdict(_MEANINGS.get(code, Meaning.MESSAGE), f"status {code}", words)
