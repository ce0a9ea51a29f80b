"""Rules in rules.yaml: who is told of what."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import AfterValidator, Field, Tag, WithJsonSchema

from notifier.config import checks
from notifier.config.model.match import MatchPart
from notifier.config.model.send import SendForm
from notifier.config.model.values import Name, Part, Status, Statuses, Text, forms

StatusKey = Annotated[str, AfterValidator(checks.status_key), WithJsonSchema(checks.STATUS_SCHEMA)]


class TriggerPart(Part):
    """The long form of `when`: one kind of trigger. Others will stand beside `status`."""

    status: Statuses = Field(description="The update has this status, or one of these.")


When: TypeAlias = Annotated[
    Annotated[Status, Tag("<one>")]
    | Annotated[list[Status], Field(min_length=1), Tag("<list>")]
    | Annotated[TriggerPart, Tag("<block>")],
    forms("must be a status, a list of statuses or a block with one trigger"),
]


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
        description="What makes the rule speak: a status, or a list of statuses.",
        examples=["shipped", ["problem", "lost"]],
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
    send: SendForm = Field(
        description="A channel, a list of channels, { channel, template } or { first_of: [...] }.",
        examples=["email", ["slack", "email"], {"first_of": ["sms", "email"]}],
    )
