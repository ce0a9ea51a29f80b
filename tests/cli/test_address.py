"""`notifier address`: marks on addresses, seen and set by hand."""

from __future__ import annotations

import json
import re

import pytest

from notifier.store.sqlite.store import SqliteStore
from tests.cli.conftest import NOW, Shop


def test_an_address_is_refused_seen_and_allowed_again(story: Shop) -> None:
    assert story.run("address", "show", "jane@example.org").stdout == (
        "ja…@example.org: no marks, it is written to\n"
    )

    done = story.run("address", "refuse", "Jane@Example.org", "--reason", "bounced:\n mailbox is gone")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "Ja…@example.org: refused, it is not written to any more\n"
    shown = story.run("address", "show", "jane@example.org")
    assert re.fullmatch(r"ja…@example.org: refused since \S+ \S+Z: bounced: mailbox is gone\n", shown.stdout)
    told = json.loads(story.run("address", "show", "jane@example.org", "--json").stdout)
    assert (told["detail"], told["unsubscribed_at"]) == ("bounced: mailbox is gone", None)

    # What explains an order knows it.
    assert "bounced: mailbox is gone" in story.run("orders", "show", "41").stdout

    allowed = story.run("address", "allow", "jane@example.org")
    assert allowed.stdout == "ja…@example.org: it is not refused any more\n"
    assert story.run("address", "allow", "jane@example.org").stdout == "ja…@example.org: it was not refused\n"
    assert json.loads(story.run("address", "show", "jane@example.org", "--json").stdout) is None


def test_an_unsubscription_is_shown_with_its_date(story: Shop) -> None:
    store = SqliteStore(story.database)
    store.addresses.unsubscribe("+31612345678", NOW)
    store.close()
    assert story.run("address", "show", "+31 6 12345678").stdout == (
        "+31…78: unsubscribed from marketing since 2021-05-26 05:36:27Z\n"
    )


@pytest.mark.parametrize("command", ["show", "refuse", "allow"])
@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("41", "it is no e-mail address, and a phone number begins with +"),
        ("jane@", "@-sign"),
        ("+31 600", "there is no such number"),
    ],
)
def test_what_is_no_address_is_wrong_usage(story: Shop, command: str, address: str, said: str) -> None:
    done = story.run("address", command, address)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr


def test_a_reason_has_an_end(story: Shop) -> None:
    done = story.run("address", "refuse", "jane@example.org", "--reason", "x" * 501)
    assert done.returncode == 2
    assert "at most 500 characters" in done.stderr
    assert "no marks" in story.run("address", "show", "jane@example.org").stdout
