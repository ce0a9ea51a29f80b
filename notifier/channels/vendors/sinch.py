"""Sinch (sinch://): SMS REST API, POST {us|eu}.sms.api.sinch.com/xms/v1/{plan}/batches."""

from __future__ import annotations

from notifier.channels.meaning import Meaning
from notifier.channels.vendors.answer import UNEXPECTED, Answer, Verdict, table, text, within

_MEANINGS = table(
    {
        Meaning.CHANNEL: "blocked_account",  # also for want of credit
        Meaning.MESSAGE: """
            illegal_number_type llegal_number_type missing_callback_url unknown_campaign unknown_group
            syntax_constraint_violation syntax_invalid_json syntax_invalid_parameter_format
        """,
    }
)
"""Those about the message come with 403 as well, which alone would stop the channel.

`llegal` is how the guide spells it. A number in a wrong form is syntax_invalid_parameter_format,
but so is any other field in one.
"""


def verdict(answer: Answer) -> Verdict | None:
    """Judge by the error's `code`; a success, 200 or 201, has an `id`.

    Sources: developers.sinch.com, SMS, "HTTP Status Codes" (400 and 403 with `code` and `text`; also an
    `error` with `code`, `message`, `status`); github.com/sinch/docs sms-guide.md (401 for a token that
    does not fit the plan, 404 for a path that is not there, 429, 500, 503) and its pull request 314
    (blocked_account); community.sinch.com 14163. Not confirmed: an answer of its own for opted-out
    recipients, and whether 429 has a Retry-After.
    """
    body = answer.json or {}
    if answer.accepted:
        batch = text(body.get("id"))
        return Verdict(Meaning.TAKEN, provider_id=batch) if batch else UNEXPECTED
    code = text(body.get("code")) or text(within(body, "error", "status"))
    words = text(body.get("text")) or text(within(body, "error", "message"))
    meaning = _MEANINGS.get(code)
    if answer.status == 404:
        meaning = Meaning.CHANNEL  # the path holds nothing but the plan
    return Verdict(meaning, code, words)
