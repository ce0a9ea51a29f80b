"""Checks of single values of rules.yaml, for the fields of `notifier.config.model`.

Each takes the value as it was written, returns it as it is to be used, and
raises Mistake with words about it; the key's name is put before them.
"""

from __future__ import annotations

import math
import re
import zoneinfo
from urllib.parse import urlsplit

from babel import Locale, UnknownLocaleError

from notifier.config import duration, expressions
from notifier.config import recipient as recipients
from notifier.config.daytime import parse_time
from notifier.config.mistake import Mistake, nearest, quoted, suggestion
from notifier.config.secret import reference
from notifier.core.colour import PATTERN
from notifier.core.event import EventKind
from notifier.core.link import safe_link
from notifier.core.schedule import Span
from notifier.core.status import CODES, NAMES, UNKNOWN

STATUS_SCHEMA: dict[str, object] = {
    "anyOf": [{"enum": [*CODES, UNKNOWN]}, {"type": "string", "pattern": "^[A-Z]$"}]
}
"""What `status` lets through, as JSON Schema."""

TRIGGERS = ("status", "new_shipment", "replaced_shipment", "stuck", "rate", "quiet", "schedule", "internal")
"""The triggers, by their keys."""

LONGEST_TIMEOUT = 30.0
"""Seconds that one request may take, at most: all sources are asked within one lease."""

A_DAY = 86_400.0

_HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_LETTER = re.compile(r"[A-Z]")


def status(word: str) -> str:
    """Let the name of a status through, any single capital letter, and `unknown`."""
    if word in CODES or word == UNKNOWN or _LETTER.fullmatch(word):
        return word
    if word.upper() in NAMES:
        raise Mistake(f"has an unknown status {quoted(word)}", f"did you mean `{word.upper()}`?")
    if word in TRIGGERS:
        example = f"{{ {word}: true }}" if word.endswith("_shipment") else f"{{ {word}: … }}"
        raise Mistake(f"has an unknown status {quoted(word)}", f"write it as a block: {example}")
    raise Mistake(f"has an unknown status {quoted(word)}", suggestion(word, [*CODES, UNKNOWN]))


def status_key(word: str) -> str:
    """Let a status through as the key of a block; see `status`."""
    try:
        return status(word)
    except Mistake as mistake:
        raise Mistake("is no status", mistake.hint) from None


def reached(words: str | list[str]) -> str | list[str]:
    """Let statuses through that an order can have reached: `unknown` letters move no order."""
    if UNKNOWN in ([words] if isinstance(words, str) else words):
        raise Mistake("cannot be `unknown`", "an order's status is always one with a name")
    return words


def named(words: str | list[str]) -> str | list[str]:
    """Let statuses through that name one each: `unknown` stands for many."""
    if UNKNOWN in ([words] if isinstance(words, str) else words):
        raise Mistake("cannot be `unknown`", "name the statuses, or write a letter in quotes")
    return words


def times(value: object) -> tuple[int, ...]:
    """Return the minutes of the day of one time such as "08:30", or of a list of them."""
    if not isinstance(value, list):
        return (parse_time(value),)
    if not value:
        raise Mistake("is empty", "write at least one")
    return tuple(sorted({parse_time(entry) for entry in value}))


def longer(seconds: float) -> float:
    """Let any time but none through."""
    if not seconds:
        raise Mistake("must be longer than 0s")
    return seconds


def repeat(value: object) -> float:
    """Return the seconds of a time but none, infinity for `none`."""
    return math.inf if value == "none" else longer(duration.parse(value))


def lapse(span: Span) -> Span:
    """Let any length of time but none through."""
    if span == Span():
        raise Mistake("must be longer than 0s")
    return span


def event_kind(word: str) -> str:
    """Let the name of an event of notifier itself through."""
    kinds = [kind.value for kind in EventKind]
    if word not in kinds:
        hint = suggestion(word, kinds)
        raise Mistake(f"has an unknown event {quoted(word)}", hint or f"known: {', '.join(kinds)}")
    return word


def no_block(word: str) -> str:
    """Let `none` through: it stands where a block could."""
    if word != "none":
        raise Mistake(f"must be a block of keys or none, not {quoted(word)}")
    return word


def shop_zone(name: str) -> str:
    """Let `shop` and the name of an IANA time zone through."""
    if name == "contact":
        raise Mistake("cannot be `contact`", "a calendar counts by one clock: write shop or a time zone")
    return name if name == "shop" else timezone(name)


def zone(name: str) -> str:
    """Let `contact`, `shop` and the name of an IANA time zone through."""
    return name if name in ("contact", "shop") else timezone(name)


def timezone(name: str) -> str:
    """Let the name of an IANA time zone through."""
    try:
        zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        near = nearest(name, zoneinfo.available_timezones())
        hint = f"did you mean `{near}`?" if near else "write for example Europe/Amsterdam"
        raise Mistake(f"is no time zone: {quoted(name)}", hint) from None
    return name


def locale(name: str) -> str:
    """Let a language such as en, nl-NL or nl_NL through; returned with hyphens (BCP 47)."""
    try:
        Locale.parse(name, sep="-" if "-" in name else "_")
    except (UnknownLocaleError, ValueError):
        raise Mistake(f"is no known language: {quoted(name)}", "write for example en or nl-NL") from None
    return name.replace("_", "-")


def web_address(url: str) -> str:
    """Let an http or https address through, and the empty text."""
    try:
        parts = urlsplit(url)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname)
    except ValueError:
        usable = False
    if url and (not usable or any(c.isspace() or not c.isprintable() for c in url)):
        raise Mistake("must be a web address", "write for example https://shop.example")
    return url


def secure_address(url: str) -> str:
    """Let an https address through, and the empty text: mail programs show no pictures from elsewhere."""
    if url and (not safe_link(url) or not web_address(url).lower().startswith("https://")):
        raise Mistake("must be an https address", "write for example https://shop.example/logo.png")
    return url


def colour(text: str) -> str:
    """Return a colour such as #1A56C4 in small letters."""
    if not re.fullmatch(PATTERN, text):
        raise Mistake("must be a colour", 'write for example "#1a56c4", in quotes: # begins a comment')
    return text.lower()


def email(address: str) -> str:
    """Let an e-mail address through, and the empty text."""
    return recipients.email(address) if address else address


def service(url: str) -> str:
    """Let an Apprise URL or a `${…}` through; what Apprise thinks of it is for `channels` to say."""
    if reference(url) is None and not re.match(r"[A-Za-z][A-Za-z0-9+.-]*://", url):
        raise Mistake("is no Apprise URL", "write for example mailtos://… or ${env:EMAIL_URL}")
    return unfilled(url)


def unfilled(url: str) -> str:
    """Let the URL of a channel through if it holds no template: it is the same for every message."""
    if re.search(r"\{[{%#]", url):
        raise Mistake(
            "holds a template, which is not filled in: the URL is the same for every message",
            "only `to` can be a template; what differs belongs into the message's template",
        )
    return url


def held(text: str) -> str:
    """Let a value through that is written out or a whole `${…}`."""
    reference(text)
    return text


def header(name: str) -> str:
    """Let the name of an HTTP header through (RFC 9110, section 5.1)."""
    if not _HEADER.fullmatch(name):
        raise Mistake("is no name of a header", "write for example Authorization")
    return name


def header_value(text: str) -> str:
    """Let what an HTTP header can hold through, and a `${…}`: one line of ASCII (RFC 9110, section 5.5)."""
    reference(text)
    if not text.isascii() or not text.isprintable():
        raise Mistake("is not one line of ASCII")
    return text


def timeout(seconds: float) -> float:
    """Let a time through after which a request has failed: from a second to LONGEST_TIMEOUT."""
    if not 1 <= seconds <= LONGEST_TIMEOUT:
        raise Mistake("must be between 1s and 30s")
    return seconds


def some_time(seconds: float) -> float:
    """Let any time but none through."""
    if not seconds:
        raise Mistake("must be longer than 0s", "to take such updates at once write `unknown: accept`")
    return seconds


def a_day_or_more(seconds: float) -> float:
    """Let a time of at least a day through."""
    if seconds < A_DAY:
        raise Mistake("must be 1d or more", "messages that wait for another try still need it")
    return seconds


def recipient(text: str) -> str:
    """Let a template, a literal address or a `${…}` through."""
    if reference(text) is None:
        recipients.recipient(text)
    return text


def condition(source: str) -> str:
    """Let a Jinja2 expression through."""
    expressions.condition(source)
    return source


def scalar(value: object) -> object:
    """Let text, numbers, true and false through."""
    if not isinstance(value, str | int | float):
        raise Mistake("must be text, a number, true or false")
    return value
