"""What the text of a setting stands for; each function raises Mistake for text that it cannot use."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from notifier.config.mistake import Mistake, nearest

MOST_THREADS = 64
SHORTEST_SECRET = 8
SHORTEST_TOKEN = 16
SQLITE = "sqlite:///"
"""What the address of a database begins with."""

_SIZES = {"KiB": 1024, "MiB": 1024 * 1024}


def path(text: str) -> Path:
    """Return a path."""
    return Path(text)


def database(text: str) -> str:
    """Return the address of a database."""
    scheme, _, rest = text.partition("://")
    if scheme in {"postgresql", "postgres"}:
        raise Mistake("PostgreSQL is not supported yet", "write sqlite:///notifier.db")
    if scheme != "sqlite":
        raise Mistake(
            "must be an SQLite address", "write sqlite:///notifier.db or sqlite:////absolute/path.db"
        )
    name = rest.removeprefix("/")
    if not rest.startswith("/") or not Path(name).name or name == ":memory:" or name.endswith("/"):
        raise Mistake(
            "needs the name of a file, because several processes share the database",
            "write sqlite:///notifier.db or sqlite:////absolute/path.db",
        )
    return text


def secrets(text: str) -> tuple[str, ...]:
    """Return the secrets that white space separates."""
    secrets = tuple(text.split())
    if any(len(secret) < SHORTEST_SECRET for secret in secrets):
        raise Mistake(f"each secret needs at least {SHORTEST_SECRET} characters")
    return secrets


def token(text: str) -> str:
    """Return a token of the API."""
    if len(text) < SHORTEST_TOKEN or not text.isascii() or not text.isprintable() or " " in text:
        raise Mistake(
            f"needs at least {SHORTEST_TOKEN} characters, letters, digits and signs without spaces",
            "make one with `openssl rand -hex 32`",
        )
    return text


def allowed(text: str) -> bool:
    """Return True for `allow`."""
    if text != "allow":
        raise Mistake("must be allow, or not set")
    return True


def one_of(*words: str) -> Callable[[str], str]:
    """Return a reader that takes one of these words."""

    def read(text: str) -> str:
        if text not in words:
            near = nearest(text, words)
            raise Mistake(f"must be {' or '.join(words)}", f"did you mean {near}?" if near else "")
        return text

    return read


def size(text: str) -> int:
    """Return a number of bytes."""
    unit = next((u for u in _SIZES if text.endswith(u)), "")
    size = _whole(text.removesuffix(unit).strip()) * _SIZES.get(unit, 1)
    if size < 1:
        raise Mistake("must be a number of bytes", "write for example 65536, 256KiB or 1MiB")
    return size


def threads(text: str) -> int:
    """Return how many messages may be sent at the same time."""
    number = _whole(text)
    if not 1 <= number <= MOST_THREADS:
        raise Mistake(f"must be a number from 1 to {MOST_THREADS}")
    return number


def _whole(text: str) -> int:
    """Return a whole number of at most nine digits, -1 if it is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else -1
