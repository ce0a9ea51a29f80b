"""Plivo (plivo://): POST api.plivo.com/v1/Account/{auth_id}/Message/."""

from __future__ import annotations

from notifier.channels.meaning import Meaning
from notifier.channels.vendors.answer import UNEXPECTED, Answer, Verdict, text, within


def verdict(answer: Answer) -> Verdict | None:
    """Judge by `message_uuid`, `invalid_number` and the words of `error`.

    Sources: docs.plivo.com, Messaging, "API Response" (202 for a message; 400, 401, 404, 405, 429, 500)
    and "Bulk Messaging" (numbers that are none are listed in `invalid_number`);
    github.com/plivo/plivo-python tests/resources/fixtures/messageSendResponse.json;
    support.plivo.com 17000088423 ("Insufficient Credit"). There are no error codes. Not confirmed:
    the status that comes with no credit, and an answer for opted-out recipients.
    """
    body = answer.json or {}
    message = body.get("message_uuid")
    uuid = text(message[0]) if isinstance(message, list) and message else text(message)
    if answer.accepted and uuid:
        return Verdict(Meaning.TAKEN, provider_id=uuid)
    words = text(body.get("error")) or text(within(body, "error", "error"))
    if answer.accepted and body.get("invalid_number"):
        return Verdict(Meaning.RECIPIENT, "invalid_number", words)
    lower = words.lower()
    if "insufficient" in lower and ("credit" in lower or "balance" in lower):
        return Verdict(Meaning.CHANNEL, detail=words)
    if answer.status == 404:
        return Verdict(Meaning.CHANNEL, detail=words)  # the path holds nothing but the account
    if answer.accepted:
        return Verdict(Meaning.MESSAGE, detail=words) if words else UNEXPECTED
    return None
