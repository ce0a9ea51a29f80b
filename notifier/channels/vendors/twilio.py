"""Twilio (twilio://): POST api.twilio.com/2010-04-01/Accounts/{sid}/Messages.json, or Calls.json."""

from __future__ import annotations

from notifier.channels.meaning import Meaning
from notifier.channels.vendors.answer import UNEXPECTED, Answer, Verdict, text

_MEANINGS = {
    "10001": Meaning.CHANNEL,  # account not active
    "20003": Meaning.CHANNEL,  # wrong key
    "20005": Meaning.CHANNEL,  # account not active
    "20404": Meaning.CHANNEL,  # the path holds nothing but the account
    "20429": Meaning.THROTTLED,
    "20500": Meaning.BROKEN,
    "20503": Meaning.BROKEN,
    "21211": Meaning.RECIPIENT,  # no phone number
    "21408": Meaning.MESSAGE,  # this land is not allowed
    "21608": Meaning.MESSAGE,  # a trial account, and a number that is not its own
    "21610": Meaning.RECIPIENT,  # has sent STOP
    "21611": Meaning.THROTTLED,  # this sender's queue is full
    "21612": Meaning.MESSAGE,  # no way from this sender to this number
    "21614": Meaning.RECIPIENT,  # no mobile number
    "21635": Meaning.RECIPIENT,  # a landline
    "30001": Meaning.THROTTLED,  # queue overflow
    "30002": Meaning.CHANNEL,  # account suspended
    "60728": Meaning.THROTTLED,  # the hour's limit
    "63017": Meaning.THROTTLED,
    "63038": Meaning.THROTTLED,  # the day's limit
}


def verdict(answer: Answer) -> Verdict | None:
    """Judge by the error's `code`; a success has a `sid`.

    Sources: twilio.com/docs, "Error and Warning Dictionary", the pages of these codes; "Message
    resource" (201, `sid`); "Twilio's response" (errors: `code`, `message`, `status`). Not confirmed:
    the pages of 20005, 20404, 20500, 20503, 21408 and 21612. A code that is not here is judged by the
    HTTP status. Retry-After is documented for newer APIs only.
    """
    body = answer.json or {}
    if answer.accepted:
        sid = text(body.get("sid"))
        return Verdict(Meaning.TAKEN, provider_id=sid) if sid else UNEXPECTED
    code = text(body.get("code"))
    if not code:
        return None
    return Verdict(_MEANINGS.get(code), f"error {code}", text(body.get("message")))
