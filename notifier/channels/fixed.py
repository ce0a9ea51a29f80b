"""Services that write to one place of their own: a Slack hook, a Discord channel, a JSON endpoint."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import Any

from notifier.channels import engine
from notifier.channels.attempt import Attempt
from notifier.channels.classify import from_http, refused
from notifier.channels.fitting import fitted, size
from notifier.channels.services import Kind, room, words
from notifier.core.message import Rendered
from notifier.core.retry import Outcome


@dataclass(frozen=True, slots=True)
class FixedService:
    """A parsed URL whose plugin knows where to write."""

    schema: str
    base: dict[str, Any] = field(repr=False)
    asset: Any = field(repr=False)

    def fits(self, rendered: Rendered) -> bool:
        """Tell whether the service takes the message whole."""
        plugin = engine.build(self.base, self.asset)
        _, body, form = words(Kind.CHAT, rendered, self.schema, plugin)
        most = room(self.schema, plugin)
        return _surely_fits(body, most) or engine.comes_to(self.base, self.asset, body, form) <= most

    def send(self, attempt: Attempt) -> Outcome:
        """Write the message's `chat`; there is no recipient to name."""
        if attempt.recipient:
            return refused("this channel takes no recipient")
        plugin = engine.build(self.base, self.asset)
        title, body, form = words(Kind.CHAT, attempt.rendered, self.schema, plugin)
        if not body.strip():
            return refused("the message has no text")
        # One request for one message: too long a text is shortened, never split.
        most = room(self.schema, plugin)
        if not _surely_fits(body, most):
            body = fitted(body, partial(engine.comes_to, self.base, self.asset, form=form), most)
        ok = plugin.notify(
            body=body,
            title=title,
            body_format=form,
            overflow="truncate",
            notify_type=attempt.rendered.tone.value,
        )
        return from_http(self.schema, ok, attempt.calls, fixed=True)


def _surely_fits(body: str, most: int) -> bool:
    """Tell whether a message fits even if each of its characters is escaped."""
    return 2 * size(body) <= most
