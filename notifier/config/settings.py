"""Settings from the environment: NOTIFIER_… variables, each also as NOTIFIER_…_FILE.

The web process imports this, so nothing heavy is imported here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from notifier import files
from notifier.config.duration import parse
from notifier.config.exposure import Bind, bind, check_exposure, loopback_url, public_url
from notifier.config.mistake import Mistake, nearest
from notifier.config.setting_values import (
    SQLITE,
    allowed,
    database,
    one_of,
    path,
    secrets,
    size,
    threads,
    token,
)
from notifier.errors import ConfigError

PREFIX = "NOTIFIER_"
MAX_FILE_BYTES = 65_536

_COMMENT = re.compile(r"(?:^|\s)#")


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that the environment decides; sizes in bytes, times in seconds.

    `api_token`, `public_url` and `http_sink` are None where not set; `warnings`
    are about variables that nobody reads.
    """

    rules: Path
    templates: Path
    database: str
    bind: Bind
    webhook_secret: tuple[str, ...] = field(repr=False)
    unsigned: bool
    api_token: str | None = field(repr=False)
    public_url: str | None
    log: str
    log_level: str
    body_limit: int
    concurrency: int
    status_after: float
    http_sink: str | None
    warnings: tuple[str, ...] = ()

    @property
    def sqlite_path(self) -> Path:
        """The file of the SQLite database."""
        return Path(self.database.removeprefix(SQLITE))

    def check_exposure(self, hosts: Iterable[str] | None = None) -> None:
        """Raise ConfigError if unsigned webhooks would be taken by accident or from elsewhere.

        Args:
            hosts: where it listens, if that is not what NOTIFIER_BIND says.
        """
        check_exposure(
            self.webhook_secret,
            [self.bind.host or str(self.bind)] if hosts is None else hosts,
            unsigned=self.unsigned,
            public_url=self.public_url,
        )


@dataclass(frozen=True, slots=True)
class Setting:
    """One variable: `default` as text ("" for none), `description` for the documentation.

    `read` turns its text into the value of the field of Settings that has the
    same name in small letters without NOTIFIER_; it raises Mistake.
    """

    name: str
    default: str
    description: str
    read: Callable[[str], object] = field(repr=False)

    @property
    def field(self) -> str:
        """The field of Settings that holds it."""
        return self.name.removeprefix(PREFIX).lower()


SETTINGS: tuple[Setting, ...] = (
    Setting("NOTIFIER_RULES", "./rules.yaml", "The rules: who is told what.", path),
    Setting("NOTIFIER_TEMPLATES", "./templates", "The folder of message templates.", path),
    Setting(
        "NOTIFIER_DATABASE",
        "sqlite:///notifier.db",
        "The database: sqlite:///relative.db or sqlite:////absolute/path.db.",
        database,
    ),
    Setting(
        "NOTIFIER_BIND",
        "127.0.0.1:8080",
        "Where the web process listens: address:port, [IPv6]:port or unix:/path. "
        "With NOTIFIER_UNSIGNED only this machine's own addresses.",
        bind,
    ),
    Setting(
        "NOTIFIER_WEBHOOK_SECRET",
        "",
        "What Cottoncast signs its webhooks with; several, separated by white space, while you change it.",
        secrets,
    ),
    Setting(
        "NOTIFIER_UNSIGNED",
        "",
        "allow: take updates without a signature, for trying things out on this machine. Refused together "
        "with NOTIFIER_WEBHOOK_SECRET or NOTIFIER_PUBLIC_URL, and for requests that a proxy passed on.",
        allowed,
    ),
    Setting("NOTIFIER_API_TOKEN", "", "What a client of the API must show; at least 16 characters.", token),
    Setting(
        "NOTIFIER_PUBLIC_URL",
        "",
        "The https address under which the web process is reached from outside, such as "
        "https://notify.shop.example. Links to unsubscribe begin with it; marketing mail needs them.",
        public_url,
    ),
    Setting("NOTIFIER_LOG", "text", "The form of the log: text or json.", one_of("text", "json")),
    Setting(
        "NOTIFIER_LOG_LEVEL",
        "info",
        "The least that is logged: debug, info, warning or error.",
        one_of("debug", "info", "warning", "error"),
    ),
    Setting("NOTIFIER_BODY_LIMIT", "256KiB", "The largest webhook body, in bytes, KiB or MiB.", size),
    Setting("NOTIFIER_CONCURRENCY", "8", "How many messages are sent at the same time, 1 to 64.", threads),
    Setting(
        "NOTIFIER_STATUS_AFTER",
        "15m",
        "How long a channel or a source may be down, and messages overdue, before `notifier status` says "
        "that somebody has to look. It is a setting because `status` does not need rules.yaml.",
        parse,
    ),
    Setting(
        "NOTIFIER_HTTP_SINK",
        "",
        "For trying things out: http://127.0.0.1:PORT of a sink that gets what would go to Slack, "
        "SMS and other HTTP services.",
        loopback_url,
    ),
)
"""Every variable, in the order of the documentation."""

_SECRET = (secrets, token)
"""Where "set but empty" is a mistake: it would leave a door open, or shut, by accident."""

_NOT_SET: dict[str, object] = {
    "webhook_secret": (),
    "unsigned": False,
    "api_token": None,
    "public_url": None,
    "http_sink": None,
}


def read_settings(environ: Mapping[str, str]) -> Settings:
    """Return the settings that the environment makes; a variable that is empty counts as not set.

    Raises:
        ConfigError: some cannot be used; it names all of them, and no value of any.
    """
    values: dict[str, Any] = {}
    wrong: list[str] = []
    for setting in SETTINGS:
        try:
            text = _text(setting, environ) or setting.default
            values[setting.field] = setting.read(text) if text else _NOT_SET[setting.field]
        except Mistake as mistake:
            wrong.append(f"{setting.name}: {mistake.text}" + (f" ({mistake.hint})" if mistake.hint else ""))
    if wrong:
        raise ConfigError("\n".join(wrong))
    return Settings(**values, warnings=tuple(_strangers(environ)))


def _text(setting: Setting, environ: Mapping[str, str]) -> str:
    """Return what a variable holds, or the file that its other form names."""
    other = f"{setting.name}_FILE"
    direct, file = environ.get(setting.name, "").strip(), environ.get(other, "").strip()
    for name, value in ((setting.name, direct), (other, file)):
        if setting.read in _SECRET and name in environ and not value:
            raise Mistake(
                "is set but empty" if name == setting.name else f"{other} is set but empty",
                "write the value, or remove the variable",
            )
    if not file:
        return _without_comment(direct)
    if direct:
        raise Mistake(f"{other} is set as well", "set one of the two")
    try:
        content = files.read(Path(file), MAX_FILE_BYTES)
        text = content.decode().strip()
    except OSError as error:
        raise Mistake(f"the file that {other} names cannot be read: {error.strerror}") from None
    except ValueError:
        raise Mistake(f"the file that {other} names is not UTF-8 text") from None
    if not text:
        raise Mistake(f"the file that {other} names is empty")
    if len(content) > MAX_FILE_BYTES or ("\n" in text and setting.read is not secrets):
        raise Mistake(
            f"the file that {other} names holds more than a value", f"{other} is a file with the value in it"
        )
    return _without_comment(text)


def _without_comment(text: str) -> str:
    """Return a value as it is, unless a part of it was meant as a comment; raises Mistake."""
    if _COMMENT.search(text):
        raise Mistake(
            "holds a # where a comment would begin, but here it is a part of the value",
            "put comments on lines of their own",
        )
    return text


def _strangers(environ: Mapping[str, str]) -> list[str]:
    known = {name for s in SETTINGS for name in (s.name, f"{s.name}_FILE")}
    found = []
    for name in sorted(environ):
        if name.startswith(PREFIX) and name not in known:
            near = nearest(name.removeprefix(PREFIX), (k.removeprefix(PREFIX) for k in known))
            found.append(f"{name} is not a setting" + (f"; did you mean {PREFIX}{near}?" if near else ""))
    return found
