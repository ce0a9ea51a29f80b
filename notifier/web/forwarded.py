"""Whether a request came through a proxy, which matters where updates are taken without a signature.

A server that listens on loopback only is still reached from everywhere once a
web server passes requests on to it. Nothing proves that none does, so that each
sign of one is enough.
"""

from __future__ import annotations

import ipaddress

from falcon.asgi import Request

from notifier.config.exposure import is_local

HEADERS = (
    "Forwarded",  # RFC 7239
    "Via",  # RFC 9110, section 7.6.3
    "X-Forwarded-For",
    "X-Forwarded-Host",
    "X-Forwarded-Proto",
    "X-Forwarded-Port",
    "X-Forwarded-Server",
    "X-Forwarded",
    "Forwarded-For",
    "X-Real-IP",
    "X-Client-IP",
    "X-Cluster-Client-IP",
    "X-Original-Forwarded-For",
    "X-Envoy-External-Address",
    "True-Client-IP",
    "CF-Connecting-IP",
    "CF-Ray",
    "Fastly-Client-IP",
    "Fly-Client-IP",
    "CDN-Loop",  # RFC 8586
    "X-Amzn-Trace-Id",
    "X-Cloud-Trace-Context",
    "Ngrok-Trace-Id",
    "Tailscale-User-Login",
)
"""Headers that proxies, load balancers, tunnels and content networks add."""


def is_forwarded(req: Request) -> bool:
    """Tell whether a request carries a sign that something passed it on.

    Signs are the HEADERS, a host that is not this machine, and HTTP/1.0, which
    nginx speaks to what is behind it (ngx_http_proxy_module, proxy_http_version)
    where it adds no header and names this machine as the host.
    """
    if any(req.get_header(name) is not None for name in HEADERS):
        return True
    return req.scope.get("http_version") == "1.0" or not _names_this_machine(req.get_header("Host") or "")


def _names_this_machine(host: str) -> bool:
    name = host.rpartition("]")[0].removeprefix("[") if host.startswith("[") else host.partition(":")[0]
    try:
        return is_local(str(ipaddress.ip_address(name)))
    except ValueError:
        return name.lower() == "localhost"
