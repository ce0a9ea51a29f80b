"""Discord (discord://): webhooks, POST discord.com/api/webhooks/{id}/{token}."""

from __future__ import annotations

from notifier.channels.meaning import Meaning
from notifier.channels.vendors.answer import UNEXPECTED, Answer, Verdict, seconds, text

_MEANINGS = {
    "10015": Meaning.CHANNEL,  # the hook was deleted
    "50027": Meaning.CHANNEL,  # wrong token
}


def verdict(answer: Answer) -> Verdict | None:
    """Judge by the error's `code`; of 429 take the body's `retry_after`. A success is 204, or JSON.

    Sources: docs.discord.com, "Rate Limits" (429: `message`, `retry_after`, `global`) and "Opcodes and
    Status Codes", JSON error codes (50027 not confirmed). Apprise names no API version, and so gets
    version 6 ("API Reference", API versioning): there `retry_after` and Retry-After are whole
    milliseconds, from version 8 on seconds, with a fraction in the body (discord-api-docs, issue
    4722). Without a body that can be read, Cloudflare has answered, whose Retry-After is seconds.
    """
    if answer.accepted:
        return None if answer.json is not None or not answer.body.strip() else UNEXPECTED
    if answer.json is None:
        return None
    code = text(answer.json.get("code"))
    wait = answer.json.get("retry_after")
    return Verdict(
        _MEANINGS.get(code),
        f"error {code}" if code not in ("", "0") else "",  # 0 stands for none
        text(answer.json.get("message")),
        retry_after=seconds(wait, unit=0.001 if isinstance(wait, int) else 1.0),
    )
