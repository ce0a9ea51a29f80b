"""What a channel's URL keeps secret, taken out of what the other side said.

`classify.clean` knows the look of tokens and keys. A password may look like any word,
and a service's error page may show the whole request, with its login.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote, unquote

from notifier.core.retry import Outcome

SHORTEST = 4
"""Characters of a password that is looked for; shorter ones are in every other word."""

_HIDDEN = "<secret>"

_OPEN = frozenset(
    {"schema", "host", "port", "url", "path", "fullpath", "query", "qsd", "from_addr", "cto", "rto"}
)
"""Parts of a parsed URL that are no secrets, or are looked at in pieces."""

_ALWAYS = frozenset({"password", "headers", "qsd+"})
"""Parts that are secrets whatever they look like."""


@dataclass(frozen=True, slots=True)
class Secrets:
    """The secrets of one URL, the longest first, and what finds any of them."""

    values: tuple[str, ...] = field(repr=False)
    pattern: re.Pattern[str] = field(repr=False)

    def hide(self, text: str) -> str:
        """Return `text` without them; a text that was cut may end in the beginning of one."""
        if self.values:
            text = self.pattern.sub(_HIDDEN, text)
        if text.endswith("…"):
            text = self._without_a_beginning(text)
        return text

    def hide_in(self, outcome: Outcome) -> Outcome:
        """Return an outcome whose words hold none of them."""
        code, detail = self.hide(outcome.code), self.hide(outcome.detail)
        if (code, detail) == (outcome.code, outcome.detail):
            return outcome
        return replace(outcome, code=code, detail=detail)

    def _without_a_beginning(self, text: str) -> str:
        for secret in self.values:
            for length in range(len(secret) - 1, SHORTEST - 1, -1):
                if text[:-1].lower().endswith(secret[:length].lower()):
                    return f"{text[: -1 - length]}{_HIDDEN}…"
        return text


def secrets_of(base: Mapping[str, Any]) -> Secrets:
    """Return the secrets of a URL that Apprise has taken apart."""
    found = {text for key in base.keys() - _OPEN for text in _texts(base[key]) if _is_secret(key, text)}
    found |= {part for part in str(base.get("fullpath") or "").split("/") if _looks_secret(part)}
    user, password = str(base.get("user") or ""), str(base.get("password") or "")
    if password:
        user, password = unquote(user), unquote(password)
        # HTTP Basic, and the two logins of mail (RFC 4616; LOGIN sends each alone)
        logins = (f"{user}:{password}", f"\0{user}\0{password}", password)
        # The libraries differ in how they encode what is not ASCII.
        raw = {login.encode(way, "replace") for login in logins for way in ("utf-8", "latin-1")}
        found |= {b64encode(login).decode() for login in raw if len(login) >= SHORTEST}
    found |= {unquote(text) for text in found} | {quote(text, safe="") for text in found}
    values = tuple(sorted(found, key=lambda text: (-len(text), text)))
    return Secrets(values, re.compile("|".join(map(re.escape, values)), re.IGNORECASE))


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, list | tuple | set):
        for one in value:
            yield from _texts(one)
    elif isinstance(value, str):
        yield value


def _is_secret(key: str, text: str) -> bool:
    return len(text) >= SHORTEST if key in _ALWAYS else _looks_secret(text)


def _looks_secret(text: str) -> bool:
    """Tell a key from a word: a region or a mode of the URL may be said by a service as well."""
    return len(text) >= 16 or (len(text) >= 6 and any(c.isdigit() for c in text))
