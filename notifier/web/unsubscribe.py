"""`/unsubscribe/{token}`: a page with one button, and what that button or a mail program's own does.

Looking changes nothing: filters and previews follow every link of a mail. The
POST is that of RFC 8058, sections 3.1 and 3.2: without a login, without cookies,
and never redirected. The token says whom it is about; nothing on the page does.
"""

from __future__ import annotations

from collections.abc import Callable
from html import escape

import falcon
from falcon.asgi import Request, Response

from notifier.core.unsubscribe import message_id_of
from notifier.errors import StoreError
from notifier.store.protocol import Store
from notifier.web import bodies, pages
from notifier.web.errors import RETRY_AFTER
from notifier.web.language import Reader, reader_of
from notifier.web.readers import Readers

# The button says what a mail program's own click says (RFC 8058, section 3.2).
_BUTTON = """
<form method="post">
<input type="hidden" name="List-Unsubscribe" value="One-Click">
<button type="submit">{label}</button>
</form>"""


_ASK = (
    "Stop receiving offers?",
    "Press the button, and this shop sends no more news and offers to the address that this link came to. "
    "Messages about your orders still come.",
    "Unsubscribe",
)
_DONE = (
    "You are unsubscribed",
    "This shop sends no more news and offers to the address that this link came to. "
    "Messages about your orders still come. You can close this page.",
)
_UNKNOWN = (
    "This link does not work",
    "Perhaps a part of it was lost on the way. Open it again from the message, or write to the shop.",
)
_TROUBLE = (
    "That did not work just now",
    "You are not unsubscribed yet. Please try again in a minute.",
    "Unsubscribe",
)


def _page(reader: Reader, title: str, text: str, label: str = "") -> bytes:
    button = _BUTTON.format(label=escape(reader.say(label))) if label else ""
    return pages.page(reader.say(title), f"<p>{escape(reader.say(text))}</p>{button}", reader.language)


class Unsubscribe:
    """`/unsubscribe/{token}`.

    Args:
        pool: where the database is waited for, so that the event loop is not.
        clock: returns Unix seconds UTC.
    """

    def __init__(self, store: Store, pool: Readers, clock: Callable[[], float]) -> None:
        self._store = store
        self._pool = pool
        self._clock = clock

    async def on_get(self, req: Request, resp: Response, token: str) -> None:
        """Show the button: 200, or 404 for a link that was not made here."""
        await self._answer(req, resp, _ASK, self._is_ours, token)

    on_head = on_get

    async def on_post(self, req: Request, resp: Response, token: str) -> None:
        """Note it: 200, whether or not the recipient is still known; 404, or 503 to come again."""
        await self._answer(req, resp, _DONE, self._unsubscribe, token)

    async def _answer(
        self, req: Request, resp: Response, page: tuple[str, ...], work: Callable[[str], bool], token: str
    ) -> None:
        # Whatever the body repeats, the token has said it; unread it would cut the sender off.
        await bodies.drain(req)
        resp.set_headers(pages.HEADERS)
        resp.content_type = falcon.MEDIA_HTML
        reader = reader_of(req)
        try:
            known = await self._pool.run(work, token)
        except StoreError:
            resp.status, resp.data = falcon.HTTP_503, _page(reader, *_TROUBLE)
            resp.set_header("Retry-After", str(RETRY_AFTER))
        else:
            resp.status = falcon.HTTP_200 if known else falcon.HTTP_404
            resp.data = _page(reader, *(page if known else _UNKNOWN))

    def _is_ours(self, token: str) -> bool:
        return message_id_of(self._store.key(), token) is not None

    def _unsubscribe(self, token: str) -> bool:
        message_id = message_id_of(self._store.key(), token)
        if message_id is None:
            return False
        # Of a message that was forgotten nobody is left to write to, which is what was asked for.
        self._store.addresses.unsubscribe_by(message_id, self._clock())
        return True
