"""What a service repeats of a customer is taken out of the evidence of an attempt, which is logged. Pure."""

from __future__ import annotations

import re
from dataclasses import replace

from notifier.core.contact import Contact
from notifier.core.retry import Outcome

SHORTEST = 4
"""Characters of a part of a name that is looked for by itself; shorter ones are words of many languages."""

_HIDDEN = "<customer>"

_BETWEEN = r"(?:[\s+_.,-]|%20|&nbsp;|\\n)+"
"""What may stand between the parts of a name that a service repeats in a form of its own."""


def without_customer(outcome: Outcome, contact: Contact | None) -> Outcome:
    """Return the outcome with nothing in it that tells who the customer is: her name and addresses."""
    if contact is None or not outcome.detail:
        return outcome
    detail = outcome.detail
    said = detail.lower()
    parts = (contact.name or "").split()
    known = [address for address in (contact.email, contact.phone) if address]
    if not any(word.lower() in said for word in [*parts, *known]):  # as good as always
        return outcome
    for address in known:
        detail = re.sub(re.escape(address), _HIDDEN, detail, flags=re.IGNORECASE)
    names = [_BETWEEN.join(map(re.escape, parts))] if parts else []
    names += [re.escape(part) for part in parts if len(part) >= SHORTEST]
    for name in names:
        detail = re.sub(rf"(?<!\w){name}(?!\w)", _HIDDEN, detail, flags=re.IGNORECASE)
    return outcome if detail == outcome.detail else replace(outcome, detail=detail)
