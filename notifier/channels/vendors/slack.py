"""Slack (slack://): incoming webhooks, workflow triggers, and bots by chat.postMessage."""

from __future__ import annotations

from notifier.channels.meaning import Meaning
from notifier.channels.vendors.answer import UNEXPECTED, Answer, Verdict, table, text

_MEANINGS = table(
    {
        Meaning.THROTTLED: "ratelimited rate_limited message_limit_exceeded",
        Meaning.BROKEN: "internal_error fatal_error service_unavailable rollup_error team_added_to_org",
        Meaning.LATER: "request_timeout",
        Meaning.CHANNEL: """
            invalid_auth not_authed account_inactive token_revoked token_expired invalid_token missing_scope
            no_permission not_allowed_token_type access_denied accesslimited

            ekm_access_denied org_login_required team_access_not_granted enterprise_is_restricted
            no_team team_disabled deprecated_endpoint method_deprecated

            channel_not_found not_in_channel is_archived channel_is_archived action_prohibited
            posting_to_general_channel_denied restricted_action restricted_action_read_only_channel
            restricted_action_thread_only_channel restricted_action_non_threadable_channel

            no_service no_service_id no_active_hooks
        """,
        Meaning.MESSAGE: "invalid_payload user_not_found no_text msg_too_long too_many_attachments",
    }
)
"""What takes the channel down: its key, its workspace, its place, its hook."""


def verdict(answer: Answer) -> Verdict | None:
    """Judge a bot's answer by `ok` and `error`, a hook's by its one word; of success the plugin knows.

    Sources: docs.slack.dev, "chat.postMessage" (errors, which come with 200; `ts`), "Sending messages
    using incoming webhooks", "Handling errors" (the words), "Rate limits" (429, Retry-After); changelog of
    2016-05-17 for the words' statuses: 400 invalid_payload, user_not_found; 403 action_prohibited; 404
    channel_not_found; 410 channel_is_archived; 500 rollup_error. The statuses of the others are not
    documented, so the word decides. Some may have been sent after fatal_error and internal_error.
    Not confirmed: message_limit_exceeded, and the page of the words itself, which was read as others
    list it.
    """
    match (answer.json or {}).get("ok"):
        case True if answer.accepted:
            return Verdict(Meaning.TAKEN, provider_id=text((answer.json or {}).get("ts")))
        case False:
            code = text((answer.json or {}).get("error"))
            return Verdict(_MEANINGS.get(code, Meaning.MESSAGE if answer.accepted else None), code)
    if answer.accepted:
        # For a bot's success Apprise takes any body with the letters OK in it.
        return UNEXPECTED if answer.page else None
    code = answer.text
    return Verdict(_MEANINGS[code], code) if code in _MEANINGS else None
