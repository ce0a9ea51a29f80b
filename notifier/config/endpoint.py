"""Where remote sources are asked: addresses that secrets may be sent to, and places in an answer.

The address of an `http` source is a template over `order.ref` and `order.id`.
Both come from outside, so they are percent-encoded whole: they can fill a piece
of the path or query, and never lead to another host, path or parameter.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from urllib.parse import SplitResult, quote, urlsplit

import jmespath
from jinja2 import StrictUndefined, TemplateError, TemplateSyntaxError, meta
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jmespath.exceptions import JMESPathError

from notifier.config import asked
from notifier.config.mistake import Mistake, suggestion
from notifier.errors import RenderError

LONGEST = 2_000
"""Characters of a whole address, at most."""

_KNOWN = ("ref", "id")
_EXAMPLE = "write for example https://crm.example/orders/{{ order.ref }}"
_HOST = re.compile(r"(?P<host>https?://[^/?#{}\s]+)[/?]", re.IGNORECASE)
_REFERENCE = re.compile(r"\$\{")


def base(text: str) -> str:
    """Let the address of a service through, or a `${…}` that holds it; without a slash at its end.

    Raises:
        Mistake: it is not one, secrets would travel in the clear, or it holds a secret itself.
    """
    if _REFERENCE.match(text):
        return text
    parts = _checked(text, "write for example https://shop.example")
    if parts.query or parts.fragment:
        raise Mistake("must end with its path", "leave out what begins with ? or #")
    return text.rstrip("/")


def template(text: str) -> str:
    """Let a template of an address through.

    Raises:
        Mistake: it is not one, asks for anything but the order, or lets a value choose the host.
    """
    address(text)
    return text


def address(source: str) -> Callable[[str, str], str]:
    """Compile the template of an address.

    The callable takes an order's reference and id and gives the address. It
    raises RenderError where one that it asks for is empty or a step in a path
    (`.`, `..`; RFC 3986, section 5.2.4), or where nothing usable comes out.

    Raises:
        Mistake: see `template`.
    """
    if _REFERENCE.search(source):
        raise Mistake("must be written out here", "keep secrets in `headers`, or in `user` and `secret`")
    fixed = _HOST.match(source)
    if fixed is None:
        if source.lower().startswith(("http://{", "https://{")) or re.match(r"https?://[^/?#\s]*\{", source):
            raise Mistake("lets the order choose the host", _EXAMPLE)
        raise Mistake("must be a web address with a path", _EXAMPLE)
    _checked(fixed["host"], _EXAMPLE)
    try:
        compiled = _JINJA.from_string(source)
        tree = _JINJA.parse(source)
        names = meta.find_undeclared_variables(tree)
    except (TemplateSyntaxError, RecursionError, SyntaxError) as error:
        cause = (getattr(error, "message", "") or "nested too deeply").rstrip(".")
        raise Mistake(f"is not a template: {cause}", _EXAMPLE) from None
    wrong = [name for name in names if name != "order"]
    wrong += [
        f"order.{name}" for owner, name in asked.attributes(tree) if owner == "order" and name not in _KNOWN
    ]
    if wrong:
        hint = suggestion(wrong[0], [f"order.{name}" for name in _KNOWN])
        raise Mistake(
            f"asks for {', '.join(f'`{name}`' for name in sorted(wrong))}, which does not exist here", hint
        )
    if not any(owner == "order" for owner, _ in asked.attributes(tree)):
        raise Mistake("names no order", _EXAMPLE)

    def make(ref: str, order_id: str) -> str:
        try:
            made = compiled.render(order={"ref": ref, "id": order_id})
        except TemplateError:
            raise RenderError("`url` failed on this order") from None
        if len(made) > LONGEST or not made.isascii() or any(c.isspace() or not c.isprintable() for c in made):
            raise RenderError("`url` gave no usable address for this order")
        return made

    try:
        make("1", "1")
    except RenderError:
        raise Mistake("gives no usable address", _EXAMPLE) from None
    return make


def place(text: str) -> str:
    """Let a JMESPath expression through (jmespath.org/specification.html). Raises Mistake."""
    try:
        jmespath.compile(text)
    except JMESPathError as error:
        at = getattr(error, "lex_position", None)
        where = f": it breaks off after {at} characters" if isinstance(at, int) and at > 0 else ""
        raise Mistake(f"is not a JMESPath expression{where}", "write for example customer.email") from None
    return text


def _checked(text: str, hint: str) -> SplitResult:
    """Return the parts of an address that secrets may be sent to. Raises Mistake."""
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        raise Mistake("must be a web address", hint) from None
    if parts.scheme not in {"http", "https"} or not host:
        raise Mistake("must be a web address", hint)
    if not text.isascii() or any(c.isspace() or not c.isprintable() for c in text):
        raise Mistake("must be a web address in ASCII without spaces", hint)
    if "@" in parts.netloc:
        raise Mistake("has a user name in it", "write user name and password into keys of their own")
    if parts.scheme == "http" and not _is_loopback(host):
        raise Mistake("must begin with https", "secrets and addresses travel there; http is for this machine")
    return parts


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _encode(value: object) -> str:
    text = str(value)
    if text in {"", ".", ".."}:
        raise RenderError("`url` needs a value that this order does not have")
    return quote(text, safe="", errors="replace")


_JINJA = ImmutableSandboxedEnvironment(undefined=StrictUndefined, finalize=_encode)
_JINJA.globals.clear()
