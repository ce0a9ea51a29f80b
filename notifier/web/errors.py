"""Every error, whoever raises it, has the shape that Cottoncast's page prints."""

from __future__ import annotations

import json
from typing import Any

import falcon
import structlog
from falcon.asgi import App, Request, Response

from notifier.errors import NotFound, RequestError, StoreError

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
    app.add_error_handler(StoreError, _unavailable)
    app.add_error_handler(Exception, _unexpected)
    app.add_error_handler(falcon.HTTPError, _http_error)


async def _http_error(req: Request, resp: Response, error: falcon.HTTPError, _: Any) -> None:
    message = error.description or error.title or "error"
    if isinstance(error, falcon.HTTPRouteNotFound):
        message = "there is nothing at this path"
    elif isinstance(error, falcon.HTTPMethodNotAllowed):
        message = f"{req.method} is not allowed here"
    _answer(resp, error.status, message)
    for name, value in dict(error.headers or {}).items():
        # Falcon counts OPTIONS as allowed wherever a method is.
        resp.set_header(name, value.replace("OPTIONS, ", "") if name == "Allow" else value)


async def _bad_request(_: Request, resp: Response, error: RequestError, __: Any) -> None:
    _answer(resp, falcon.HTTP_400, str(error))


async def _not_found(_: Request, resp: Response, error: NotFound, __: Any) -> None:
    _answer(resp, falcon.HTTP_404, str(error))


async def _unavailable(_: Request, resp: Response, error: StoreError, __: Any) -> None:
    _answer(resp, falcon.HTTP_503, str(error))
    resp.set_header("Retry-After", str(RETRY_AFTER))


async def _unexpected(req: Request, resp: Response, error: Exception, _: Any) -> None:
    log.error("unexpected error", method=req.method, exc_info=error)
    _answer(resp, falcon.HTTP_500, "internal error; it is in the server's log")


def _answer(resp: Response, status: Any, message: str) -> None:
    resp.status = status
    resp.content_type = falcon.MEDIA_JSON
    resp.data = body(message)
