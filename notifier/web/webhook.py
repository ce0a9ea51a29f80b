"""`POST /cottoncast/orderstatus`: verify, parse, record, answer. 200 means on disk.

The exact answers are those of the publisher's page "Orderstatus".
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import NoReturn

import falcon
from falcon.asgi import Request, Response

from notifier.errors import RequestError, StoreError
from notifier.service.intake import Intake
from notifier.sources import cottoncast
from notifier.store.protocol import Receipt, Received
from notifier.store.rejected import Unreadable
from notifier.web import bodies, signature
from notifier.web.alarm import Alarm
from notifier.web.errors import body as error_body
from notifier.web.forwarded import is_forwarded
from notifier.web.keeping import Keeper
from notifier.web.metrics import UNREAD, UPDATES
from notifier.web.refusals import Refusal, Refusals
from notifier.web.unrecorded import Unrecorded

PATH = "/cottoncast/orderstatus"

_OK = b'{"status":"ok"}'

Answer = asyncio.Future[Receipt]


class Webhook:
    """The endpoint.

    Args:
        intake: records updates; its tickets are this loop's futures.
        secrets: those that a signature may be made with; empty to take unsigned updates.
        limit: the largest body accepted, in bytes.
        refusals: told of what is not taken.
        alarm: told of signatures that do not fit.
        kept: keeps what is signed and no update, and tells operators of it.
        unrecorded: counts what the database could not take.
    """

    def __init__(
        self,
        intake: Intake[Answer],
        secrets: Sequence[str],
        limit: int,
        refusals: Refusals,
        alarm: Alarm,
        *,
        kept: Keeper,
        unrecorded: Unrecorded,
    ) -> None:
        self._kept = kept
        self._loop = asyncio.get_event_loop()
        self._intake = intake
        self._verifier = signature.Verifier(secrets) if secrets else None
        self._limit = limit
        self._refusals = refusals
        self._alarm = alarm
        self._unrecorded = unrecorded

    async def on_post(self, req: Request, resp: Response) -> None:
        """Record one update."""
        try:
            given = req.get_header(signature.HEADER)
            if not self._may_be_taken(req, given):
                await self._refuse_unread(req, given)
            body = await bodies.read(req, self._limit)
            if self._verifier is not None and not self._verifier.fits(body, given):
                self._refuse_signature(given)
            try:
                update = cottoncast.parse(body)
            except RequestError as error:
                await self._keep(body, error)
                raise
            ticket: Answer = self._loop.create_future()
            self._intake.submit(ticket, Received(update, body))
            receipt = await ticket
        except RequestError:
            self._refuse("refused", Refusal.NOT_UNDERSTOOD)
            raise
        except falcon.HTTPContentTooLarge:
            self._refuse("refused", Refusal.TOO_LARGE)
            raise
        except StoreError as error:
            UPDATES["unavailable"] += 1
            if self._intake.alive:  # else it is a stop: the server that follows takes it
                self._unrecorded.refused(str(error))
            raise
        UPDATES[receipt] += 1
        if receipt is not Receipt.DUPLICATE:
            self._unrecorded.recorded()
            for note in update.notes:
                UNREAD[note.kind] += 1
        if receipt is Receipt.HELD:
            resp.status = falcon.HTTP_404
            resp.data = error_body(f"Order {update.ref} not found")
        else:
            resp.data = _OK

    async def _keep(self, body: bytes, error: RequestError) -> None:
        """Keep what is signed and no update, before it is refused."""
        if self._verifier is not None:
            await self._kept.keep(Unreadable(body, str(error), cottoncast.order_of(body)))

    def _may_be_taken(self, req: Request, given: str | None) -> bool:
        """Tell whether a request, with the signature that is `given`, is worth reading."""
        return not is_forwarded(req) if self._verifier is None else signature.is_well_formed(given)

    async def _refuse_unread(self, req: Request, given: str | None) -> NoReturn:
        """Throw the body away as it comes, then refuse."""
        await bodies.read(req, self._limit, keep=False)
        if self._verifier is not None:
            self._refuse_signature(given)
        self._refuse("unsigned", Refusal.FORWARDED)
        raise falcon.HTTPUnauthorized(
            description="updates without a signature are taken from this machine only, and not "
            "through a proxy: set NOTIFIER_WEBHOOK_SECRET"
        )

    def _refuse_signature(self, given: str | None) -> NoReturn:
        kind = Refusal.WRONG_SIGNATURE if given else Refusal.NO_SIGNATURE
        self._refuse("unsigned", kind)
        self._alarm.rejected(kind.why)
        raise falcon.HTTPUnauthorized(
            description=f"the header {signature.HEADER} is missing or does not fit the body"
        )

    def _refuse(self, result: str, kind: Refusal) -> None:
        UPDATES[result] += 1
        self._refusals.add(kind)


def resolve(answers: list[tuple[Answer, Receipt | StoreError]]) -> None:
    """Hand a batch of results to those who wait; called in the event loop."""
    for ticket, result in answers:
        if ticket.done():
            continue  # the sender has gone, or waited too long
        if isinstance(result, StoreError):
            ticket.set_exception(result)
        else:
            ticket.set_result(result)
