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


def _without_empty_address(send: Callable[..., bool], payload: dict[str, Any], **options: Any) -> bool:
    """Post to Discord, which refuses an author's empty address (discord/discord-api-docs issue 5837)."""
    for embed in payload.get("embeds", ()):
        if not embed.get("author", {}).get("url", True):
            del embed["author"]["url"]
    return send(payload, **options)
