"""Amazon SNS (sns://): query API of 2010-03-31, action Publish, POST sns.{region}.amazonaws.com."""

from __future__ import annotations

import re

from notifier.channels.meaning import Meaning
from notifier.channels.vendors.answer import UNEXPECTED, Answer, Verdict, table

_MEANINGS = table(
    {
        Meaning.THROTTLED: "Throttled ThrottledException Throttling ThrottlingException",
        Meaning.BROKEN: "InternalError InternalFailure ServiceUnavailable",
        Meaning.CHANNEL: """
            AccessDenied AccessDeniedException AuthorizationError IncompleteSignature InvalidClientTokenId
            InvalidSecurity MissingAuthenticationToken NotAuthorized OptInRequired RequestExpired
            SignatureDoesNotMatch UnrecognizedClientException
        """,
        Meaning.MESSAGE: "InvalidParameter InvalidParameterValue ValidationError",
    }
)
"""A code that is not here is judged by the HTTP status."""

_CODE = re.compile(rb"<Code>\s*([A-Za-z.]{1,80})\s*</Code>")
_WORDS = re.compile(rb"<Message>([^<]{1,200})")
_ID = re.compile(rb"<MessageId>\s*([A-Za-z0-9-]{1,80})\s*</MessageId>")


def verdict(answer: Answer) -> Verdict | None:
    """Judge by the error's Code: being throttled, or a wrong signature, may come with 400.

    Sources: docs.aws.amazon.com, SNS API Reference, "Publish" (errors; MessageId) and "Common Error
    Types"; of these, the names of "Publish" were read, in docs.rs/rusoto_sns, PublishError. Not
    confirmed: the common ones, the statuses, and any answer for opted-out numbers or for the month's
    spending limit.
    """
    if answer.accepted:
        found = _ID.search(answer.body)
        # CreateTopic, which comes first where a topic is written to, has no id.
        if found is None:
            return None if b"<TopicArn>" in answer.body else UNEXPECTED
        return Verdict(Meaning.TAKEN, provider_id=found[1].decode())
    code, words = _CODE.search(answer.body), _WORDS.search(answer.body)
    if code is None:
        return None
    name = code[1].decode()
    detail = words[1].decode("utf-8", "replace") if words else ""
    return Verdict(_MEANINGS.get(name), name, detail)
