"""A worker without its threads, whose channels are real: what tests of the engine as a whole share."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any

import pytest

from notifier.core.channel import Channel
from notifier.core.message import Message
from notifier.core.quota import Limits
from tests.channels.ways import SLACK, TWILIO
from tests.factories import channel, delivery, register, rule, ruleset, to_email, to_phone
from tests.service.conftest import Desk, send
from tests.sinks import HttpSink

with warnings.catch_warnings():
    # Apprise 2.2.0 looks for Python's imghdr, which Python 3.11 announces to remove.
    warnings.filterwarnings("ignore", "'imghdr' is deprecated", DeprecationWarning)
    from notifier.channels.gateway import Gateway

LOGIN = ("shop", "right")
"""What the mail channel logs in with."""


class Works:
    """A desk whose channels are real."""

    def __init__(self, desk: Desk, http: HttpSink) -> None:
        self.desk, self.http = desk, http
        self._open: list[Gateway] = []

    def use(self, *channels: Channel, by: tuple[str, ...] = (), **more: Any) -> None:
        """Have one rule send over these channels: the first, or the `first_of` those that `by` names."""
        names = by or (channels[0].name,)
        self.desk.rules = ruleset(rule(send=[delivery(*names)], **more), channels=channels)
        gateway = Gateway(self.desk.rules.channels, "Shop", self.http.url)
        assert gateway.problems() == {}
        self._open.append(gateway)
        self.desk.line = gateway  # type: ignore[assignment]

    def tell(self, *refs: str) -> None:
        """Have one message due for each of these orders."""
        for ref in refs:
            register(self.desk.store, ref)
            self.desk.tell("C", ref)
        while self.desk.decide():
            pass

    def attempt(self) -> Message:
        """Send the one message that is next; return it as it stands afterwards."""
        (message,) = self.desk.claim(1)
        send(self.desk.sender, message)
        return self.stands(message)

    def limits(self) -> dict[str, Limits]:
        """Return what the worker may take of each channel."""
        return {
            c.name: Limits(9, c.rate, c.budget, c.retry.within) for c in self.desk.rules.channels.values()
        }

    def stands(self, message: Message) -> Message:
        """Return a message as it is now."""
        found = self.desk.store.outbox.get(message.id)
        assert found is not None
        return found

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        self.desk.clock.now += seconds

    def outcomes(self, ref: str = "41") -> list[str]:
        """Return how the attempts of an order's messages ended, oldest first."""
        told = [m for u in self.desk.history(ref).updates for m in u.messages]
        return [f"{a.outcome} {a.code}" for m in told for a in m.attempts]

    def rests(self) -> str:
        """Return why the channels rest, and for how many seconds more."""
        now = self.desk.clock.now
        found = [
            f"{s.reason} {'' if s.until is None else f'+{s.until - now:g}'}".strip()
            for s in self.desk.store.channels.paused()
        ]
        return ", ".join(found) or "-"

    def told(self) -> list[str]:
        """Return what operators should know, oldest first."""
        return [event.kind for event in reversed(self.desk.store.events.newest(99))]

    def close(self) -> None:
        for gateway in self._open:
            gateway.close()


@pytest.fixture
def works(desk: Desk, http: HttpSink) -> Iterator[Works]:
    works = Works(desk, http)
    yield works
    works.close()


def mail_at(port: int, **more: Any) -> Channel:
    """Return a mail channel to a server on this machine."""
    url = f"mailto://shop:right@127.0.0.1:{port}?from=orders@shop.example&rto=0.3"
    return channel("email", **({"url": url, "to": to_email} | more))


def text_by(**more: Any) -> Channel:
    """Return a channel for text messages."""
    return channel("sms", **({"url": f"{TWILIO}?rto=0.3", "to": to_phone} | more))


def hook(**more: Any) -> Channel:
    """Return an operators' chat."""
    return channel("slack", **({"url": f"{SLACK}?rto=0.3"} | more))
