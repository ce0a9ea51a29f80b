"""Links by which the reader of a marketing message takes back the consent to it, without a login.

A link names the message that it came with, and nobody else's can be made of it:
the name is signed with the database's own key. It holds no address, and stays
good for as long as the key does, because old mails are read too.
"""

from __future__ import annotations

from notifier.core.signing import name_in, signed

_PURPOSE = b"unsubscribe:"


def token(key: bytes, message_id: str) -> str:
    """Return the words by which a message's link is known: its id, a dot, and the signature.

    Args:
        key: the database's own secret.
        message_id: of the message that the link is in; letters, digits and `._-`.
    """
    return signed(key, _PURPOSE, message_id)


def message_id_of(key: bytes, token: str) -> str | None:
    """Return the id of the message that a token was made for, None if this key did not make it.

    Takes any text; how long it takes tells nothing of the right signature.
    """
    return name_in(key, _PURPOSE, token)


def link(public_url: str, key: bytes, message_id: str) -> str:
    """Return the address to put into a message; `public_url` is without a slash at its end."""
    return f"{public_url}/unsubscribe/{token(key, message_id)}"
