"""Pages behind links are in their reader's language, with times of the reader's zone."""

from __future__ import annotations

import json
import re
import string
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

import notifier.web
from notifier.core.acknowledge import alert_token
from notifier.core.signing import for_reader
from notifier.core.unsubscribe import token
from notifier.store.sqlite.store import SqliteStore
from tests.cli.operating import open_alert
from tests.web.serving import Web

SENTENCES = json.loads((Path(notifier.web.__file__).parent / "pages.json").read_text(encoding="utf-8"))
ASKED = {
    "en": "Stop receiving offers?",
    "nl": "Geen aanbiedingen meer ontvangen?",
    "de": "Keine Angebote mehr erhalten?",
    "fr": "Ne plus recevoir d’offres ?",
}


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    with Web(tmp_path_factory.mktemp("web")) as server:
        yield server
        assert "Traceback" not in server.log


def page(web: Web, path: str, accept: str = "", method: str = "GET") -> str:
    headers = {"Accept-Language": accept} if accept else {"Accept-Language": ""}
    return httpx.request(method, f"{web.url}{path}", headers=headers, trust_env=False).text


@pytest.fixture(scope="module")
def link(web: Web) -> str:
    store = SqliteStore(web.database)
    key = store.key()
    store.close()
    return f"/unsubscribe/{token(key, 'a' * 32)}"


@pytest.mark.parametrize("language", ASKED)
def test_a_link_says_the_language(web: Web, link: str, language: str) -> None:
    shown = page(web, for_reader(link, f"{language}-BE"), "nl" if language != "nl" else "fr")

    assert f'<html lang="{language}">' in shown
    assert ASKED[language] in shown
    done = page(web, for_reader(link, language), method="POST")
    assert SENTENCES["You are unsubscribed"].get(language, "You are unsubscribed") in done


@pytest.mark.parametrize(
    ("accept", "language"),
    [
        ("de-AT,de;q=0.9,en;q=0.8", "de"),
        ("en;q=0.1, nl;q=0.9", "nl"),
        ("es, fr;q=0.5", "fr"),
        ("nl;q=0, es", "en"),
        ("*", "en"),
        (";;q=x,,", "en"),
    ],
)
def test_without_it_the_browser_does(web: Web, link: str, accept: str, language: str) -> None:
    assert ASKED[language] in page(web, link, accept)


@pytest.mark.parametrize(
    "odd", ["lang=xx", "lang=", "lang=de&lang=fr", "lang=<b>", "zone=../../etc/passwd", "zone=Mars"]
)
def test_whatever_a_link_says_there_is_an_answer(web: Web, link: str, odd: str) -> None:
    answer = httpx.get(f"{web.url}{link}?{odd}", trust_env=False)

    assert answer.status_code == 200
    assert "<b>" not in answer.text


def test_an_operator_reads_the_shops_language_and_zone(web: Web) -> None:
    store = SqliteStore(web.database)
    alert = open_alert(store, "41", time.time())
    path = for_reader(f"/acknowledge/{alert_token(store.key(), alert)}", "de", "Europe/Amsterdam")
    store.close()
    shown = page(web, path)

    assert "Kümmern Sie sich darum?" in shown
    assert " CES" in shown or " CET" in shown
    assert "UTC" not in shown
    assert "Diese Meldung wird nicht mehr weitergegeben" in page(web, path, method="POST")


def test_an_alert_is_told_in_the_readers_words_and_so_is_its_end(web: Web) -> None:
    store = SqliteStore(web.database)
    number = open_alert(store, "57", time.time())
    path = for_reader(f"/acknowledge/{alert_token(store.key(), number)}", "nl", "Europe/Amsterdam")
    shown = page(web, path)
    store.alerts.resolve(number, "Jo", time.time())
    over = page(web, path)
    store.close()

    facts = re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", shown)
    assert facts[:4] == [
        ("bestelling", "57"),
        ("status", "Vermist"),
        ("vervoerder", "postnl"),
        ("ernst", "kritiek"),
    ]
    assert "(door Jo)" in over


def test_every_sentence_is_there_in_every_language_with_its_values() -> None:
    def names(text: str) -> set[str | None]:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name}

    for english, others in SENTENCES.items():
        assert set(others) == {"nl", "de", "fr"}, english
        for said in others.values():
            assert names(said) == names(english)
