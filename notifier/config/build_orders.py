"""The checked parts of rules.yaml to what is known of orders: where contacts come from, and for how long."""

from __future__ import annotations

import math
from collections.abc import Mapping

from notifier.config import build_rules, checks, endpoint, template_names
from notifier.config.build_rules import Surroundings
from notifier.config.mistake import Mistake
from notifier.config.model.orders import MissingContactPart, OrdersPart
from notifier.config.model.shop import RetentionPart
from notifier.config.model.sources import CottoncastPart, HttpPart, SourcesPart, WooCommercePart
from notifier.config.secret import reference, resolve
from notifier.core.contact import REGISTERED
from notifier.core.retry import RetryPolicy
from notifier.core.rules import MISSING_CONTACT, Once, Orders, Rule
from notifier.core.shop import Retention
from notifier.core.source import Source, SourceKind
from notifier.core.tempo import Group
from notifier.core.trigger import AnyUpdate


def orders(part: OrdersPart, around: Surroundings) -> Orders:
    """Return where contacts come from; what the shop registered counts last where it is not named."""
    named = tuple(part.sources)
    retry = part.retry
    return Orders(
        accept_unknown=part.unknown == "accept",
        hold_for=_limit(part.hold_for),
        sources=named if REGISTERED in named else (*named, REGISTERED),
        retry=RetryPolicy(within=retry.for_, first=retry.first, factor=retry.factor, longest=retry.max),
        max_contact_age=_limit(part.max_contact_age),
        missing_contact=_missing(part.missing_contact, around) if part.missing_contact else None,
    )


def retention(part: RetentionPart) -> Retention:
    """Return how long personal data is kept."""
    return Retention(bodies=_limit(part.bodies), contacts=_limit(part.contacts))


def source(name: str, part: SourcesPart, environ: Mapping[str, str]) -> tuple[Source, dict[str, str]]:
    """Return a remote source, and what it lacks; lacking anything, it cannot be asked.

    What it lacks are words by key: `secret`, `headers.Authorization`.

    Args:
        name: a built-in name, or one of those in `part`.
        environ: where `${env:NAME}` looks.
    """
    lacks: dict[str, str] = {}
    match part.named(name):
        case CottoncastPart() as api:
            kind, url = SourceKind.COTTONCAST, _base(api.url, environ, lacks)
            user, secret = (resolve(getattr(api, key), environ, key, lacks) for key in ("user", "secret"))
        case WooCommercePart() as api:
            kind, url = SourceKind.WOOCOMMERCE, _base(api.url, environ, lacks)
            user, secret = (resolve(getattr(api, key), environ, key, lacks) for key in ("key", "secret"))
        case HttpPart() as api:
            return _http(name, api, environ)
    return Source(
        name=name,
        kind=kind,
        url=url,
        user=user or "",
        secret=secret or "",
        timeout=api.timeout,
        lacking="; ".join(lacks.values()),
    ), lacks


def _http(name: str, part: HttpPart, environ: Mapping[str, str]) -> tuple[Source, dict[str, str]]:
    lacks: dict[str, str] = {}
    headers = {key: _header(f"headers.{key}", text, environ, lacks) for key, text in part.headers.items()}
    return Source(
        name=name,
        kind=SourceKind.HTTP,
        address=endpoint.address(part.url),
        user=resolve(part.user or "", environ, "user", lacks) or "",
        secret=resolve(part.secret or "", environ, "secret", lacks) or "",
        headers=headers,
        fields=part.fields.model_dump(exclude_none=True),
        attributes=dict(part.attributes),
        timeout=part.timeout,
        lacking="; ".join(lacks.values()),
    ), lacks


def _base(text: str, environ: Mapping[str, str], lacks: dict[str, str]) -> str:
    value = resolve(text, environ, "url", lacks)
    if value is None:
        return ""
    try:
        return endpoint.base(value)
    except Mistake as mistake:
        lacks["url"] = _unfit(text, mistake)
        return ""


def _header(key: str, text: str, environ: Mapping[str, str], lacks: dict[str, str]) -> str:
    value = resolve(text, environ, key, lacks)
    if value is None:
        return ""
    try:
        return checks.header_value(value)
    except Mistake as mistake:
        lacks[key] = _unfit(text, mistake)
        return ""


def _unfit(text: str, mistake: Mistake) -> str:
    kept = reference(text)
    return f"what {kept.name if kept else 'it'} holds {mistake.text}"


def _missing(part: MissingContactPart, around: Surroundings) -> Rule:
    sends = build_rules.deliveries(part.send, part.template or template_names.MISSING, around)
    group = build_rules.group(part.group, sends, around)
    return Rule(
        id=MISSING_CONTACT,
        trigger=AnyUpdate(),
        deliveries=sends,
        once=Once(part.once),
        # A feed without contacts would be a message for each order.
        group=Group() if group is None and part.group != "none" else group,
    )


def _limit(seconds: float) -> float | None:
    return None if math.isinf(seconds) else seconds
