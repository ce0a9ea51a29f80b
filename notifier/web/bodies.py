"""Reading a request's body: bounded, and polite to whoever sends too much."""

from __future__ import annotations

import falcon
from falcon.asgi import Request

from notifier.errors import RequestError
from notifier.web.request import broke_off

_DRAINED = 67_108_864
"""Bytes of a refused body that are read and thrown away; whoever sends more is cut off."""


async def read(req: Request, limit: int) -> bytes:
    """Return the whole body.

    Args:
        limit: the largest body accepted, in bytes.

    Raises:
        falcon.HTTPContentTooLarge: it is larger.
        RequestError: it broke off.
    """
    length = req.content_length or 0
    if length <= limit:
        body: bytes = await req.stream.read(limit + 1)
        if len(body) < length or broke_off(req):
            raise RequestError("", "the body broke off")
        if len(body) <= limit:
            return body
    raise falcon.HTTPContentTooLarge(description=f"the body is larger than {limit} bytes")


async def drain(req: Request) -> None:
    """Throw away what is left of the body: a sender that sends all of it first can then read the answer."""
    drained = 0
    while drained < _DRAINED and (chunk := await req.stream.read(65_536)):
        drained += len(chunk)
