"""The shape of rules.yaml: every key, its type and its meaning.

The JSON Schema for editors and the table of keys in the documentation are made
from these classes, so every field carries a description. Short forms stay as
they were written, so that a mistake in them can be pointed at;
`notifier.config.rulefile` gives them their meaning.
"""

from __future__ import annotations

import builtins
from typing import Annotated, Literal, Self, TypeAlias

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    WithJsonSchema,
    model_validator,
)
from typing_extensions import TypeAliasType

from notifier.config import checks, duration
from notifier.config.mistake import Mistake, nearest

NAME_PATTERN = "^[a-z0-9][a-z0-9_-]{0,62}$"
"""What rules, channels and templates may be called."""


class Part(BaseModel):
    """Base of all parts of the file: nothing is converted, nothing unknown is let through."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, hide_input_in_errors=True)


Name = Annotated[str, Field(pattern=NAME_PATTERN)]
Text = Annotated[str, Field(min_length=1, max_length=2_000)]
Number = Annotated[float, Field(allow_inf_nan=False)]
Duration = Annotated[
    float,
    BeforeValidator(duration.parse),
    Field(ge=0),
    WithJsonSchema({"type": "string", "pattern": f"^(?=.){duration.PATTERN}$", "examples": ["30s", "24h"]}),
]
Status = Annotated[str, AfterValidator(checks.status), WithJsonSchema(checks.STATUS_SCHEMA)]


def _forms(words: str, **special: set[str]) -> Discriminator:
    """Tell the forms of a value apart by looking at it: text, list or block; `words` name them all.

    `special` names further blocks by keys that only they have; a key written
    almost like one counts, so that the mistake is found where it was made.
    """

    def form(value: object) -> str | None:
        match value:
            case str() | bool() | int() | float():
                return "<one>"
            case list():
                return "<list>"
            case dict():
                near = (
                    tag for tag, keys in special.items() for key in value if nearest(key, keys, cutoff=0.8)
                )
                return f"<{next(near, 'block')}>"
        return None

    return Discriminator(form, custom_error_type="form", custom_error_message=words)


# --- shop and channels -------------------------------------------------------------------------


class ShopPart(Part):
    """The shop as its customers know it."""

    name: Text = Field(default="Our shop", description="The shop's name in messages.")
    timezone: Annotated[str, AfterValidator(checks.timezone)] = Field(
        default="UTC", description="IANA time zone of dates in messages, unless the contact has one."
    )
    locale: Annotated[str, AfterValidator(checks.locale)] = Field(
        default="en", description="Language of messages where the contact's is not known or not translated."
    )
    url: Annotated[str, AfterValidator(checks.web_address)] = Field(
        default="", description="The shop's web address, http or https."
    )
    support_email: Annotated[str, AfterValidator(checks.email)] = Field(
        default="", description="Where customers can write to; for use in templates."
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


class RetryPart(Part):
    """How often and how long a channel tries again."""

    for_: Duration = Field(
        default=86_400.0, alias="for", description="Give up this long after the first try."
    )
    first: Duration = Field(default=30.0, description="Wait this long after the first failure.")
    factor: Annotated[Number, Field(ge=1, le=100)] = Field(
        default=2.0, description="Each wait is this many times as long as the one before."
    )
    max: Duration = Field(default=3_600.0, description="The longest wait between two tries.")


class ChannelPart(Part):
    """A way out: a service, and who is reached by it."""

    url: Annotated[Text, AfterValidator(checks.service)] = Field(
        description="Any Apprise URL, or ${env:NAME} or ${file:/path} that holds one."
    )
    to: Annotated[Text, AfterValidator(checks.recipient)] | None = Field(
        default=None,
        description="The address: a template such as {{ contact.email }}, a literal one, or ${env:NAME}. "
        "None for a service with a fixed recipient.",
    )
    audience: Literal["customer", "ops"] | None = Field(
        default=None,
        description="Whom it speaks to; default: customer where `to` asks for the contact, else ops.",
    )
    retry: RetryPart = Field(default=RetryPart(), description="How often and how long it tries again.")
    unknown_outcome: Literal["hold", "resend"] | None = Field(
        default=None,
        description="What becomes of a message that may have been sent: hold (a person decides) or resend; "
        "default: hold for customers, resend for ops.",
    )


# --- rules -------------------------------------------------------------------------------------


Statuses: TypeAlias = Annotated[
    Annotated[Status, Tag("<one>")] | Annotated[list[Status], Field(min_length=1), Tag("<list>")],
    _forms("must be a status or a list of statuses"),
]


class TriggerPart(Part):
    """The long form of `when`: one kind of trigger. Others will stand beside `status`."""

    status: Statuses = Field(description="The update has this status, or one of these.")


When: TypeAlias = Annotated[
    Annotated[Status, Tag("<one>")]
    | Annotated[list[Status], Field(min_length=1), Tag("<list>")]
    | Annotated[TriggerPart, Tag("<block>")],
    _forms("must be a status, a list of statuses or a block with one trigger"),
]


class RangePart(Part):
    """Bounds of a number."""

    above: Number | None = Field(default=None, description="More than this.")
    below: Number | None = Field(default=None, description="Less than this.")
    min: Number | None = Field(default=None, description="This or more.")
    max: Number | None = Field(default=None, description="This or less.")

    @model_validator(mode="after")
    def _holds_something(self) -> Self:
        lower = [bound for bound in (self.above, self.min) if bound is not None]
        upper = [bound for bound in (self.below, self.max) if bound is not None]
        if not lower and not upper:
            raise Mistake("is empty", "write above, below, min or max")
        if lower and upper and builtins.max(lower) > builtins.min(upper):
            raise Mistake("can never fit", "the lower bound is above the upper one")
        return self


_BOUNDS = {"above", "below", "min", "max"}
Scalar: TypeAlias = Annotated[str | bool | int | Number, BeforeValidator(checks.scalar)]
Test: TypeAlias = Annotated[
    Annotated[Scalar, Tag("<one>")]
    | Annotated[list[Scalar], Field(min_length=1), Tag("<list>")]
    | Annotated[RangePart, Tag("<block>")],
    _forms("must be a value, a list of values or bounds (above, below, min, max)"),
]
AttributeTest = TypeAliasType(
    "AttributeTest",
    Annotated[
        Annotated[Scalar, Tag("<one>")]
        | Annotated[list[Scalar], Field(min_length=1), Tag("<list>")]
        | Annotated[RangePart, Tag("<range>")]
        | Annotated[
            "dict[str, AttributeTest]",
            Field(min_length=1, json_schema_extra={"propertyNames": {"not": {"enum": sorted(_BOUNDS)}}}),
            Tag("<block>"),
        ],
        _forms("must be a value, a list of values, bounds or a block of attributes", range=_BOUNDS),
    ],
)


class MatchPart(Part):
    """What the order, its contact and its parcels must be; every line must fit."""

    ref: Test | None = Field(default=None, description="The shop's order reference.")
    order_id: Test | None = Field(default=None, description="Cottoncast's own id of the order.")
    status: Annotated[Statuses, AfterValidator(checks.reached)] | None = Field(
        default=None, description="The furthest status that the order has reached."
    )
    country: Test | None = Field(default=None, description="The contact's country, such as NL.")
    locale: Test | None = Field(default=None, description="The contact's language, such as nl-NL.")
    carrier: Test | None = Field(default=None, description="The carrier's code of any parcel.")
    carrier_name: Test | None = Field(default=None, description="The carrier's name of any parcel.")
    tracking_code: Test | None = Field(default=None, description="The tracking code of any parcel.")
    attributes: dict[str, AttributeTest] = Field(
        default={}, description="Attributes that the shop registered with the order; blocks may be nested."
    )


class SendPart(Part):
    """One way to tell somebody, with a template of another name."""

    channel: str = Field(description="The name of a channel.")
    template: Name | None = Field(
        default=None, description="The template; default: the one named as the rule."
    )


Entry: TypeAlias = Annotated[
    Annotated[str, Tag("<one>")] | Annotated[SendPart, Tag("<block>")],
    _forms("must be a channel or { channel: …, template: … }"),
]


class FirstOfPart(Part):
    """Several ways; the first that can reach the recipient is used."""

    first_of: Annotated[list[Entry], Field(min_length=1)] = Field(
        description="Channels in order of preference."
    )


Delivery: TypeAlias = Annotated[
    Annotated[str, Tag("<one>")]
    | Annotated[SendPart, Tag("<block>")]
    | Annotated[FirstOfPart, Tag("<first_of>")],
    _forms("must be a channel, { channel: …, template: … } or { first_of: […] }", first_of={"first_of"}),
]
SendForm: TypeAlias = Annotated[
    Annotated[str, Tag("<one>")]
    | Annotated[SendPart, Tag("<block>")]
    | Annotated[FirstOfPart, Tag("<first_of>")]
    | Annotated[list[Delivery], Field(min_length=1), Tag("<list>")],
    _forms("must be a channel, a list of channels or { first_of: […] }", first_of={"first_of"}),
]


class RulePart(Part):
    """Who is told of what."""

    id: Name = Field(description="The rule's name; it stays the same when the rule changes.")
    when: When = Field(description="What makes the rule speak: a status, or a list of statuses.")
    match: MatchPart | None = Field(default=None, description="What must fit, as data; all lines must.")
    if_: Annotated[Text, AfterValidator(checks.condition)] | None = Field(
        default=None,
        alias="if",
        description="A Jinja2 expression that must give true, for all that match cannot say.",
    )
    once: Literal["status", "order", "shipment", "contact"] = Field(
        default="status",
        description="What the rule speaks about at most one time; status: each order and status.",
    )
    send: SendForm = Field(
        description="A channel, a list of channels, { channel, template } or { first_of: [...] }."
    )


class RulesFile(Part):
    """All of rules.yaml."""

    version: Literal[1] = Field(description="The version of this language: 1.")
    shop: ShopPart = Field(default=ShopPart(), description="The shop as its customers know it.")
    channels: dict[Name, ChannelPart] = Field(description="The ways out, by name.")
    rules: list[RulePart] = Field(description="Who is told of what; every rule is judged on every update.")
