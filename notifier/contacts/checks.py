"""The fields of a contact, each checked and brought into the one form in which it is kept.

Pure: addresses are checked by their form, never looked up. Each function raises
ValueError with words for whoever typed the value.
"""

from __future__ import annotations

import re
import zoneinfo

import phonenumbers
from email_validator import EmailNotValidError, validate_email

_QUOTED = re.compile(r": | \(")
"""Behind these, email-validator's words quote what they are about."""

_LOCALE = re.compile(r"([A-Za-z]{2,3})(?:[-_]([A-Za-z]{4}))?(?:[-_]([A-Za-z]{2}|[0-9]{3}))?")


def check_email(address: str) -> str:
    """Return the address in the ASCII form that every mail server takes (RFC 5321, IDNA 2008).

    Raises:
        ValueError: it is no address that mail can be sent to; the text says why,
            without the address or a part of it.
    """
    try:
        checked = validate_email(address, check_deliverability=False, allow_smtputf8=False, strict=True)
    except EmailNotValidError as error:
        raise ValueError(_QUOTED.split(str(error))[0].rstrip(".")) from None
    return checked.ascii_email or checked.normalized


def check_phone(number: str, country: str | None) -> str:
    """Return the number as E.164, read as one of `country` if it has no +.

    Raises:
        ValueError: it is no number that can be called there; the text says why.
    """
    if not number.strip().startswith("+") and country is None:
        raise ValueError("give it with + and the country code, or give contact.country")
    try:
        parsed = phonenumbers.parse(number, country)
    except phonenumbers.NumberParseException:
        raise ValueError("it is not a phone number") from None
    if not phonenumbers.is_valid_number(parsed):
        raise ValueError("there is no such number" + (f" in {country}" if country else ""))
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


def check_country(text: str) -> str:
    """Return a country code (ISO 3166 alpha-2) in capitals. Raises ValueError."""
    code = text.upper()
    if code not in phonenumbers.SUPPORTED_REGIONS:
        raise ValueError("must be a country code of two letters (ISO 3166), such as NL")
    return code


def check_locale(text: str) -> str:
    """Return a language tag (BCP 47) as it is usually written, such as nl-BE. Raises ValueError."""
    match = _LOCALE.fullmatch(text)
    if match is None:
        raise ValueError("must be a language tag (BCP 47), such as nl or nl-BE")
    language, script, region = match.groups()
    return "-".join(
        part for part in (language.lower(), script and script.title(), region and region.upper()) if part
    )


def check_timezone(text: str) -> str:
    """Return an IANA time zone's name. Raises ValueError."""
    try:
        zoneinfo.ZoneInfo(text)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("must be a time zone's name, such as Europe/Amsterdam") from None
    return text
