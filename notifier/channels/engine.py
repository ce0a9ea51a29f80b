"""Apprise, made ready: its switches, its silence, and the two places where we stand inside it.

Nobody outside this package knows Apprise. It is used as a parser of URLs and a
library of plugins; `Apprise.notify()` with its threads, retries and time-outs
is not used at all.
"""

# mypy: disable-error-code="no-untyped-call"
# Apprise says that it is typed, and is so in part.

from __future__ import annotations

import copy
import logging
import re
import threading
from typing import Any
from urllib.parse import unquote

import urllib3
from apprise import Apprise, AppriseAsset
from apprise.exception import AppriseImproperlyConfigured
from apprise.manager_plugins import NotificationManager
from apprise.plugins import url_to_dict
from urllib3.exceptions import InsecureRequestWarning

from notifier.channels import dialects, exchange, recorder
from notifier.channels.classify import clean
from notifier.channels.email import ShopMail
from notifier.channels.fitting import size
from notifier.channels.services import MAIL, one_request
from notifier.errors import ConfigError

LEAST_MODULES = 100
"""Plugin modules that must carry the recorder; Apprise 2.3.0 has 170 that speak HTTP."""

_IGNORED = ("retry", "wait", "optional", "tag")
"""Options of a URL that would repeat or hide a failure: the outbox does both better."""

_lock = threading.Lock()
_UNREADABLE = "this {}:// URL is not complete or not well formed; see github.com/caronc/apprise"

_SECONDS = "cto and rto must be seconds above 0"

_schema = re.compile(r"([a-z0-9-]{1,20})://", re.IGNORECASE)


def prepare() -> None:
    """Load Apprise's plugins and stand inside them; once is enough, more does no harm.

    Raises:
        ConfigError: the installed Apprise is not the one that this was built for.
    """
    with _lock:
        _silence()
        known = NotificationManager()
        if "mailto" not in known:  # asking loads all plugins
            raise ConfigError("the installed Apprise knows no e-mail; install apprise==2.3.0")
        if any(known[schema] is not ShopMail for schema in MAIL):
            known.add(ShopMail, schemas=tuple(sorted(MAIL)), force=True)
        modules = recorder.install()
        if modules < LEAST_MODULES or any(known[schema] is not ShopMail for schema in MAIL):
            raise ConfigError(
                f"the installed Apprise is built differently (recorder in {modules} modules); "
                "install apprise==2.3.0"
            )


def _silence() -> None:
    """Keep foreign words out of our logs: Apprise's warnings hold phone numbers, debug lines hold tokens."""
    log = logging.getLogger("apprise")
    log.setLevel(logging.CRITICAL + 1)
    log.propagate = False
    if not log.handlers:
        log.addHandler(logging.NullHandler())
    for name in ("urllib3", "oauthlib", "requests_oauthlib"):
        logging.getLogger(name).setLevel(logging.WARNING)
    # Said on every call with verify=no; whoever wrote that into the URL knows.
    urllib3.disable_warnings(InsecureRequestWarning)


def make_asset(shop: str) -> Any:
    """Return Apprise's settings; `shop` is the name under which messages appear."""
    return AppriseAsset(
        app_id=shop,
        app_desc=shop,
        app_url="",
        # No pictures fetched from Apprise's repository in the shop's messages.
        image_url_mask="",
        image_url_logo="",
        async_mode=False,
        service_timeout=0,
        http_redirects=False,
        interpret_emojis=False,
        storage_mode="memory",
        pgp_autogen=False,
        pem_autogen=False,
    )


def parse(url: str) -> dict[str, Any]:
    """Take an Apprise URL apart; what it says about time-outs wins over ours.

    Raises:
        ConfigError: Apprise cannot read it; the text holds nothing of the URL but its scheme.
    """
    base = url_to_dict(url)
    if not base:
        found = _schema.match(url)
        if found is None:
            raise ConfigError("this is no URL; write service://..., see github.com/caronc/apprise")
        name = found[1].lower()
        if name not in NotificationManager():
            raise ConfigError(f"Apprise knows no service {name}://")
        raise ConfigError(_UNREADABLE.format(name))
    connect, read = exchange.TIMEOUT
    parsed = {key: value for key, value in base.items() if key not in _IGNORED}
    times = {"cto": connect, "rto": read}
    for name in times.keys() & parsed.keys():
        # Apprise would pass over it, and wait as long as it pleases.
        if not _is_a_wait(parsed[name]):
            raise ConfigError(_SECONDS)
    return times | parsed


def plugin_class(base: dict[str, Any]) -> Any:
    """Return the plugin class that serves a parsed URL."""
    return NotificationManager()[base["schema"]]


def build(base: dict[str, Any], asset: Any, **changes: Any) -> Any:
    """Make a plugin object for one message: they keep state and are not made for threads.

    Args:
        base: a parsed URL, left as it is.
        changes: what this message has of its own, such as `targets`.

    Raises:
        ConfigError: the plugin refuses; the text holds nothing of the URL.
    """
    try:
        plugin: Any = Apprise.instantiate(
            copy.deepcopy(base) | changes, asset=asset, suppress_exceptions=False
        )
    except AppriseImproperlyConfigured as error:
        raise ConfigError(_refusal(str(error), base)) from None
    if plugin is None:
        raise ConfigError(f"{base['schema']}:// needs a package that is not installed")
    # The outbox decides when to send; a plugin that sleeps would hold a thread.
    plugin.request_rate_per_sec = 0
    plugin.throttle = _at_once
    one_request(base["schema"], plugin)
    dialects.mend(base["schema"], plugin)
    return plugin


def comes_to(base: dict[str, Any], asset: Any, body: str, form: str) -> int:
    """Return the length of what a service would be given for a message, see `fitting.size`; sends nothing."""
    plugin = build(base, asset)
    made: list[str] = []

    def take(body: str, *_args: Any, **_options: Any) -> bool:
        made.append(body)
        return True

    plugin.send = take
    plugin.notify(body=body, title="", body_format=form, overflow="upstream")
    return sum(map(size, made))


def _is_a_wait(value: object) -> bool:
    try:
        return 0 < float(str(value)) <= threading.TIMEOUT_MAX
    except ValueError:
        return False


def _at_once(*_args: Any, **_kwargs: Any) -> None:
    return None


def _refusal(text: str, base: dict[str, Any]) -> str:
    """Return Apprise's words if they are whole without what they quote of the URL, else our own."""
    schema = base["schema"]
    said = re.sub(r"\s*\([^)]*\)", "", text).strip().rstrip(".")
    quoted = {key: base[key] for key in base if key != "schema"}
    # Each URL names its service, which is no secret.
    secrets = " ".join(_values(quoted)).lower().replace(f"{schema}://", "")
    secrets += unquote(secrets)
    told = any(run in secrets for run in re.findall(r"\w{3,}", said.lower()))
    if not said or told or set(said) & set("\"'<>") or clean(said) != said:
        return _UNREADABLE.format(schema)
    return f"Apprise refuses this {schema}:// URL: {said}"


def _values(value: object) -> list[str]:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list | tuple | set):
        return [text for one in value for text in _values(one)]
    return [str(value)]
