"""Telegram (tgram://): Bot API, POST api.telegram.org/bot{token}/sendMessage."""

from __future__ import annotations

from notifier.channels.meaning import Meaning, of_status
from notifier.channels.vendors.answer import UNEXPECTED, Answer, Verdict, seconds, text, within

_GONE = (
    *("chat not found", "user not found", "peer_id_invalid"),
    *("bot was blocked by the user", "user is deactivated"),
)
"""Told in words only and documented nowhere; collected in github.com/TelegramBotAPI/errors.

"bot can't send messages to the user" is not among them: it comes and goes.
"""


def verdict(answer: Answer) -> Verdict | None:
    """Judge by `ok`, `error_code` and `description`; `parameters` say how long to wait.

    Source: core.telegram.org/bots/api, "Making requests" and "ResponseParameters" (`retry_after` in
    seconds; `migrate_to_chat_id` for a group that has another number now).
    """
    body = answer.json or {}
    match body.get("ok"):
        case True if answer.accepted:
            return Verdict(Meaning.TAKEN, provider_id=text(within(body, "result", "message_id")))
        case False:
            said = body.get("error_code")
            status = said if isinstance(said, int) and said >= 400 else 400
            words = text(body.get("description"))
            wait = seconds(within(body, "parameters", "retry_after"))
            return Verdict(_meaning(status, words, body), str(status), words, wait)
        case _:
            return UNEXPECTED if answer.accepted else None


def _meaning(status: int, words: str, body: object) -> Meaning:
    if status == 404 or within(body, "parameters", "migrate_to_chat_id") is not None:
        return Meaning.CHANNEL  # an unknown token is 404 there
    # 403 is about the chat, and never about the bot: a wrong token is 401.
    meaning = Meaning.MESSAGE if status == 403 else of_status(status, fixed=True)
    if meaning is Meaning.MESSAGE and any(gone in words.lower() for gone in _GONE):
        return Meaning.RECIPIENT
    return meaning
