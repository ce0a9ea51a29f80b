"""Cottoncast's signature: the hex HMAC-SHA256 of the raw body, keyed with the sales channel's secret.

Source: the publisher's webhooks page and its WooCommerce plugin (header
`Cottoncast-Authentication`). Several secrets may be valid at once, for rotation.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence

HEADER = "Cottoncast-Authentication"


def sign(body: bytes, secret: str) -> str:
    """Return the header's value for a raw body."""
    return hmac.digest(secret.encode(), body, "sha256").hex()


def is_valid(body: bytes, signature: str | None, secrets: Sequence[str]) -> bool:
    """Tell whether `signature` is that of `body` under one of the secrets; takes the same time for each."""
    if not signature:
        return False
    given = signature.strip().lower().encode("utf-8", "replace")
    matches = [hmac.compare_digest(given, sign(body, secret).encode()) for secret in secrets]
    return any(matches)
