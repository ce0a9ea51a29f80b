"""`match` in rules.yaml: what must fit, as data."""

from __future__ import annotations

import builtins
from typing import Annotated, Self, TypeAlias

from pydantic import AfterValidator, BeforeValidator, Field, Tag, model_validator
from typing_extensions import TypeAliasType

from notifier.config import checks, countries
from notifier.config.mistake import Mistake
from notifier.config.model.values import Names, Number, Part, Statuses, StatusesReached, forms


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
    forms("must be a value, a list of values or bounds (above, below, min, max)"),
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
        forms("must be a value, a list of values, bounds or a block of attributes", range=_BOUNDS),
    ],
)


class MatchPart(Part):
    """What the order, its contact and its parcels must be; every line must fit."""

    ref: Test | None = Field(default=None, description="The shop's order reference.")
    order_id: Test | None = Field(default=None, description="Cottoncast's own id of the order.")
    status: Annotated[Statuses, AfterValidator(checks.reached)] | None = Field(
        default=None, description="The furthest status that the order has reached."
    )
    country: Annotated[Test, AfterValidator(countries.codes)] | None = Field(
        default=None, description="The contact's country, such as NL.", examples=["NL", ["NL", "BE"]]
    )
    locale: Test | None = Field(default=None, description="The contact's language, such as nl-NL.")
    carrier: Test | None = Field(default=None, description="The carrier's code of any parcel.")
    carrier_name: Test | None = Field(default=None, description="The carrier's name of any parcel.")
    tracking_code: Test | None = Field(default=None, description="The tracking code of any parcel.")
    sent: Names | None = Field(
        default=None, description="The customer was told of this order by one of these rules."
    )
    never: StatusesReached | None = Field(
        default=None, description="The order has never had one of these statuses."
    )
    attributes: dict[str, AttributeTest] = Field(
        default={},
        description="Attributes that the shop registered with the order; blocks may be nested.",
        examples=[{"total": {"above": 200}}, {"channel": "wholesale"}],
    )
