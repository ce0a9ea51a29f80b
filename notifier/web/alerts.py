"""The alerts API with the bearer token: `GET /alerts`; `POST /alerts/acknowledge`, of one or of several.

To resolve instead, the same with `/resolve`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from falcon.asgi import Request, Response

from notifier.core.alert import Alert, Labels
from notifier.errors import RequestError
from notifier.service import moving
from notifier.store.protocol import Store
from notifier.web import bodies, objects
from notifier.web.bearer import Bearer
from notifier.web.readers import Readers

NEWEST = 200
"""Alerts in one answer, where resolved ones are asked for as well."""

CLIENT = "the API"
"""Who acknowledged or resolved an alert, where the client told no name."""


class Alerts:
    """`/alerts`.

    Args:
        bearer: checks the token that opens the API.
        pool: where the database is waited for, so that the event loop is not.
    """

    def __init__(self, store: Store, bearer: Bearer, pool: Readers) -> None:
        self._store = store
        self._bearer = bearer
        self._pool = pool

    async def on_get(self, req: Request, resp: Response) -> None:
        """List those that are not resolved, the worst first; with `?all=true` the newest, resolved or not."""
        self._bearer.check(req)
        every = req.get_param_as_bool("all", default=False)
        found = await self._pool.run(self._found, every)
        resp.media = {"status": "ok", "alerts": [asdict(alert) for alert in found]}

    def _found(self, every: bool) -> list[Alert]:
        return self._store.alerts.newest(NEWEST) if every else self._store.alerts.open()


class Move:
    """A move of one alert: `/alerts/{id}/acknowledge` or `/alerts/{id}/resolve`.

    Args:
        move: acknowledges or resolves one, by whom and when (Unix seconds UTC).
        bearer: checks the token that opens the API.
        pool: where the database is waited for.
        clock: returns Unix seconds UTC.
        limit: the largest body accepted, in bytes.
    """

    def __init__(
        self,
        move: Callable[[int, str, float], Alert],
        bearer: Bearer,
        pool: Readers,
        clock: Callable[[], float],
        limit: int,
    ) -> None:
        self._move = move
        self._bearer = bearer
        self._pool = pool
        self._clock = clock
        self._limit = limit

    async def on_post(self, req: Request, resp: Response, alert_id: int) -> None:
        """Move it: 200 with the alert; 404, or 409 if it is not where this leads from."""
        self._bearer.check(req)
        given = objects.parse(await bodies.read(req, self._limit), ("by",))
        by = objects.words(given, "by", CLIENT)
        moved = await self._pool.run(self._move, alert_id, by, self._clock())
        resp.media = {"status": "ok", "alert": asdict(moved)}


class MoveAll:
    """A move of several alerts: `/alerts/acknowledge` or `/alerts/resolve`; takes what `Move` does."""

    def __init__(
        self,
        store: Store,
        move: moving.Move,
        bearer: Bearer,
        pool: Readers,
        clock: Callable[[], float],
        limit: int,
    ) -> None:
        self._store = store
        self._move = move
        self._bearer = bearer
        self._pool = pool
        self._clock = clock
        self._limit = limit

    async def on_post(self, req: Request, resp: Response) -> None:
        """Move all that fit or are of a message: 200 with the alerts; 404 if there is none to be moved."""
        self._bearer.check(req)
        given = objects.parse(await bodies.read(req, self._limit), ("matchers", "message", "by"))
        about, message = objects.matchers(given), _message(given)
        if bool(about) == (message is not None):
            raise RequestError("", "say which: matchers, or message")
        by = objects.words(given, "by", CLIENT)
        moved = await self._pool.run(self._moved, about, message, by)
        resp.media = {"status": "ok", "alerts": [asdict(alert) for alert in moved]}

    def _moved(self, about: Labels, message: int | None, by: str) -> list[Alert]:
        ids = moving.movable(self._store, about, message, self._move)
        return self._move.several(self._store.alerts, ids, by, self._clock())


def _message(given: dict[str, Any]) -> int | None:
    """Return the ID of a message, None if it is missing. Raises RequestError."""
    value = given.get("message")
    if value is not None and not (type(value) is int and value > 0):
        raise RequestError("message", "must be the number of a message")
    return value
