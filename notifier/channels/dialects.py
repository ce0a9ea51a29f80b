"""What chat services make of our HTML, set right: bold and links are kept.

Apprise 2.3.0 turns HTML into each service's own markup. What is here was found by sending one
template through its plugins and reading what the services would be given.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import Any

_MARKDOWN = frozenset({"discord", "mmost", "mmosts"})
"""Services that read Markdown in whatever they are given, and would find some in a customer's name."""

_BACKSLASHES_SHOW = frozenset({"slack", "gchat"})
"""Services that know no way to write a mark as itself (slackhq/slack-api-docs issue 93)."""

_PLAIN_LINKS = frozenset(
    {"workflow", "workflows", "msteams", "mmost", "mmosts", "rocket", "rockets", "wxteams"}
)
"""Services that know Markdown's links and not all the ways to write one."""

_ESCAPED = re.compile(r"\\([\\`*_{}\[\]()#+.!|~<>-])")
_SLACK_LINK = re.compile(r"<[^<>|\s]+\|([^<>]*)>")
_SLACK_BOLD = re.compile(r"(?<!\w)\*([^*\n]+)\*(?!\w)")

HEADLINE = 150
"""Characters of a message that a phone's notification shows."""

_BRACKETED = re.compile(r"\]\(<([^<>()\s\\]+)>\)")


def preferred(schema: str, base: dict[str, Any]) -> dict[str, Any]:
    """Return a parsed URL with the format in which the service shows most, unless it names one that works."""
    if schema == "tgram":  # with any other format it would be shown our tags
        return {key: value for key, value in base.items() if key != "format"}
    return {"format": "markdown", **base} if schema in _MARKDOWN else base


def mend(schema: str, plugin: Any) -> None:
    """Set right in a plugin object what its service would show wrongly or refuse."""
    if schema in _BACKSLASHES_SHOW:
        # A backtick would take all that follows for code.
        _afterwards(plugin, lambda text: _ESCAPED.sub(lambda m: "'" if m[1] == "`" else m[1], text))
        if schema == "slack":
            plugin._send = partial(_with_a_headline, plugin._send)
    elif schema in _PLAIN_LINKS:
        _afterwards(plugin, partial(_BRACKETED.sub, r"](\1)"))
    elif schema == "discord":
        plugin._send = partial(_without_empty_address, plugin._send)
        # The plugin would ping whatever follows an @ in the text, were it an e-mail address.
        pings = plugin.ping_payload
        plugin.ping_payload = lambda *_texts: pings(" ".join(plugin.ping)) if plugin.ping else {}


def _afterwards(plugin: Any, change: Callable[[str], str]) -> None:
    send = plugin.send
    plugin.send = lambda body, *args, **options: send(change(body), *args, **options)


def _with_a_headline(send: Callable[..., Any], url: str, payload: dict[str, Any], **options: Any) -> Any:
    """Post to Slack with what a phone's notification shows: without a `fallback` it says "no preview".

    See docs.slack.dev, "Legacy secondary message attachments". The `text` of the message itself
    would be shown above the attachment as well.
    """
    for attachment in payload.get("attachments", ()):
        sections = [block.get("text") or {} for block in attachment.get("blocks", ())]
        texts = [attachment.get("text"), *(section.get("text") for section in sections)]
        if headline := next(filter(None, map(_headline, texts)), ""):
            attachment.setdefault("fallback", headline)
    return send(url, payload, **options)


def _headline(text: str | None) -> str:
    """Return the first line of a message in Slack's markup, without that; what is escaped stays so."""
    first = next((line for line in (text or "").splitlines() if line.strip()), "").strip()
    plain = _SLACK_BOLD.sub(r"\1", _SLACK_LINK.sub(r"\1", first))
    if len(plain) <= HEADLINE:
        return plain
    # not within an entity, such as &amp;
    return f"{re.sub(r'&[a-z]*$', '', plain[: HEADLINE - 1])}…"


def _without_empty_address(send: Callable[..., bool], payload: dict[str, Any], **options: Any) -> bool:
    """Post to Discord, which refuses an author's empty address (discord/discord-api-docs issue 5837)."""
    for embed in payload.get("embeds", ()):
        if not embed.get("author", {}).get("url", True):
            del embed["author"]["url"]
    return send(payload, **options)
