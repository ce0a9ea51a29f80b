"""`/acknowledge/{token}`: the alerts that a message is about, and one button that acknowledges all of them.

Looking changes nothing: scanners and previews follow every link of a message. The
link is good for as long as one of its alerts is open; it needs no login, so that it
works from a phone at night.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from html import escape
from urllib.parse import parse_qs

import falcon
from falcon.asgi import Request, Response

from notifier.core.acknowledge import alert_id_of, message_id_of
from notifier.core.alert import Alert, AlertState
from notifier.errors import StoreError
from notifier.store.protocol import Store
from notifier.web import bodies, pages
from notifier.web.errors import RETRY_AFTER
from notifier.web.readers import Readers

LONGEST_NAME = 80
"""Characters of a name, at most: what is longer is cut."""

NOBODY = "the link in a message"
"""Who acknowledged it, where the page was told no name."""

MOST_LISTED = 20
"""Alerts that the page of several lists, at most: as many as the message of a group by default."""

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

    def __init__(self, store: Store, pool: Readers, clock: Callable[[], float]) -> None:
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
            resp.status, resp.data = await self._pool.run(work, *args)
        except StoreError:
            resp.status, resp.data = falcon.HTTP_503, _TROUBLE
            resp.set_header("Retry-After", str(RETRY_AFTER))

    def _look(self, token: str) -> _Answer:
        alerts = self._alerts(token)
        return _shown(alerts, self._clock()) if alerts else (falcon.HTTP_404, _UNKNOWN)

    def _acknowledge(self, token: str, by: str) -> _Answer:
        alerts, now = self._alerts(token), self._clock()
        if not alerts:
            return falcon.HTTP_404, _UNKNOWN
        taken = [alert.id for alert in alerts if alert.state is AlertState.OPEN]
        done = self._store.alerts.acknowledge_all(taken, by, now) if taken else []
        if not done:  # somebody was faster, or it is over
            return _shown(self._alerts(token), now)
        several = len(done) > 1
        title = f"These {len(done)} alerts are yours" if several else "It is yours"
        which = "these alerts" if several else "this alert"
        text = f"Escalation and repeats of {which} have ended. You can close this page."
        return falcon.HTTP_200, _page(title, text, _about(done, now))

    def _alerts(self, token: str) -> list[Alert]:
        """Return the alerts that a link is about, none if it was not made here."""
        key = self._store.key()
        message_id, alert_id = message_id_of(key, token), alert_id_of(key, token)
        if message_id is not None:
            return self._store.alerts.of_message(message_id)
        found = None if alert_id is None else self._store.alerts.get(alert_id)
        return [found] if found else []


def _shown(alerts: Sequence[Alert], now: float) -> _Answer:
    """Return the page of the alerts of a link as they are now."""
    of = {state: [alert for alert in alerts if alert.state is state] for state in AlertState}
    if waiting := of[AlertState.OPEN]:
        about = _about(waiting, now)
        if len(waiting) == 1:
            text = "Press the button, and nobody else is asked: escalation and repeats of this alert end."
            return falcon.HTTP_200, _page("Do you take care of this?", text, about, _FORM)
        title = f"Do you take care of these {len(waiting)} alerts?"
        text = "Press the button, and nobody else is asked: escalation and repeats of all of them end."
        return falcon.HTTP_200, _page(title, text, about, _FORM)
    if taken := of[AlertState.ACKNOWLEDGED]:
        last = max(taken, key=lambda alert: alert.acknowledged_at or 0.0)
        text = f"Acknowledged by {last.by or NOBODY}, {_moment(last.acknowledged_at)}."
        return falcon.HTTP_200, _page("Somebody takes care of it already", text, _about(taken, now))
    last = max(alerts, key=lambda alert: alert.resolved_at or 0.0)
    why = f" ({last.why})" if last.why else ""
    what = f"All {len(alerts)} alerts are resolved, the last" if len(alerts) > 1 else "The alert was resolved"
    text = f"{what} {_moment(last.resolved_at)}{why}. There is nothing to do."
    return falcon.HTTP_410, _page("This is over", text, _about(alerts, now))


def _about(alerts: Sequence[Alert], now: float) -> str:
    """Return what alerts are about, as HTML: all of one, a line each of several."""
    if len(alerts) > 1:
        return _listed(alerts, now)
    rows = "".join(
        f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>\n" for name, value in _rows(alerts[0], now)
    )
    return f"<dl>\n{rows}</dl>"


def _listed(alerts: Sequence[Alert], now: float) -> str:
    lines = [
        f"<li>{escape(_subject(alert))}: {escape(_news(alert))}, {_lasting(alert, now)}</li>"
        for alert in alerts[:MOST_LISTED]
    ]
    if len(alerts) > MOST_LISTED:
        lines.append(f"<li>and {len(alerts) - MOST_LISTED} more</li>")
    return "<ul>\n" + "\n".join(lines) + "\n</ul>"


def _subject(alert: Alert) -> str:
    """Name what an alert is about: its order, or the value that its rule counts by."""
    return f"order {alert.ref}" if alert.ref else alert.key if alert.key != "*" else "the shop"


def _news(alert: Alert) -> str:
    """Say what is wrong: the rule, the statuses, the carriers."""
    fields = [", ".join(alert.labels.get(field, ())) for field in ("status", "carrier")]
    return ", ".join(filter(None, [alert.rule, *fields]))


def _rows(alert: Alert, now: float) -> Iterator[tuple[str, str]]:
    yield "rule", alert.rule
    yield "severity", alert.severity.value
    for field, values in alert.labels.items():
        if field not in ("rule", "severity"):
            yield {"ref": "order"}.get(field, field), ", ".join(values)
    yield "since", f"{_moment(alert.opened_at)} ({_lasting(alert, now)})"


def _lasting(alert: Alert, now: float) -> str:
    minutes = max(0, int((now - alert.opened_at) // 60))
    return f"{minutes // 60} h {minutes % 60} min" if minutes >= 60 else f"{minutes} min"


def _moment(seconds: float | None) -> str:
    return "" if seconds is None else f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M} UTC"


def _name_in(form: bytes) -> str:
    """Return the name that a form tells, bounded and printable."""
    given = parse_qs(form.decode("utf-8", "replace"), max_num_fields=None).get("by", [""])[0]
    words = "".join(c if c.isprintable() else " " for c in given).split()
    return " ".join(words)[:LONGEST_NAME] or NOBODY
