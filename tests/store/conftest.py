"""An empty store of every engine, and steps that many tests take."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeAlias

import pytest

from notifier.core.message import Message, NewMessage
from notifier.store.protocol import Store
from tests.factories import JANE, T0, plan, received
from tests.store.engines import ENGINES, Engine

Write: TypeAlias = Callable[..., list[Message]]


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
    store.orders.put("41", "NL-1", JANE, {"total": 12.5}, T0)
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
            store.orders.put(ref, "", JANE, {}, T0)
        store.updates.record([received("E", ref, at=T0 + count)], now)
        (update_id,) = store.updates.claim("setup", now, 60.0, 1)
        store.updates.record_plan(update_id, "setup", plan(*messages), False, "f1", now)
        newest = store.outbox.newest((), 1000)
        return sorted((m for m in newest if m.update_id == update_id), key=lambda m: m.id)

    return write
