"""Every sentence of the templates that ship can be translated.

They are read with a catalogue in which each sentence stands between brackets, in a language whose dates
have letters of their own: so a Latin word outside of brackets is data, or cannot be translated.
"""

from __future__ import annotations

import re
import shutil
from html import unescape

import pytest
from babel import Locale

from notifier.core import status
from notifier.core.expression import Facts
from notifier.core.shop import Shop
from notifier.render.compiling import load_templates
from notifier.render.extracting import begun, sentences, written
from notifier.render.moments import EVERY, OF_ORDERS, moments
from notifier.render.sample import samples
from notifier.render.templates import Templates
from tests.render.conftest import SHIPPED, Load

SHOP = Shop("Zzz", "Europe/Athens", "el", url="https://zzz.example", support_email="zzz@zzz.example")
DATA = {
    *("Zzz", "Jane", "Postnl", "postnl", "DHL", "Mug", "shirt", "blue", "EEST"),
    *("problem", "shop", "too", "many", "not", "collected", "feed", "silent", "notifier"),
    *("message", "rule", "shipped", "slack", "sms", "cottoncast", "something", "new"),
}
"""What the samples hold: names, rules, channels, the words that notifier reports as they are."""


@pytest.fixture(scope="module")
def bracketed(tmp_path_factory: pytest.TempPathFactory) -> Templates:
    """The templates that ship, translated into brackets."""
    folder = tmp_path_factory.mktemp("bracketed") / "templates"
    shutil.copytree(SHIPPED, folder)
    catalog = begun(Locale("el"), sentences(load_templates(SHIPPED).sources))
    for message in catalog:
        if isinstance(message.id, str):
            message.string = f"⟦{message.id}⟧" if message.id else message.string
        else:
            message.string = tuple(f"⟦{form}⟧" for form in message.id)
    (folder / "locale").mkdir(exist_ok=True)
    for other in (folder / "locale").glob("*.po"):
        other.unlink()
    (folder / "locale" / "el.po").write_bytes(written(catalog))
    return load_templates(folder)


def left(text: str) -> set[str]:
    """Return the Latin words of a part that stand outside of brackets."""
    text = re.sub(r"(?s)<head>.*?</head>|<script.*?</script>|<!--.*?-->|<style.*?</style>", " ", text)
    text = unescape(re.sub(r"<[^>]*>", " ", text))
    text = re.sub(r"(?:https?://|[^\s⟦⟧]+@)[^\s⟦⟧]+", " ", text)
    while text != (text := re.sub("⟦[^⟦⟧]*⟧", " ", text)):
        pass
    return set(re.findall(r"(?a:\b[A-Za-z]{3,}\b)", re.sub(r"\b(?=\w*\d)\w+\b", " ", text))) - DATA


def told(name: str) -> dict[str, Facts]:
    """Return what a template can be asked to word."""
    kinds = EVERY if name.startswith("ops/") else OF_ORDERS
    code = status.CODES.get(name.removeprefix("ops/"), "C")
    orders = {
        n: f for n, f in samples(SHOP, code).items() if n in ("one-parcel", "two-parcels", "with-items")
    }
    return orders | moments(SHOP, orders["one-parcel"], kinds)


@pytest.mark.parametrize("name", sorted(load_templates(SHIPPED).names))
def test_no_sentence_of_a_template_stays_untranslated(bracketed: Templates, name: str) -> None:
    for occasion, facts in told(name).items():
        for part in sorted(bracketed.parts(name)):
            said = bracketed.part(name, part, facts, "el", "Europe/Athens")
            assert left(said) == set(), (occasion, part)
            assert "⟦" in said


@pytest.mark.parametrize("name", sorted(load_templates(SHIPPED).names))
def test_every_template_that_ships_speaks_the_readers_language_whatever_the_shops_is(
    bracketed: Templates, name: str
) -> None:
    shop = Shop("Zzz", "Europe/Athens", "en")
    for occasion, facts in moments(shop, samples(shop)["one-parcel"], EVERY).items():
        assert bracketed.place(name, facts, "el", None).lang == "el", occasion


def test_words_that_are_imported_are_marked_words_of_the_template(load: Load, order: Facts) -> None:
    templates = load(
        {
            "_layout/say.txt": "{% macro hello() %}{{ _('Hello') }}{% endmacro %}",
            "own/words.txt": "{% import '_layout/say.txt' as say %}{% set news = say.hello() %}",
            "own/email.txt": "{% import 'own/words.txt' as words %}{{ words.news }}",
            "plain/email.txt": "{% import '_layout/say.txt' as say %}{{ say.hello() }} Dag",
            "locale/de.po": 'msgid ""\nmsgstr ""\n\nmsgid "Hello"\nmsgstr "Hallo"\n',
        }
    )
    assert templates.part("own", "email.txt", order, "de", None) == "Hallo"
    assert templates.part("plain", "email.txt", order, "de", None) == "Hello Dag"
