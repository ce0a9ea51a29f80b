"""The silences API with the bearer token: `GET`, `POST /silences`; `PATCH`, `DELETE /silences/{id}`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import falcon
from falcon.asgi import Request, Response

from notifier.core.alert import Labels, Silence
from notifier.errors import RequestError
from notifier.service import silencing
from notifier.service.silence_request import SilenceRequest
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
        objects.words(given, "reason")
        author = objects.words(given, "by", CLIENT)
        zone = self._store.rulesets.current().timezone
        new = _asked(given, _matchers(given), zone).made(author, self._clock())
        return self._store.silences.add(
            new.matchers,
            new.reason,
            new.author,
            new.starts_at,
            new.ends_at,
            customers=new.customers,
            hours=new.hours,
        )


class One:
    """`/silences/{id}`; takes what `Silences` does."""

    def __init__(
        self, store: Store, bearer: Bearer, pool: Readers, clock: Callable[[], float], limit: int
    ) -> None:
        self._store = store
        self._bearer = bearer
        self._pool = pool
        self._clock = clock
        self._limit = limit

    async def on_patch(self, req: Request, resp: Response, silence_id: int) -> None:
        """Change what is mentioned of one; `every` null: it recurs no more. 404, or 409 if it is over."""
        self._bearer.check(req)
        given = objects.parse(await bodies.read(req, self._limit), _FIELDS)
        changed = await self._pool.run(self._change, silence_id, given)
        resp.media = {"status": "ok", "silence": silencing.told(changed, self._clock())}

    async def on_delete(self, req: Request, resp: Response, silence_id: int) -> None:
        """End one now; it stays on record. 404, or 409 if it is over."""
        self._bearer.check(req)
        end = self._store.silences.end
        ended = await self._pool.run(end, silence_id, self._clock())
        resp.media = {"status": "ok", "silence": silencing.told(ended, self._clock())}

    def _change(self, silence_id: int, given: dict[str, Any]) -> Silence:
        if not given.keys() - {"by"}:
            raise RequestError("", "nothing to change: the body has none of the fields of a silence")
        matchers = _matchers(given) if given.keys() & {"matchers", "everything"} else None
        editor = objects.words(given, "by", CLIENT)
        asked = _asked(given, matchers, self._store.rulesets.current().timezone)
        now = self._clock()
        return self._store.silences.edit(silence_id, lambda one: asked.changed(one, editor, now), now)


def _matchers(given: dict[str, Any]) -> Labels:
    """Return what it is about. Raises RequestError."""
    about = objects.matchers(given)
    if bool(about) == objects.truth(given, "everything"):
        text = "and everything exclude each other" if about else "is missing; to silence all, set everything"
        raise RequestError("matchers", text)
    return about


def _asked(given: dict[str, Any], matchers: Labels | None, zone: str) -> SilenceRequest:
    """Return what the fields ask for. Raises RequestError."""
    no_more = "every" in given and given["every"] in (None, "")
    return SilenceRequest(
        matchers=matchers,
        begin=_time(given, "from"),
        length=_words(given, "for"),
        end=_time(given, "until"),
        every="" if no_more else _words(given, "every"),
        reason=_words(given, "reason"),
        customers=objects.truth(given, "customers") if given.get("customers") is not None else None,
        zone=zone,
    )


def _words(given: dict[str, Any], name: str) -> str | None:
    return None if given.get(name) is None else objects.words(given, name)


def _time(given: dict[str, Any], name: str) -> str | float | None:
    value = given.get(name)
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise RequestError(name, "must be Unix seconds or an ISO 8601 time")
    return float(value)
