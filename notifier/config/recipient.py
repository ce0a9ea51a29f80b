"""Where a channel's messages go: `to:`, either a template or one address written out."""

from __future__ import annotations

from notifier import addresses
from notifier.config import expressions
from notifier.config.mistake import Mistake
from notifier.core.expression import Address
from notifier.core.flaw import Flaw, Flawed


def recipient(text: str) -> Address:
    """Compile the `to:` of a channel: a template if it has braces, else one literal address.

    Raises:
        Mistake: the template or the address cannot be used.
    """
    if "{{" in text or "{%" in text or "{#" in text:
        return expressions.address(text)
    return fixed(text)


def fixed(text: str) -> Address:
    """Return an Address that always gives `text`, in its normal form.

    What looks like an e-mail address or a phone number must be one; anything
    else (a Slack channel, a Matrix room) is left to the service.

    Raises:
        Mistake: it cannot be an address; the text does not repeat it.
    """
    text = text.strip()
    if not text or not text.isprintable():
        raise Mistake("holds no address on one line")
    if "@" in text and not text.startswith("@"):
        found = email(text)
    elif text.startswith("+"):
        found = phone(text)
    else:
        found = text
    return lambda _facts: found


def email(text: str) -> str:
    """Return an e-mail address in its ASCII form.

    Raises:
        Mistake: it is not one; the text does not repeat it.
    """
    try:
        return addresses.email(text)
    except Flawed:
        hint = "one address only" if text.count("@") > 1 else "write name@example.org"
        raise Mistake("is not an e-mail address", hint) from None


def phone(text: str) -> str:
    """Return a phone number as E.164.

    Raises:
        Mistake: it is not one; the text does not repeat it.
    """
    try:
        return addresses.any_phone(text)
    except Flawed as flaw:
        if flaw.kind is Flaw.NO_SUCH_NUMBER:
            raise Mistake("is not a phone number that can exist", "too many or too few digits?") from None
        raise Mistake("is not a phone number", "write it like +31612345678") from None
