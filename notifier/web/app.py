"""The Falcon application: routes and their collaborators, nothing else."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import falcon
import structlog
from falcon.asgi import App, Request, Response
from falcon.routing import map_http_methods

from notifier.core.event import EventKind
from notifier.errors import RequestError, StoreError
from notifier.service import moving
from notifier.service.intake import Intake
from notifier.store.protocol import Receipt, Store
from notifier.web import errors
from notifier.web.acknowledge import Acknowledge
from notifier.web.alarm import Alarm
from notifier.web.alerts import Alerts, Move, MoveAll
from notifier.web.bearer import Bearer
from notifier.web.bulk import Bulk
from notifier.web.health import Health, Ready
from notifier.web.keeping import Keeper
from notifier.web.metrics import Metrics
from notifier.web.orders import Orders
from notifier.web.readers import Readers
from notifier.web.refusals import Refusals
from notifier.web.request import Request as WatchedRequest
from notifier.web.request import is_utf_8
from notifier.web.silences import One, Silences
from notifier.web.unrecorded import Thing, Unrecorded
from notifier.web.unsubscribe import Unsubscribe
from notifier.web.webhook import PATH, Answer, Webhook, resolve

_ID = f"int(min=1, max={2**63 - 1})"
"""The number of a row, in a path."""


def create_app(
    store: Store,
    secrets: Sequence[str],
    api_token: str | None,
    body_limit: int,
    clock: Callable[[], float] = time.time,
) -> App[Request, Response]:
    """Return the application; must be called in the process and thread that will run its event loop.

    Args:
        secrets: webhook secrets; empty to take unsigned updates.
        api_token: the API's bearer token; None keeps the API shut.
        body_limit: the largest body accepted, in bytes.
    """
    loop = asyncio.get_event_loop()

    def answer(results: list[tuple[Answer, Receipt | StoreError]]) -> None:
        loop.call_soon_threadsafe(resolve, results)

    intake: Intake[Answer] = Intake(store, clock, answer)
    pool = Readers()
    refusals = Refusals(loop.call_later, structlog.get_logger().warning)
    unrecorded, unregistered = (Unrecorded(store, pool, loop.call_later, clock, thing) for thing in Thing)
    lifespan = _Lifespan(intake, pool, store, refusals, (unrecorded, unregistered))
    app: App[Request, Response] = App(request_type=WatchedRequest, middleware=[lifespan, _Methods()])
    errors.install(app)
    app.resp_options.media_handlers[falcon.MEDIA_JSON] = falcon.media.JSONHandler(dumps=errors.dumps)
    kept = Keeper(store, pool, clock, Alarm(store, pool, clock, EventKind.UPDATE_REJECTED))
    webhook = Webhook(
        intake, secrets, body_limit, refusals, Alarm(store, pool, clock), kept=kept, unrecorded=unrecorded
    )
    app.add_route(PATH, webhook)
    app.add_route(PATH + "/", webhook)
    bearer = Bearer(api_token, refusals)
    app.add_route("/orders", Bulk(store, bearer, pool, clock, body_limit, unrecorded=unregistered))
    orders = Orders(store, bearer, pool, clock, body_limit, unrecorded=unregistered)
    app.add_route("/orders/{ref:path}", orders)
    app.add_route("/alerts", Alerts(store, bearer, pool))
    for name, move in (("acknowledge", moving.ACKNOWLEDGE), ("resolve", moving.RESOLVE)):
        one = partial(move.one, store.alerts)
        app.add_route(f"/alerts/{{alert_id:{_ID}}}/{name}", Move(one, bearer, pool, clock, body_limit))
        app.add_route(f"/alerts/{name}", MoveAll(store, move, bearer, pool, clock, body_limit))
    app.add_route("/silences", Silences(store, bearer, pool, clock, body_limit))
    app.add_route(f"/silences/{{silence_id:{_ID}}}", One(store, bearer, pool, clock, body_limit))
    app.add_route("/acknowledge/{token}", Acknowledge(store, pool, clock))
    app.add_route("/unsubscribe/{token}", Unsubscribe(store, pool, clock))
    app.add_route("/healthz", Health())
    app.add_route("/readyz", Ready(store, intake, pool, clock))
    app.add_route("/metrics", Metrics(store, pool))
    return app


class _Methods:
    """Refuses every method that a resource has no responder for; Falcon answers some of them otherwise.

    Refuses orders whose reference is not UTF-8 as well: two of them would be read as the same.
    """

    async def process_resource(self, req: Request, resp: Response, resource: object, params: Any) -> None:
        """Raise 405 with the methods that there are; OPTIONS is not one, nobody here serves browsers."""
        if "ref" in params and not is_utf_8(req):
            raise RequestError("", "the path is not UTF-8")
        if not hasattr(resource, f"on_{req.method.lower()}"):
            raise falcon.HTTPMethodNotAllowed(sorted(map_http_methods(resource)))


class _Lifespan:
    """Closes what the application opened when the server stops (ASGI lifespan protocol)."""

    def __init__(
        self,
        intake: Intake[Answer],
        pool: Readers,
        store: Store,
        refusals: Refusals,
        unrecorded: Sequence[Unrecorded],
    ) -> None:
        self._intake = intake
        self._pool = pool
        self._store = store
        self._refusals = refusals
        self._unrecorded = unrecorded

    async def process_shutdown(self, scope: Any, event: Any) -> None:
        """Record what waits, then close the database."""
        self._refusals.tell_rest()
        await asyncio.get_running_loop().run_in_executor(None, self._close)

    def _close(self) -> None:
        self._intake.close()
        self._pool.shutdown(wait=True)
        for tally in self._unrecorded:
            tally.close()
        self._store.close()
