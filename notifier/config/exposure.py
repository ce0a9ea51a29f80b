"""Where the web process listens, who can reach it there, and by which address from outside."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from notifier.config.mistake import Mistake
from notifier.errors import ConfigError

_BIND_EXAMPLES = "write for example 127.0.0.1:8080, [::1]:8080 or unix:/run/notifier/web.sock"

_SET_IT = "Set NOTIFIER_WEBHOOK_SECRET to the secret that Cottoncast signs with"

_PLAIN_URL = re.compile(r"https?://[A-Za-z0-9.:\[\]-]+(?:/[A-Za-z0-9._~!$&'()*+;=:@%-]+)*/?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Bind:
    """An address to listen at: `host` (an IP address or localhost) and `port`, or the path `unix`."""

    host: str = ""
    port: int = 0
    unix: Path | None = None

    def __str__(self) -> str:
        if self.unix is not None:
            return f"unix:{self.unix}"
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def bind(text: str) -> Bind:
    """Return the address that `text` names; port 0 stands for any free one.

    Raises:
        Mistake: it is not one.
    """
    if text.startswith("unix:"):
        path = Path(text.removeprefix("unix:"))
        if not path.is_absolute():
            raise Mistake("a socket needs its whole path", _BIND_EXAMPLES)
        return Bind(unix=path)
    host, _, port = text.rpartition(":")
    if host.startswith("[") and host.endswith("]"):
        host = host[1:-1]
    elif ":" in host:
        raise Mistake("an IPv6 address needs brackets", _BIND_EXAMPLES)
    if not (port.isascii() and port.isdigit() and len(port) <= 5 and int(port) <= 65_535):
        raise Mistake("needs an address and a port from 0 to 65535", _BIND_EXAMPLES)
    if host != "localhost" and _ip(host) is None:
        raise Mistake("needs an IP address before the port (0.0.0.0 for all of them)", _BIND_EXAMPLES)
    return Bind(host, int(port))


def check_exposure(
    secrets: Collection[str], hosts: Iterable[str], *, unsigned: bool, public_url: str | None
) -> None:
    """Refuse to take unsigned webhooks by accident, or from anywhere but this machine.

    Args:
        secrets: what signatures are checked with; none means that they are not.
        hosts: where it listens: IP addresses, `localhost`, or `unix:/path` for a socket file.
        unsigned: whether NOTIFIER_UNSIGNED allows updates without a signature.
        public_url: the address by which it is reached from outside; None if there is none.

    Raises:
        ConfigError: there is no secret, and that is not allowed or the server can be reached
            from elsewhere; or there is one, and unsigned updates are allowed as well.
    """
    if secrets:
        if unsigned:
            raise ConfigError(
                "NOTIFIER_UNSIGNED: NOTIFIER_WEBHOOK_SECRET is set as well, so that signatures are checked; "
                "remove NOTIFIER_UNSIGNED."
            )
        return
    open_to_all = [host for host in hosts if not is_local(host)]
    if open_to_all:
        raise ConfigError(
            f"NOTIFIER_WEBHOOK_SECRET is not set, but other machines can reach {', '.join(open_to_all)}: "
            f"anybody could send updates. {_SET_IT}, or listen at 127.0.0.1."
        )
    if public_url is not None:
        raise ConfigError(
            "NOTIFIER_WEBHOOK_SECRET is not set, but NOTIFIER_PUBLIC_URL says that the server is reached "
            f"from outside: anybody could send updates. {_SET_IT}."
        )
    if not unsigned:
        raise ConfigError(
            f"NOTIFIER_WEBHOOK_SECRET is not set: anybody could send updates. {_SET_IT}. "
            "To try things out on this machine without signatures, set NOTIFIER_UNSIGNED=allow."
        )


def loopback_url(text: str) -> str:
    """Return the http address of a sink on this machine, without a slash at its end.

    Raises:
        Mistake: it is not one, or would leave this machine.
    """
    hint = "write http://127.0.0.1:PORT"
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise Mistake("is not a web address", hint) from None
    if parts.scheme != "http" or not port or parts.path not in {"", "/"} or parts.query or parts.fragment:
        raise Mistake("must be an http address with a port and no path", hint)
    if parts.username is not None or not is_local(host) or host.startswith("unix:"):
        raise Mistake("must be on this machine", hint)
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def public_url(text: str) -> str:
    """Return the address under which others reach the web process, without a slash at its end.

    It may have a path, for a web server that passes on only what is below it.
    Mail programs act on https links only (RFC 8058, section 3.1), so plain http
    is for trying things out on this machine.

    Raises:
        Mistake: it is not one.
    """
    hint = "write https://notify.shop.example"
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        raise Mistake("is not a web address", hint) from None
    if not host or not _PLAIN_URL.fullmatch(text):
        raise Mistake("must be an https address in ASCII with nothing but a host, a port and a path", hint)
    if parts.scheme == "http" and not is_local(host):
        raise Mistake("must begin with https: mail programs follow no other link to unsubscribe", hint)
    return text.rstrip("/")


def is_local(host: str) -> bool:
    """Tell whether a host (an IP address or a name), or `unix:` and a path, is on this machine only."""
    if host == "localhost" or host.startswith("unix:"):
        return True
    address = _ip(host)
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    return address is not None and address.is_loopback


def _ip(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None
