"""What this package relies on inside Apprise 2.3.0, so that another version is noticed here."""

from __future__ import annotations

import logging
import subprocess
import sys
from importlib.metadata import version

import pytest
import requests
from apprise.manager_plugins import NotificationManager
from apprise.plugins import url_to_dict

from notifier.channels import engine, recorder
from notifier.channels.email import ShopMail
from notifier.channels.gateway import Gateway
from notifier.errors import ConfigError


def test_the_pinned_apprise_is_installed() -> None:
    assert version("apprise") == "2.3.0"


def test_prepare_may_run_again() -> None:
    engine.prepare()
    modules = recorder.install()
    engine.prepare()
    assert recorder.install() == modules > 100


def test_our_mail_class_serves_mail_and_nothing_else_changes() -> None:
    engine.prepare()
    known = NotificationManager()
    assert {s for s in known.schemas() if known[s] is ShopMail} == {"mailto", "mailtos"}
    assert len(known.schemas()) >= 255


def test_requests_itself_stays_untouched() -> None:
    engine.prepare()
    assert requests.post.__module__ == "requests.api"


def test_apprise_logs_nothing() -> None:
    engine.prepare()
    log = logging.getLogger("apprise")
    assert not log.isEnabledFor(logging.CRITICAL)
    assert not log.propagate


def test_an_apprise_without_our_seams_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "LEAST_MODULES", 10_000)
    with pytest.raises(ConfigError) as caught:
        engine.prepare()
    assert "apprise==2.3.0" in str(caught.value)


@pytest.mark.parametrize(
    "sink", ["http://example.com:80", "https://127.0.0.1:1", "127.0.0.1:80", "http://10.0.0.1"]
)
def test_a_sink_is_on_this_machine(sink: str) -> None:
    with pytest.raises(ConfigError):
        Gateway({}, "Shop", sink)


@pytest.mark.parametrize(
    "url",
    ["mailtos://u:p%25%2F%40@h.example?from=a@b.example", "twilio://AC" + "0" * 32 + ":tok@15005550006"],
)
def test_a_parsed_url_is_a_dictionary_without_recipients(url: str) -> None:
    engine.prepare()
    assert url_to_dict(url)["targets"] == []


def test_loading_all_of_it_opens_no_socket_and_writes_no_file() -> None:
    program = """
import sys
seen = []
def hook(event, args):
    if event in ("socket.connect", "socket.getaddrinfo"):
        seen.append(event)
    if event == "open" and isinstance(args[1], str) and set(args[1]) & set("wxa+"):
        seen.append((event, args[0]))
sys.addaudithook(hook)
from notifier.channels.gateway import Gateway
Gateway({}, "Shop")
print(seen)
"""
    run = subprocess.run([sys.executable, "-B", "-c", program], capture_output=True, text=True, check=True)
    assert run.stdout == "[]\n"
