"""What is on record beside an update that rules can refer to: who was told what, alerts, silences."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace

from notifier.core.alert import Alert, AlertState, Silence
from notifier.core.message import REACHED, SHADOW, NewMessage, Send, State


@dataclass(frozen=True, slots=True)
class Trace:
    """What one message of the order left behind.

    `carried` are the keys of the parcels that it told a customer of; `alert` is the key of the
    alert that it belongs to, if it does. `made_at` is in Unix seconds UTC.
    """

    rule: str
    send: Send
    state: State
    once: str
    maybe_sent: bool = False
    carried: frozenset[str] = frozenset()
    alert: str = ""
    made_at: float = 0.0

    @property
    def shadow(self) -> bool:
        """Tell whether it was only made for show."""
        return self.once.endswith(SHADOW)

    @property
    def reached(self) -> bool:
        """Tell whether it reached, or may have reached, somebody."""
        return self.maybe_sent or self.state in REACHED


@dataclass(frozen=True, slots=True)
class Join:
    """Messages that share a join key: when the waiting one is due, and when the last one went out.

    Unix seconds UTC; None where there is none.
    """

    due_at: float | None = None
    last_at: float | None = None


@dataclass(frozen=True, slots=True)
class Wants:
    """What a decision has to know of: `standing` of the store answers it.

    Args:
        ref: the order whose messages and alerts count; empty for none.
        keys: once keys that messages of other orders may hold.
        joins: join keys.
        persons: customers by `once.person`, with the Unix seconds UTC since when messages to her count.
        alerts: rules whose unresolved alerts count, whatever they are about.
    """

    ref: str = ""
    keys: frozenset[str] = frozenset()
    joins: frozenset[str] = frozenset()
    persons: Mapping[str, float] = field(default_factory=dict)
    alerts: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Standing:
    """What is on record, as far as it was wanted.

    `taken` are the once keys that a message holds; `alerts` all of the order, resolved or not, and the
    unresolved ones of the rules asked for; `lately` when each person was told or is to be told, without
    what waits for its turn; `braked` that messages to customers are held; `alike_due` when the last
    escalation of the same step is due that a timer is judged together with (0: none).
    """

    taken: frozenset[str] = frozenset()
    traces: tuple[Trace, ...] = ()
    alerts: tuple[Alert, ...] = ()
    silences: tuple[Silence, ...] = ()
    joins: Mapping[str, Join] = field(default_factory=dict)
    lately: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    braked: bool = False
    alike_due: float = 0.0

    def with_told(self, who: str, at: float) -> Standing:
        """Return what stands once a customer was told something more."""
        return replace(self, lately={**self.lately, who: (*self.lately.get(who, ()), at)})

    def told(self, channels: Collection[str], *, show: bool = False) -> frozenset[str]:
        """Return the rules that reached somebody about this order on one of these channels.

        Args:
            show: what was only made for show counts as well.
        """
        return frozenset(
            trace.rule
            for trace in self.traces
            if trace.reached and trace.send.channel in channels and (show or not trace.shadow)
        )

    def carried(self, *, show: bool = False) -> frozenset[str]:
        """Return the parcels that the customer was told of.

        Args:
            show: what was only made for show counts as well.
        """
        return frozenset(key for trace in self.traces if show or not trace.shadow for key in trace.carried)

    def alert(self, rule: str, key: str) -> Alert | None:
        """Return the alert of a rule that is not resolved, None if there is none."""
        return next(
            (
                a
                for a in self.alerts
                if a.rule == rule and a.key == key and a.state is not AlertState.RESOLVED
            ),
            None,
        )

    def resolved(self, rule: str, key: str) -> int:
        """Return how many alerts of a rule about the same thing have been resolved."""
        return sum(a.rule == rule and a.key == key and a.state is AlertState.RESOLVED for a in self.alerts)

    def having(self, born: Iterable[NewMessage]) -> Standing:
        """Return it with new messages, so that what is made next finds its turn after them."""
        new = [message for message in born if message.join or message.person in self.lately]
        if not new:
            return self
        lately, joins = dict(self.lately), dict(self.joins)
        for message in new:
            if message.state is not State.PENDING:
                continue
            if message.join:
                others = joins.get(message.join, Join())
                due = message.due_at if others.due_at is None else min(others.due_at, message.due_at)
                joins[message.join] = replace(others, due_at=due)
            elif message.person in lately:
                lately[message.person] = (*lately[message.person], message.due_at)
        return replace(self, lately=lately, joins=joins)
