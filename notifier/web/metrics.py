"""Counters in Prometheus' text format (`GET /metrics`); no address and no order is ever a label."""

from __future__ import annotations

from collections.abc import Iterator

from falcon.asgi import Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily

RESULTS = ("recorded", "duplicate", "held", "refused", "unsigned", "unavailable")
"""What a webhook call can come to."""

UPDATES = dict.fromkeys(RESULTS, 0)
"""Webhook calls by what they came to; written by the event loop's thread only, so a plain number does."""

API = {"refused": 0}
"""Requests to the orders API that were answered 401; written like UPDATES."""


class _Collector:
    """Shows the counters to prometheus_client."""

    def collect(self) -> Iterator[CounterMetricFamily]:
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
        yield CounterMetricFamily(
            "notifier_api_requests_refused",
            "Requests to the orders API without its bearer token (401).",
            value=API["refused"],
        )


class Metrics:
    """`GET /metrics`."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._registry.register(_Collector())

    async def on_get(self, req: Request, resp: Response) -> None:
        """Print all counters."""
        resp.content_type = CONTENT_TYPE_LATEST
        resp.data = generate_latest(self._registry)
