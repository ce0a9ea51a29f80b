"""rules.test.yaml: tests of rules, each with what happens, and what is told then."""

from __future__ import annotations

from typing import Annotated, Literal, Self, TypeAlias

from pydantic import AfterValidator, BeforeValidator, Field, Tag, WithJsonSchema, model_validator

from notifier.config import checks, countries, recipient, wallclock
from notifier.config.mistake import Mistake
from notifier.config.model.values import Name, Names, Part, Status, TemplateName, Text, forms
from notifier.config.wallclock import Moment

_MOMENT_SCHEMA = {"type": "string", "pattern": f"^{wallclock.PATTERN}$", "examples": ["2026-03-03 23:10"]}

At: TypeAlias = Annotated[Moment, BeforeValidator(wallclock.parse), WithJsonSchema(_MOMENT_SCHEMA)]
"""A moment on the shop's clocks."""
On: TypeAlias = Annotated[Moment, BeforeValidator(wallclock.parse_day), WithJsonSchema(_MOMENT_SCHEMA)]
"""A moment, or a whole day."""
Registered: TypeAlias = Annotated[
    Literal[False] | Moment,
    BeforeValidator(wallclock.parse_unless_false),
    WithJsonSchema({"anyOf": [{"const": False}, _MOMENT_SCHEMA]}),
]
"""A moment, or false for never."""
Words: TypeAlias = Annotated[
    Annotated[Text, Tag("<one>")] | Annotated[list[Text], Field(min_length=1), Tag("<list>")],
    forms("must be text or a list of texts"),
]
Ref: TypeAlias = Annotated[str, Field(min_length=1, max_length=200)]


class PersonPart(Part):
    """Who the customer of an order is."""

    name: Text | None = Field(default=None, description="The customer's name.")
    email: Annotated[str, AfterValidator(recipient.email)] | None = Field(
        default=None, description="The customer's e-mail address."
    )
    phone: Annotated[str, AfterValidator(recipient.phone)] | None = Field(
        default=None, description="The customer's phone number, with + and the country."
    )
    locale: Annotated[str, AfterValidator(checks.locale)] | None = Field(
        default=None, description="The customer's language."
    )
    country: Annotated[str, Field(pattern="^[A-Z]{2}$"), AfterValidator(countries.code)] | None = Field(
        default=None, description="The customer's country, two capital letters."
    )
    timezone: Annotated[str, AfterValidator(checks.timezone)] | None = Field(
        default=None, description="The customer's time zone."
    )
    channels: Names | None = Field(
        default=None, description="The only channels that she wants to be told on."
    )
    marketing: bool | None = Field(default=None, description="Whether she agreed to marketing.")
    do_not_contact: bool = Field(default=False, description="She wants to hear nothing.")


class OrderPart(Part):
    """One order, where a test has several, or where it is registered late or never."""

    ref: Ref = Field(description="The shop's order reference.")
    contact: PersonPart | None = Field(default=None, description="Who the customer is; default: the test's.")
    attributes: dict[str, object] = Field(default={}, description="What the shop registered with it.")
    registered: Registered | None = Field(
        default=None, description="When the shop registers it, or false: never. Default: before everything."
    )


class ParcelPart(Part):
    """One parcel of an update."""

    code: Text = Field(description="The tracking code.")
    carrier: Text | None = Field(default=None, description="The carrier's code.")
    carrier_name: Text | None = Field(default=None, description="The carrier's name.")
    url: Text | None = Field(default=None, description="The tracking page.")


Parcel: TypeAlias = Annotated[
    Annotated[Text, Tag("<one>")] | Annotated[ParcelPart, Tag("<block>")],
    forms("must be a tracking code or { code: …, carrier: … }"),
]


class UpdatePart(Part):
    """One webhook of Cottoncast."""

    at: At = Field(description="When it happens, on the shop's clocks.")
    ref: Ref = Field(description="The order.")
    status: Annotated[Status, AfterValidator(checks.named)] = Field(
        description="Its status: a name, or any letter in quotes."
    )
    parcels: Annotated[list[Parcel], Field(min_length=1)] | None = Field(
        default=None, description="The parcels that it lists."
    )
    carrier: Text | None = Field(default=None, description="The carrier of parcels that name none.")
    arrives: At | None = Field(default=None, description="When the webhook arrives; default: at once.")


class AcknowledgePart(Part):
    """Somebody takes care of an alert."""

    at: At = Field(description="When.")
    rule: Name = Field(description="The rule whose alert it is.")
    ref: Ref | None = Field(
        default=None, description="The order that it is about, or the value of a rate's `by`."
    )


class EventPart(Part):
    """Something happens to notifier itself."""

    at: At = Field(description="When.")
    kind: Annotated[str, AfterValidator(checks.event_kind)] = Field(description="What, as in `internal`.")
    subject: Text | None = Field(default=None, description="What it is about, such as a channel.")
    detail: Text | None = Field(default=None, description="More words.")


class FailPart(Part):
    """A channel does not work for a while."""

    channel: Name = Field(description="Which.")
    from_: At | None = Field(default=None, alias="from", description="Since when; default: always.")
    until: At | None = Field(default=None, description="Until when; default: for ever.")
    how: Literal["transient", "permanent", "unknown"] = Field(
        default="transient",
        description="What becomes of every attempt: it can be tried again, it is refused for good, or the "
        "answer is lost.",
    )


class ExpectPart(Part):
    """One message that somebody gets."""

    at: On | None = Field(default=None, description="When, to the minute, or on which day; default: ever.")
    rule: Name | None = Field(default=None, description="The rule that speaks, or missing_contact.")
    channel: Name | None = Field(default=None, description="The channel.")
    audience: Literal["customer", "ops"] | None = Field(default=None, description="Whom it speaks to.")
    ref: Ref | None = Field(default=None, description="An order that it tells of.")
    to: Text | None = Field(default=None, description="The address.")
    template: TemplateName | None = Field(default=None, description="The template.")
    locale: Text | None = Field(default=None, description="The language of its words.")
    subject: Text | None = Field(default=None, description="What stands in the subject of the mail.")
    contains: Words | None = Field(default=None, description="What stands in its words.")
    not_contains: Words | None = Field(default=None, description="What does not stand in its words.")
    occasion: (
        Literal[
            "update", "after", "stuck", "rate", "quiet", "schedule", "internal",
            "resolved", "escalated", "repeated", "brake",
        ] | None
    ) = Field(default=None, description="What makes the rule speak.")  # fmt: skip

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.model_fields_set:
            raise Mistake("is empty", "write for example rule: shipped")
        return self


class CasePart(Part):
    """One test: what happens, and what is told."""

    name: Text = Field(description="What it is about, in a sentence.")
    contact: PersonPart | None = Field(
        default=None, description="Who the customer of its orders is; default: one without any address."
    )
    attributes: dict[str, object] = Field(default={}, description="What the shop registered with its orders.")
    orders: Annotated[list[OrderPart], Field(min_length=1)] | None = Field(
        default=None, description="Orders that differ from the others."
    )
    updates: list[UpdatePart] = Field(default=[], description="The webhooks.")
    acknowledge: (
        Annotated[
            Annotated[AcknowledgePart, Tag("<block>")]
            | Annotated[list[AcknowledgePart], Field(min_length=1), Tag("<list>")],
            forms("must be { at, rule, ref } or a list of these"),
        ]
        | None
    ) = Field(default=None, description="Alerts that somebody takes care of.")
    events: list[EventPart] = Field(default=[], description="What happens to notifier itself.")
    fail: list[FailPart] = Field(default=[], description="Channels that do not work for a while.")
    watch: Names | None = Field(
        default=None,
        description="Rules with `quiet` or `schedule` that are at work in it, beside those that it expects.",
    )
    until: At | None = Field(
        default=None, description="When it ends; default: when nothing is due any more, after 60 days."
    )
    expect: Annotated[list[ExpectPart], Field(min_length=1)] | None = Field(
        default=None, description="The messages that somebody gets."
    )
    expect_nothing_else: bool = Field(default=False, description="Nobody gets anything but these.")
    expect_nothing: bool = Field(default=False, description="Nobody gets anything.")

    @property
    def acknowledged(self) -> list[AcknowledgePart]:
        """What is under `acknowledge`, as a list."""
        found = self.acknowledge or []
        return found if isinstance(found, list) else [found]

    @model_validator(mode="after")
    def _expects_something(self) -> Self:
        if self.expect is None and not self.expect_nothing:
            raise Mistake("expects nothing", "write `expect`, or `expect_nothing: true`")
        if self.expect is not None and self.expect_nothing:
            raise Mistake("expects something and nothing", "write `expect` or `expect_nothing`")
        return self


class CasesFile(Part):
    """A file of tests."""

    tests: Annotated[list[CasePart], Field(min_length=1)] = Field(description="The tests.")
