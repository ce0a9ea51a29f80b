"""The preview over HTTP: pages to look at, a stream that tells of edits, and one form that sends a mail.

It shows customers' data if it is asked to, and sends mail, so it answers only whoever holds the secret in
its printed address: every user and program of this machine can reach the port. The Host of every request
has to be its own address, for a foreign page can have its name point to this machine (DNS rebinding), and
what acts has to come from its own origin with the token of its form.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable, Iterator
from urllib.parse import parse_qs

import falcon

from notifier.core.message import Rendered
from notifier.preview import frame
from notifier.preview.choice import Choice
from notifier.preview.site import Excerpt, Form, Site
from notifier.preview.watch import State, Watch

MOST_BYTES = 4_096
"""The largest form that is read."""

PATIENCE = 20.0
"""Seconds after which the stream of edits says that it is still there."""

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_FRAMED = f"{frame.POLICY}; frame-ancestors 'self'; sandbox {frame.SANDBOX}"

Send = Callable[[State, Rendered, str], tuple[bool, str]]
"""Sends a mail to an address; tells whether it was delivered, and how it ended in words."""


class Preview:
    """The pages, as they are after the last edit."""

    def __init__(self, watch: Watch, excerpt: Excerpt, choice: Choice, send: Send) -> None:
        self._watch = watch
        self._excerpt = excerpt
        self._choice = choice
        self._send = send
        self._token = secrets.token_urlsafe(24)
        self._address = ""
        self._said: dict[str, Form] = {}
        self._site = self._made(watch.state)

    def site(self) -> Site:
        """Return the pages of the version that is in the files now."""
        state = self._watch.state
        if self._site[0] != state.version:
            self._site = self._made(state)
        return self._site[1]

    def on_get(self, request: falcon.Request, response: falcon.Response, path: str = "") -> None:
        """Answer with a page, or a mail that is shown in one."""
        path = path.removeprefix("/")
        form = Form(self._token, self._address)
        if (said := self._said.get(request.get_param("sent") or "")) is not None:
            form = said
        file = self.site().get(path, form)
        if file is None:
            raise falcon.HTTPNotFound(description="There is no such page. The first page lists all: /")
        response.content_type = file.kind
        response.data = file.content
        response.set_header("Content-Security-Policy", _FRAMED if file.framed else _POLICY)

    def on_post(self, request: falcon.Request, response: falcon.Response, path: str) -> None:
        """Send what the page shows to the address of the form, and show the page with the outcome."""
        if request.get_header("Origin") != f"http://{request.get_header('Host')}":
            raise falcon.HTTPForbidden(description="The form was not sent by a page of this preview.")
        if not 0 < (request.content_length or 0) <= MOST_BYTES:
            raise falcon.HTTPContentTooLarge(description="This is no form of this preview.")
        fields = parse_qs(request.bounded_stream.read().decode("utf-8", "replace"))
        token, address = (fields.get(name, [""])[0].strip() for name in ("token", "address"))
        if not hmac.compare_digest(token.encode(), self._token.encode()):
            raise falcon.HTTPForbidden(
                description="The form is an old one. Load the page again, then send it."
            )
        made = self.site().shown(path.removeprefix("/"))
        if made is None:
            raise falcon.HTTPNotFound(description="There is no such page.")
        if not made.mail:
            delivered, said = False, "not sent: with this sample there is no whole mail"
        else:
            delivered, said = self._send(self._watch.state, made.rendered, address)
        self._address = address
        number = secrets.token_urlsafe(6)
        latest = dict(list(self._said.items())[-20:])
        self._said = {**latest, number: Form(self._token, address, said, delivered)}
        raise falcon.HTTPSeeOther(f"{request.path}?sent={number}#mail")  # with the secret, to who sent it

    def on_get_live(self, request: falcon.Request, response: falcon.Response) -> None:
        """Stream an event as soon as the files are another version than the page (WHATWG HTML, 9.2)."""
        version = request.get_param_as_int("version", required=True)
        response.content_type = "text/event-stream"
        response.stream = self._edits(version)

    def _edits(self, version: int) -> Iterator[bytes]:
        yield b"retry: 1000\n\n"
        while not self._watch.wait(version, PATIENCE):
            yield b": still here\n\n"
        if self._watch.state.version != version:
            yield b"data: %d\n\n" % self._watch.state.version

    def _made(self, state: State) -> tuple[int, Site]:
        site = Site(state.showroom, state.problems, self._excerpt, self._choice, state.version)
        return state.version, site


class _Guard:
    """Answers to the server's own address only, and says what browsers may do with the answers."""

    def __init__(self, port: int) -> None:
        self._hosts = {f"{name}:{port}" for name in ("127.0.0.1", "localhost")}

    def process_request(self, request: falcon.Request, response: falcon.Response) -> None:
        if request.get_header("Host") not in self._hosts:
            raise falcon.HTTPForbidden(description="This preview answers to its own address only.")

    def process_response(
        self, request: falcon.Request, response: falcon.Response, resource: object, succeeded: bool
    ) -> None:
        response.set_header("X-Content-Type-Options", "nosniff")
        response.set_header("Cache-Control", "no-store")
        # `no-referrer` would have forms sent with the origin "null".
        response.set_header("Referrer-Policy", "same-origin")
        response.set_header("Cross-Origin-Opener-Policy", "same-origin")
        response.set_header("Cross-Origin-Resource-Policy", "same-origin")
        if response.get_header("Content-Security-Policy") is None:
            response.set_header("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")


def make_app(preview: Preview, port: int, secret: str) -> falcon.App[falcon.Request, falcon.Response]:
    """Return the application.

    Args:
        port: where it listens on this machine.
        secret: the first part of the path of every page; anything else is not there.
    """
    app = falcon.App(media_type=falcon.MEDIA_TEXT, middleware=[_Guard(port)])
    app.set_error_serializer(_in_words)
    app.add_route(f"/{secret}/live", preview, suffix="live")
    app.add_route(f"/{secret}/{{path:path}}", preview)
    app.add_route(f"/{secret}/", preview)
    return app


def _in_words(request: falcon.Request, response: falcon.Response, error: falcon.HTTPError) -> None:
    response.content_type = falcon.MEDIA_TEXT
    response.text = f"{error.title}. {error.description or ''}".strip() + "\n"
