"""What keeps messages back: mutes and the brake."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from notifier.config.model.send import SendForm
from notifier.config.model.tempo import Labels
from notifier.config.model.values import LongerDuration, Name, Names, Number, Part, TemplateName


class MutePart(Part):
    """An alert that is open keeps other rules quiet, with the reason recorded."""

    id: Name = Field(description="The name under which it is recorded.")
    while_: Name = Field(alias="while", description="As long as this rule has an alert open …")
    same: Labels | None = Field(
        default=None,
        description="… about the same: ref, carrier, country, status, severity. Default: about anything.",
    )
    rules: Names = Field(description="… these say nothing to operators.")


class BrakePart(Part):
    """Holds messages to customers when far more than usual are made, until a person has looked."""

    above: Annotated[Number, Field(ge=1)] = Field(
        default=10.0, description="More than so many times as many as usual; usual is the mean of a week."
    )
    window: LongerDuration = Field(default=3_600.0, description="Counted over this time.")
    min: Annotated[int, Field(ge=1)] = Field(
        default=200, description="Up to so many messages in that time are never too many."
    )
    send: SendForm = Field(description="Who is asked: as in a rule, on channels for operators.")
    template: TemplateName | None = Field(
        default=None, description="The template, where `send` names none; default: brake, else ops."
    )
