"""What kind of service an Apprise schema is: the words it wants and how it names its recipients.

Derived from the tokens that each plugin declares for its URL; the tables below
are the exceptions, found by reading Apprise 2.3.0.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Any

from notifier.channels import dialects, inert
from notifier.channels.recipient import Address
from notifier.core.message import Rendered


class Kind(StrEnum):
    """Which words of a message a channel sends."""

    EMAIL = "email"
    SMS = "sms"
    CHAT = "chat"


MAIL = frozenset({"mailto", "mailtos"})
"""Schemas that our own mail class serves."""

_EMAIL_TOO = frozenset({"ses", "smtp2go", "sparkpost"})
"""E-mail services that only say `targets`."""

_SMS_TOO = frozenset({"sfr"})
"""Text messages to a number that is just called `target`."""

_CHAT = frozenset(
    {
        # messengers that know people by their phone number
        *(
            "awswhatsapp",
            "evolution",
            "evolutions",
            "gupshup",
            "signal",
            "signals",
            "threema",
            "whapi",
            "whatsapp",
        ),
        # a phone number or an address is only one of several ways to name somebody
        *("deltachat", "deltachats", "dingtalk", "onesignal", "pbul", "pingram"),
        *("psafer", "psafers", "slack"),
    }
)

_LISTS = {
    "evolution": "phone",
    "evolutions": "phone",
    "serwersms": "target_phones",
    "smseagle": "target_phones",
    "smseagles": "target_phones",
    "sns": "phone",
}
"""Attributes that hold the recipients, where it is not `targets`."""

_LINK = re.compile(r'<a\b[^>]*?\bhref="([^"]*)"[^>]*>(.*?)</a>', re.IGNORECASE | re.DOTALL)


def kind_of(schema: str, plugin: Any) -> Kind:
    """Return the kind of the service `schema`; `plugin` is its Apprise class or object."""
    tokens = set(plugin.template_tokens)
    if schema in _CHAT:
        return Kind.CHAT
    if schema in _EMAIL_TOO or "target_email" in tokens:
        return Kind.EMAIL
    if schema in _SMS_TOO or _has_phone(tokens):
        return Kind.SMS
    return Kind.CHAT


def address_of(schema: str, plugin: Any) -> Address:
    """Return how the service `schema` names its recipients, NONE if its recipient is fixed."""
    tokens = set(plugin.template_tokens)
    match kind_of(schema, plugin):
        case Kind.EMAIL:
            return Address.EMAIL
        case Kind.SMS:
            return Address.PHONE
        case _ if _has_phone(tokens):
            return Address.PHONE
        case _:
            return Address.NAME if "targets" in tokens else Address.NONE


def targets_of(schema: str, plugin: Any) -> object:
    """Return the list of recipients that a plugin object will write to, None if it shows none."""
    return getattr(plugin, _LISTS.get(schema, "targets"), None)


def words(kind: Kind, rendered: Rendered, schema: str, plugin: Any) -> tuple[str, str, str]:
    """Return title, body and the body's format (`html` or `text`) for one plugin object."""
    match kind:
        case Kind.SMS:
            return "", rendered.sms, "text"
        case Kind.EMAIL if rendered.html:
            return rendered.subject, rendered.html, "html"
        case Kind.EMAIL:
            return rendered.subject, rendered.text, "text"
        case Kind.CHAT:
            form = plugin.resolve_format("html").value
            html = inert.words(schema, rendered.chat, form)
            return "", _links_spelled_out(html) if form == "text" else html, "html"


def room(schema: str, plugin: Any) -> int:
    """Return how long a message may be that a plugin object sends, in characters."""
    if schema == "slack" and plugin.use_blocks:
        return 3_000  # docs.slack.dev, "Section block"
    return int(plugin.body_maxlen)


def in_its_format(kind: Kind, base: dict[str, Any]) -> dict[str, Any]:
    """Return a parsed URL with the `format` that suits the words: none where they are plain."""
    if kind is Kind.SMS:  # it would make HTML of them
        return {key: value for key, value in base.items() if key != "format"}
    return dialects.preferred(base["schema"], base) if kind is Kind.CHAT else base


def one_request(schema: str, plugin: Any) -> None:
    """Set right in a plugin object what would make two requests of a message, or none that arrives.

    Found by reading Apprise 2.3.0.
    """
    match schema:
        case "plivo":
            # The plugin never fills in the account that Plivo wants in the path.
            plugin.notify_url = plugin.notify_url.replace("{auth_id}", plugin.auth_id)
        case "tgram":
            plugin.include_image = False  # a message of its own
        case "discord":
            plugin.fields = False  # beyond ten headings a second message
        case "jira" | "opsgenie":
            # They would add good news to alerts that this object has opened: there are none.
            plugin.mapping = dict.fromkeys(plugin.mapping, "new")


def _has_phone(tokens: set[str]) -> bool:
    return any(token.startswith("target_phone") for token in tokens)


def _links_spelled_out(html: str) -> str:
    """Write `words (address)` for links: Apprise's conversion to plain text drops the address."""
    return _LINK.sub(lambda m: m[2] if m[1] == m[2] else f"{m[2]} ({inert.link(m[1])})", html)
