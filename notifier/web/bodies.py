"""Reading a request's body: bounded, and polite to whoever sends too much."""

from __future__ import annotations

import falcon
from falcon.asgi import Request

from notifier.errors import RequestError, StoreBusy
from notifier.web.budget import Share
from notifier.web.request import broke_off

FREE = 16_384
"""Bytes of a body that do not count against the budget: most updates are smaller."""

_PIECE = 8_192
"""Bytes of a refused body that are held at a time."""

_DRAINED = 67_108_864
"""Bytes of a refused body that are read and thrown away; whoever sends more is cut off."""


async def read(req: Request, limit: int, *, keep: bool = True) -> bytes:
    """Return the whole body, once all of it has come.

    Args:
        limit: the largest body accepted, in bytes.
        keep: False to throw it away as it comes, and return nothing: it is refused in any case.

    Raises:
        falcon.HTTPContentTooLarge: it is larger.
        RequestError: it broke off.
        StoreBusy: all bodies that are being received take too much memory together.
    """
    length = req.content_length or 0
    if keep and 0 < length <= FREE and length <= limit:
        whole: bytes = await req.stream.read()  # almost every update: a loop would take twice as long
        if len(whole) < length:
            raise RequestError("", "the body broke off")
        return whole
    body, size, refused = bytearray(), 0, not keep or length > limit
    share = Share(FREE)
    try:
        async for piece in req.stream:
            size += len(piece)
            if not refused:
                body += piece
                refused = size > limit or (size > FREE and not share.hold(size))
                if refused:
                    body.clear()
                    share.release()
            if size > _DRAINED:
                break
    finally:
        share.release()
    if max(size, length) > limit:
        raise falcon.HTTPContentTooLarge(description=f"the body is larger than {limit} bytes")
    if size < length or broke_off(req):
        raise RequestError("", "the body broke off")
    if refused and keep:
        raise StoreBusy("too much is being received at the moment")
    return bytes(body)


async def drain(req: Request) -> None:
    """Throw away what is left of the body: a sender that sends all of it first can then read the answer."""
    drained = 0
    while drained < _DRAINED and (chunk := await req.stream.read(_PIECE)):
        drained += len(chunk)
