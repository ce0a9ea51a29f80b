"""Channels in rules.yaml: the ways out."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from notifier.config import checks
from notifier.config.mistake import Mistake
from notifier.config.model.values import Duration, Number, Part, Rate, Text


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

    @model_validator(mode="after")
    def _begins_below_its_longest(self) -> Self:
        # A `max` below the default of `first` is meant, and cuts it.
        if self.first > self.max and "first" in self.model_fields_set:
            raise Mistake("begins with a wait above its `max`", "write `first` at most as long as `max`")
        return self


class ChannelPart(Part):
    """A way out: a service, and who is reached by it."""

    url: Annotated[Text, AfterValidator(checks.service)] = Field(
        description="Any Apprise URL, or ${env:NAME} or ${file:/path} that holds one.",
        examples=["${env:EMAIL_URL}", "mailtos://user:password@smtp.example.com?from=orders@shop.example"],
    )
    to: Annotated[Text, AfterValidator(checks.recipient)] | None = Field(
        default=None,
        description="The address: a template such as {{ contact.email }}, a literal one, or ${env:NAME}. "
        "None for a service with a fixed recipient.",
        examples=["{{ contact.email }}", "{{ contact.phone }}", "ops@shop.example", "${env:ONCALL_NUMBER}"],
    )
    audience: Literal["customer", "ops"] | None = Field(
        default=None,
        description="Whom it speaks to; default: customer where `to` asks for the contact, else ops.",
    )
    retry: RetryPart = Field(
        default=RetryPart(),
        description="How often and how long it tries again.",
        examples=[{"for": "2h", "first": "1m", "factor": 2, "max": "15m"}],
    )
    rate: Rate | None = Field(
        default=None,
        description="At most so many attempts in any second, minute, hour or day (10/s, 600/min), over all "
        "workers and restarts.",
    )
    budget: Rate | None = Field(
        default=None,
        description="At most so many messages in any day, hour …; above it, messages take the next way of "
        "their `first_of`, or wait.",
    )
    concurrency: Annotated[int, Field(ge=1, le=64)] | None = Field(
        default=None,
        description="How many messages one worker sends over it at the same time; default: "
        "NOTIFIER_CONCURRENCY.",
    )
    max_parts: Annotated[int, Field(ge=1, le=10)] | None = Field(
        default=None,
        description="A text message that would take more parts than this is worded shorter, or cut; "
        "each part is paid for.",
    )
    unknown_outcome: Literal["hold", "resend"] | None = Field(
        default=None,
        description="What becomes of a message that may have been sent: hold (a person decides) or resend; "
        "default: hold for customers, resend for ops.",
    )
