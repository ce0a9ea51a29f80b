"""Messages in memory: what holds a once key, what waits with what, and who was told when."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import replace
from typing import Any

from notifier.core.message import REACHED, Message, NewMessage, Priority, State
from notifier.core.standing import Join, Trace
from notifier.errors import NotAllowed

_HOLDS = REACHED | {State.PENDING, State.SENDING, State.HELD}
"""States of messages that hold their once key: all that reached or may yet reach somebody."""

A_WHILE = 300.0
"""Seconds that a message which had its turn may be put off and still goes before later ones of its order."""


class Outbox:
    """Every message. `pending` counts those that wait to be sent.

    Args:
        digests: the rules of which a digest may list what they said.
        on_wait: told of each message that is to be looked at when it is due.
    """

    def __init__(self, digests: Collection[str], on_wait: Callable[[Message], None]) -> None:
        self._every: dict[int, Message] = {}
        self._of_order: dict[str, list[int]] = {}
        self._traces: dict[str, tuple[Trace, ...]] = {}
        self._holders: dict[str, int] = {}
        self._waiting: dict[str, dict[int, None]] = {}
        self._last: dict[str, float] = {}
        self._person: dict[int, str] = {}
        self._told: dict[str, list[float]] = {}
        self._planned: dict[str, dict[int, float]] = {}
        self._carried: dict[int, frozenset[str]] = {}
        self._turned: set[int] = set()
        self._followers: dict[int, list[int]] = {}
        self._merged: dict[int, list[int]] = {}
        self._on_wait = on_wait
        self._said: dict[str, list[int]] = {rule: [] for rule in digests}
        self.pending = 0

    def bear(self, new: NewMessage, update_id: int, ref: str, fingerprint: str, now: float) -> Message:
        """Put a new message on record.

        Raises:
            NotAllowed: a message holds its once key already.
        """
        ended = new.state is State.DROPPED
        message = Message(
            id=len(self._every) + 1,
            update_id=update_id,
            ref=ref,
            rule=new.rule,
            send=new.send,
            recipient=new.recipient,
            once=new.once,
            message_id=new.message_id,
            state=new.state,
            reason=new.reason,
            due_at=new.due_at,
            created_at=now,
            fallbacks=new.fallbacks,
            shipment=new.shipment,
            fingerprint=fingerprint,
            ended_at=now if ended else None,
            priority=new.priority,
            join=new.join,
            alert=new.alert,
            shadow=new.shadow,
            occasion=new.occasion,
        )
        if new.state in _HOLDS:
            if new.once in self._holders:
                raise NotAllowed(f"{new.once} was told before")
            self._holders[new.once] = message.id
        if new.person and not ended:
            self._person[message.id] = new.person
        if ref:
            self._of_order.setdefault(ref, []).append(message.id)
        if new.rule in self._said and not ended:
            self._said[new.rule].append(message.id)
        self._every[message.id] = message
        if message.state is State.PENDING:
            self._wait(message)
        self._traces.pop(ref, None)
        return message

    def move(self, message: Message, **changes: Any) -> Message:
        """Change a message; what is counted by its state follows."""
        moved = replace(message, **changes)
        self._every[message.id] = moved
        if message.state is State.PENDING:
            self._wait_no_more(message)
        if moved.state is State.PENDING:
            self._wait(moved)
        elif followers := self._followers.pop(message.id, None):
            for id_ in followers:
                if self._every[id_].state is State.PENDING:
                    self._on_wait(self._every[id_])
        if moved.state is State.MERGED and moved.into is not None and moved.into != message.into:
            self._merged.setdefault(moved.into, []).append(moved.id)
        if moved.state not in _HOLDS and not moved.maybe_sent and self._holders.get(moved.once) == moved.id:
            del self._holders[moved.once]
        self._traces.pop(message.ref, None)
        return moved

    def went_out(self, message: Message, carried: frozenset[str], now: float) -> None:
        """Note that a message is on its way to somebody, with the parcels that it tells a customer of."""
        if carried:
            self.carries(message, carried)
        if message.join:
            self._last[message.join] = now
        if who := self._person.get(message.id):
            self._told.setdefault(who, []).append(now)

    def carries(self, message: Message, carried: frozenset[str]) -> None:
        """Note what parcels the customer is told of by a message."""
        self._carried[message.id] = carried
        self._traces.pop(message.ref, None)

    def turn(self, message: Message) -> None:
        """Note that a message was looked at when it was due: it has had its turn."""
        self._turned.add(message.id)

    def get(self, message_id: int) -> Message:
        """Return one message."""
        return self._every[message_id]

    def before(self, message: Message, now: float) -> Message | None:
        """Return one of the same order that goes first on the same channel: it is due, or had its turn."""
        for id_ in self._of_order.get(message.ref, ()) if message.ref else ():
            if id_ >= message.id:
                return None
            other = self._every[id_]
            if (
                other.state is State.PENDING
                and other.send.channel == message.send.channel
                and (
                    other.due_at <= now
                    or other.first_attempt_at is not None
                    or (id_ in self._turned and other.due_at <= now + A_WHILE)
                )
            ):
                return other
        return None

    def follow(self, message: Message, first: Message) -> None:
        """Let a message wait until an earlier one has ended."""
        self._followers.setdefault(first.id, []).append(message.id)

    def merged_into(self, message: Message) -> list[Message]:
        """Return the messages that went, or are to go, out with one."""
        found = (self._every[id_] for id_ in self._merged.get(message.id, ()))
        return [m for m in found if m.state is State.MERGED]

    def companions(self, message: Message) -> list[Message]:
        """Return the other pending messages with the same join key on the same channel, the oldest first."""
        others = (self._every[id_] for id_ in sorted(self._waiting.get(message.join, ())))
        return [m for m in others if m.id != message.id and m.send.channel == message.send.channel]

    def __iter__(self) -> Iterator[Message]:
        """Yield all messages, the oldest first."""
        return iter(self._every.values())

    def hasten(self, rule: str, ref: str, settle: float, now: float) -> None:
        """Have what waits of a rule about an order wait for no tracking code any more."""
        for message in [self._every[id_] for id_ in self._of_order.get(ref, ())]:
            due = max(now, message.created_at + settle)
            waits = message.rule == rule and message.state is State.PENDING and not message.attempts
            if waits and message.due_at > due:
                self.move(message, due_at=due)

    def cancelled_by(self, rules: Collection[str], ref: str) -> list[Message]:
        """Return what waits or is held of these rules about an order."""
        of_order = (self._every[id_] for id_ in self._of_order.get(ref, ()))
        return [m for m in of_order if m.rule in rules and self._has_yet_to_go(m)]

    def taken(self, ref: str, keys: Collection[str]) -> frozenset[str]:
        """Return the once keys that messages of an order hold, and those of `keys` that any does."""
        own = (self._every[id_] for id_ in self._of_order.get(ref, ()))
        held = {m.once for m in own if self._holders.get(m.once) == m.id}
        return frozenset(held.union(key for key in keys if key in self._holders))

    def traces(self, ref: str) -> tuple[Trace, ...]:
        """Return what the messages of an order left behind."""
        found = self._traces.get(ref)
        if found is None:
            own = [self._every[id_] for id_ in self._of_order.get(ref, ())]
            found = self._traces[ref] = tuple(map(self._trace, own))
        return found

    def joins(self, keys: Collection[str]) -> Mapping[str, Join]:
        """Return when the waiting message of each join key is due, and when the last one went out."""
        found = {}
        for key in keys:
            waiting = self._waiting.get(key)
            due = min(self._every[id_].due_at for id_ in waiting) if waiting else None
            last = self._last.get(key)
            if due is not None or last is not None:
                found[key] = Join(due, last)
        return found

    def lately(self, who: str, since: float) -> tuple[float, ...]:
        """Return when a customer was told after `since` or is to be told, but for what waits for its turn."""
        told = [at for at in self._told.get(who, ()) if at > since]
        return (*told, *self._planned.get(who, {}).values())

    def person(self, message: Message) -> str:
        """Return the customer that a message is for, empty if it is for none or only made for show."""
        return self._person.get(message.id, "")

    def told(self, rules: Collection[str], since: float, until: float, most: int) -> list[Message]:
        """Return messages of these rules made after `since` and up to `until`, see the store's protocol."""
        ids = sorted(id_ for rule in rules for id_ in self._said.get(rule, ()))
        found: dict[tuple[int, str, str], Message] = {}
        for id_ in ids:
            m = self._every[id_]
            if since < m.created_at <= until and m.state is not State.DROPPED:
                found.setdefault((m.update_id, m.rule, "" if m.update_id else m.once), m)
        return list(found.values())[:most]

    def _has_yet_to_go(self, message: Message) -> bool:
        if message.state is State.MERGED and message.into is not None:
            message = self._every[message.into]
            return message.state is State.PENDING and not message.maybe_sent
        return message.state in (State.PENDING, State.HELD)

    def _trace(self, m: Message) -> Trace:
        carried = self._carried.get(m.id, frozenset())
        return Trace(m.rule, m.send, m.state, m.once, m.maybe_sent, carried, m.alert, m.created_at)

    def _wait(self, message: Message) -> None:
        self.pending += 1
        if message.join:
            self._waiting.setdefault(message.join, {})[message.id] = None
        elif who := self._person.get(message.id):
            self._planned.setdefault(who, {})[message.id] = message.due_at
        self._on_wait(message)

    def _wait_no_more(self, message: Message) -> None:
        self.pending -= 1
        if message.join:
            self._waiting[message.join].pop(message.id, None)
        elif who := self._person.get(message.id):
            self._planned[who].pop(message.id, None)


def is_for_customer(new: NewMessage) -> bool:
    """Tell whether a new message counts for the brake."""
    return new.priority >= Priority.CUSTOMER and not new.shadow
