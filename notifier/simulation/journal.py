"""What happened in a simulated world, entry by entry as it did. Times are Unix seconds UTC."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

from notifier.core.alert import Alert
from notifier.core.event import Event
from notifier.core.message import Message, Rendered, State
from notifier.core.occasion import OccasionKind
from notifier.core.reason import Reason
from notifier.core.situation import Decision
from notifier.core.timer import Timer
from notifier.core.update import RecordedUpdate
from notifier.store.protocol import Receipt


@dataclass(frozen=True, slots=True)
class Arrived:
    """An update came in. One that is a duplicate or held is not judged."""

    at: float
    update: RecordedUpdate
    receipt: Receipt


@dataclass(frozen=True, slots=True)
class Judged:
    """Rules gave their verdicts on an update, at once or (`kind` is not UPDATE) when something was due."""

    at: float
    ref: str
    update_id: int
    decisions: tuple[Decision, ...]
    late: bool = False
    kind: OccasionKind = OccasionKind.UPDATE


@dataclass(frozen=True, slots=True)
class Awaited:
    """A timer about an order or an alert was set."""

    at: float
    timer: Timer


@dataclass(frozen=True, slots=True)
class Tried:
    """An attempt failed; the message is tried again."""

    at: float
    message: Message
    again_at: float


@dataclass(frozen=True, slots=True)
class Told:
    """The end of a message: somebody was told, or `state` and `reason` say why not.

    `rendered` are the words, None in a world without templates and of what was not told; `locale` is
    their language, else empty. `refs` are the orders that it tells of, its own first; `merged` how many
    other messages went out with it.
    """

    at: float
    message: Message
    recipient: str = field(default="", repr=False)
    rendered: Rendered | None = field(default=None, repr=False)
    refs: tuple[str, ...] = ()
    merged: int = 0

    @property
    def rule(self) -> str:
        """The rule that spoke."""
        return self.message.rule

    @property
    def channel(self) -> str:
        """The channel on which it did."""
        return self.message.send.channel

    @property
    def template(self) -> str:
        """The template of its words."""
        return self.message.send.template

    @property
    def ref(self) -> str:
        """The order that it is about, empty if it is about none."""
        return self.message.ref

    @property
    def kind(self) -> OccasionKind:
        """What made the rule speak."""
        return self.message.occasion.kind

    @property
    def state(self) -> State:
        """How it ended."""
        return self.message.state

    @property
    def reason(self) -> Reason | None:
        """Why, if it was not told."""
        return self.message.reason

    @property
    def locale(self) -> str:
        """The language of its words, empty without words."""
        return self.rendered.locale if self.rendered else ""

    @property
    def reached(self) -> bool:
        """Tell whether somebody was told, or would have been but for `shadow`."""
        return self.state in (State.DELIVERED, State.SHADOWED, State.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Alerted:
    """An alert was opened, made worse, acknowledged or resolved: `alert` is what it became."""

    at: float
    alert: Alert


@dataclass(frozen=True, slots=True)
class Happened:
    """notifier itself had something to report."""

    at: float
    event: Event


@dataclass(frozen=True, slots=True)
class Vain:
    """Something was asked for that could not be done, such as to acknowledge what is not open."""

    at: float
    text: str


Entry: TypeAlias = Arrived | Judged | Awaited | Tried | Told | Alerted | Happened | Vain

Journal: TypeAlias = list[Entry]
