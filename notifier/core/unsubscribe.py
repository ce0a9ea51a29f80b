"""Links by which the reader of a marketing message takes back the consent to it, without a login.

A link names the message that it came with, and nobody else's can be made of it:
the name is signed with the database's own key. It holds no address, and stays
good for as long as the key does, because old mails are read too.
"""

from __future__ import annotations

import base64
import hashlib
import hmac

_PURPOSE = b"unsubscribe:"
"""What the key is used for here, so that nothing that it signs elsewhere is a token."""

_SIGNATURE_BYTES = 18
"""How much of the HMAC is kept: 144 bits, 24 letters (RFC 2104, section 5, asks for 80 bits at least)."""


def token(key: bytes, message_id: str) -> str:
    """Return the words by which a message's link is known: its id, a dot, and the signature.

    Args:
        key: the database's own secret.
        message_id: of the message that the link is in; letters, digits and `._-`.
    """
    return f"{message_id}.{_signature(key, message_id)}"


def message_id_of(key: bytes, token: str) -> str | None:
    """Return the id of the message that a token was made for, None if this key did not make it.

    Takes any text; how long it takes tells nothing of the right signature.
    """
    message_id, _, given = token.rpartition(".")
    fits = hmac.compare_digest(_signature(key, message_id).encode(), given.encode("utf-8", "replace"))
    return message_id if fits else None


def link(public_url: str, key: bytes, message_id: str) -> str:
    """Return the address to put into a message; `public_url` is without a slash at its end."""
    return f"{public_url}/unsubscribe/{token(key, message_id)}"


def _signature(key: bytes, message_id: str) -> str:
    signed = hmac.new(key, _PURPOSE + message_id.encode("utf-8", "replace"), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(signed[:_SIGNATURE_BYTES]).decode()
