"""Why a part of what was said of an order is not used, or not as it was given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Flaw(StrEnum):
    """The kinds of flaws. What has one is left out; the rest of the order is used."""

    WRONG_TYPE = "wrong_type"
    MALFORMED = "malformed"
    NO_COUNTRY = "no_country"
    NO_SUCH_NUMBER = "no_such_number"
    COSTLY_NUMBER = "costly_number"
    UNKNOWN = "unknown"
    UNCLEAR = "unclear"
    UNPRINTABLE = "unprintable"
    TOO_LONG = "too_long"
    SHORTENED = "shortened"
    MISSING = "missing"
    NOT_A_FIELD = "not_a_field"


EXPLAINED: Mapping[Flaw, str] = {
    Flaw.WRONG_TYPE: "a list, an object or the like where something else belongs",
    Flaw.MALFORMED: "not in a form that can be read",
    Flaw.NO_COUNTRY: "a phone number without a country code, and no country is known",
    Flaw.NO_SUCH_NUMBER: "no phone number like this can exist there",
    Flaw.COSTLY_NUMBER: "a premium-rate or shared-cost phone number: it is never called or texted",
    Flaw.UNKNOWN: "there is no such country, language or time zone",
    Flaw.UNCLEAR: "a preference that is neither yes nor no, or no channel: read as the wish to hear less",
    Flaw.UNPRINTABLE: "characters that cannot be shown or stored; a name is used without them",
    Flaw.TOO_LONG: "longer, larger or more than is kept; what fits is used",
    Flaw.SHORTENED: "a spreadsheet has shortened this number, and its last digits are lost",
    Flaw.MISSING: "a line of an order without a name",
    Flaw.NOT_A_FIELD: "nothing that is read has this name",
}
"""Each kind in words."""


class Flawed(ValueError):
    """A value that cannot be used.

    Args:
        kind: the kind of flaw.
        text: what is wrong with it, in words for whoever wrote it, without the value.
    """

    def __init__(self, kind: Flaw, text: str) -> None:
        self.kind = kind
        super().__init__(text)


@dataclass(frozen=True, slots=True)
class Unusable:
    """A part that is not used: its dotted `field`, the kind of flaw, and what is wrong in words."""

    field: str
    reason: Flaw
    message: str

    def __str__(self) -> str:
        return f"{self.field}: {self.message}" if self.field else self.message
