"""A request that knows whether its body came whole: Falcon takes a broken connection for the end of it."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote_to_bytes

import falcon.asgi


class Request(falcon.asgi.Request):
    """A request whose `broke_off` tells that the sender went away, or broke the framing, before the end.

    A body of a stated length shows that by itself; one in chunks ends with a chunk
    of no bytes (RFC 9112, section 7.1), and without it is not whole.
    """

    __slots__ = ("broke_off",)

    def __init__(self, scope: dict[str, Any], receive: Any, first_event: Any = None, options: Any = None):
        self.broke_off = False
        if b"transfer-encoding" in dict(scope["headers"]):  # the others need no look at each event
            receive = self._watched(receive)
        super().__init__(scope, receive, first_event, options)

    def _watched(self, receive: Any) -> Any:
        async def watched() -> Any:
            event = await receive()
            if event["type"] == "http.disconnect":
                self.broke_off = True
            return event

        return watched


def broke_off(req: falcon.asgi.Request) -> bool:
    """Tell whether the body of a request ended before it was whole, as far as it was read."""
    return isinstance(req, Request) and req.broke_off


def is_utf_8(req: falcon.asgi.Request) -> bool:
    """Tell whether the path of a request is UTF-8; what is not stands in `path` as U+FFFD."""
    if "\ufffd" not in req.path:
        return True
    try:
        unquote_to_bytes(req.scope["raw_path"]).decode()
    except UnicodeDecodeError:
        return False
    return True
