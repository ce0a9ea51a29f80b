"""How often rules speak: groups, throttles, digests, and what holds where rules say nothing themselves."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import AfterValidator, BeforeValidator, Field, Tag, WithJsonSchema

from notifier.config import checks
from notifier.config.model.values import DURATION_SCHEMA, Duration, LongerDuration, Names, Part, forms

Label: TypeAlias = Literal["rule", "ref", "carrier", "country", "status", "severity"]
"""What a message to operators is about; those of `core.alert.LABELS`."""

Labels: TypeAlias = Annotated[
    Annotated[Label, Tag("<one>")] | Annotated[list[Label], Field(min_length=1), Tag("<list>")],
    forms("must be a word or a list of words"),
]

NoBlock = Annotated[str, AfterValidator(checks.no_block), WithJsonSchema({"const": "none"})]
"""The word `none`."""


class GroupPart(Part):
    """What operators are told goes out together."""

    by: Labels = Field(
        default=["rule"],
        description="What has the same values of these shares a message: rule, ref, carrier, country, "
        "status, severity. Default: [rule].",
    )
    wait: Duration = Field(default=120.0, description="The first waits this long for others.")
    interval: Duration = Field(default=1_800.0, description="Later ones go out at most every so often.")
    max_items: Annotated[int, Field(ge=1, le=200)] = Field(
        default=20, description="A message lists so many, and counts the others."
    )


class ThrottlePart(Part):
    """How often a customer is told."""

    per: Literal["contact"] = Field(default="contact", description="Counted for each: contact.")
    max: Annotated[int, Field(ge=1, le=1_000)] = Field(description="At most so many messages …")
    in_: LongerDuration = Field(alias="in", description="… in any such time.")
    over: Literal["merge", "drop"] = Field(
        default="merge",
        description="What is more waits until there is room and becomes one message (merge), or is "
        "dropped (drop).",
    )


class WaitForPart(Part):
    """What a message waits for."""

    tracking_code: LongerDuration = Field(
        description="A tracking code of the order; after this long it is told without one."
    )


class DigestPart(Part):
    """What other rules have said, in one message."""

    rules: Names = Field(description="What these have said since the last time.")
    skip_empty: bool = Field(default=False, description="Nothing is sent if they have said nothing.")


Group: TypeAlias = Annotated[
    Annotated[NoBlock, Tag("<one>")] | Annotated[GroupPart, Tag("<block>")],
    forms("must be a block of keys or none"),
]
Throttle: TypeAlias = Annotated[
    Annotated[NoBlock, Tag("<one>")] | Annotated[ThrottlePart, Tag("<block>")],
    forms("must be a block of keys or none"),
]
Repeat = Annotated[
    float,
    BeforeValidator(checks.repeat),
    WithJsonSchema({"anyOf": [{"const": "none"}, DURATION_SCHEMA]}),
]
"""How often something is told again; none is infinitely seldom."""


class CustomerDefaultsPart(Part):
    """What holds for messages to customers where a rule says nothing itself."""

    throttle: ThrottlePart | None = Field(default=None, description="How often a customer is told.")


class OpsDefaultsPart(Part):
    """What holds for messages to operators where a rule says nothing itself."""

    group: GroupPart | None = Field(
        default=None,
        description="What they are told goes out together; not for `schedule` and `internal`.",
    )
    repeat: LongerDuration | None = Field(
        default=None, description="Open alerts are told again every so often."
    )


class DefaultsPart(Part):
    """What holds where a rule says nothing itself."""

    customer: CustomerDefaultsPart = Field(
        default=CustomerDefaultsPart(), description="Of messages to customers."
    )
    ops: OpsDefaultsPart = Field(default=OpsDefaultsPart(), description="Of messages to operators.")
