"""Windows and calendars in rules.yaml: when something is open."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from pydantic import AfterValidator, Field, Tag, ValidationInfo

from notifier.config import checks
from notifier.config.closures import closures
from notifier.config.model.values import Days, HoursOfDay, Part, forms


def _known(form: str | list[str], info: ValidationInfo) -> str | list[str]:
    closures(form, (info.context or {})["folder"])
    return form


Holidays: TypeAlias = Annotated[
    Annotated[str, Tag("<one>")] | Annotated[list[str], Field(min_length=1), Tag("<list>")],
    forms("must be a country, a date, a file of dates or a list of these"),
    AfterValidator(_known),
]
_HOLIDAYS = (
    "Not on these days: the public holidays of a country (NL, DE-BY), a date (2026-12-25), the name of a "
    "file with a date on each line, or a list of these."
)
_DAYS = "On these days of the week; default: every day."
_HOURS = "Between these times; default: the whole day. An end before its begin is the next day's."


class CalendarPart(Part):
    """When business time counts."""

    days: Days = Field(default=frozenset(range(7)), description=_DAYS)
    hours: HoursOfDay = Field(default=((0, 1440),), description=_HOURS)
    holidays: Holidays | None = Field(default=None, description=_HOLIDAYS)
    zone: Annotated[str, AfterValidator(checks.shop_zone)] = Field(
        default="shop", description="Whose clock counts: shop, or an IANA time zone."
    )


class WindowPart(Part):
    """When messages may go out."""

    days: Days = Field(default=frozenset(range(7)), description=_DAYS)
    hours: HoursOfDay = Field(default=((0, 1440),), description=_HOURS)
    zone: Annotated[str, AfterValidator(checks.zone)] | None = Field(
        default=None,
        description="Whose clock counts: contact (the customer's), shop, or an IANA time zone; default: "
        "contact where a channel for customers uses it, else shop.",
    )
    holidays: Holidays | None = Field(default=None, description=_HOLIDAYS)
