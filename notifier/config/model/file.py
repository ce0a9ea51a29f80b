"""rules.yaml as a whole."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from notifier.config.model.channels import ChannelPart
from notifier.config.model.hours import CalendarPart, WindowPart
from notifier.config.model.orders import OrdersPart
from notifier.config.model.quieting import BrakePart, MutePart
from notifier.config.model.rules import RulePart
from notifier.config.model.shop import RetentionPart, ShopPart
from notifier.config.model.sources import SourcesPart
from notifier.config.model.tempo import DefaultsPart
from notifier.config.model.values import Name, Part


class RulesFile(Part):
    """All of rules.yaml."""

    version: Literal[1] = Field(description="The version of this language: 1.")
    shop: ShopPart = Field(default=ShopPart(), description="The shop as its customers know it.")
    orders: OrdersPart = Field(
        default=OrdersPart(), description="Whose orders they are: where contacts come from."
    )
    sources: SourcesPart = Field(
        default=SourcesPart(), description="How remote sources of contacts are asked, by name."
    )
    retention: RetentionPart = Field(
        default=RetentionPart(), description="How long personal data is kept after an order's last news."
    )
    calendars: dict[Name, CalendarPart] = Field(default={}, description="When business time counts, by name.")
    windows: dict[Name, WindowPart] = Field(default={}, description="When messages may go out, by name.")
    channels: dict[Name, ChannelPart] = Field(description="The ways out, by name.")
    defaults: DefaultsPart = Field(
        default=DefaultsPart(), description="What holds where a rule says nothing itself."
    )
    rules: list[RulePart] = Field(description="Who is told of what; every rule is judged on every update.")
    mute: list[MutePart] = Field(default=[], description="Open alerts that keep other rules quiet.")
    brake: BrakePart | None = Field(
        default=None, description="Holds messages to customers when far more than usual are made."
    )
