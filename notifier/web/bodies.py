"""Reading a request's body: bounded, and polite to whoever sends too much."""

from __future__ import annotations

import falcon
from falcon.asgi import Request

from notifier.errors import RequestError

_DRAINED = 4_194_304
"""Bytes of a refused body that are read and thrown away, so that the sender can read the answer."""


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
        if len(body) < length:
            raise RequestError("", "the body broke off")
        if len(body) <= limit:
            return body
    # A client that asked first (Expect: 100-continue) has not sent anything yet.
    if req.get_header("Expect") is None:
        drained = 0
        while drained < _DRAINED and (chunk := await req.stream.read(65_536)):
            drained += len(chunk)
    raise falcon.HTTPContentTooLarge(
        title="Content too large", description=f"the body is larger than {limit} bytes"
    )
