"""What is missing where a customer cannot be told: of a closed list, in the order in which it is listed."""

from __future__ import annotations

from enum import StrEnum

from notifier.core.contact import Contact


class Lack(StrEnum):
    """What is missing to reach a customer."""

    CONTACT = "contact"
    ADDRESS = "address"
    USABLE_ADDRESSES = "usable_addresses"
    USABLE_EMAIL = "usable_email"
    USABLE_PHONE = "usable_phone"
    ACCEPTED_ADDRESS = "accepted_address"
    CHANNEL_FOR_PHONE = "channel_for_phone"
    CHANNEL_FOR_EMAIL = "channel_for_email"

    @property
    def rank(self) -> int:
        """Where it stands in a list of orders that are told of together."""
        return list(Lack).index(self)


def lack(contact: Contact | None) -> Lack:
    """Return what is missing to reach a customer who cannot be reached."""
    if contact is None:
        return Lack.CONTACT
    unusable = {"email", "phone"}.intersection(contact.unusable)
    if len(unusable) > 1:
        return Lack.USABLE_ADDRESSES
    if unusable:
        return Lack.USABLE_EMAIL if "email" in unusable else Lack.USABLE_PHONE
    if contact.refused:
        return Lack.ACCEPTED_ADDRESS
    if contact.phone:
        return Lack.CHANNEL_FOR_PHONE
    return Lack.CHANNEL_FOR_EMAIL if contact.email else Lack.ADDRESS
