"""The page that shows what arrived: HTML around mails and chat messages, newest first."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Sequence
from importlib import resources

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup, escape

from notifier.demo.arrivals import BOLD, LINK, Arrival, Chat, Mail, clock, unescaped

_SCRIPT = """
const shown = document.body.dataset.count;
setInterval(async () => {
  try {
    const count = await (await fetch("/count")).text();
    document.body.classList.remove("ended");
    if (count !== shown) location.reload();
  } catch { document.body.classList.add("ended"); }
}, 1000);
"""

POLICY = "; ".join(
    [
        "default-src 'none'",
        f"script-src 'sha256-{base64.b64encode(hashlib.sha256(_SCRIPT.encode()).digest()).decode()}'",
        "connect-src 'self'",
        "style-src 'unsafe-inline'",  # mails carry their styles in attributes
        "img-src data:",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    ]
)
"""The page's Content-Security-Policy: one script of its own, and no other host is asked for anything."""

_environment = Environment(
    autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, auto_reload=False
)
_environment.filters["clock"] = clock
_template = _environment.from_string(
    resources.files("notifier.demo").joinpath("page.html").read_text("utf-8")
)


def render(arrivals: Sequence[Arrival]) -> str:
    """Return the page for what arrived, oldest first."""
    newest = list(reversed(arrivals))
    return _template.render(
        count=len(newest),
        mails=[mail for mail in newest if isinstance(mail, Mail)],
        chats=[(chat, readable(chat.text)) for chat in newest if isinstance(chat, Chat)],
        script=Markup(_SCRIPT),  # noqa: S704  ours; the policy lets no other run
    )


def readable(mrkdwn: str) -> Markup:
    """Return Slack's mrkdwn as HTML: bold, links to http(s) and line breaks; all else is text."""
    return Markup("").join(_pieces(mrkdwn))


def _pieces(mrkdwn: str) -> Iterator[Markup]:
    done = 0
    for link in LINK.finditer(mrkdwn):
        yield _words(mrkdwn[done : link.start()])
        address, label = unescaped(link[1]), unescaped(link[2] or link[1])
        yield Markup('<a href="{}" target="_blank" rel="noopener noreferrer">{}</a>').format(address, label)
        done = link.end()
    yield _words(mrkdwn[done:])


def _words(mrkdwn: str) -> Markup:
    escaped = str(escape(unescaped(mrkdwn)))
    return Markup(BOLD.sub(r"<b>\1</b>", escaped).replace("\n", "<br>\n"))  # noqa: S704  escaped above
