"""Who would send what is shown: the shop's own mail account, or accounts that are invented."""

from __future__ import annotations

import json
from collections.abc import Mapping

from notifier.channels.gateway import Gateway
from notifier.channels.rehearsal import Rehearsal
from notifier.core.channel import Audience, Channel
from notifier.core.message import Rendered
from notifier.core.rules import RuleSet
from notifier.core.shop import Shop

READER = "you@example.com"
"""Whom the mails of a preview are addressed to."""

_MAIL, _SLACK = "email", "slack"

_STAND_INS: Mapping[str, Channel] = {
    _MAIL: Channel(
        _MAIL,
        "mailto://127.0.0.1?from=orders@shop.example",
        Audience.CUSTOMER,
        to=lambda facts: READER,
    ),
    _SLACK: Channel(_SLACK, "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/#orders", Audience.OPS),
}
"""Invented accounts: what is shown has to be made by somebody, also where nothing is set up."""


class Rehearser:
    """Tells what channels would send: the shop's own mail account if it can be used, else an invented one."""

    def __init__(self, gateway: Gateway, channel: str, shop: Shop) -> None:
        self._invented = Gateway(_STAND_INS, shop.name)
        self._gateway, self._channel = (gateway, channel) if channel else (self._invented, _MAIL)

    def mail(self, rendered: Rendered) -> Rehearsal:
        """Return the mail to READER."""
        return self._gateway.rehearse(self._channel, rendered, READER, "preview")

    def slack(self, rendered: Rendered) -> str:
        """Return the payload for Slack, empty without words."""
        told = self._invented.rehearse(_SLACK, rendered, "", "preview").requests
        return "\n".join(_indented(request.body) for request in told)


def mail_channel(ruleset: RuleSet, gateway: Gateway) -> str:
    """Return the first e-mail channel that asks for an address and can be used, "" if there is none."""
    asking = [
        name
        for name, channel in ruleset.channels.items()
        if channel.to is not None and gateway.kind(name) == "email" and not channel.paused
    ]
    return asking[0] if asking else ""


def _indented(body: str) -> str:
    try:
        return json.dumps(json.loads(body), ensure_ascii=False, indent=2)
    except ValueError:
        return body
