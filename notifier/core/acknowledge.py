"""Links by which an operator says, with one click and without a login, that she takes care of an alert.

A link names its alert and is signed with the database's own key. It is good for as long
as the alert is open: whoever looks it up has to see to that.
"""

from __future__ import annotations

from notifier.core.signing import name_in, signed

_PURPOSE = b"acknowledge:"


def token(key: bytes, alert_id: int) -> str:
    """Return the words by which an alert's link is known: its id, a dot, and the signature.

    Args:
        key: the database's own secret.
    """
    return signed(key, _PURPOSE, str(alert_id))


def alert_id_of(key: bytes, token: str) -> int | None:
    """Return the id of the alert that a token was made for, None if this key did not make it.

    Takes any text; how long it takes tells nothing of the right signature.
    """
    name = name_in(key, _PURPOSE, token)
    return None if name is None else int(name)


def link(public_url: str | None, key: bytes, alert_id: int) -> str:
    """Return the address to put into a message, "" without a `public_url` (which ends with no slash)."""
    return f"{public_url}/acknowledge/{token(key, alert_id)}" if public_url else ""
