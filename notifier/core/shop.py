"""The shop: how its customers know it, and how long their data is kept."""

from __future__ import annotations

from dataclasses import dataclass

COLOUR = "#1a56c4"
"""The colour of a shop that names none."""


@dataclass(frozen=True, slots=True)
class Shop:
    """The shop as its customers know it; durations in seconds, None for no limit.

    `logo` is an https address or empty, `colour` its brand's colour as #rrggbb;
    `address` and `footer` are plain text that may have several lines.
    With `shadow` everything is decided, made and recorded, and nothing is sent.
    """

    name: str = "Our shop"
    timezone: str = "UTC"
    locale: str = "en"
    url: str = ""
    support_email: str = ""
    logo: str = ""
    colour: str = COLOUR
    address: str = ""
    footer: str = ""
    max_update_age: float | None = None
    tell_late: bool = False
    shadow: bool = False


@dataclass(frozen=True, slots=True)
class Retention:
    """How long personal data is kept after an order's last news, in seconds; None for ever.

    `bodies` are the raw webhooks; `contacts` everything else: contact,
    attributes, recipients and words of messages.
    """

    bodies: float | None = 90 * 86_400.0
    contacts: float | None = 365 * 86_400.0
