"""E-mail addresses and phone numbers, each checked and brought into the one form in which it is kept.

By their form only: nothing is looked up. Every part of the product that takes an
address from outside takes it through here, so that the same address is always the
same text: in a contact, in a message, and where it is looked for to be forgotten.
"""

from __future__ import annotations

import re
from functools import lru_cache

import phonenumbers
from email_validator import EmailNotValidError, ValidatedEmail, validate_email
from phonenumbers import PhoneNumber, PhoneNumberType, ValidationResult

from notifier.core.flaw import Flaw, Flawed

_QUOTED = re.compile(r": | \(")
"""Behind these, email-validator's words quote what they are about."""

_DOTS_ANYWHERE = re.compile(r"(?=\.*[^.])[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}")
_COSTLY = frozenset(
    {PhoneNumberType.PREMIUM_RATE, PhoneNumberType.SHARED_COST, PhoneNumberType.PERSONAL_NUMBER}
)
_MOBILE = frozenset({PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE})


def email(address: str) -> str:
    """Return a bare address in the ASCII form in which it is kept (RFC 5321, IDNA 2008).

    Dots may stand anywhere before the @: RFC 5321 wants such an address quoted, and some
    providers gave out thousands of them. It is kept as its owner writes it; `as_sent` quotes it.

    Raises:
        Flawed: it is no address that mail can be sent to; the text says why, without the
            address or a part of it.
    """
    try:
        return _ascii(_validated(address))
    except EmailNotValidError as error:
        words = _QUOTED.split(str(error))[0].rstrip(".")
    local, _, domain = address.rpartition("@")
    if len(local) > 2 and local[0] == local[-1] == '"':
        local = local[1:-1]
    if _DOTS_ANYWHERE.fullmatch(local):
        try:
            return f"{local}@{_ascii(_validated(f'x@{domain}'))[2:]}"
        except EmailNotValidError as error:
            words = _QUOTED.split(str(error))[0].rstrip(".")
    raise Flawed(Flaw.MALFORMED, words)


def as_sent(address: str) -> str:
    """Return an address as SMTP and the header of a mail want it: quoted if its dots ask for that.

    Args:
        address: as `email` returned it.
    """
    local, _, domain = address.rpartition("@")
    plain = ".." not in local and not local.startswith(".") and not local.endswith(".")
    return address if plain else f'"{local}"@{domain}'


def any_phone(number: str) -> str:
    """Return a number that begins with + as E.164, whatever a call costs: it was chosen by an operator.

    Raises:
        Flawed: no such number can exist.
    """
    found = _parsed(number, None)
    if not phonenumbers.is_possible_number(found):
        raise Flawed(Flaw.NO_SUCH_NUMBER, "there is no such number")
    return _e164(found)


def phone(number: str, country: str | None) -> str:
    """Return a customer's number as E.164, read as one of `country` if it has no +.

    A number that the tables of ranges do not know may be newer than they are. It is taken if it has the
    length of a mobile number and its nearest neighbours are mobile numbers, none of them a costly one.

    Raises:
        Flawed: it is no number that can be called there, or one that costs whoever writes to it.
    """
    found = _parsed(number, country)
    kind = phonenumbers.number_type(found)
    if kind == PhoneNumberType.UNKNOWN:
        near = _kinds_near(found) if _is_as_long_as_a_mobile(found) else frozenset()
        if not near & _MOBILE or near & _COSTLY:
            where = f" in {country}" if country else ""
            raise Flawed(Flaw.NO_SUCH_NUMBER, f"there is no such number{where}")
    elif kind in _COSTLY:
        raise Flawed(Flaw.COSTLY_NUMBER, "a premium-rate or shared-cost number is not written to")
    return _e164(found)


def _parsed(number: str, country: str | None) -> PhoneNumber:
    if country is None and not number.lstrip().startswith("+"):
        if not any(c.isdigit() for c in number):
            raise Flawed(Flaw.MALFORMED, "it is not a phone number")
        raise Flawed(Flaw.NO_COUNTRY, "give it with + and the country code, or give contact.country")
    try:
        return phonenumbers.parse(number, country)
    except phonenumbers.NumberParseException:
        raise Flawed(Flaw.MALFORMED, "it is not a phone number") from None


def _e164(number: PhoneNumber) -> str:
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _validated(address: str) -> ValidatedEmail:
    return validate_email(address, check_deliverability=False, allow_smtputf8=False, strict=True)


def _ascii(checked: ValidatedEmail) -> str:
    return checked.ascii_email or checked.normalized


def _is_as_long_as_a_mobile(number: PhoneNumber) -> bool:
    reason = phonenumbers.is_possible_number_for_type_with_reason(number, PhoneNumberType.MOBILE)
    return reason == ValidationResult.IS_POSSIBLE


def _kinds_near(number: PhoneNumber) -> frozenset[int]:
    digits = phonenumbers.national_significant_number(number)
    return _kinds(number.country_code or 0, digits[:4], len(digits))


@lru_cache(maxsize=4096)
def _kinds(country_code: int, begin: str, length: int) -> frozenset[int]:
    """Return the kinds of the known numbers that share the longest beginning with this one.

    Args:
        begin: the first digits of the national number, without the 0 that is dialled before it.
        length: how many digits it has.
    """
    for kept in range(len(begin), 0, -1):
        candidates = (int(begin[:kept] + filler * (length - kept)) for filler in "0123456789")
        kinds = {
            phonenumbers.number_type(PhoneNumber(country_code=country_code, national_number=candidate))
            for candidate in candidates
        }
        if known := kinds - {PhoneNumberType.UNKNOWN}:
            return frozenset(known)
    return frozenset()
