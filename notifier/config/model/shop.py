"""The shop in rules.yaml: how its customers know it, and how long their data is kept."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, WithJsonSchema

from notifier.config import checks
from notifier.config.model.values import Duration, Limit, Part, Text
from notifier.core.colour import PATTERN as COLOUR_PATTERN
from notifier.core.shop import COLOUR

Lines = Annotated[str, AfterValidator(str.strip), Field(max_length=1_000)]
"""Plain text that may have several lines, or none."""


class ShopPart(Part):
    """The shop as its customers know it."""

    name: Text = Field(default="Our shop", description="The shop's name in messages.")
    timezone: Annotated[str, AfterValidator(checks.timezone)] = Field(
        default="UTC",
        description="IANA time zone of dates in messages, unless the contact has one.",
        examples=["Europe/Amsterdam"],
    )
    locale: Annotated[str, AfterValidator(checks.locale)] = Field(
        default="en",
        description="Language of messages where the contact's is not known or not translated.",
        examples=["en", "nl-NL"],
    )
    url: Annotated[str, AfterValidator(checks.web_address)] = Field(
        default="", description="The shop's web address, http or https.", examples=["https://shop.example"]
    )
    support_email: Annotated[str, AfterValidator(checks.email)] = Field(
        default="",
        description="Where customers can write to; for use in templates.",
        examples=["help@shop.example"],
    )
    logo: Annotated[str, AfterValidator(checks.secure_address)] = Field(
        default="",
        description="The https address of the shop's logo at the head of mails, 40 pixels high; "
        "without one the name stands there.",
        examples=["https://shop.example/logo.png"],
    )
    colour: Annotated[
        str,
        AfterValidator(checks.colour),
        WithJsonSchema({"type": "string", "pattern": f"^{COLOUR_PATTERN}$"}),
    ] = Field(
        default=COLOUR,
        description="The brand's colour, of buttons and links in mails; where it could not be read on "
        "its ground, a darker or a lighter shade of it is used.",
        examples=["#1a56c4"],
    )
    address: Lines = Field(
        default="", description="The shop's postal address, at the foot of mails; may have several lines."
    )
    footer: Lines = Field(
        default="", description="What else the foot of mails to customers says; may have several lines."
    )
    mode: Literal["live", "shadow"] = Field(
        default="live", description="shadow: decide, make and record everything, and send nothing."
    )
    max_update_age: Duration | None = Field(
        default=None,
        description="An older update is recorded but never sent to a customer; default: no limit.",
    )
    late_update: Literal["record", "notify"] = Field(
        default="record",
        description="What customers hear of news older than what the order has already reached: "
        "record (nothing) or notify.",
    )


class RetentionPart(Part):
    """How long personal data is kept after an order's last news."""

    bodies: Limit = Field(
        default=7_776_000.0, description="Keep the webhooks as they came for this long, or `forever`."
    )
    contacts: Annotated[Limit, AfterValidator(checks.a_day_or_more)] = Field(
        default=31_536_000.0,
        description="Keep all other personal data for this long, or `forever`: contacts, attributes, "
        "items, parcels, recipients and words of messages. A day or more.",
    )
