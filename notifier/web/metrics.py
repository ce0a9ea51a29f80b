"""Counters in Prometheus' text format (`GET /metrics`); no address and no order is ever a label."""

from __future__ import annotations

from falcon.asgi import Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, generate_latest

REGISTRY = CollectorRegistry()

UPDATES = Counter(
    "notifier_updates_received",
    "Webhook calls by what they came to: recorded, duplicate, held (order not known), refused"
    " (not understood), unsigned (signature missing or wrong), unavailable (database).",
    ["result"],
    registry=REGISTRY,
)


class Metrics:
    """`GET /metrics`."""

    async def on_get(self, req: Request, resp: Response) -> None:
        """Print all counters."""
        resp.content_type = CONTENT_TYPE_LATEST
        resp.data = generate_latest(REGISTRY)
