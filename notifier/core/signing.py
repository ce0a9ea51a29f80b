"""Words that are signed with the database's own key, for links that need no login."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re

_SIGNATURE_BYTES = 18
"""How much of the HMAC is kept: 144 bits, 24 letters (RFC 2104, section 5, asks for 80 bits at least)."""


def signed(key: bytes, purpose: bytes, name: str) -> str:
    """Return `name`, a dot, and its signature.

    Args:
        key: the database's own secret.
        purpose: what the name is signed for, so that nothing that is signed for another is good for it.
        name: letters, digits and `._-`.
    """
    return f"{name}.{_signature(key, purpose, name)}"


def name_in(key: bytes, purpose: bytes, token: str) -> str | None:
    """Return the name that a token was made of, None if this key did not make it for that purpose.

    Takes any text; how long it takes tells nothing of the right signature.
    """
    name, _, given = token.rpartition(".")
    fits = hmac.compare_digest(_signature(key, purpose, name).encode(), given.encode("utf-8", "replace"))
    return name if fits else None


def for_reader(link: str, locale: str, zone: str = "") -> str:
    """Return a link with what its page needs to know of its reader: no secret, so it is not signed.

    Args:
        link: without a question mark; empty for none.
        locale: BCP 47; the page speaks as the message did, whatever the browser would like.
        zone: an IANA name, empty for UTC.
    """
    language = locale.replace("_", "-").partition("-")[0].lower()
    told = [f"lang={language}"] if language.isalpha() and language.isascii() else []
    if zone != "UTC" and re.fullmatch(r"[A-Za-z0-9_+/-]+", zone):
        told.append(f"zone={zone.replace('+', '%2B')}")
    return f"{link}?{'&'.join(told)}" if link and told else link


def _signature(key: bytes, purpose: bytes, name: str) -> str:
    made = hmac.new(key, purpose + name.encode("utf-8", "replace"), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(made[:_SIGNATURE_BYTES]).decode()
