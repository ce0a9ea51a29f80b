"""The checked parts of rules.yaml about the shop and its channels to the values of the core."""

from __future__ import annotations

from collections.abc import Mapping

from notifier.config import asked, checks, expressions, recipient
from notifier.config.mistake import Mistake
from notifier.config.model.channels import ChannelPart
from notifier.config.model.shop import ShopPart
from notifier.config.secret import reference, resolve
from notifier.core.channel import Audience, Channel
from notifier.core.expression import Address
from notifier.core.reason import Reason
from notifier.core.retry import RetryPolicy
from notifier.core.shop import Shop


def shop(part: ShopPart) -> Shop:
    """Return the shop."""
    return Shop(
        name=part.name,
        timezone=part.timezone,
        locale=part.locale,
        url=part.url,
        support_email=part.support_email,
        logo=part.logo,
        colour=part.colour,
        address=part.address,
        footer=part.footer,
        max_update_age=part.max_update_age,
        tell_late=part.late_update == "notify",
        shadow=part.mode == "shadow",
    )


def channel(name: str, part: ChannelPart, environ: Mapping[str, str]) -> tuple[Channel, dict[str, str]]:
    """Return a channel, and what it lacks: key (`url`, `to`) to words; lacking anything pauses it.

    Args:
        environ: where `${env:NAME}` looks.
    """
    lacks: dict[str, str] = {}
    url = _url(part.url, environ, lacks)
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
        max_parts=part.max_parts,
    ), lacks


def needs_contact(part: ChannelPart) -> bool:
    """Tell whether a channel can be used only once it is known who the customer is."""
    if _audience(part) is Audience.CUSTOMER:
        return True
    return part.to is not None and asked.needs_contact(expressions.address_tree(part.to))


def _url(text: str, environ: Mapping[str, str], lacks: dict[str, str]) -> str | None:
    url = resolve(text, environ, "url", lacks)
    secret = reference(text)
    if url is None or secret is None:
        return url
    try:
        return checks.unfilled(url)
    except Mistake as mistake:
        lacks["url"] = f"the value of {secret.name} {mistake.text}"
        return None


def _address(text: str, environ: Mapping[str, str], lacks: dict[str, str]) -> Address | None:
    secret = reference(text)
    if secret is None:
        return recipient.recipient(text)
    value = secret.read(environ)
    if value is None:
        lacks["to"] = secret.absence
        return None
    try:
        return recipient.fixed(secret.uncommented(value))  # a value from outside the file is never a template
    except Mistake as mistake:
        lacks["to"] = f"the value of {secret.name} {mistake.text}"
        return None


def _audience(part: ChannelPart) -> Audience:
    if part.audience is not None:
        return Audience(part.audience)
    for_customers = part.to is not None and asked.speaks_of_contact(expressions.address_tree(part.to))
    return Audience.CUSTOMER if for_customers else Audience.OPS


def _asks(part: ChannelPart) -> frozenset[str]:
    return asked.contact_fields(expressions.address_tree(part.to)) if part.to is not None else frozenset()
