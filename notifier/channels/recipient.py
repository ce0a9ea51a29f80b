"""What a recipient may look like, and whether it is the one that a plugin will reach.

Apprise reads a recipient as a list (comma, space, line break, `&`) and, if it
finds nothing in it, writes to ourselves and calls that a success. So nothing
reaches Apprise but one plain address, and what Apprise made of it is compared.
"""

from __future__ import annotations

import re
from enum import StrEnum


class Address(StrEnum):
    """How a service calls its recipients."""

    EMAIL = "email"
    PHONE = "phone"
    NAME = "name"
    NONE = "none"


# Dots anywhere: `notifier.addresses.as_sent` quotes what RFC 5321 wants quoted.
_LOCAL = r"(?=\.*[^.@])[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+"
_DOMAIN = r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*"
_SHAPES = {
    Address.EMAIL: re.compile(rf"(?=.{{3,254}}\Z){_LOCAL}@{_DOMAIN}"),
    Address.PHONE: re.compile(r"\+[1-9][0-9]{6,14}"),
    Address.NAME: re.compile(r"[@#+]?[A-Za-z0-9][A-Za-z0-9_.:@-]{0,127}"),
}
_WORDS = {
    Address.EMAIL: "the recipient is not one plain e-mail address in ASCII",
    Address.PHONE: "the recipient is not one phone number in E.164 form, such as +31612345678",
    Address.NAME: "the recipient is not one plain name",
    Address.NONE: "this channel takes no recipient",
}


def refusal(address: Address, recipient: str) -> str | None:
    """Return why `recipient` is no such address, None if it is one."""
    shape = _SHAPES.get(address)
    if shape is None or not shape.fullmatch(recipient):
        return _WORDS[address]
    return None


def is_only(address: Address, recipient: str, targets: object) -> bool:
    """Tell whether `targets`, a plugin's list, holds `recipient` and nobody else.

    Plugins keep a target as text, as a number, or as a pair with a name or a mode.
    """
    if not isinstance(targets, list | tuple | set) or len(targets) != 1:
        return False
    (target,) = targets
    parts = target if isinstance(target, list | tuple) else (target,)
    wanted = _essence(address, recipient)
    return bool(wanted) and any(_essence(address, str(part)) == wanted for part in parts)


def _essence(address: Address, value: str) -> str:
    match address:
        case Address.PHONE:
            return re.sub(r"\D", "", value)
        case Address.EMAIL:
            return value.lower()
        case _:
            return re.sub(r"[^a-z0-9]", "", value.lower())
