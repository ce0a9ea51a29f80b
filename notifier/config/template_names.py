"""Which template makes the words: the one that is named, or the one that fits."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from notifier.core.channel import Audience

OPS = "ops/"
"""What the names of templates for operators begin with."""

GENERAL = "ops/general"
"""The template that can say everything to operators: used where nothing else fits."""

SEVERAL = "several"
"""The template that tells a customer of several orders at once."""

MISSING = "contact-missing"
"""The template of `orders.missing_contact`, unless it names another."""

_TROUBLE = frozenset({"I", "X"})

_FITTING: Mapping[Audience, Mapping[str, Sequence[str]]] = {
    Audience.OPS: {
        "trouble": ["ops/problem"],
        "stuck": ["ops/stuck"],
        "rate": ["ops/carrier-rate"],
        "quiet": ["ops/feed-silent"],
        "schedule": ["ops/digest"],
        "internal": ["ops/trouble"],
    },
    Audience.CUSTOMER: {
        "marketing": ["review"],
        "stuck": ["delayed"],
        "new_shipment": ["tracking", "shipped"],
    },
}
"""The templates by what a rule speaks of. Of a status customers hear by a template that was meant for it."""


def subject(trigger: str, codes: Collection[str], *, marketing: bool) -> str:
    """Return what a rule speaks of, as far as a template can be told from it.

    Args:
        trigger: the trigger's key in rules.yaml.
        codes: the statuses that it names.
    """
    if marketing:
        return "marketing"
    if trigger == "status":
        return "trouble" if codes and _TROUBLE.issuperset(codes) else ""
    return trigger


def resolve(
    named: str | None, own: str, about: str, audience: Audience | None, known: Collection[str] | None
) -> str:
    """Return the template of a message.

    A name stands for the template of operators (`ops/NAME`) on a channel for them, if there is one. Words
    for customers go to operators only where they are named: rule `lost` may have its own for both.

    Args:
        named: what `template` says.
        own: the name of what sends it, where none is named.
        about: what that speaks of, see `subject`.
        audience: of the channel; None if that cannot be told, as its own mistake says.
        known: the templates that exist; None if that is not known.
    """
    name = named or own
    if known is None:
        return name
    fitting = _FITTING[audience or Audience.OPS].get(about, ())
    if audience is Audience.CUSTOMER:
        fits = [name] if named else [name, *fitting]
    else:
        fits = [OPS + name, name] if named else [OPS + name, *fitting, GENERAL]
    return next((fit for fit in fits if fit in known), name)
