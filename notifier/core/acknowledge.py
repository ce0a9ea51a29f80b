"""Links by which an operator says, with one click and without a login, that she takes care of an alert.

A link names the message that it stands in, and so every alert of that message; it is signed with
the database's own key. It is good for as long as one of these alerts is open: whoever looks it up
has to see to that.
"""

from __future__ import annotations

from notifier.core.signing import name_in, signed

_PURPOSE = b"acknowledge:"


def token(key: bytes, message_id: int) -> str:
    """Return the words by which a message's link is known: `m` and its id, a dot, and the signature.

    Args:
        key: the database's own secret.
        message_id: the row of the message that went out, also of those that were merged into it.
    """
    return signed(key, _PURPOSE, f"m{message_id}")


def alert_token(key: bytes, alert_id: int) -> str:
    """Return the words of a link that names one alert, as messages before version 0.2 carry them."""
    return signed(key, _PURPOSE, str(alert_id))


def message_id_of(key: bytes, token: str) -> int | None:
    """Return the id of the message that a token was made for, None if this key did not make it for one.

    Takes any text; how long it takes tells nothing of the right signature.
    """
    name = name_in(key, _PURPOSE, token)
    return int(name[1:]) if name and name.startswith("m") else None


def alert_id_of(key: bytes, token: str) -> int | None:
    """Return the id of the alert that a token was made for, None if this key did not make it for one."""
    name = name_in(key, _PURPOSE, token)
    return int(name) if name and not name.startswith("m") else None


def link(public_url: str | None, key: bytes, message_id: int) -> str:
    """Return the address to put into a message, "" without a `public_url` (which ends with no slash)."""
    return f"{public_url}/acknowledge/{token(key, message_id)}" if public_url else ""
