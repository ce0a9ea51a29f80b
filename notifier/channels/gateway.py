"""The way out: channels of rules.yaml by name, each made from its Apprise URL once."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlsplit

from notifier.channels import engine
from notifier.channels.attempt import Attempt, Route
from notifier.channels.classify import crashed, refused
from notifier.channels.email import ShopMail
from notifier.channels.fixed import FixedService
from notifier.channels.pool import Pool
from notifier.channels.recipient import Address, refusal
from notifier.channels.recorder import hears, recording
from notifier.channels.rehearsal import Rehearsal, Tray, rehearsing
from notifier.channels.secrets import Secrets, secrets_of
from notifier.channels.services import MAIL, Kind, address_of, in_its_format, kind_of
from notifier.channels.target import TargetService
from notifier.core.channel import Audience, Channel
from notifier.core.message import Rendered
from notifier.core.retry import Outcome, OutcomeKind
from notifier.errors import ConfigError


@dataclass(frozen=True, slots=True)
class MailRoute:
    """A mail account; `own` is the recipient that its URL names, if any."""

    account: ShopMail
    pool: Pool = field(repr=False)
    own: str = field(default="", repr=False)

    def send(self, attempt: Attempt) -> Outcome:
        """Send one mail."""
        to = self.own or attempt.recipient
        return self.account.deliver(to, attempt.rendered, attempt.message_id, self.pool)


class Gateway:
    """All channels of one rule set, for any number of threads.

    Args:
        channels: by name; those without a URL are left out.
        shop: the shop's name, shown as the sender where a service shows one.
        http_sink: `http://127.0.0.1:port` that receives all HTTP calls instead of
            the services, for tests and the demo; None for the real thing.

    Raises:
        ConfigError: the installed Apprise does not fit, or the sink is not on this machine.
    """

    def __init__(self, channels: Mapping[str, Channel], shop: str, http_sink: str | None = None) -> None:
        engine.prepare()
        if http_sink is not None:
            _check_sink(http_sink)
        self._sink = http_sink
        self._asset = engine.make_asset(shop)
        self._pool = Pool()
        self._kinds: dict[str, Kind] = {}
        self._routes: dict[str, Route] = {}
        self._secrets: dict[str, Secrets] = {}
        self._problems: dict[str, str] = {}
        self._heard: set[str] = set()  # whose service speaks HTTP
        for name, channel in channels.items():
            if channel.url is None:
                continue
            try:
                with recording(self._sink):
                    self._routes[name] = self._open(channel, channel.url)
                    self._secrets[name] = secrets_of(engine.parse(channel.url))
            except ConfigError as error:
                self._problems[name] = str(error)

    def kind(self, name: str) -> str | None:
        """Return "email", "sms" or "chat": the words that the channel needs; None for an unknown channel."""
        return self._kinds.get(name)

    def fits(self, name: str, rendered: Rendered) -> bool:
        """Tell whether a channel takes a chat message whole; else it is shortened when it is sent."""
        route = self._routes.get(name)
        return not isinstance(route, FixedService) or route.fits(rendered)

    def problems(self) -> dict[str, str]:
        """Return the channels that cannot be used, each with the reason, which holds no secret."""
        return dict(self._problems)

    def send(self, name: str, rendered: Rendered, recipient: str, message_id: str) -> Outcome:
        """Send one message over the channel `name`; never raises.

        Args:
            recipient: as `to` of the channel gave it; empty for a channel without `to`.
            message_id: the same for every attempt of one message.
        """
        route = self._routes.get(name)
        if route is None:
            return Outcome(OutcomeKind.CHANNEL_DOWN, detail="the channel is not configured or was refused")
        with recording(self._sink) as calls:
            try:
                outcome = route.send(Attempt(rendered, recipient, message_id, calls))
            except Exception as error:  # noqa: BLE001  183 foreign plugins, and one message must not stop the rest
                return crashed(error, calls)
        if outcome.kind is OutcomeKind.DELIVERED and name in self._heard and not calls:
            # Some plugins say so of what their URL tells them not to send.
            return refused("the service's plugin says yes and has sent nothing")
        outcome = self._secrets[name].hide_in(outcome)
        # A place that the channel's own URL names is no customer's address.
        return outcome if recipient else replace(outcome, bad_address=False)

    def rehearse(self, name: str, rendered: Rendered, recipient: str, message_id: str) -> Rehearsal:
        """Return what `send` would send, and send nothing; never raises. Takes what `send` does."""
        route = self._routes.get(name)
        if route is None:
            return Rehearsal(Outcome(OutcomeKind.CHANNEL_DOWN, detail="the channel is not configured"))
        tray = Tray()
        if isinstance(route, MailRoute):
            route = replace(route, pool=tray)
        with rehearsing() as requests:
            try:
                outcome = route.send(Attempt(rendered, recipient, message_id, []))
            except Exception as error:  # noqa: BLE001  foreign plugins, as in `send`
                outcome = crashed(error, [])
        return Rehearsal(self._secrets[name].hide_in(outcome), b"".join(tray.mails), tuple(requests))

    def tidy(self) -> None:
        """Close connections that were idle for too long; call it every few seconds, it waits for nothing."""
        self._pool.tidy()

    def close(self) -> None:
        """Close all connections, those in use as soon as their mail is through; waits for nothing.

        Messages can still be sent afterwards, each over a connection of its own.
        """
        self._pool.close()

    def _open(self, channel: Channel, url: str) -> Route:
        base = engine.parse(url)
        schema = base["schema"]
        plugin = engine.plugin_class(base)
        kind, address = kind_of(schema, plugin), address_of(schema, plugin)
        base = in_its_format(kind, base)
        self._kinds[channel.name] = kind
        if hears(plugin):
            self._heard.add(channel.name)
        named = [target for target in base.get("targets") or [] if target]
        wants = channel.to is not None
        _check(channel, schema, address, named)
        if schema in MAIL:
            mail = engine.build(base, self._asset, targets=[])
            # The team reads what is sent to the shop's own address (Apprise's default as well).
            own = "" if wants else _own(address, named or [mail.sender[1]])
            return MailRoute(mail, self._pool, own)
        own = "" if wants or kind is Kind.CHAT else _own(address, named)
        if wants or kind is not Kind.CHAT:
            target = TargetService(schema, kind, address, base, self._asset, own)
            target.probe()
            return target
        if len(engine.build(base, self._asset)) > 1:
            raise ConfigError("the URL names several recipients; make a channel of each: a message has one")
        if schema == "tgram" and not named:
            raise ConfigError("the chat is missing; write its number or @name at the end of the URL")
        return FixedService(schema, base, self._asset)


def _check(channel: Channel, schema: str, address: Address, named: list[Any]) -> None:
    if channel.to is None:
        if channel.audience is Audience.CUSTOMER:
            raise ConfigError("a channel for customers needs `to`, a service that takes a recipient")
        return
    if address is Address.NONE:
        raise ConfigError(f"{schema}:// writes to one fixed place; leave out `to`")
    if named:
        raise ConfigError("the URL already names a recipient; leave it out of the URL, or leave out `to`")


def _own(address: Address, named: list[Any]) -> str:
    """Return the one recipient that the URL of a mail or SMS channel without `to` names."""
    if len(named) != 1:
        raise ConfigError("the recipient is missing; write `to`, or exactly one recipient in the URL")
    own = str(named[0]).strip()
    if address is Address.PHONE and not own.startswith("+"):
        own = f"+{own}"
    if refusal(address, own):
        raise ConfigError(f"the recipient in the URL is not one plain {address}")
    return own


def _check_sink(sink: str) -> None:
    parts = urlsplit(sink)
    try:
        local = parts.hostname == "localhost" or ipaddress.ip_address(parts.hostname or "").is_loopback
    except ValueError:
        local = False
    if parts.scheme != "http" or not local:
        raise ConfigError("the HTTP sink must be http://127.0.0.1:port on this machine")
