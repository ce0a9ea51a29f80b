"""Which template makes the words where a rule names none."""

from __future__ import annotations

from collections.abc import Collection

from notifier.core.channel import Audience

OPS = "ops"
"""The template that can say everything to operators: used where a rule has none of its own."""

SEVERAL = "several"
"""The template that tells a customer of several orders at once."""

MISSING = "contact-missing"
"""The template of `orders.missing_contact`, unless it names another."""


def default(name: str, audience: Audience | None, known: Collection[str] | None) -> str:
    """Return the template of something called `name` that names none itself.

    Args:
        audience: of the channel; None if that cannot be told, as its own mistake says.
        known: the templates that exist; None if that is not known.
    """
    if known is None or name in known or audience is Audience.CUSTOMER or OPS not in known:
        return name
    return OPS
