"""Every error, whoever raises it, has the shape that Cottoncast's page prints."""

from __future__ import annotations

import json
from typing import Any

import falcon
import structlog
from falcon.asgi import App, Request, Response

from notifier.errors import NotAllowed, NotFound, RequestError, StoreError
from notifier.web import bodies

RETRY_AFTER = 10
"""Seconds after which a sender should come again when the database could not take it."""

log = structlog.get_logger()


def body(message: str) -> bytes:
    """Return the error body of the publisher's page "Orderstatus"."""
    return dumps({"status": "error", "message": message})


def dumps(value: Any) -> bytes:
    """Return compact JSON in UTF-8; what cannot be encoded is replaced."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def install(app: App[Request, Response]) -> None:
    """Map our exceptions and Falcon's own to answers; the broadest catches what nobody expected."""
    app.add_error_handler(RequestError, _bad_request)
    app.add_error_handler(NotFound, _not_found)
    app.add_error_handler(NotAllowed, _conflict)
    app.add_error_handler(StoreError, _unavailable)
    app.add_error_handler(Exception, _unexpected)
    app.add_error_handler(falcon.HTTPError, _http_error)


async def _http_error(req: Request, resp: Response, error: falcon.HTTPError, _: Any) -> None:
    message = error.description or error.title or "error"
    if isinstance(error, falcon.HTTPRouteNotFound):
        message = "there is nothing at this path"
    elif isinstance(error, falcon.HTTPMethodNotAllowed):
        message = f"{req.method} is not allowed here"
    await _answer(req, resp, error.status, message)
    resp.set_headers(error.headers or {})


async def _bad_request(req: Request, resp: Response, error: RequestError, _: Any) -> None:
    await _answer(req, resp, falcon.HTTP_400, str(error))


async def _not_found(req: Request, resp: Response, error: NotFound, _: Any) -> None:
    await _answer(req, resp, falcon.HTTP_404, str(error))


async def _conflict(req: Request, resp: Response, error: NotAllowed, _: Any) -> None:
    await _answer(req, resp, falcon.HTTP_409, str(error))


async def _unavailable(req: Request, resp: Response, error: StoreError, _: Any) -> None:
    await _answer(req, resp, falcon.HTTP_503, str(error))
    resp.set_header("Retry-After", str(RETRY_AFTER))


async def _unexpected(req: Request, resp: Response, error: Exception, _: Any) -> None:
    log.error("unexpected error", method=req.method, exc_info=error)
    await _answer(req, resp, falcon.HTTP_500, "internal error; it is in the server's log")


async def _answer(req: Request, resp: Response, status: Any, message: str) -> None:
    await bodies.drain(req)
    resp.status = status
    resp.content_type = falcon.MEDIA_JSON
    resp.data = body(message)
