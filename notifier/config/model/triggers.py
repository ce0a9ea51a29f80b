"""`when` in rules.yaml: what makes a rule speak."""

from __future__ import annotations

from typing import Annotated, Literal, Self, TypeAlias

from pydantic import AfterValidator, Field, Tag, WithJsonSchema, model_validator

from notifier.config import checks
from notifier.config.mistake import Mistake
from notifier.config.model.values import (
    Days,
    Lapse,
    LongerDuration,
    Name,
    Part,
    Percent,
    Status,
    Statuses,
    StatusesReached,
    Times,
    every_day,
    forms,
)
from notifier.core.event import EventKind

KINDS = checks.TRIGGERS
"""The triggers, by their keys."""

_CALENDAR = "The calendar by which the time counts; default: round the clock, business days Monday to Friday."
_EVENT_SCHEMA: dict[str, object] = {"enum": [kind.value for kind in EventKind]}
_Event = Annotated[str, AfterValidator(checks.event_kind), WithJsonSchema(_EVENT_SCHEMA)]


class StuckPart(Part):
    """An order stays where it is for too long."""

    in_: StatusesReached = Field(alias="in", description="The order is at one of these statuses.")
    for_: Lapse = Field(
        alias="for",
        description="For so long since the update that brought it there, event time; 5bd are business days.",
    )
    calendar: Name | None = Field(default=None, description=_CALENDAR)


class RatePart(Part):
    """The share of orders with some statuses is too high."""

    of: StatusesReached = Field(description="The statuses that are counted.")
    among: StatusesReached = Field(
        description="The orders that they are counted among: those with one of these."
    )
    by: Literal["carrier", "carrier_name", "country", "locale"] | None = Field(
        default=None,
        description="Counted for each carrier, carrier_name, country or locale; default: all together.",
    )
    window: LongerDuration = Field(
        description="Orders count that had the status within this time, event time."
    )
    above: Percent = Field(description="An alert opens above this share, such as 5%.")
    min: Annotated[int, Field(ge=1)] = Field(
        default=1, description="With fewer orders to count among, nothing is said."
    )
    clear_below: Percent | None = Field(
        default=None, description="The alert closes below this share; default: half of `above`."
    )

    @model_validator(mode="after")
    def _clears_below_its_limit(self) -> Self:
        if self.above >= 1:
            raise Mistake("can never be reached: no share is above 100%", "write `above` as less than 100%")
        if self.clear_below is not None and self.clear_below > self.above:
            raise Mistake(
                "clears at a share above the one that it opens at", "write `clear_below` at most as `above`"
            )
        return self


class QuietPart(Part):
    """No update at all arrives."""

    for_: Lapse = Field(alias="for", description="No update has arrived for so long.")
    calendar: Name | None = Field(default=None, description=_CALENDAR)


class SchedulePart(Part):
    """A time of the day."""

    at: Times = Field(description='One time or several, in the shop\'s zone, such as "08:30".')
    days: Days = Field(default_factory=every_day, description="On these days; default: every day.")


class TriggerPart(Part):
    """The long form of `when`: one kind of trigger."""

    status: Statuses | None = Field(default=None, description="The update has this status, or one of these.")
    after: Lapse | None = Field(
        default=None,
        description="With `status`: judged so long after the event, if the order has not moved on.",
    )
    calendar: Name | None = Field(default=None, description=f"With `after`. {_CALENDAR}")
    new_shipment: Literal[True] | None = Field(
        default=None,
        description="The update names a parcel that no message to the customer has carried; write true.",
    )
    replaced_shipment: Literal[True] | None = Field(
        default=None,
        description="The update names a new parcel in the place of one that it names no more; write true.",
    )
    stuck: StuckPart | None = Field(default=None, description="An order stays where it is for too long.")
    rate: RatePart | None = Field(
        default=None, description="The share of orders with some statuses is too high; opens an alert."
    )
    quiet: QuietPart | None = Field(default=None, description="No update at all arrives.")
    schedule: SchedulePart | None = Field(default=None, description="A time of the day.")
    internal: (
        Annotated[
            Annotated[_Event, Tag("<one>")] | Annotated[list[_Event], Field(min_length=1), Tag("<list>")],
            forms("must be an event or a list of events"),
        ]
        | None
    ) = Field(
        default=None,
        description=f"Something happened to notifier itself: {', '.join(kind.value for kind in EventKind)}.",
    )

    model_config = Part.model_config | {
        "json_schema_extra": {"oneOf": [{"required": [kind]} for kind in KINDS]}
    }

    @property
    def kind(self) -> str:
        """The key of its trigger."""
        return next(kind for kind in KINDS if getattr(self, kind) is not None)

    @model_validator(mode="after")
    def _is_one_trigger(self) -> Self:
        kinds = [kind for kind in KINDS if getattr(self, kind) is not None]
        if len(kinds) > 1:
            named = " and ".join(f"`{kind}`" for kind in kinds)
            raise Mistake(f"has {len(kinds)} triggers: {named}", "a rule has one: make a rule for each")
        if not kinds:
            raise Mistake("has no trigger", f"write one of {', '.join(KINDS)}")
        inner = kinds[0] if kinds[0] in ("stuck", "quiet") else None
        if self.after is not None and kinds[0] != "status":
            raise Mistake(f"has `after`, which `{kinds[0]}` does not take", "`after` goes with `status`")
        if self.calendar is not None and self.after is None:
            hint = f"write it into the block of `{inner}`" if inner else "a calendar counts for `after`"
            raise Mistake("has a `calendar` that counts for nothing", hint)
        return self


When: TypeAlias = Annotated[
    Annotated[Status, Tag("<one>")]
    | Annotated[list[Status], Field(min_length=1), Tag("<list>")]
    | Annotated[TriggerPart, Tag("<block>")],
    forms("must be a status, a list of statuses or a block with one trigger"),
]
