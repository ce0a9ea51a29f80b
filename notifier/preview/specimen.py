"""A specimen: one template, made for one scene in one language, as every channel would send it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from email import message_from_bytes, policy

from notifier.core.channel import Audience
from notifier.core.contact import Contact
from notifier.core.expression import Facts
from notifier.core.head import Head, head
from notifier.core.item import Item
from notifier.core.message import Rendered
from notifier.core.occasion import Occasion
from notifier.core.shop import Shop
from notifier.core.sms import Estimate, Fitted, estimate, fitted
from notifier.core.tone import Tone, tone, tone_of
from notifier.errors import Problem, RenderError
from notifier.preview.rehearser import Rehearser
from notifier.preview.scenes import Scene, Use
from notifier.render.failure import PartError
from notifier.render.loading import PARTS
from notifier.render.templates import Templates

LARGE = 60 * 1024
"""Bytes of HTML from which on a mail is marked as large: Gmail cuts it off at 102 KB."""


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
    payload, with line breaks.
    `fit` tells whether the text message was made shorter, `refused` why the mail could not be built.
    """

    template: str
    scene: Scene
    locale: str
    parts: Mapping[str, Part]
    rendered: Rendered = field(repr=False)
    sms: Estimate | None = None
    fit: Fitted | None = None
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
    place = templates.place(template, scene.facts, locale, reader.timezone, reader.country)

    def say(name: str, *, short: bool = False) -> str:
        facts = {**scene.facts, "short": short}
        return templates.part(template, name, facts, locale, reader.timezone, reader.country)

    parts: dict[str, Part] = {}
    fit: Fitted | None = None
    for name in (name for name in PARTS if name in templates.parts(template)):
        try:
            if name == "sms.txt":
                fit = fitted(lambda short: say("sms.txt", short=short), place.lang, most_parts)
                parts[name] = Part(fit.text)
            else:
                parts[name] = Part(say(name))
        except PartError as error:
            parts[name] = Part(problem=error.problem)
        except RenderError as error:
            parts[name] = Part(problem=Problem(f"{template}/{name}", 0, 0, str(error)))
    said = {name: part.text for name, part in parts.items()}
    rendered = Rendered(
        subject=said.get("subject.txt", ""),
        html=said.get("email.html", ""),
        text=said.get("email.txt", ""),
        sms=said.get("sms.txt", ""),
        chat=said.get("chat.html", ""),
        locale=place.lang,
        head=_head(scene.facts, used),
        tone=_tone(scene.facts, used),
    )
    told = rehearser.mail(rendered) if _is_mail(parts) else None
    return Specimen(
        template=template,
        scene=scene,
        locale=locale,
        parts=parts,
        rendered=rendered,
        sms=estimate(rendered.sms) if rendered.sms else None,
        fit=fit,
        mail=told.mail if told else b"",
        slack=rehearser.slack(rendered) if rendered.chat else "",
        refused=told.outcome.detail if told and not told.mail else "",
    )


def _head(facts: Facts, used: Use) -> Head:
    shop = facts["shop"]
    assert isinstance(shop, Shop)
    audience = Audience.CUSTOMER if used.customer else Audience.OPS
    refs = {item.order.ref for item in _items(facts)}
    link = str(facts["unsubscribe_url"])
    return head(shop, audience, used.rule, refs, marketing=used.marketing, unsubscribe_url=link)


def _tone(facts: Facts, used: Use) -> Tone:
    if not used.customer and (items := _items(facts)):
        return tone_of(items)
    occasion = facts["occasion"]
    assert isinstance(occasion, Occasion)
    return tone(str(facts["severity"]), occasion.kind)


def _items(facts: Facts) -> tuple[Item, ...]:
    items = facts["items"]
    assert isinstance(items, tuple)
    return items


def _is_mail(parts: Mapping[str, Part]) -> bool:
    """Tell whether a subject and a body were made, and no part of the mail failed."""
    of_mail = [part for name, part in parts.items() if name in ("subject.txt", "email.html", "email.txt")]
    return "subject.txt" in parts and len(of_mail) > 1 and not any(part.problem for part in of_mail)
