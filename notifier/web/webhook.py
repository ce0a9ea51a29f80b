"""`POST /cottoncast/orderstatus`: verify, parse, record, answer. 200 means on disk.

The exact answers are those of the publisher's page "Orderstatus".
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import falcon
from falcon.asgi import Request, Response

from notifier.errors import RequestError, StoreError
from notifier.service.intake import Intake
from notifier.sources import cottoncast
from notifier.store.protocol import Receipt, Received
from notifier.web import bodies, signature
from notifier.web.errors import body as error_body
from notifier.web.metrics import UPDATES

PATH = "/cottoncast/orderstatus"

_OK = b'{"status":"ok"}'

_RECEIVED = {receipt: UPDATES.labels(receipt) for receipt in Receipt}
_REFUSED, _UNSIGNED, _UNAVAILABLE = map(UPDATES.labels, ("refused", "unsigned", "unavailable"))

Answer = asyncio.Future[Receipt]


class Webhook:
    """The endpoint.

    Args:
        intake: records updates; its tickets are this loop's futures.
        secrets: those that a signature may be made with; empty to take unsigned updates.
        limit: the largest body accepted, in bytes.
    """

    def __init__(self, intake: Intake[Answer], secrets: Sequence[str], limit: int) -> None:
        self._loop = asyncio.get_event_loop()
        self._intake = intake
        self._secrets = tuple(secrets)
        self._limit = limit

    async def on_post(self, req: Request, resp: Response) -> None:
        """Record one update."""
        try:
            receipt, ref = await self._record(req)
        except RequestError:
            _REFUSED.inc()
            raise
        except StoreError:
            _UNAVAILABLE.inc()
            raise
        _RECEIVED[receipt].inc()
        resp.content_type = falcon.MEDIA_JSON
        if receipt is Receipt.HELD:
            resp.status = falcon.HTTP_404
            resp.data = error_body(f"Order {ref} not found")
        else:
            resp.data = _OK

    async def _record(self, req: Request) -> tuple[Receipt, str]:
        body = await bodies.read(req, self._limit)
        if self._secrets and not signature.is_valid(body, req.get_header(signature.HEADER), self._secrets):
            _UNSIGNED.inc()
            raise falcon.HTTPUnauthorized(
                description=f"the header {signature.HEADER} is missing or does not fit the body"
            )
        update = cottoncast.parse(body)
        ticket: Answer = self._loop.create_future()
        self._intake.submit(ticket, Received(update, body))
        return await ticket, update.ref


def resolve(answers: list[tuple[Answer, Receipt | StoreError]]) -> None:
    """Hand a batch of results to those who wait; called in the event loop."""
    for ticket, result in answers:
        if ticket.done():
            continue  # the sender has gone, or waited too long
        if isinstance(result, StoreError):
            ticket.set_exception(result)
        else:
            ticket.set_result(result)
