"""What chat services answer, as they document it; the sources are named at each verifier."""

from __future__ import annotations

from typing import Any

import pytest

from notifier.core.retry import Outcome
from tests.channels.vendors.judging import (
    broken,
    delivered,
    down,
    gone,
    judged,
    later,
    refused,
    throttled,
    unexpected,
)


@pytest.mark.parametrize(
    ("status", "word", "expected"),
    [
        (400, "invalid_payload", refused("HTTP 400, invalid_payload")),
        (400, "user_not_found", refused("HTTP 400, user_not_found")),
        (400, "no_text", refused("HTTP 400, no_text")),
        (400, "too_many_attachments", refused("HTTP 400, too_many_attachments")),
        (400, "posting_to_general_channel_denied", down("HTTP 400, posting_to_general_channel_denied")),
        (403, "action_prohibited", down("HTTP 403, action_prohibited")),
        (403, "invalid_token", down("HTTP 403, invalid_token")),
        (404, "channel_not_found", down("HTTP 404, channel_not_found")),
        (404, "no_service", down("HTTP 404, no_service")),
        (400, "no_active_hooks", down("HTTP 400, no_active_hooks")),
        (400, "team_disabled", down("HTTP 400, team_disabled")),
        (410, "channel_is_archived", down("HTTP 410, channel_is_archived")),
        (500, "rollup_error", broken("HTTP 500, rollup_error")),
        (429, "rate_limited", throttled("HTTP 429, rate_limited")),
        (400, "invalid_blocks", refused("HTTP 400", "invalid_blocks")),
        (404, "something_new", down("HTTP 404", "something_new")),
    ],
)
def test_a_slack_hook_says_one_word(status: int, word: str, expected: Outcome) -> None:
    assert judged("slack", status, word, fixed=True) == expected


def slack(error: str) -> dict[str, Any]:
    return {"ok": False, "error": error}


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (
            200,
            {"ok": True, "channel": "C1", "ts": "1503435956.000247"},
            delivered("HTTP 200", "1503435956.000247"),
        ),
        (200, slack("ratelimited"), throttled("ratelimited")),
        (429, slack("ratelimited"), throttled("HTTP 429, ratelimited")),
        (200, slack("rate_limited"), throttled("rate_limited")),
        (200, slack("internal_error"), broken("internal_error")),
        (200, slack("fatal_error"), broken("fatal_error")),
        (503, slack("service_unavailable"), broken("HTTP 503, service_unavailable")),
        (200, slack("request_timeout"), later("request_timeout")),
        (200, slack("invalid_auth"), down("invalid_auth")),
        (200, slack("not_authed"), down("not_authed")),
        (200, slack("account_inactive"), down("account_inactive")),
        (200, slack("token_revoked"), down("token_revoked")),
        (200, slack("missing_scope"), down("missing_scope")),
        (200, slack("channel_not_found"), down("channel_not_found")),
        (200, slack("not_in_channel"), down("not_in_channel")),
        (200, slack("is_archived"), down("is_archived")),
        (200, slack("restricted_action_read_only_channel"), down("restricted_action_read_only_channel")),
        (200, slack("no_text"), refused("no_text")),
        (200, slack("msg_too_long"), refused("msg_too_long")),
        (200, slack("user_not_found"), refused("user_not_found")),
        (200, slack("something_new"), refused("something_new")),
        (500, slack("something_new"), broken("HTTP 500, something_new")),
        (200, "<html>log in, OK</html>", unexpected(200)),
    ],
)
def test_a_slack_bot_says_no_with_200(status: int, body: object, expected: Outcome) -> None:
    assert judged("slack", status, body, fixed=True) == expected


def test_whether_a_workflow_was_taken_the_plugin_knows() -> None:
    assert judged("slack", 200, {}, fixed=True) == delivered("HTTP 200")
    assert judged("slack", 200, "", fixed=True) == delivered("HTTP 200")
    assert judged("slack", 200, "", fixed=True, ok=False) == unexpected(200)


def telegram(code: int, words: str, **parameters: object) -> dict[str, Any]:
    return {"ok": False, "error_code": code, "description": words, "parameters": parameters}


@pytest.mark.parametrize("status", [200, 400, 429, 500])
@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (telegram(400, "Bad Request: chat not found"), gone),
        (telegram(400, "Bad Request: PEER_ID_INVALID"), gone),
        (telegram(403, "Forbidden: bot was blocked by the user"), gone),
        (telegram(403, "Forbidden: user is deactivated"), gone),
        (telegram(403, "Forbidden: bot can't send messages to the user"), refused),
        (telegram(400, "Bad Request: message text is empty"), refused),
        (telegram(400, "Bad Request: group chat was upgraded", migrate_to_chat_id=-1001), down),
        (telegram(401, "Unauthorized"), down),
        (telegram(404, "Not Found"), down),
        (telegram(500, "Internal Server Error"), broken),
        (telegram(502, "Bad Gateway"), broken),
    ],
)
def test_telegrams_error_code_counts_not_the_status(status: int, body: dict[str, Any], kind: Any) -> None:
    said = str(body["error_code"])
    code = said if status == 200 else f"HTTP {status}" if str(status) == said else f"HTTP {status}, {said}"
    assert judged("tgram", status, body) == kind(code, body["description"])


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (200, {"ok": True, "result": {"message_id": 77, "text": "x"}}, delivered("HTTP 200", "77")),
        (200, {"result": {"message_id": 77}}, unexpected(200)),
        (
            429,
            telegram(429, "Too Many Requests: retry after 9", retry_after=9),
            throttled("HTTP 429", "Too Many Requests: retry after 9", 9.0),
        ),
        (429, telegram(429, "chat not found", retry_after="9"), throttled("HTTP 429", "chat not found")),
        (429, telegram(429, "slow", retry_after=-1), throttled("HTTP 429", "slow")),
        (200, {"ok": False}, refused("400")),
        (200, {"ok": False, "error_code": 200, "description": "odd"}, refused("400", "odd")),
    ],
)
def test_telegram_says_in_the_body_how_long_to_wait(status: int, body: object, expected: Outcome) -> None:
    assert judged("tgram", status, body) == expected


def test_a_chat_that_is_gone_takes_a_channel_of_its_own_with_it() -> None:
    body = telegram(400, "Bad Request: chat not found")
    assert judged("tgram", 400, body, fixed=True) == down("HTTP 400", "Bad Request: chat not found")


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (204, "", delivered("HTTP 204")),
        (200, {"id": "1234"}, delivered("HTTP 200")),
        (200, "<html>welcome</html>", unexpected(200)),
        (
            429,
            {"message": "Slow", "retry_after": 64.57, "global": False},
            throttled("HTTP 429", "Slow", 64.57),
        ),
        (429, {"message": "Slow", "retry_after": 6457, "code": 0}, throttled("HTTP 429", "Slow", 6.457)),
        (429, "error code: 1015", throttled("HTTP 429", "error code: 1015")),
        (
            404,
            {"message": "Unknown Webhook", "code": 10015},
            down("HTTP 404, error 10015", "Unknown Webhook"),
        ),
        (
            401,
            {"message": "Invalid Webhook Token", "code": 50027},
            down("HTTP 401, error 50027", "Invalid Webhook Token"),
        ),
        (
            400,
            {"message": "Invalid Form Body", "code": 50035},
            refused("HTTP 400, error 50035", "Invalid Form Body"),
        ),
        (
            400,
            {"message": "Cannot send an empty message", "code": 50006},
            refused("HTTP 400, error 50006", "Cannot send an empty message"),
        ),
    ],
)
def test_discord_counts_in_milliseconds_or_in_seconds(status: int, body: object, expected: Outcome) -> None:
    assert judged("discord", status, body, fixed=True) == expected
