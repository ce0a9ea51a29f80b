"""The silences API: `GET` and `POST /silences`, `DELETE /silences/{id}`, with the bearer token."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import falcon
from falcon.asgi import Request, Response

from notifier.config.duration import LONGEST
from notifier.core.alert import Labels, Silence
from notifier.errors import RequestError
from notifier.service import silencing
from notifier.store.protocol import Store
from notifier.web import bodies, objects
from notifier.web.alerts import CLIENT, NEWEST
from notifier.web.bearer import Bearer
from notifier.web.readers import Readers

_FIELDS = ("matchers", "everything", "from", "for", "until", "every", "reason", "by", "customers")


class Silences:
    """`/silences`.

    Args:
        bearer: checks the token that opens the API.
        pool: where the database is waited for, so that the event loop is not.
        clock: returns Unix seconds UTC.
        limit: the largest body accepted, in bytes.
    """

    def __init__(
        self, store: Store, bearer: Bearer, pool: Readers, clock: Callable[[], float], limit: int
    ) -> None:
        self._store = store
        self._bearer = bearer
        self._pool = pool
        self._clock = clock
        self._limit = limit

    async def on_get(self, req: Request, resp: Response) -> None:
        """List those that are in force or will be; with `?all=true` the newest, over or not."""
        self._bearer.check(req)
        every = req.get_param_as_bool("all", default=False)
        found = await self._pool.run(self._found, every)
        resp.media = {"status": "ok", "silences": [silencing.told(one, self._clock()) for one in found]}

    async def on_post(self, req: Request, resp: Response) -> None:
        """Make one, from now on: 201 with the silence."""
        self._bearer.check(req)
        given = objects.parse(await bodies.read(req, self._limit), _FIELDS)
        made = await self._pool.run(self._add, given)
        resp.status = falcon.HTTP_201
        resp.media = {"status": "ok", "silence": silencing.told(made, self._clock())}

    def _found(self, every: bool) -> list[Silence]:
        silences = self._store.silences
        return silences.newest(NEWEST) if every else silences.current(self._clock())

    def _add(self, given: dict[str, Any]) -> Silence:
        now = self._clock()
        begin, hours = now, None
        if given.get("from") is not None:
            begin = silencing.until(objects.words(given, "from"), now, field="from")
        if given.get("every") is not None:
            zone = self._store.rulesets.current().timezone
            hours = silencing.every(objects.words(given, "every"), zone)
        endless = hours is not None and given.get("for") is None and given.get("until") is None
        return self._store.silences.add(
            _matchers(given),
            objects.words(given, "reason"),
            objects.words(given, "by", CLIENT),
            begin,
            begin + LONGEST if endless else _ends_at(given, begin),
            customers=objects.truth(given, "customers"),
            hours=hours,
        )


class Ending:
    """`/silences/{id}`."""

    def __init__(self, store: Store, bearer: Bearer, pool: Readers, clock: Callable[[], float]) -> None:
        self._store = store
        self._bearer = bearer
        self._pool = pool
        self._clock = clock

    async def on_delete(self, req: Request, resp: Response, silence_id: int) -> None:
        """End one now; it stays on record. 404, or 409 if it is over."""
        self._bearer.check(req)
        end = self._store.silences.end
        ended = await self._pool.run(end, silence_id, self._clock())
        resp.media = {"status": "ok", "silence": silencing.told(ended, self._clock())}


def _matchers(given: dict[str, Any]) -> Labels:
    """Return what it is about. Raises RequestError."""
    about = given.get("matchers") or {}
    if not isinstance(about, dict):
        raise RequestError("matchers", "must be an object: field to a value or a list of values")
    if bool(about) == objects.truth(given, "everything"):
        text = "and everything exclude each other" if about else "is missing; to silence all, set everything"
        raise RequestError("matchers", text)
    texts: dict[str, list[str]] = {}
    for field, value in about.items():
        values = value if isinstance(value, list) else [value]
        if not all(isinstance(one, str) for one in values):
            raise RequestError(f"matchers.{field}", "must be text, or a list of texts")
        texts[field] = values
    try:
        return silencing.matchers(texts)
    except RequestError as error:
        raise RequestError("", f"matchers.{error}") from None


def _ends_at(given: dict[str, Any], now: float) -> float:
    """Return when it ends, Unix seconds UTC. Raises RequestError."""
    length, until = given.get("for"), given.get("until")
    if (length is None) == (until is None):
        raise RequestError(
            "for", "is missing, and so is until" if until is None else "and until exclude each other"
        )
    if length is not None:
        return now + silencing.length(objects.words(given, "for"))
    if isinstance(until, str):
        return silencing.until(until, now)
    if isinstance(until, bool) or not isinstance(until, int | float) or not math.isfinite(until):
        raise RequestError("until", "must be Unix seconds or an ISO 8601 time")
    if not now < until <= now + LONGEST:
        raise RequestError("until", "must be to come, and at most ten years off")
    return float(until)
