"""Services that are told whom to write to: SMS, messengers, e-mail over HTTP.

The recipient goes to the plugin as data, one plugin object for each message,
and before anything is sent the plugin must show that it will write to this
recipient and nobody else: with an address that it cannot read, Apprise writes
to the sender and calls it delivered.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from notifier.channels import engine, heading
from notifier.channels.attempt import Attempt
from notifier.channels.classify import from_http, refused
from notifier.channels.mime import UnsafeHeader
from notifier.channels.recipient import Address, is_only, refusal
from notifier.channels.services import Kind, targets_of, words
from notifier.core.retry import Outcome
from notifier.errors import ConfigError

_PROBES = {Address.PHONE: "+15005550006", Address.EMAIL: "probe@shop.example"}


@dataclass(frozen=True, slots=True)
class TargetService:
    """A parsed URL that lacks the recipient; `own` is the one that the URL itself names, if any."""

    schema: str
    kind: Kind
    address: Address
    base: dict[str, Any] = field(repr=False)
    asset: Any = field(repr=False)
    own: str = field(default="", repr=False)

    def probe(self) -> None:
        """Raise ConfigError if the URL is refused, or if the service cannot be held to one recipient."""
        probe = self.own or _PROBES.get(self.address)
        plugin = engine.build(self.base, self.asset, targets=[probe] if probe else [])
        shown = targets_of(self.schema, plugin)
        if shown is None or (probe and not is_only(self.address, probe, shown)):
            raise ConfigError(
                f"{self.schema}:// cannot be held to one recipient; name it in the URL, and leave out `to`"
            )

    def send(self, attempt: Attempt) -> Outcome:
        """Write to the recipient, or to the URL's own if the channel has one.

        The recipient is a bare e-mail address, a phone number in E.164 form or a name of the service's kind.
        """
        to = self.own or attempt.recipient
        problem = refusal(self.address, to)
        if problem:
            return refused(problem, bad_address=True)
        try:
            plugin = engine.build(self.base, self.asset, targets=[to], **self._head(attempt, to))
        except UnsafeHeader as error:
            return refused(str(error))
        except ConfigError:
            return refused("the service's plugin refuses this recipient")
        if not is_only(self.address, to, targets_of(self.schema, plugin)):
            return refused("the service's plugin does not take this recipient")
        title, body, form = words(self.kind, attempt.rendered, self.schema, plugin)
        if not body.strip():
            return refused("the message has no text")
        # Providers join long texts themselves; split here, half of one could be sent twice.
        overflow = "truncate" if self.kind is Kind.CHAT else "upstream"
        ok = plugin.notify(
            body=body,
            title=title,
            body_format=form,
            overflow=overflow,
            notify_type=attempt.rendered.tone.value,
        )
        return from_http(self.schema, ok, attempt.calls, fixed=bool(self.own))

    def _head(self, attempt: Attempt, to: str) -> dict[str, Any]:
        if self.kind is not Kind.EMAIL:
            return {}
        plugin = engine.plugin_class(self.base)
        return heading.over_http(attempt.rendered.head, self.base, plugin, self.asset.app_id, to)
