"""An empty store of every engine, and steps that many tests take."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from notifier.core.contact import Contact
from notifier.core.message import Message, NewMessage
from notifier.core.plan import Plan
from notifier.core.reason import Reason
from notifier.core.situation import Decision
from notifier.store.customers import Registered
from notifier.store.protocol import Store
from tests.factories import JANE, T0, finding, plan, received
from tests.store.engines import ENGINES, Engine

Write: TypeAlias = Callable[..., list[Message]]


def register(store: Store, ref: str, contact: Contact = JANE, *, now: float = T0, **more: Any) -> Registered:
    """Register one order."""
    (result,) = store.orders.register([(ref, finding(contact, at=now, **more))], now)
    return result


def await_contact(
    store: Store, ref: str, *messages: NewMessage, now: float = T0, code: str = "C", **more: Any
) -> int:
    """Record an update, of an order that need not be registered, and judge it: it awaits the contact.

    Returns its id. The messages are those of rules that need no contact.
    """
    store.orders.accept_unknown(True)
    store.updates.record([received(code, ref, **more)], now)
    store.orders.accept_unknown(False)
    waiting = Plan((Decision("shipped", False, Reason.AWAITING_CONTACT),), messages, awaits_contact=True)
    for update_id in store.updates.claim("setup", now, 60.0, 200):
        store.updates.record_plan(update_id, "setup", waiting, False, "f1", now)
    return update_id


@pytest.fixture(params=ENGINES)
def engine_name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def engine(engine_name: str, tmp_path: Path) -> Engine:
    return ENGINES[engine_name](tmp_path)


@pytest.fixture
def store(engine: Engine) -> Iterator[Store]:
    """A migrated store in which order 41 is registered."""
    store = engine.open()
    store.migrate()
    register(store, "41", order_id="NL-1", attributes={"total": 12.5})
    yield store
    store.close()


@pytest.fixture
def write(store: Store) -> Write:
    """Record and decide an update that brings these messages; return them as they stand in the outbox."""
    count = 0

    def write(*messages: NewMessage, ref: str = "41", now: float = T0) -> list[Message]:
        nonlocal count
        count += 1
        if store.orders.get(ref) is None:
            register(store, ref)
        store.updates.record([received("E", ref, at=T0 + count)], now)
        (update_id,) = store.updates.claim("setup", now, 60.0, 1)
        store.updates.record_plan(update_id, "setup", plan(*messages), False, "f1", now)
        newest = store.outbox.newest((), 1000)
        return sorted((m for m in newest if m.update_id == update_id), key=lambda m: m.id)

    return write
