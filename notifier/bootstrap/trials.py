"""Rules and templates as tests of them see them: without secrets, and with every channel configured."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from notifier.bootstrap.files import read_files
from notifier.channels.gateway import Gateway
from notifier.config.rulefile import Loaded
from notifier.config.settings import Settings
from notifier.core.rules import RuleSet
from notifier.errors import RulesError
from notifier.render.templates import Templates

NO_SECRETS: Mapping[str, str] = {}

_WRITTEN_OUT = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")


@dataclass(frozen=True, slots=True)
class Bench:
    """What tests are run on: rules, templates, and what each channel speaks (email, sms, chat), by name."""

    ruleset: RuleSet
    templates: Templates
    kinds: Mapping[str, str]


def load_bench(settings: Settings) -> Bench:
    """Read rules and templates; no secret is needed, and none is read from the environment.

    Raises:
        RulesError: with the problems of rules and templates alike.
    """
    loaded, templates, problems = read_files(settings, NO_SECRETS)
    if loaded is None or templates is None:
        raise RulesError(problems)
    return Bench(loaded.ruleset, templates, kinds(loaded))


def kinds(loaded: Loaded) -> Mapping[str, str]:
    """Return what each channel speaks, as far as the file tells.

    Its URL does where that is written out; else what `to` asks for or is; else what another
    channel with the same `url` speaks; else it is a chat.
    """
    channels = loaded.ruleset.channels
    urls = {name: str(loaded.tree.value(("channels", name, "url"))) for name in channels}
    written = {name: urls[name] for name in channels if _WRITTEN_OUT.match(urls[name])}
    gateway = Gateway(
        {name: replace(channels[name], url=url, paused=None) for name, url in written.items()}, ""
    )
    found: dict[str, str] = {}
    for name, channel in channels.items():
        to = str(loaded.tree.value(("channels", name, "to")) or "")
        kind = gateway.kind(name) if name in written else None
        if kind is not None:
            found[name] = kind
        elif "email" in channel.asks or ("@" in to and not to.startswith("@") and "{" not in to):
            found[name] = "email"
        elif "phone" in channel.asks or to.startswith("+"):
            found[name] = "sms"
    gateway.close()
    by_url = {urls[name]: kind for name, kind in found.items()}
    return {name: found.get(name) or by_url.get(urls[name], "chat") for name in channels}
