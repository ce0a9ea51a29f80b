"""Counters in Prometheus' text format (`GET /metrics`); no address and no order is ever a label.

What the worker put on record of its rules is read from the database in the
readers' threads, at most once in RULES_FOR; where that takes too long or fails, what was known
is shown, so that the counters never wait for a database that is in trouble.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from concurrent.futures import Executor

from falcon.asgi import Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from notifier.core.note import NoteKind
from notifier.errors import StoreError
from notifier.store.protocol import Store
from notifier.store.rulesets import InForce

RESULTS = ("recorded", "duplicate", "held", "refused", "unsigned", "unavailable")
"""What a webhook call can come to."""

UPDATES = dict.fromkeys(RESULTS, 0)
"""Webhook calls by what they came to; written by the event loop's thread only, so a plain number does."""

UNREAD = dict.fromkeys(NoteKind, 0)
"""Fields of updates that could not be read, by kind; written like UPDATES."""

API = {"refused": 0}
"""Requests to the API that were answered 401; written like UPDATES."""


RULES_FOR = 2.0
"""Seconds for which what was read of the rules is shown."""

PATIENCE = 0.5
"""Seconds that the metrics wait for the database."""


class _Collector:
    """Shows the counters to prometheus_client, and the rules in force as they were read last."""

    def __init__(self) -> None:
        self.rules: InForce | None = None
        self.rejected: int | None = None

    def collect(self) -> Iterator[Metric]:
        """Yield every counter with its value."""
        updates = CounterMetricFamily(
            "notifier_updates_received",
            "Webhook calls by what they came to: recorded, duplicate, held (order not known), refused"
            " (not understood or too large), unsigned (signature missing or wrong), unavailable (database).",
            labels=["result"],
        )
        for result, count in UPDATES.items():
            updates.add_metric([result], count)
        yield updates
        unread = CounterMetricFamily(
            "notifier_update_fields_unread",
            "Fields of recorded updates that could not be read and were taken as absent, by kind of fault.",
            labels=["kind"],
        )
        for kind, count in UNREAD.items():
            unread.add_metric([kind], count)
        yield unread
        yield CounterMetricFamily(
            "notifier_api_requests_refused",
            "Requests to the API without its bearer token (401).",
            value=API["refused"],
        )
        if self.rules is not None:
            yield from _of_rules(self.rules)
        if self.rejected is not None:
            yield GaugeMetricFamily(
                "notifier_rejected_webhooks",
                "Signed webhooks that were no update and are kept (notifier rejected).",
                value=self.rejected,
            )


def _of_rules(rules: InForce) -> Iterator[Metric]:
    info = GaugeMetricFamily(
        "notifier_rules_info", "The rules in force, by their fingerprint.", labels=["fingerprint"]
    )
    if rules.fingerprint is not None:
        info.add_metric([rules.fingerprint], 1)
    yield info
    yield GaugeMetricFamily(
        "notifier_rules_rejected",
        "1 while the newest edit of rules or templates is refused, and older ones are in force.",
        value=int(rules.rejected is not None),
    )


class Metrics:
    """`GET /metrics`.

    Args:
        pool: waits for the database.
    """

    def __init__(self, store: Store, pool: Executor) -> None:
        self._store = store
        self._pool = pool
        self._collector = _Collector()
        self._registry = CollectorRegistry()
        self._registry.register(self._collector)
        self._reading: asyncio.Future[tuple[InForce, int]] | None = None
        self._read_at = -RULES_FOR

    async def on_get(self, req: Request, resp: Response) -> None:
        """Print all counters."""
        if time.monotonic() - self._read_at >= RULES_FOR:
            await self._read()
        resp.content_type = CONTENT_TYPE_LATEST
        resp.data = generate_latest(self._registry)

    async def _read(self) -> None:
        """Read what is in force; a read that takes longer goes on, and nobody begins another one."""
        if self._reading is None:
            loop = asyncio.get_running_loop()
            self._reading = loop.run_in_executor(self._pool, self._on_record)
        reading = self._reading
        await asyncio.wait([reading], timeout=PATIENCE)
        if not reading.done():
            return
        self._reading = None
        self._read_at = time.monotonic()
        try:
            self._collector.rules, self._collector.rejected = reading.result()
        except StoreError:  # `/readyz` tells of it
            self._collector.rules = self._collector.rejected = None

    def _on_record(self) -> tuple[InForce, int]:
        return self._store.rulesets.current(), self._store.rejected.count()
