"""The orders API: `PUT`, `GET` and `DELETE /orders/{ref}`, with a bearer token.

The shop registers here whom an order belongs to; Cottoncast's webhook does not say.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import falcon
from falcon.asgi import Request, Response

from notifier.contacts import registered
from notifier.contacts.registered import Reading
from notifier.core.order import Order
from notifier.errors import NotFound, StoreError
from notifier.store.customers import Registered
from notifier.store.protocol import Store
from notifier.web import bodies
from notifier.web.bearer import Bearer
from notifier.web.readers import Readers
from notifier.web.unrecorded import Unrecorded


class Orders:
    """`/orders/{ref}`.

    Args:
        bearer: checks the token that opens the API.
        pool: where the database is waited for, so that the event loop is not.
        clock: returns Unix seconds UTC.
        limit: the largest body accepted, in bytes.
        unrecorded: counts what the database could not take.
    """

    def __init__(
        self,
        store: Store,
        bearer: Bearer,
        pool: Readers,
        clock: Callable[[], float],
        limit: int,
        *,
        unrecorded: Unrecorded,
    ) -> None:
        self._store = store
        self._bearer = bearer
        self._pool = pool
        self._clock = clock
        self._limit = limit
        self._unrecorded = unrecorded

    async def on_put(self, req: Request, resp: Response, ref: str) -> None:
        """Register or replace an order: 201 or 200; updates that were held for it are decided now.

        What cannot be used of it is left out and named; with `?strict=1` it is refused.
        """
        self._bearer.check(req)
        registered.check_ref(ref)
        strict = req.get_param_as_bool("strict", default=False)
        body = await bodies.read(req, self._limit)
        try:
            given, done = await self._in_pool(self._register, ref, body, strict)
        except StoreError as error:
            self._unrecorded.refused(str(error))
            raise
        self._unrecorded.recorded()
        order = await self._order(ref)
        resp.status = falcon.HTTP_201 if done.is_new else falcon.HTTP_200
        resp.media = {
            "status": "ok",
            "released": done.released,
            "unusable": [asdict(flaw) for flaw in given.unusable],
            "order": _shown(order),
        }

    async def on_get(self, req: Request, resp: Response, ref: str) -> None:
        """Show an order that is registered or was looked up."""
        self._bearer.check(req)
        resp.media = {"status": "ok", "order": _shown(await self._order(ref))}

    async def on_delete(self, req: Request, resp: Response, ref: str) -> None:
        """Forget what is personal of an order; what waits for it is dropped, its customer told no more."""
        self._bearer.check(req)
        if not await self._in_pool(self._store.orders.forget, ref, self._clock()):
            raise NotFound(f"Order {ref} not found")
        resp.media = {"status": "ok"}

    def _register(self, ref: str, body: bytes, strict: bool) -> tuple[Reading, Registered]:
        now = self._clock()
        given = registered.parse(body, now)
        if strict:
            given.strictly()
        (done,) = self._store.orders.register([(ref, given.finding)], now)
        return given, done

    async def _order(self, ref: str) -> Order:
        order: Order | None = await self._in_pool(self._store.orders.get, ref)
        if order is None or order.forgotten:
            raise NotFound(f"Order {ref} not found")
        return order

    async def _in_pool(self, work: Callable[..., Any], *args: object) -> Any:
        return await self._pool.run(work, *args)


def _shown(order: Order) -> dict[str, Any]:
    return {
        "ref": order.ref,
        "orderID": order.id,
        "status": order.status or None,
        "source": order.source or None,
        "contact_at": order.contact_at,
        "contact": order.contact.document() if order.contact else None,
        "attributes": order.attributes,
        "items": [asdict(item) for item in order.items],
        "shipments": [
            {
                "carrier": parcel.carrier,
                "carrierName": parcel.carrier_name,
                "trackingcode": parcel.tracking_code,
                "trackingurl": parcel.tracking_url,
                "named_at": parcel.named_at,
                "replaced_at": parcel.replaced_at,
            }
            for parcel in order.shipments
        ],
    }
