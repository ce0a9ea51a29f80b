"""The orders API: `PUT`, `GET` and `DELETE /orders/{ref}`, with a bearer token.

The shop registers here whom an order belongs to; Cottoncast's webhook does not say.
"""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import asdict
from typing import Any

import falcon
from falcon.asgi import Request, Response

from notifier.contacts import registered
from notifier.core.order import Order
from notifier.errors import NotFound, RequestError
from notifier.store.protocol import Store
from notifier.web import bodies

LONGEST_REF = 200
"""Characters of an order reference, at most; the same bound as in the webhook."""


class Orders:
    """`/orders/{ref}`.

    Args:
        token: the bearer token that opens the API (RFC 6750); None keeps it shut.
        pool: where the database is waited for, so that the event loop is not.
        clock: returns Unix seconds UTC.
        limit: the largest body accepted, in bytes.
    """

    def __init__(
        self, store: Store, token: str | None, pool: Executor, clock: Callable[[], float], limit: int
    ) -> None:
        self._store = store
        self._token = token
        self._pool = pool
        self._clock = clock
        self._limit = limit

    async def on_put(self, req: Request, resp: Response, ref: str) -> None:
        """Register or replace an order: 201 or 200; updates that were held for it are decided now."""
        self._authorize(req)
        _check_ref(ref)
        given = registered.parse(await bodies.read(req, self._limit))
        is_new, released = await self._in_pool(
            self._store.orders.put, ref, given.order_id, given.contact, given.attributes, self._clock()
        )
        order = await self._order(ref)
        resp.status = falcon.HTTP_201 if is_new else falcon.HTTP_200
        resp.media = {"status": "ok", "released": released, "order": _shown(order)}

    async def on_get(self, req: Request, resp: Response, ref: str) -> None:
        """Show an order."""
        self._authorize(req)
        resp.media = {"status": "ok", "order": _shown(await self._order(ref))}

    async def on_delete(self, req: Request, resp: Response, ref: str) -> None:
        """Forget an order's contact, attributes, raw bodies and texts; what waits for it is dropped."""
        self._authorize(req)
        if not await self._in_pool(self._store.orders.delete, ref, self._clock()):
            raise NotFound(f"Order {ref} not found")
        resp.media = {"status": "ok"}

    def _authorize(self, req: Request) -> None:
        if self._token is None:
            raise falcon.HTTPUnauthorized(
                description="the orders API is shut: set NOTIFIER_API_TOKEN and restart",
                challenges=["Bearer"],
            )
        scheme, _, given = (req.get_header("Authorization") or "").partition(" ")
        fits = hmac.compare_digest(given.strip().encode("utf-8", "replace"), self._token.encode())
        if scheme.lower() != "bearer" or not fits:
            raise falcon.HTTPUnauthorized(
                description="the bearer token is missing or wrong", challenges=["Bearer"]
            )

    async def _order(self, ref: str) -> Order:
        order: Order | None = await self._in_pool(self._store.orders.get, ref)
        if order is None:
            raise NotFound(f"Order {ref} not found")
        return order

    async def _in_pool(self, work: Callable[..., Any], *args: object) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self._pool, work, *args)


def _check_ref(ref: str) -> None:
    if not 0 < len(ref) <= LONGEST_REF:
        raise RequestError("ref", f"must have 1 to {LONGEST_REF} characters")
    if not ref.isprintable() or any("\ud800" <= c <= "\udfff" for c in ref):
        raise RequestError("ref", "holds a control character")


def _shown(order: Order) -> dict[str, Any]:
    return {
        "ref": order.ref,
        "orderID": order.id,
        "status": order.status or None,
        "contact": asdict(order.contact) if order.contact else None,
        "attributes": order.attributes,
        "shipments": [
            {
                "carrier": s.carrier,
                "carrierName": s.carrier_name,
                "trackingcode": s.tracking_code,
                "trackingurl": s.tracking_url,
            }
            for s in order.shipments
        ],
    }
