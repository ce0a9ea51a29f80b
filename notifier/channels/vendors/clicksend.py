"""ClickSend (clicksend://): REST API v3, POST rest.clicksend.com/v3/sms/send."""

from __future__ import annotations

from notifier.channels.meaning import Meaning
from notifier.channels.vendors.answer import UNEXPECTED, Answer, Verdict, objects, text, within

SAME_TEXT = 5.0
"""Seconds for which ClickSend refuses a second message of one text to one number."""

_MEANINGS = {
    "ACCOUNT_NOT_ACTIVATED": Meaning.CHANNEL,
    "FORBIDDEN": Meaning.CHANNEL,
    "INSUFFICIENT_CREDIT": Meaning.CHANNEL,
    "INTERNAL_ERROR": Meaning.BROKEN,
    "INTERNAL_SERVER_ERROR": Meaning.BROKEN,
    "INVALID_CREDENTIALS": Meaning.CHANNEL,
    "INVALID_RECIPIENT": Meaning.RECIPIENT,
    "INVALID_SENDER_ID": Meaning.CHANNEL,  # the account's own: Apprise names no sender
    "MISSING_CREDENTIALS": Meaning.CHANNEL,
    "NOT_ENOUGH_CREDIT": Meaning.CHANNEL,
    "THROTTLED": Meaning.LATER,
    "TOO_MANY_REQUESTS": Meaning.THROTTLED,
    "UNAUTHORIZED": Meaning.CHANNEL,
}
"""Every other code is about this message, such as COUNTRY_NOT_ENABLED.

THROTTLED says that the same text went to the same number seconds ago; other messages are welcome.
"""


def verdict(answer: Answer) -> Verdict | None:
    """Judge by `data.messages[].status`, or by `response_code` where there are no messages.

    Sources: developers.clicksend.com, REST v3, "Send SMS" (the HTTP code does not tell of the single
    message) and "Application Status Codes"; help.clicksend.com, "What does the Throttled status mean".
    Recorded answers with COUNTRY_NOT_ENABLED came with 200 (`blocked_count` beside them). Not confirmed:
    which HTTP status comes with INVALID_RECIPIENT and INSUFFICIENT_CREDIT, and the codes other than
    these four and SUCCESS; github.com/prayantr/clicksend docs/clicksend-api-notes.md has more doubts.
    """
    envelope = answer.json or {}
    messages = objects(within(envelope, "data", "messages"))
    if messages and "status" in messages[0]:
        code = text(messages[0]["status"])
        if code == "SUCCESS":
            return Verdict(Meaning.TAKEN, provider_id=text(messages[0].get("message_id")))
        wait = SAME_TEXT if code == "THROTTLED" else None
        return Verdict(_MEANINGS.get(code, Meaning.MESSAGE), code, retry_after=wait)
    code = text(envelope.get("response_code"))
    if code and code != "SUCCESS":
        # Said of the whole request, which may be our own doing: an unknown code decides nothing.
        meaning = _MEANINGS.get(code, Meaning.MESSAGE if answer.accepted else None)
        return Verdict(meaning, code, text(envelope.get("response_msg")))
    if answer.accepted and within(envelope, "data", "blocked_count"):
        return Verdict(Meaning.MESSAGE, "blocked")
    return UNEXPECTED if answer.accepted else None
