"""The checked parts of rules.yaml to the values of `notifier.core.rules`: what the short forms mean."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from notifier.config import asked, expressions, recipient
from notifier.config.mistake import Mistake
from notifier.config.model.channels import ChannelPart
from notifier.config.model.match import MatchPart, RangePart
from notifier.config.model.rules import RulePart, TriggerPart
from notifier.config.model.send import FirstOfPart, SendForm, SendPart
from notifier.config.model.shop import ShopPart
from notifier.config.secret import reference, resolve
from notifier.core import status
from notifier.core.alert import Severity
from notifier.core.channel import Audience, Channel
from notifier.core.expression import Address
from notifier.core.facts import FIELDS
from notifier.core.match import Clause, OneOf, Range
from notifier.core.message import Send
from notifier.core.reason import Reason
from notifier.core.retry import RetryPolicy
from notifier.core.rules import Category, Delivery, Once, Rule
from notifier.core.shop import Shop
from notifier.core.trigger import StatusTrigger, Trigger


def shop(part: ShopPart) -> Shop:
    """Return the shop."""
    return Shop(
        name=part.name,
        timezone=part.timezone,
        locale=part.locale,
        url=part.url,
        support_email=part.support_email,
        max_update_age=part.max_update_age,
        tell_late=part.late_update == "notify",
    )


def channel(name: str, part: ChannelPart, environ: Mapping[str, str]) -> tuple[Channel, dict[str, str]]:
    """Return a channel, and what it lacks: key (`url`, `to`) to words; lacking anything pauses it.

    Args:
        environ: where `${env:NAME}` looks.
    """
    lacks: dict[str, str] = {}
    url = resolve(part.url, environ, "url", lacks)
    # Without its address the channel is built as one that needs none: its messages are
    # made, wait for the pause to end, and ask for the address again before they go.
    to = _address(part.to, environ, lacks) if part.to is not None else None
    audience = _audience(part)
    unknown_outcome = part.unknown_outcome or ("resend" if audience is Audience.OPS else "hold")
    retry = part.retry
    return Channel(
        name=name,
        url=url,
        audience=audience,
        to=to,
        retry=RetryPolicy(within=retry.for_, first=retry.first, factor=retry.factor, longest=retry.max),
        resend_unknown=unknown_outcome == "resend",
        paused=Reason.NOT_CONFIGURED if lacks else None,
        asks=_asks(part),
        rate=part.rate,
        budget=part.budget,
        concurrency=part.concurrency,
    ), lacks


def needs_contact(part: ChannelPart) -> bool:
    """Tell whether a channel can be used only once it is known who the customer is."""
    if _audience(part) is Audience.CUSTOMER:
        return True
    return part.to is not None and asked.needs_contact(expressions.address_tree(part.to))


def rule(part: RulePart, needing: Collection[str]) -> Rule:
    """Return a rule; its expressions are compiled.

    Args:
        needing: the channels that need the contact.
    """
    sends = deliveries(part.send, part.id)
    return Rule(
        id=part.id,
        trigger=_trigger(part.when),
        deliveries=sends,
        match=tuple(_clauses(part.match)) if part.match else (),
        condition=expressions.condition(part.if_) if part.if_ is not None else None,
        condition_source=part.if_ or "",
        once=Once(part.once),
        category=Category(part.category),
        needs_contact=_asks_who(part) or any(o.channel in needing for s in sends for o in s.options),
        **_severities(part.severity),
    )


def deliveries(form: SendForm, template: str) -> tuple[Delivery, ...]:
    """Return what a `send` means.

    Args:
        template: used where an entry names none.
    """
    entries = form if isinstance(form, list) else [form]
    return tuple(_delivery(entry, template) for entry in entries)


def _address(text: str, environ: Mapping[str, str], lacks: dict[str, str]) -> Address | None:
    secret = reference(text)
    if secret is None:
        return recipient.recipient(text)
    value = secret.read(environ)
    if value is None:
        lacks["to"] = secret.absence
        return None
    try:
        return recipient.fixed(value)  # a value from outside the file is never a template
    except Mistake as mistake:
        lacks["to"] = f"what {secret.name} holds {mistake.text}"
        return None


def _audience(part: ChannelPart) -> Audience:
    if part.audience is not None:
        return Audience(part.audience)
    for_customers = part.to is not None and asked.speaks_of_contact(expressions.address_tree(part.to))
    return Audience.CUSTOMER if for_customers else Audience.OPS


def _asks(part: ChannelPart) -> frozenset[str]:
    return asked.contact_fields(expressions.address_tree(part.to)) if part.to is not None else frozenset()


def _asks_who(part: RulePart) -> bool:
    """Tell whether a rule's own words can be judged only once it is known who the customer is."""
    of_contact = part.match and (part.match.country or part.match.locale or part.match.attributes)
    if of_contact or Once(part.once) is Once.CONTACT:
        return True
    return part.if_ is not None and asked.needs_contact(expressions.condition_tree(part.if_))


def _trigger(when: str | list[str] | TriggerPart) -> Trigger:
    named = when.status if isinstance(when, TriggerPart) else when
    words = [named] if isinstance(named, str) else named
    codes = frozenset(_code(word) for word in words if word != status.UNKNOWN)
    return StatusTrigger(codes, unknown=status.UNKNOWN in words)


def _severities(form: str | Mapping[str, str]) -> dict[str, Any]:
    if isinstance(form, str):
        return {"severity": Severity(form)}
    return {"severities": {_code(word): Severity(how) for word, how in form.items()}}


def _code(word: str) -> str:
    return status.CODES.get(word, word)  # a letter stands for itself


def _delivery(form: str | SendPart | FirstOfPart, template: str) -> Delivery:
    entries = form.first_of if isinstance(form, FirstOfPart) else [form]
    return Delivery(tuple(_send(entry, template) for entry in entries))


def _send(entry: str | SendPart, template: str) -> Send:
    if isinstance(entry, str):
        return Send(entry, template)
    return Send(entry.channel, entry.template or template)


def _clauses(part: MatchPart) -> Iterator[Clause]:
    for field in FIELDS:
        wanted = getattr(part, field)
        if field == "status" and wanted is not None:
            words = [wanted] if isinstance(wanted, str) else wanted
            wanted = [status.name(_code(word)) for word in words]  # an order has one name for its status
        if wanted is not None:
            yield Clause(field, _test(wanted))
    yield from _attribute_clauses("attributes", part.attributes)


def _attribute_clauses(field: str, block: Mapping[str, object]) -> Iterator[Clause]:
    for key, wanted in block.items():
        if isinstance(wanted, dict):
            yield from _attribute_clauses(f"{field}.{key}", wanted)
        else:
            yield Clause(f"{field}.{key}", _test(wanted))


def _test(wanted: object) -> OneOf | Range:
    if isinstance(wanted, RangePart):
        return Range(above=wanted.above, below=wanted.below, at_least=wanted.min, at_most=wanted.max)
    return OneOf(tuple(wanted) if isinstance(wanted, list) else (wanted,))  # type: ignore[arg-type]
