"""Rules in rules.yaml: who is told of what."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import AfterValidator, Field, Tag, WithJsonSchema

from notifier.config import checks
from notifier.config.model.match import MatchPart
from notifier.config.model.send import SendForm, StepPart
from notifier.config.model.tempo import DigestPart, Group, Repeat, Throttle, WaitForPart
from notifier.config.model.triggers import When
from notifier.config.model.values import LongerDuration, Name, Names, Part, StatusesNamed, Text, forms

StatusKey = Annotated[str, AfterValidator(checks.status_key), WithJsonSchema(checks.STATUS_SCHEMA)]


Severity: TypeAlias = Literal["info", "warning", "critical"]
Severities: TypeAlias = Annotated[
    Annotated[Severity, Tag("<one>")]
    | Annotated[dict[StatusKey, Severity], Field(min_length=1), Tag("<block>")],
    forms("must be info, warning or critical, or a block that says it by status"),
]


class RulePart(Part):
    """Who is told of what."""

    id: Name = Field(
        description="The rule's name; it stays the same when the rule changes.", examples=["shipped"]
    )
    when: When = Field(
        description="What makes the rule speak: a status, a list of statuses or { … } with a trigger.",
        examples=["shipped", ["problem", "lost"], {"status": "delivered", "after": "7d"}],
    )
    match: MatchPart | None = Field(
        default=None,
        description="What must fit, as data; all lines must.",
        examples=[{"country": ["NL", "BE"]}],
    )
    if_: Annotated[Text, AfterValidator(checks.condition)] | None = Field(
        default=None,
        alias="if",
        description="A Jinja2 expression that must give true, for all that match cannot say.",
        examples=["order.attributes.total | default(0) | float > 200"],
    )
    once: Literal["status", "order", "shipment", "contact"] = Field(
        default="status",
        description="What the rule speaks about at most one time; status: each order and status.",
    )
    category: Literal["order", "marketing"] = Field(
        default="order",
        description="What its messages are: order (news of the order) or marketing, which goes only to "
        "customers who agreed to it.",
    )
    severity: Severities = Field(
        default="warning",
        description="How bad the news is for operators: info, warning or critical, or by status; their "
        "critical alerts overtake everything else.",
        examples=["warning", {"problem": "warning", "lost": "critical"}],
    )
    settle: LongerDuration | None = Field(
        default=None,
        description="Wait this long for more parcels of the order, then tell of all of them at once.",
    )
    wait_for: WaitForPart | None = Field(
        default=None,
        description="What a message to a customer waits for if the order lacks it.",
        examples=[{"tracking_code": "30m"}],
    )
    cancels: Names | None = Field(
        default=None, description="When it speaks, what still waits of these rules for the order is dropped."
    )
    throttle: Throttle | None = Field(
        default=None,
        description="How often a customer is told; default: what `defaults` says. Or none.",
    )
    group: Group | None = Field(
        default=None,
        description="What operators are told goes out together; default: what `defaults` says. Or none.",
    )
    resolve: StatusesNamed | None = Field(
        default=None, description="These statuses close its alert, and say so where it was told."
    )
    escalate: Annotated[list[StepPart], Field(min_length=1)] | None = Field(
        default=None, description="Who is told next while its alert is open and nobody acknowledges it."
    )
    repeat: Repeat | None = Field(
        default=None,
        description="An open alert is told again every so often; of `internal`, an event at most so often.",
    )
    digest: DigestPart | None = Field(
        default=None, description="With `schedule`: what other rules have said, in one message."
    )
    mode: Literal["live", "shadow"] = Field(
        default="live", description="shadow: decide, make and record its messages, and send none."
    )
    send: SendForm = Field(
        description="A channel, a list of channels, { channel, template } or { first_of: [...] }.",
        examples=["email", ["slack", "email"], {"first_of": ["sms", "email"]}],
    )
