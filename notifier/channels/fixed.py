"""Services that write to one place of their own: a Slack hook, a Discord channel, a JSON endpoint."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from notifier.channels import engine
from notifier.channels.attempt import Attempt
from notifier.channels.classify import from_http, refused
from notifier.channels.services import Kind, words
from notifier.core.retry import Outcome


@dataclass(frozen=True, slots=True)
class FixedService:
    """A parsed URL whose plugin knows where to write."""

    schema: str
    base: dict[str, Any] = field(repr=False)
    asset: Any = field(repr=False)

    def send(self, attempt: Attempt) -> Outcome:
        """Write the message's `chat`; there is no recipient to name."""
        if attempt.recipient:
            return refused("this channel takes no recipient")
        plugin = engine.build(self.base, self.asset)
        title, body, form = words(Kind.CHAT, attempt.rendered, self.schema, plugin)
        if not body.strip():
            return refused("the message has no text")
        # One request for one message: too long a text is cut, never split.
        ok = plugin.notify(
            body=body,
            title=title,
            body_format=form,
            overflow="truncate",
            notify_type=attempt.rendered.tone.value,
        )
        return from_http(self.schema, ok, attempt.calls, fixed=True)
