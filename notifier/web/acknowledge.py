"""`/acknowledge/{token}`: the alerts that a message is about, and one button that acknowledges all of them.

Looking changes nothing: scanners and previews follow every link of a message. The
link is good for as long as one of its alerts is open; it needs no login, so that it
works from a phone at night.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from html import escape
from urllib.parse import parse_qs

import falcon
from falcon.asgi import Request, Response

from notifier.core import status
from notifier.core.acknowledge import alert_id_of, message_id_of
from notifier.core.alert import Alert, AlertState
from notifier.errors import StoreError
from notifier.store.protocol import Store
from notifier.web import bodies, pages
from notifier.web.errors import RETRY_AFTER
from notifier.web.language import Reader, reader_of
from notifier.web.readers import Readers

LONGEST_NAME = 80
"""Characters of a name, at most: what is longer is cut."""

NOBODY = "the link in a message"
"""Who acknowledged it, where the page was told no name."""

MOST_LISTED = 20
"""Alerts that the page of several lists, at most: as many as the message of a group by default."""

BY = "by "
"""What stands before the name of who resolved an alert by hand, in `Alert.why`."""

_ORDER = {"status": 0, "carrier": 1, "country": 2}
"""Which of an alert's labels are shown first."""

_FORM_BYTES = 4_096
"""How much of the form is read; the rest is thrown away."""

_FORM = """<form method="post">
<label>{name}
<input name="by" maxlength="{longest}" autocomplete="name"></label>
<button type="submit">{take}</button>
</form>"""

_Answer = tuple[str, bytes]
"""A status line and a page."""


def _page(
    reader: Reader, title: str, text: str, about: str = "", *, form: bool = False, several: bool = False
) -> bytes:
    """Return a page; title and text are in the reader's language, and its form takes one or `several`."""
    asks = _FORM.format(
        name=escape(reader.say("Your name, if you like")),
        longest=LONGEST_NAME,
        take=escape(reader.say("I take care of them" if several else "I take care of it")),
    )
    parts = [about, f"<p>{escape(text)}</p>", asks if form else ""]
    return pages.page(title, "\n".join(filter(None, parts)), reader.language)


def _unknown(reader: Reader) -> _Answer:
    text = "Perhaps a part of it was lost on the way. Open it again from the message."
    return falcon.HTTP_404, _page(reader, reader.say("This link does not work"), reader.say(text))


def _trouble(reader: Reader) -> _Answer:
    text = reader.say("The alert is not acknowledged yet. Please try again in a minute.")
    return falcon.HTTP_503, _page(reader, reader.say("That did not work just now"), text, form=True)


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
        reader = reader_of(req)
        try:
            resp.status, resp.data = await self._pool.run(work, reader, *args)
        except StoreError:
            resp.status, resp.data = _trouble(reader)
            resp.set_header("Retry-After", str(RETRY_AFTER))

    def _look(self, reader: Reader, token: str) -> _Answer:
        alerts = self._alerts(token)
        return _shown(reader, alerts, self._clock()) if alerts else _unknown(reader)

    def _acknowledge(self, reader: Reader, token: str, by: str) -> _Answer:
        alerts, now = self._alerts(token), self._clock()
        if not alerts:
            return _unknown(reader)
        taken = [alert.id for alert in alerts if alert.state is AlertState.OPEN]
        done = self._store.alerts.acknowledge_all(taken, by, now) if taken else []
        if not done:  # somebody was faster, or it is over
            return _shown(reader, self._alerts(token), now)
        if len(done) > 1:
            title = reader.say("These {count} alerts are yours", count=len(done))
            text = "Escalation and repeats of these alerts have ended. You can close this page."
        else:
            title = reader.say("It is yours")
            text = "Escalation and repeats of this alert have ended. You can close this page."
        return falcon.HTTP_200, _page(reader, title, reader.say(text), _about(reader, done, now))

    def _alerts(self, token: str) -> list[Alert]:
        """Return the alerts that a link is about, none if it was not made here."""
        key = self._store.key()
        message_id, alert_id = message_id_of(key, token), alert_id_of(key, token)
        if message_id is not None:
            return self._store.alerts.of_message(message_id)
        found = None if alert_id is None else self._store.alerts.get(alert_id)
        return [found] if found else []


def _shown(reader: Reader, alerts: Sequence[Alert], now: float) -> _Answer:
    """Return the page of the alerts of a link as they are now."""
    of = {state: [alert for alert in alerts if alert.state is state] for state in AlertState}
    if waiting := of[AlertState.OPEN]:
        about, several = _about(reader, waiting, now), len(waiting) > 1
        if not several:
            title = reader.say("Do you take care of this?")
            text = "Press the button, and nobody else is asked: escalation and repeats of this alert end."
        else:
            title = reader.say("Do you take care of these {count} alerts?", count=len(waiting))
            text = "Press the button, and nobody else is asked: escalation and repeats of all of them end."
        return falcon.HTTP_200, _page(reader, title, reader.say(text), about, form=True, several=several)
    if taken := of[AlertState.ACKNOWLEDGED]:
        last = max(taken, key=lambda alert: alert.acknowledged_at or 0.0)
        text = reader.say(
            "Acknowledged by {name}, {time}.",
            name=reader.say(NOBODY) if last.by in ("", NOBODY) else last.by,
            time=reader.moment(last.acknowledged_at),
        )
        title = reader.say("Somebody takes care of it already")
        return falcon.HTTP_200, _page(reader, title, text, _about(reader, taken, now))
    last = max(alerts, key=lambda alert: alert.resolved_at or 0.0)
    what = "The alert was resolved {time}{why}. There is nothing to do."
    if len(alerts) > 1:
        what = "All {count} alerts are resolved, the last {time}{why}. There is nothing to do."
    text = reader.say(
        what,
        count=len(alerts),
        time=reader.moment(last.resolved_at),
        why=f" ({_why(reader, last.why)})" if last.why else "",
    )
    return falcon.HTTP_410, _page(reader, reader.say("This is over"), text, _about(reader, alerts, now))


def _about(reader: Reader, alerts: Sequence[Alert], now: float) -> str:
    """Return what alerts are about, as HTML: all of one, a line each of several."""
    if len(alerts) > 1:
        return _listed(reader, alerts, now)
    rows = "".join(
        f"<dt>{escape(reader.say(name))}</dt><dd>{escape(value)}</dd>\n"
        for name, value in _rows(reader, alerts[0], now)
    )
    return f"<dl>\n{rows}</dl>"


def _listed(reader: Reader, alerts: Sequence[Alert], now: float) -> str:
    lines = [f"<li>{escape(_line(reader, alert, now))}</li>" for alert in alerts[:MOST_LISTED]]
    if len(alerts) > MOST_LISTED:
        more = reader.say("and {count} more", count=len(alerts) - MOST_LISTED)
        lines.append(f"<li>{escape(more)}</li>")
    return "<ul>\n" + "\n".join(lines) + "\n</ul>"


def _subject(reader: Reader, alert: Alert) -> str:
    """Name what an alert is about: its order, or the value that its rule counts by."""
    if alert.ref:
        return reader.say("order {ref}", ref=alert.ref)
    return alert.key if alert.key != "*" else reader.say("the shop")


def _line(reader: Reader, alert: Alert, now: float) -> str:
    """Say in a line what is wrong with what; the rule only where its name says something more."""
    known = alert.labels.get("status", ())
    fields = [*(_status(reader, name) for name in known), *alert.labels.get("carrier", ())]
    if alert.rule not in known:
        fields.append(alert.rule)
    fields.append(reader.say("for {time}", time=_lasting(alert, now)))
    return f"{_subject(reader, alert)}: {', '.join(fields)}"


def _status(reader: Reader, name: str) -> str:
    """Return a status in the reader's words; one that has none as it is called."""
    return reader.say(status.LABELS.get(status.CODES.get(name, ""), name))


def _why(reader: Reader, why: str) -> str:
    """Say what resolved an alert: the name of a status, or somebody."""
    if why.startswith(BY):
        return reader.say("by {name}", name=why.removeprefix(BY))
    return _status(reader, why)


def _rows(reader: Reader, alert: Alert, now: float) -> Iterator[tuple[str, str]]:
    if alert.ref:
        yield "order", alert.ref
    for field, values in sorted(alert.labels.items(), key=lambda one: _ORDER.get(one[0], len(_ORDER))):
        if field == "status":
            yield field, ", ".join(_status(reader, value) for value in values)
        elif field not in ("rule", "severity", "ref"):
            yield field, ", ".join(values)
    yield "severity", reader.say(alert.severity.value)
    yield "rule", alert.rule
    yield "since", f"{reader.moment(alert.opened_at)} ({_lasting(alert, now)})"


def _lasting(alert: Alert, now: float) -> str:
    minutes = max(0, int((now - alert.opened_at) // 60))
    return f"{minutes // 60} h {minutes % 60} min" if minutes >= 60 else f"{minutes} min"


def _name_in(form: bytes) -> str:
    """Return the name that a form tells, bounded and printable."""
    given = parse_qs(form.decode("utf-8", "replace"), max_num_fields=None).get("by", [""])[0]
    words = "".join(c if c.isprintable() else " " for c in given).split()
    return " ".join(words)[:LONGEST_NAME] or NOBODY
