"""The bearer token that opens the API (RFC 6750)."""

from __future__ import annotations

import hmac

import falcon
from falcon.asgi import Request

from notifier.web.metrics import API
from notifier.web.refusals import Refusal, Refusals


class Bearer:
    """Checks the token of a request; without one configured the API stays shut."""

    def __init__(self, token: str | None, refusals: Refusals) -> None:
        self._token = token
        self._refusals = refusals

    def check(self, req: Request) -> None:
        """Raise falcon.HTTPUnauthorized unless the request carries the token."""
        if self._token is None:
            raise self._refused(Refusal.API_SHUT, "the API is shut: set NOTIFIER_API_TOKEN and restart")
        scheme, _, given = (req.get_header("Authorization") or "").partition(" ")
        fits = hmac.compare_digest(given.strip().encode("utf-8", "replace"), self._token.encode())
        if scheme.lower() != "bearer" or not fits:
            raise self._refused(Refusal.WRONG_TOKEN, "the bearer token is missing or wrong")

    def _refused(self, kind: Refusal, description: str) -> falcon.HTTPUnauthorized:
        API["refused"] += 1
        self._refusals.add(kind)
        return falcon.HTTPUnauthorized(description=description, challenges=["Bearer"])
