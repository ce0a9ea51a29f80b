"""Cottoncast's signature: the hex HMAC-SHA256 of the raw body, keyed with the sales channel's secret.

Source: the publisher's webhooks page and its WooCommerce plugin (header
`Cottoncast-Authentication`). Several secrets may be valid at once, for rotation.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Sequence

HEADER = "Cottoncast-Authentication"


_DIGITS = re.compile(r"\s*[0-9a-fA-F]{64}\s*")


def is_well_formed(signature: str | None) -> bool:
    """Tell whether the header's value can be a signature at all, which is known before the body is."""
    return signature is not None and _DIGITS.fullmatch(signature) is not None


def sign(body: bytes, secret: str) -> str:
    """Return the header's value for a raw body."""
    return hmac.digest(secret.encode(), body, "sha256").hex()


class Verifier:
    """Tells whether a signature is that of a body under one of several secrets.

    Takes the same time for each; the keyed hashes are made once.
    """

    def __init__(self, secrets: Sequence[str]) -> None:
        self._keyed = [hmac.new(secret.encode(), digestmod="sha256") for secret in secrets]

    def fits(self, body: bytes, signature: str | None) -> bool:
        """Tell whether `signature`, the header's value or None, is that of `body`."""
        if not signature:
            return False
        given = signature.strip().lower().encode("utf-8", "replace")
        found = False
        for keyed in self._keyed:
            fresh = keyed.copy()
            fresh.update(body)
            found |= hmac.compare_digest(given, fresh.hexdigest().encode())
        return found
