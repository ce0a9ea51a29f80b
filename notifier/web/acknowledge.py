"""`/acknowledge/{token}`: what an alert is about, and one button that says "I take care of it".

Looking changes nothing: scanners and previews follow every link of a message. The
link is good for as long as the alert is open; it needs no login, so that it works
from a phone at night.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from datetime import UTC, datetime
from html import escape
from urllib.parse import parse_qs

import falcon
from falcon.asgi import Request, Response

from notifier.core.acknowledge import alert_id_of
from notifier.core.alert import Alert, AlertState
from notifier.errors import NotAllowed, NotFound, StoreError
from notifier.store.protocol import Store
from notifier.web import bodies, pages
from notifier.web.errors import RETRY_AFTER

LONGEST_NAME = 80
"""Characters of a name, at most: what is longer is cut."""

NOBODY = "the link in a message"
"""Who acknowledged it, where the page was told no name."""

_FORM_BYTES = 4_096
"""How much of the form is read; the rest is thrown away."""

_FORM = f"""<form method="post">
<label>Your name, if you like
<input name="by" maxlength="{LONGEST_NAME}" autocomplete="name"></label>
<button type="submit">I take care of it</button>
</form>"""

_Answer = tuple[str, bytes]
"""A status line and a page."""


def _page(title: str, text: str, about: str = "", form: str = "") -> bytes:
    return pages.page(title, "\n".join(filter(None, [about, f"<p>{escape(text)}</p>", form])))


_UNKNOWN = _page(
    "This link does not work", "Perhaps a part of it was lost on the way. Open it again from the message."
)
_TROUBLE = _page(
    "That did not work just now",
    "The alert is not acknowledged yet. Please try again in a minute.",
    "",
    _FORM,
)


class Acknowledge:
    """`/acknowledge/{token}`.

    Args:
        pool: where the database is waited for, so that the event loop is not.
        clock: returns Unix seconds UTC.
    """

    def __init__(self, store: Store, pool: Executor, clock: Callable[[], float]) -> None:
        self._store = store
        self._pool = pool
        self._clock = clock

    async def on_get(self, req: Request, resp: Response, token: str) -> None:
        """Show the alert: 200 with the button or with who has it, 410 once it is over; 404."""
        await self._answer(req, resp, self._look, token)

    on_head = on_get

    async def on_post(self, req: Request, resp: Response, token: str) -> None:
        """Acknowledge it: 200, also if somebody was faster; 410 once it is over; 404; 503 to come again."""
        form = await req.stream.read(_FORM_BYTES)
        await self._answer(req, resp, self._acknowledge, token, _name_in(form))

    async def _answer(
        self, req: Request, resp: Response, work: Callable[..., _Answer], *args: object
    ) -> None:
        await bodies.drain(req)
        resp.set_headers(pages.HEADERS)
        resp.content_type = falcon.MEDIA_HTML
        try:
            resp.status, resp.data = await asyncio.get_running_loop().run_in_executor(self._pool, work, *args)
        except StoreError:
            resp.status, resp.data = falcon.HTTP_503, _TROUBLE
            resp.set_header("Retry-After", str(RETRY_AFTER))

    def _look(self, token: str) -> _Answer:
        alert = self._alert(token)
        return (falcon.HTTP_404, _UNKNOWN) if alert is None else _shown(alert, self._clock())

    def _acknowledge(self, token: str, by: str) -> _Answer:
        alert, now = self._alert(token), self._clock()
        if alert is None:
            return falcon.HTTP_404, _UNKNOWN
        try:
            done = self._store.alerts.acknowledge(alert.id, by, now)
        except (NotAllowed, NotFound):  # somebody was faster, or it is over
            return self._look(token)
        text = "Escalation and repeats of this alert have ended. You can close this page."
        return falcon.HTTP_200, _page("It is yours", text, _about(done, now))

    def _alert(self, token: str) -> Alert | None:
        alert_id = alert_id_of(self._store.key(), token)
        return None if alert_id is None else self._store.alerts.get(alert_id)


def _shown(alert: Alert, now: float) -> _Answer:
    """Return the page of an alert as it is now."""
    about = _about(alert, now)
    match alert.state:
        case AlertState.OPEN:
            text = "Press the button, and nobody else is asked: escalation and repeats of this alert end."
            return falcon.HTTP_200, _page("Do you take care of this?", text, about, _FORM)
        case AlertState.ACKNOWLEDGED:
            text = f"Acknowledged by {alert.by or NOBODY}, {_moment(alert.acknowledged_at)}."
            return falcon.HTTP_200, _page("Somebody takes care of it already", text, about)
        case AlertState.RESOLVED:
            why = f" ({alert.why})" if alert.why else ""
            text = f"The alert was resolved {_moment(alert.resolved_at)}{why}. There is nothing to do."
            return falcon.HTTP_410, _page("This is over", text, about)


def _about(alert: Alert, now: float) -> str:
    """Return what an alert is about, as HTML."""
    rows = "".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>\n" for name, value in _rows(alert, now))
    return f"<dl>\n{rows}</dl>"


def _rows(alert: Alert, now: float) -> Iterator[tuple[str, str]]:
    yield "rule", alert.rule
    yield "severity", alert.severity.value
    for field, values in alert.labels.items():
        if field not in ("rule", "severity"):
            yield {"ref": "order"}.get(field, field), ", ".join(values)
    minutes = max(0, int((now - alert.opened_at) // 60))
    lasting = f"{minutes // 60} h {minutes % 60} min" if minutes >= 60 else f"{minutes} min"
    yield "since", f"{_moment(alert.opened_at)} ({lasting})"


def _moment(seconds: float | None) -> str:
    return "" if seconds is None else f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M} UTC"


def _name_in(form: bytes) -> str:
    """Return the name that a form tells, bounded and printable."""
    given = parse_qs(form.decode("utf-8", "replace"), max_num_fields=None).get("by", [""])[0]
    words = "".join(c if c.isprintable() else " " for c in given).split()
    return " ".join(words)[:LONGEST_NAME] or NOBODY
