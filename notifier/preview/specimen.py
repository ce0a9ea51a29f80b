"""A specimen: one template, made for one scene in one language, as every channel would send it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from email import message_from_bytes, policy

from notifier.channels.gateway import Gateway
from notifier.channels.rehearsal import Rehearsal
from notifier.core.channel import Audience, Channel
from notifier.core.contact import Contact
from notifier.core.message import Rendered
from notifier.core.rules import RuleSet
from notifier.core.shop import Shop
from notifier.core.sms import Estimate, cut, estimate
from notifier.errors import Problem, RenderError
from notifier.preview.scenes import Scene, Use
from notifier.render.failure import PartError
from notifier.render.loading import PARTS
from notifier.render.templates import Templates

READER = "you@example.com"
"""Whom the mails of a preview are addressed to."""

LARGE = 60 * 1024
"""Bytes of HTML from which on a mail is marked as large: Gmail cuts it off at 102 KB."""

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


@dataclass(frozen=True, slots=True)
class Part:
    """The text that a part came to, or the problem that it met."""

    text: str = ""
    problem: Problem | None = None


@dataclass(frozen=True, slots=True)
class Specimen:
    """What there is to see of a template.

    `parts` are those that it has, in the order of PARTS; `rendered` what was made of them for
    sending, `mail` the whole mail, empty if it has none or a part of it failed; `slack` the
    payload, with line breaks. `refused` says why the mail could not be built.
    """

    template: str
    scene: Scene
    locale: str
    parts: Mapping[str, Part]
    rendered: Rendered = field(repr=False)
    sms: Estimate | None = None
    mail: bytes = field(default=b"", repr=False)
    slack: str = field(default="", repr=False)
    refused: str = ""

    @property
    def problems(self) -> list[Problem]:
        """What went wrong, part by part."""
        return [part.problem for part in self.parts.values() if part.problem]

    @property
    def html_size(self) -> int:
        """Bytes of the HTML part."""
        return len(self.rendered.html.encode())

    @property
    def headers(self) -> list[tuple[str, str]]:
        """The head of the mail, decoded."""
        head = message_from_bytes(self.mail.partition(b"\r\n\r\n")[0], policy=policy.default)
        return [(name, str(value)) for name, value in head.items()] if self.mail else []

    @property
    def is_whole_mail(self) -> bool:
        """Whether it could be sent as a mail."""
        return bool(self.mail)


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
    """Return the first e-mail channel that asks for an address, those that can be used first; or ""."""
    asking = [
        name
        for name, channel in ruleset.channels.items()
        if channel.to is not None and gateway.kind(name) == "email" and not channel.paused
    ]
    return asking[0] if asking else ""


def specimen(
    templates: Templates,
    template: str,
    scene: Scene,
    locale: str,
    used: Use,
    most_parts: int | None,
    rehearser: Rehearser,
) -> Specimen:
    """Make everything that a template has.

    Args:
        locale: the language that the reader is said to want, BCP 47.
        most_parts: how many parts a text message may take, None for any number.
    """
    contact = scene.facts["contact"]
    # Operators read the shop's language in the shop's zone, whoever the customer is.
    reader = contact if used.customer and isinstance(contact, Contact) else Contact()
    parts: dict[str, Part] = {}
    for name in (name for name in PARTS if name in templates.parts(template)):
        try:
            text = templates.part(template, name, scene.facts, locale, reader.timezone, reader.country)
        except PartError as error:
            parts[name] = Part(problem=error.problem)
        except RenderError as error:
            parts[name] = Part(problem=Problem(f"{template}/{name}", 0, 0, str(error)))
        else:
            parts[name] = Part(cut(text, most_parts) if name == "sms.txt" and most_parts else text)
    said = {name: part.text for name, part in parts.items()}
    rendered = Rendered(
        subject=said.get("subject.txt", ""),
        html=said.get("email.html", ""),
        text=said.get("email.txt", ""),
        sms=said.get("sms.txt", ""),
        chat=said.get("chat.html", ""),
        locale=templates.place(template, scene.facts, locale, reader.timezone, reader.country).lang,
        unsubscribe_url=str(scene.facts["unsubscribe_url"]),
    )
    told = rehearser.mail(rendered) if _is_mail(parts) else None
    return Specimen(
        template=template,
        scene=scene,
        locale=locale,
        parts=parts,
        rendered=rendered,
        sms=estimate(rendered.sms) if rendered.sms else None,
        mail=told.mail if told else b"",
        slack=rehearser.slack(rendered) if rendered.chat else "",
        refused=told.outcome.detail if told and not told.mail else "",
    )


def _is_mail(parts: Mapping[str, Part]) -> bool:
    """Tell whether a subject and a body were made, and no part of the mail failed."""
    of_mail = [part for name, part in parts.items() if name in ("subject.txt", "email.html", "email.txt")]
    return "subject.txt" in parts and len(of_mail) > 1 and not any(part.problem for part in of_mail)


def _indented(body: str) -> str:
    try:
        return json.dumps(json.loads(body), ensure_ascii=False, indent=2)
    except ValueError:
        return body
