"""Windows and calendars in rules.yaml: when something is open."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated, Self, TypeAlias

from pydantic import AfterValidator, Field, Tag, ValidationInfo, model_validator

from notifier.config import checks
from notifier.config.closures import closures
from notifier.config.mistake import Mistake
from notifier.config.model.values import Days, HoursOfDay, Part, every_day, forms
from notifier.core.schedule import DAY_MINUTES, Hours, is_ever_open


def _known(form: str | list[str], info: ValidationInfo) -> str | list[str]:
    closures(form, _folder(info))
    return form


def _folder(info: ValidationInfo) -> Path:
    """Return the folder of the file: where the names of files of dates begin."""
    folder: Path = (info.context or {}).get("folder", Path())
    return folder


Holidays: TypeAlias = Annotated[
    Annotated[str, Tag("<one>")] | Annotated[list[str], Field(min_length=1), Tag("<list>")],
    forms("must be a country, a date, a file of dates or a list of these"),
    AfterValidator(_known),
]


def _whole_day() -> tuple[tuple[int, int], ...]:
    return ((0, DAY_MINUTES),)


class _HoursPart(Part):
    """When something is open."""

    days: Days = Field(
        default_factory=every_day, description="On these days of the week; default: every day."
    )
    hours: HoursOfDay = Field(
        default_factory=_whole_day,
        description="Between these times; default: the whole day. An end before its begin is the next day's.",
    )
    holidays: Holidays | None = Field(
        default=None,
        description="Not on these days: the public holidays of a country (NL, DE-BY), a date (2026-12-25), "
        "the name of a file with a date on each line, or a list of these.",
        examples=["NL", ["DE-BY", "2026-12-31"], "closed.txt"],
    )

    @model_validator(mode="after")
    def _opens_some_day(self, info: ValidationInfo) -> Self:
        if self.holidays is not None:
            hours = Hours(self.days, self.hours, "UTC", closures(self.holidays, _folder(info)))
            if not is_ever_open(hours, time.time(), "UTC"):
                raise Mistake("is never open", "`holidays` closes all of its days")
        return self


class CalendarPart(_HoursPart):
    """When business time counts."""

    zone: Annotated[str, AfterValidator(checks.shop_zone)] = Field(
        default="shop", description="Whose clock counts: shop, or an IANA time zone."
    )


class WindowPart(_HoursPart):
    """When messages may go out."""

    zone: Annotated[str, AfterValidator(checks.zone)] | None = Field(
        default=None,
        description="Whose clock counts: contact (the customer's), shop, or an IANA time zone; default: "
        "contact where a channel for customers uses it, else shop.",
    )
